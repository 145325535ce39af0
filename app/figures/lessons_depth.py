"""Many units with and without shortcuts: gradients through the depth, and two networks in a race."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.lessons import legend_on_top
from app.figures.style import ROLES, Theme
from app.i18n import Words

HEIGHT = 460

#: Colour, dash and symbol of either kind.
LOOKS = {
    "plain": (ROLES["wavelet"].color, "dash", "square"),
    "residual": (ROLES["learned"].color, "solid", "circle"),
}

#: Steps over which the losses of the race are smoothed.
SMOOTH = 9


def gradients(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.depth.Gradients`, on an axis of powers of ten."""
    figure = go.Figure()
    for kind, (color, dash, symbol) in LOOKS.items():
        values = getattr(seen.drawn, kind)
        figure.add_scatter(
            x=np.arange(1, values.size + 1),
            y=values,
            mode="lines+markers",
            name=words(f"learn.depth.{kind}"),
            meta=kind,
            line={"color": color, "dash": dash, "width": 3},
            marker={"symbol": symbol, "size": 9},
            hovertemplate="%{x}: %{y:.3g}<extra></extra>",
        )
    style.layout(figure, theme, HEIGHT)
    figure.update_yaxes(title_text=words("learn.depth.axis.gradient"), type="log", exponentformat="power", dtick=1)
    figure.update_xaxes(title_text=words("learn.depth.axis.unit"), nticks=13)
    return legend_on_top(figure)


def race(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.depth.Race`: losses above, tests below; empty before the race."""
    drawn, steps = seen.drawn, seen.facts["steps"]
    figure = subplots(2, 1, shared_xaxes=True, vertical_spacing=0.14, row_heights=[0.6, 0.4])
    for kind, (color, dash, symbol) in LOOKS.items():
        losses = getattr(drawn, kind)
        width = min(SMOOTH, losses.size)
        smooth = np.convolve(losses, np.ones(width) / width, mode="valid") if width else losses
        figure.add_scatter(
            x=np.arange(smooth.size) + width,
            y=smooth,
            mode="lines",
            name=words(f"learn.depth.{kind}"),
            meta=kind,
            line={"color": color, "dash": dash, "width": 3},
            hovertemplate="%{x}: %{y:.3g}<extra></extra>",
            row=1,
            col=1,
        )
        figure.add_scatter(
            x=drawn.tested,
            y=getattr(drawn, f"{kind}_right"),
            mode="lines+markers",
            showlegend=False,
            meta=kind,
            line={"color": color, "dash": dash, "width": 2},
            marker={"symbol": symbol, "size": 10},
            hovertemplate="%{x}: %{y:.0f} %<extra></extra>",
            row=2,
            col=1,
        )
    style.layout(figure, theme, HEIGHT + 40)
    style.caption(figure, words("learn.depth.loss"), None, 1)
    style.caption(figure, words("learn.depth.right"), None, 2)
    figure.add_hline(
        seen.facts["chance"], line={"color": style.FAINT[theme], "width": 1.5, "dash": "dot"}, row=2, col=1
    )
    figure.update_yaxes(range=[0, 1.8], dtick=0.5, row=1, col=1)
    figure.update_yaxes(range=[0, 100], dtick=25, row=2, col=1)
    figure.update_xaxes(range=[0, steps])
    figure.update_xaxes(title_text=words("learn.depth.axis.step"), row=2, col=1)
    return legend_on_top(figure)
