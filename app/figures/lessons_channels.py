"""Bars for the channels of one block: weights for two samples; thresholds that are shared, and their own."""

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


def weights(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.channels.Weights`: two bars for every channel."""
    drawn = seen.drawn
    figure = go.Figure()
    looks = (("first", ROLES["learned"].color, ""), ("second", ROLES["wavelet"].color, "/"))
    for (part, color, shape), values, state in zip(looks, (drawn.first, drawn.second), drawn.states, strict=True):
        figure.add_bar(
            x=np.arange(1, values.size + 1),
            y=values,
            name=words(f"inside.class.name.{state}"),
            meta=part,
            marker={"color": color, "line": {"width": 0}, "pattern": {"shape": shape}},
            hovertemplate="%{x}: %{y:.2f}<extra></extra>",
        )
    style.layout(figure, theme, HEIGHT)
    figure.update_yaxes(title_text=words("learn.axis.weight"), range=[0, 1])
    figure.update_xaxes(title_text=words("learn.axis.channel"), dtick=1, showgrid=False)
    return legend_on_top(figure)


def shared(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.channels.Shared`: sizes with thresholds above, zeros below."""
    drawn = seen.drawn
    figure = subplots(2, 2, shared_xaxes=True, horizontal_spacing=0.1, vertical_spacing=0.16)
    for column, net in enumerate(("drsn-cs", "drsn-cw"), start=1):
        order = np.argsort(drawn.sizes[net])
        x = np.arange(1, order.size + 1)
        figure.add_bar(
            x=x,
            y=drawn.sizes[net][order],
            name=words("learn.shared.size"),
            meta="size",
            showlegend=column == 1,
            marker={"color": ROLES["noisy"].color, "line": {"width": 0}},
            hovertemplate="%{y:.3g}<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_scatter(
            x=x,
            y=drawn.thresholds[net][order],
            mode="markers",
            name="τ",
            meta="threshold",
            showlegend=column == 1,
            marker={"symbol": "line-ew", "size": 20, "line": {"color": ROLES["threshold"].color, "width": 4}},
            hovertemplate="τ = %{y:.3g}<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_bar(
            x=x,
            y=drawn.zeroed[net][order],
            name=words("learn.shared.zeroed"),
            meta="zeroed",
            showlegend=column == 1,
            marker={"color": ROLES["removed"].color, "line": {"width": 0}, "pattern": {"shape": "/"}},
            hovertemplate="%{y:.0f} %<extra></extra>",
            row=2,
            col=column,
        )
    style.layout(figure, theme, HEIGHT + 60)
    for column, net in enumerate(("drsn-cs", "drsn-cw"), start=1):
        style.caption(figure, words(f"learn.choice.net.{net}"), None, 1, column)
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title_text=words("learn.shared.axis.size"), row=1, col=1)
    figure.update_yaxes(range=[0, 100], dtick=25, row=2)
    figure.update_yaxes(title_text=words("learn.shared.axis.zeroed"), row=2, col=1)
    figure.update_xaxes(showgrid=False, nticks=9)
    figure.update_xaxes(title_text=words("learn.shared.axis.order"), row=2)
    return legend_on_top(figure)
