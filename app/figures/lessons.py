"""What the figures of the lessons share: a part that the text speaks of stands out, the rest steps back."""

from __future__ import annotations

from collections.abc import Iterator

import plotly.graph_objects as go

from app.figures import style

#: How faint the rest becomes, and what never does.
BACK, ALWAYS = 0.22, "threshold"

#: Pixels of a line of the legend.
LEGEND_LINE = 26


def parts(figure: go.Figure) -> Iterator[str]:
    """Names of the parts that a figure has."""
    return (str(trace.meta) for trace in figure.data if trace.meta)


def emphasised(figure: go.Figure, part: str) -> go.Figure:
    """Let every trace but those of ``part`` step back; "" leaves the figure as it is."""
    if part:
        for trace in figure.data:
            if trace.meta not in (part, ALWAYS):
                trace.opacity = BACK
    return figure


def legend_on_top(figure: go.Figure, lines: int = 1) -> go.Figure:
    """Give the legend lines of its own above all captions."""
    figure.update_layout(
        margin_t=style.HEAD + LEGEND_LINE * lines,
        legend={"yref": "container", "y": 1, "yanchor": "top", "x": 0, "xanchor": "left"},
    )
    return figure
