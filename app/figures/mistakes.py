"""What is wrong with an estimate: its error and what that is made of, and what the removed part looks like."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.residual import Residual
from drsn_core.response import ErrorParts

HEIGHT = 420


def error(
    parts: ErrorParts,
    marked: Mapping[str, float],
    axis: str,
    *,
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw the error against the threshold with its two parts: the U and what it is made of.

    Parameters
    ----------
    marked : name and place on the axis of what is marked: the learned threshold, rules, the reader's
    axis : its title
    """
    figure = go.Figure()
    lines = (
        ("lost", parts.lost, ROLES["removed"].color, "dash", 2.5),
        ("left", parts.left, ROLES["noisy"].color, "dot", 2.5),
        ("mse", parts.mse, style.INK[theme], "solid", 3),
    )
    for key, values, color, dash, width in lines:
        figure.add_scatter(
            x=parts.factors,
            y=np.where(values > 0, values, np.nan).astype(np.float32),
            mode="lines",
            line={"color": color, "dash": dash, "width": width},
            name=words(f"inside.error.{key}"),
            hovertemplate="%{x:.2f} · %{y:.4g}<extra></extra>",
        )
    best = parts.best
    places = [(words("inside.error.best"), float(parts.factors[best]), ROLES["yours"].color)]
    places += [(name, at, ROLES["threshold"].color) for name, at in marked.items() if np.isfinite(at)]
    end = float(parts.factors[-1])
    floor, top = float(parts.mse.min()) / 30, float(parts.mse.max())
    style.layout(figure, theme, HEIGHT)
    for step, (name, at, color) in enumerate(sorted(places, key=lambda place: place[1])):
        beyond = at > end  # a note at the edge says how far
        if not beyond:
            figure.add_vline(at, line={"color": color, "width": 2, "dash": "dot"})
        figure.add_annotation(
            x=min(at, end),
            yref="y domain",
            y=0.99 - 0.07 * (step % 4),
            yanchor="top",
            text=f"{name}: {at:.1f} →" if beyond else name,
            showarrow=False,
            xanchor="right" if beyond else "left",
            xshift=-4 if beyond else 4,
            font={"size": 13, "color": color},
            bgcolor=style.PAPER[theme],
        )
    figure.update_xaxes(title_text=axis)
    figure.update_yaxes(title_text=words("inside.error.axis"), type="log", dtick=1)
    figure.update_yaxes(
        range=[float(np.log10(floor or 1e-12)), float(np.log10(top or 1.0)) + 0.5], exponentformat="power"
    )
    return figure


def error_sentence(parts: ErrorParts, now: float, words: Words) -> str:
    """Say where the least error is, of what it is made, and how far the threshold in use is from it."""
    best = parts.best
    at_now = float(np.interp(now, parts.factors, parts.mse))
    return words(
        "inside.error.sentence",
        best=float(parts.factors[best]),
        share=100 * float(max(parts.lost[best], 0) / parts.mse[best]) if parts.mse[best] else 0.0,
        now=now,
        extra=10 * float(np.log10(max(at_now, 1e-300) / max(float(parts.mse[best]), 1e-300))),
    )


def autocorrelation(found: Residual, *, words: Words, theme: Theme) -> go.Figure:
    """Bars of the autocorrelation of what was removed, and the band in which white noise stays."""
    figure = go.Figure()
    lags = np.arange(1, found.autocorrelation.size + 1)
    outside = np.abs(found.autocorrelation) > found.band
    figure.add_bar(
        x=lags,
        y=found.autocorrelation.astype(np.float32),
        marker={
            "color": [ROLES["removed"].color if o else ROLES["noisy"].color for o in outside],
            "line": {"width": 0},
        },
        hovertemplate="%{x}: %{y:.3f}<extra></extra>",
    )
    style.layout(figure, theme, 320)
    figure.add_hrect(-found.band, found.band, fillcolor=style.GRID[theme], line={"width": 0})
    reach = max(0.15, 1.15 * float(np.abs(found.autocorrelation).max()))
    figure.update_yaxes(title_text=words("inside.leak.axis"), range=[-reach, reach], nticks=7)
    figure.update_xaxes(title_text=words("inside.leak.lag"), dtick=2)
    return figure
