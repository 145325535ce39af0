"""How large coefficients are: of signal and noise together, and of the noise alone, against a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import ROLES, Theme
from app.i18n import Words

#: Bars, and where the last one ends: larger sizes are counted in it.
BARS, REACH = 40, 10.0

HEIGHT = 520


def sizes(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.coefficients.Drawn`: two histograms, counts by powers of ten."""
    drawn = seen.drawn
    figure = subplots(2, 1, shared_xaxes=True, vertical_spacing=0.14)
    edges = np.linspace(0.0, REACH, BARS + 1)
    rows = (("clean", drawn.clean, style.FAINT[theme]), ("removed", drawn.noise, ROLES["removed"].color))
    labels = (words("learn.row.clean"), words("learn.row.noise"))
    for row, (part, values, color) in enumerate(rows, start=1):
        counts, _ = np.histogram(np.minimum(values, REACH - 1e-9), edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=np.where(counts > 0, counts, np.nan),
            width=REACH / BARS * 0.92,
            marker={"color": color, "line": {"width": 0}, "pattern": {"shape": "/" if row == 2 else ""}},
            hovertemplate=f"%{{x:.2f}} σ: %{{y}}<extra>{labels[row - 1]}</extra>",
            meta=part,
            row=row,
            col=1,
        )
        figure.add_scatter(
            x=[drawn.tau, drawn.tau],
            y=[0.7, 1000],
            mode="lines",
            line={"color": ROLES["threshold"].color, "width": 3, "dash": "dot"},
            name="τ",
            hoverinfo="skip",
            meta="threshold",
            row=row,
            col=1,
        )
    style.layout(figure, theme, HEIGHT)
    style.caption(figure, labels[0], style.INK[theme], 1)
    style.caption(figure, labels[1], ROLES["removed"].color, 2)
    figure.update_yaxes(type="log", range=[np.log10(0.7), 3], dtick=1)
    figure.update_yaxes(title_text=words("learn.axis.count"), row=1, col=1)
    figure.update_xaxes(range=[0, REACH], dtick=1)
    figure.update_xaxes(title_text=words("learn.axis.size"), row=2, col=1)
    figure.add_annotation(
        x=drawn.tau,
        y=1,
        yref="y domain",
        text="τ",
        showarrow=False,
        xshift=10,
        yanchor="top",
        font={"color": ROLES["threshold"].color, "size": 18},
    )
    return figure.update_layout(showlegend=False, bargap=0)
