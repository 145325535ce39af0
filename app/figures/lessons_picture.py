"""A picture four times: clean, noisy, shrunk, and what was taken away."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from app.figures import pixels, style
from app.figures.grids import subplots
from app.figures.style import ROLES, Theme
from app.i18n import Words

HEIGHT, LEAST = 640, 300


def four(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.picture.Drawn`."""
    one = seen.drawn
    figure = subplots(2, 2, horizontal_spacing=0.03, vertical_spacing=0.09)
    panels = (
        ("clean", one.clean, style.INK[theme]),
        ("noisy", one.noisy, ROLES["noisy"].color),
        ("estimate", one.estimate, ROLES["wavelet"].color),
        (
            "removed",
            pixels.around_grey(one.removed) if one.removed.any() else 0 * one.removed + 0.5,
            ROLES["removed"].color,
        ),
    )
    for place, (part, values, _) in enumerate(panels):
        file = pixels.encoded(pixels.larger(values[None], LEAST))
        figure.add_trace(
            go.Image(source=file.address, hoverinfo="skip", meta=part), row=place // 2 + 1, col=place % 2 + 1
        )
    style.layout(figure, theme, HEIGHT)
    for place, (part, _, color) in enumerate(panels):
        style.caption(figure, words(f"learn.picture.{part}"), color, place // 2 + 1, place % 2 + 1, size=14)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure
