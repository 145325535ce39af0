"""An estimate over the clean signal, and the threshold that each level was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import ROLES, Theme
from app.i18n import Words

HEIGHT = 600


def levels(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.levels.Drawn`."""
    one = seen.drawn
    t = np.arange(one.clean.size)
    figure = subplots(2, 1, row_heights=[0.66, 0.34], vertical_spacing=0.2)
    rows = (
        ("noisy", one.noisy, ROLES["noisy"].color, "solid", 1),
        ("clean", one.clean, style.INK[theme], "dash", 2),
        ("estimate", one.estimate, ROLES["wavelet"].color, "solid", 2.2),
    )
    for part, values, color, dash, width in rows:
        x, y = style.decimate(t.astype(float), values, 900)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=words(f"learn.levels.{part}"),
            meta=part,
            opacity=0.5 if part == "noisy" else 1,
            line={"color": color, "dash": dash, "width": width},
            hovertemplate="%{x}: %{y:.3g}<extra></extra>",
            row=1,
            col=1,
        )
    marks = [f"d{level}" for level in range(1, one.thresholds.size + 1)]
    figure.add_bar(
        x=marks,
        y=one.thresholds,
        marker={"color": ROLES["threshold"].color, "line": {"width": 0}},
        meta="thresholds",
        text=[f"{value:.1f}" for value in one.thresholds],
        textposition="outside",
        cliponaxis=False,
        showlegend=False,
        hovertemplate="%{x}: %{y:.2f} σ<extra></extra>",
        row=2,
        col=1,
    )
    style.layout(figure, theme, HEIGHT)
    figure.update_layout(legend={"yref": "container", "y": 0.99, "yanchor": "top", "x": 0, "xanchor": "left"})
    style.caption(figure, words("learn.levels.caption"), ROLES["threshold"].color, 2)
    figure.update_xaxes(title_text=words("figure.axis.samples"), row=1, col=1)
    figure.update_xaxes(title_text=words("learn.levels.axis"), type="category", showgrid=False, row=2, col=1)
    figure.update_yaxes(range=[0, max(1.0, float(one.thresholds.max()) * 1.25)], nticks=4, row=2, col=1)
    return figure
