"""The error against the threshold: a falling part, a rising part, and their sum with its least point."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.lessons import legend_on_top
from app.figures.style import ROLES, Theme
from app.i18n import Words

HEIGHT = 520

#: How what is marked is drawn: colour and dash.
MARKS = {"universal": "dot", "sure": "dash", "bayes": "dashdot", "oracle": "solid"}


def curve(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.risk.Drawn`."""
    one = seen.drawn
    parts, top = one.parts, float(one.parts.mse[0])
    figure = go.Figure()
    lines = (
        ("lost", parts.lost, ROLES["removed"].color, "dash", 2.5),
        ("left", parts.left, ROLES["noisy"].color, "dot", 2.5),
        ("mse", parts.mse, style.INK[theme], "solid", 3.5),
    )
    for key, values, color, dash, width in lines:
        figure.add_scatter(
            x=parts.factors,
            y=np.maximum(values, 0) / top,
            mode="lines",
            name=words(f"learn.risk.{key}"),
            meta=key,
            line={"color": color, "dash": dash, "width": width},
            hovertemplate="%{x:.2f} σ: %{y:.3f}<extra></extra>",
        )
    mine = float(np.interp(one.tau, parts.factors, parts.mse)) / top
    figure.add_scatter(
        x=[one.tau],
        y=[mine],
        mode="markers",
        name=words("learn.risk.yours"),
        meta="yours",
        marker={
            "size": 15,
            "symbol": "star",
            "color": ROLES["yours"].color,
            "line": {"width": 1, "color": style.INK[theme]},
        },
        hovertemplate="%{x:.2f} σ: %{y:.3f}<extra></extra>",
    )
    highest = max(1.0, float(parts.mse.max()) / top, float(parts.lost.max()) / top)
    for step, (name, at) in enumerate(sorted(one.marks.items(), key=lambda mark: mark[1])):
        color = ROLES["yours" if name == "oracle" else "threshold"].color
        place = min(at, float(parts.factors[-1]))
        figure.add_scatter(
            x=[place, place],
            y=[0, highest * 1.05],
            mode="lines",
            showlegend=False,
            meta="marks",
            hoverinfo="skip",
            line={"color": color, "width": 2.5, "dash": MARKS[name]},
        )
        figure.add_annotation(
            x=place,
            y=highest * (1.02 - 0.085 * (step % 4)),
            text=words(f"learn.risk.{name}"),
            showarrow=False,
            xanchor="left" if place < 3.6 else "right",
            xshift=5 if place < 3.6 else -5,
            font={"color": color, "size": 14},
            bgcolor=style.PAPER[theme],
        )
    style.layout(figure, theme, HEIGHT)
    figure.update_xaxes(title_text=words("learn.risk.axis.tau"), range=[0, float(parts.factors[-1])], dtick=1)
    figure.update_yaxes(title_text=words("learn.risk.axis.error"), range=[0, highest * 1.08])
    return legend_on_top(figure, 2)
