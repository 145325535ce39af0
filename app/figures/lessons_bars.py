"""Few numbers as bars: drawn by hand and shrunk; eight of them taken apart by Haar and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.lessons import legend_on_top
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.data import FloatArray

HEIGHT, ROW = 460, 200

#: Fill of the bars of each level of Haar, coarse to fine: told apart by pattern as well.
PATTERNS = ("", "x", "/", "\\")


def _bars(figure: go.Figure, values: FloatArray, color: str, name: str, part: str, row: int = 1, **more: Any) -> None:
    """Bars with their numbers on them."""
    figure.add_bar(
        x=np.arange(1, values.size + 1),
        y=values,
        marker={"color": color, "line": {"width": 0}, **more.pop("marker", {})},
        name=name,
        meta=part,
        hovertemplate="%{x}: %{y:.3g}<extra></extra>",
        row=row,
        col=1,
        **more,
    )


def drawn(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.drawn.Drawn`: before above, after below."""
    one = seen.drawn
    figure = subplots(2, 1, shared_xaxes=True, vertical_spacing=0.12)
    _bars(figure, one.noisy, ROLES["noisy"].color, words("learn.bars.before"), "noisy")
    _bars(figure, one.after, ROLES["learned"].color, words("learn.bars.after"), "after", row=2)
    for row in (1, 2):
        figure.add_scatter(
            x=np.arange(1, one.clean.size + 1),
            y=one.clean,
            mode="markers",
            marker={"symbol": "line-ew", "size": 18, "line": {"color": style.INK[theme], "width": 2.5}},
            name=words("learn.bars.drawn"),
            showlegend=row == 1,
            meta="clean",
            hoverinfo="skip",
            row=row,
            col=1,
        )
    style.layout(figure, theme, HEIGHT)
    figure.add_hrect(-one.tau, one.tau, fillcolor=ROLES["threshold"].color, opacity=0.12, line_width=0, row=1, col=1)
    reach = max(8.5, float(np.abs(one.noisy).max()) * 1.1)
    figure.update_yaxes(range=[-reach, reach], zeroline=True, zerolinecolor=style.FAINT[theme])
    style.caption(figure, words("learn.bars.before.caption"), ROLES["noisy"].color, 1)
    style.caption(figure, words("learn.bars.after"), ROLES["learned"].color, 2)
    figure.update_xaxes(dtick=1)
    figure.update_xaxes(title_text=words("learn.axis.place"), row=2, col=1)
    for trace in figure.data:
        trace.showlegend = trace.meta == "clean" and trace.showlegend is not False
    return legend_on_top(figure)


def haar(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.haar.Drawn`: numbers, coefficients, and what is rebuilt of them."""
    one = seen.drawn
    rows = (
        (words("learn.haar.numbers"), one.numbers, ROLES["noisy"].color, "numbers"),
        (words("learn.haar.coefficients"), one.after, ROLES["wavelet"].color, "coefficients"),
        (words("learn.haar.rebuilt"), one.rebuilt, ROLES["yours"].color, "rebuilt"),
    )
    figure = subplots(3, 1, vertical_spacing=0.13)
    for row, (caption, values, color, part) in enumerate(rows, start=1):
        looks = {"pattern": {"shape": [PATTERNS[level] for level in one.levels]}} if row == 2 else {}
        _bars(
            figure,
            values,
            color,
            caption,
            part,
            row=row,
            marker=looks,
            text=[_short(v) for v in values],
            textposition="outside",
            cliponaxis=False,
            showlegend=False,
        )
    figure.add_scatter(
        x=np.arange(1, one.before.size + 1),
        y=one.before,
        mode="markers",
        meta="coefficients",
        showlegend=False,
        marker={"symbol": "line-ew", "size": 22, "line": {"color": style.INK[theme], "width": 1.5}},
        hovertemplate="%{x}: %{y:.3g}<extra></extra>",
        row=2,
        col=1,
    )
    style.layout(figure, theme, 3 * ROW)
    for row, (caption, _, color, _) in enumerate(rows, start=1):
        style.caption(figure, caption, color, row)
    if one.tau > 0:
        figure.add_hrect(
            -one.tau, one.tau, fillcolor=ROLES["threshold"].color, opacity=0.12, line_width=0, row=2, col=1
        )
    figure.update_yaxes(zeroline=True, zerolinecolor=style.FAINT[theme], nticks=5)
    for row, values in ((1, one.numbers), (2, one.before), (3, one.rebuilt)):
        low, high = min(0.0, float(values.min())), max(float(values.max()), 1.0)
        figure.update_yaxes(range=[low - 0.16 * (high - low) * (low < 0), high + 0.22 * (high - low)], row=row, col=1)
    figure.update_xaxes(tickvals=list(range(1, 9)), showgrid=False)
    figure.update_xaxes(tickvals=list(range(1, 9)), ticktext=_names(one.levels, words), row=2, col=1)
    figure.update_xaxes(title_text=words("learn.axis.place"), row=3, col=1)
    return figure


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


def _names(levels: Sequence[int], words: Words) -> list[str]:
    """What stands under a coefficient: a for averages, d with its level for details."""
    return [words("learn.haar.average") if level == 0 else f"d{level}" for level in levels]
