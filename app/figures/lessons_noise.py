"""A signal, the noise, and what is recorded: three rows, of which the last is the sum of the others."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from app.figures import waveforms
from app.figures.style import Theme
from app.figures.waveforms import Line, Panel
from app.i18n import Words


def rows(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.noise.Drawn`."""
    drawn = seen.drawn
    panels = [
        Panel(words("learn.row.clean"), "clean", (Line("clean", words("figure.clean"), drawn.clean),)),
        Panel(words("learn.row.noise"), "removed", (Line("removed", words("learn.row.noise"), drawn.noise),)),
        Panel(words("learn.row.noisy"), "noisy", (Line("noisy", words("figure.noisy"), drawn.noisy),)),
    ]
    figure = go.Figure(waveforms.stacked(panels, rate_hz=1.0, unit="", words=words, theme=theme).to_dict())
    return figure.update_layout(showlegend=False)
