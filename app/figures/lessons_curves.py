"""Shrinkage functions against the line that changes nothing, and below them their slopes."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.lessons import legend_on_top
from app.figures.style import ROLES, Role, Theme
from app.i18n import Words

HEIGHT = 600

#: How each function is drawn: a colour and a dash of its own.
LOOKS: dict[str, Role] = {
    "soft": Role(ROLES["learned"].color, "solid", width=3.5),
    "hard": Role(ROLES["wavelet"].color, "dash", width=3),
    "garrote": Role(ROLES["yours"].color, "dashdot", width=3),
    "relu": Role(ROLES["removed"].color, "dot", width=3.5),
}


def curves(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.curves.Drawn`."""
    drawn = seen.drawn
    figure = subplots(2, 1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.1)
    figure.add_scatter(
        x=drawn.at[[0, -1]],
        y=drawn.at[[0, -1]],
        mode="lines",
        name=words("learn.curve.same"),
        meta="same",
        line={"color": style.FAINT[theme], "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    for name, values in drawn.values.items():
        look, label = LOOKS[name], words(f"learn.choice.function.{name}")
        line = {"color": look.color, "width": look.width, "dash": look.dash}
        for row, y in ((1, values), (2, drawn.slopes[name])):
            figure.add_scatter(
                x=drawn.at,
                y=y,
                mode="lines",
                name=label,
                line=line,
                legendgroup=name,
                showlegend=row == 1,
                meta=name if row == 1 else "slope",
                hovertemplate="x = %{x:.2f}: %{y:.2f}<extra></extra>",
                row=row,
                col=1,
            )
    first = next(iter(drawn.values))
    y = float(drawn.values[first][abs(drawn.at - drawn.x).argmin()])
    figure.add_scatter(
        x=[drawn.x, drawn.x, drawn.at[0]],
        y=[drawn.at[0], y, y],
        mode="lines",
        showlegend=False,
        meta="point",
        line={"color": ROLES["threshold"].color, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[drawn.x],
        y=[y],
        mode="markers+text",
        text=[f" ({drawn.x:.4g}, {y:.3g})"],
        textposition="bottom right",
        marker={"size": 13, "color": ROLES["threshold"].color, "symbol": "circle"},
        showlegend=False,
        meta="point",
        hovertemplate="x = %{x:.2f}: %{y:.2f}<extra></extra>",
        row=1,
        col=1,
        cliponaxis=False,
    )
    style.layout(figure, theme, HEIGHT)
    figure.add_vrect(
        -drawn.tau, drawn.tau, fillcolor=ROLES["threshold"].color, opacity=0.1, line_width=0, row="all", col=1
    )
    style.caption(figure, words("learn.axis.output"), None, 1)
    style.caption(figure, words("learn.axis.slope"), None, 2)
    figure.update_yaxes(range=[-4, 4], dtick=1, row=1, col=1)
    figure.update_yaxes(range=[-0.3, 2.4], dtick=1, row=2, col=1)
    figure.update_xaxes(range=[-4, 4], dtick=1)
    figure.update_xaxes(title_text=words("learn.axis.input"), row=2, col=1)
    return legend_on_top(figure)
