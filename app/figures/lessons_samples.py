"""Two samples in one network, block by block; and a whole network from the recording to the class."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.lessons import legend_on_top
from app.figures.style import ROLES, Theme
from app.i18n import Words

HEIGHT = 480


def pair(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.samples.Pair`: α of every block for two noise levels."""
    drawn = seen.drawn
    blocks = np.arange(1, drawn.first.size + 1)
    figure = go.Figure()
    figure.add_scatter(
        x=np.repeat(blocks, 3),
        y=np.stack([drawn.first, drawn.second, np.full(blocks.size, np.nan)], axis=1).ravel(),
        mode="lines",
        line={"color": style.FAINT[theme], "width": 2},
        hoverinfo="skip",
        showlegend=False,
        meta="change",
    )
    looks = (
        ("first", drawn.first, ROLES["learned"].color, "circle"),
        ("second", drawn.second, ROLES["wavelet"].color, "diamond"),
    )
    for (part, values, color, symbol), level in zip(looks, drawn.levels, strict=True):
        figure.add_scatter(
            x=blocks,
            y=values,
            mode="markers",
            marker={"size": 13, "color": color, "symbol": symbol},
            meta=part,
            name=f"{level:g} dB",
            hovertemplate="%{x}: %{y:.2f}<extra></extra>",
        )
    style.layout(figure, theme, HEIGHT)
    figure.update_yaxes(title_text=words("learn.axis.alpha"), range=[0, 1])
    figure.update_xaxes(title_text=words("learn.axis.block"), dtick=1, showgrid=False)
    return legend_on_top(figure)


def whole(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.samples.Whole`: recording, units, classes, from top to bottom."""
    drawn = seen.drawn
    figure = subplots(3, 1, row_heights=[0.26, 0.3, 0.44], vertical_spacing=0.13)
    x, y = style.decimate(np.arange(drawn.row.size, dtype=float), drawn.row, 1200)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": ROLES["noisy"].color, "width": 1},
        showlegend=False,
        meta="input",
        hovertemplate="%{x}: %{y:.3g}<extra></extra>",
        row=1,
        col=1,
    )
    blocks = np.arange(1, 13)
    if drawn.zeroed.size:
        figure.add_bar(
            x=blocks,
            y=drawn.zeroed,
            name=words("learn.shared.zeroed"),
            meta="units",
            marker={"color": ROLES["removed"].color, "line": {"width": 0}, "pattern": {"shape": "/"}},
            hovertemplate="%{x}: %{y:.0f} %<extra></extra>",
            row=2,
            col=1,
        )
        figure.add_scatter(
            x=blocks,
            y=100 * drawn.alpha,
            mode="markers",
            name=words("learn.whole.alpha"),
            meta="threshold",
            marker={"symbol": "diamond", "size": 10, "color": ROLES["threshold"].color},
            hovertemplate="%{x}: %{y:.0f} %<extra></extra>",
            row=2,
            col=1,
        )
    else:
        figure.add_annotation(
            text=words("learn.whole.none"), xref="x2 domain", yref="y2 domain", x=0.5, y=0.5, showarrow=False
        )
        figure.update_xaxes(range=[0.5, 12.5], row=2, col=1)
    best = int(drawn.shares.argmax())
    names = [words(f"inside.class.name.{name}") for name in drawn.classes]
    figure.add_bar(
        y=names,
        x=100 * drawn.shares,
        orientation="h",
        showlegend=False,
        meta="classes",
        marker={"color": ROLES["learned"].color, "opacity": [1.0 if i == best else 0.45 for i in range(len(names))]},
        text=["◀" if name == drawn.truth else "" for name in drawn.classes],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x:.1f} %<extra></extra>",
        row=3,
        col=1,
    )
    style.layout(figure, theme, 560 + 12 * len(names))
    for row, key in enumerate(("input", "units", "classes"), start=1):
        style.caption(figure, words(f"learn.whole.{key}", **{"units": seen.facts["units"]}), None, row)
    figure.update_yaxes(range=[0, 105], dtick=50, row=2, col=1)
    figure.update_xaxes(dtick=1, showgrid=False, row=2, col=1)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, row=3, col=1)
    figure.update_xaxes(range=[0, 106], dtick=25, title_text=words("inside.class.axis"), row=3, col=1)
    return legend_on_top(figure)
