"""A recording denoised by a wavelet rule and by a network, with the clean signal dashed."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from app.figures import waveforms
from app.figures.style import Theme
from app.figures.waveforms import Line, Panel
from app.i18n import Words

#: Where there is no signal, estimates are drawn up to so many noise levels.
CLOSE = 0.6


def both(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.limits.Drawn`."""
    drawn = seen.drawn
    clean = Line("clean", words("figure.clean"), drawn.clean)
    rows = [
        (words("learn.limits.wavelet"), "wavelet", drawn.wavelet),
        (words("learn.limits.learned"), "learned", drawn.learned),
    ]
    panels = [Panel(words("figure.noisy"), "noisy", (Line("noisy", words("figure.noisy"), drawn.noisy),))]
    panels += [Panel(label, role, (clean, Line(role, label, values))) for label, role, values in rows]
    figure = go.Figure(waveforms.stacked(panels, rate_hz=1.0, unit="", words=words, theme=theme).to_dict())
    if not drawn.clean.any():  # what is drawn from nothing is small
        for axis in (figure.layout.yaxis2, figure.layout.yaxis3):
            axis.update(range=[-CLOSE, CLOSE], matches="y2")
    return figure
