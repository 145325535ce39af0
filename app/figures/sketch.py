"""The waveforms in plain SVG, for the second or two in which the browser still loads the chart library.

It stands where `app.figures.waveforms.compare` will draw, with the same rows and colours, and without axes.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from app.figures import style
from app.figures.style import Theme
from app.figures.waveforms import ROW_HEIGHT, Estimate
from app.i18n import Words
from drsn_core.data import FloatArray

#: Points of a line: enough for its shape, few enough to arrive with the page.
POINTS = 400


def svg(
    noisy: FloatArray, estimates: Sequence[Estimate], clean: FloatArray | None, *, words: Words, theme: Theme
) -> str:
    """Draw the rows of `app.figures.waveforms.compare` as one SVG element as wide as its place."""
    rows: list[tuple[str, str, FloatArray]] = [(words("figure.noisy"), "noisy", noisy)]
    rows += [(label, family, samples) for label, family, samples in estimates]
    drawn = [samples for _, _, samples in rows] + ([] if clean is None else [clean])
    low, high = min(float(x.min()) for x in drawn), max(float(x.max()) for x in drawn)
    parts: list[str] = []
    for row, (label, role, samples) in enumerate(rows):
        top = style.HEAD + row * (ROW_HEIGHT + 10)
        look = style.role(role, theme)
        lines = _line(samples, low, high, look.color)
        if clean is not None and row:
            lines = _line(clean, low, high, style.role("clean", theme).color, dashed=True) + lines
        parts.append(
            f'<text x="4%" y="{top + 14}" fill="{style.INK[theme]}" font-size="{style.TITLE_SIZE}">'
            f'<tspan fill="{look.color}">■</tspan> {html.escape(label)}</text>'
            f'<svg x="4%" y="{top + 20}" width="95%" height="{ROW_HEIGHT - 24}" viewBox="0 0 1000 100" '
            f'preserveAspectRatio="none">{lines}</svg>'
        )
    height = style.HEAD + len(rows) * (ROW_HEIGHT + 10)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{height}" style="height:{height}px" '
        f'font-family="{html.escape(style.FONT)}">{"".join(parts)}</svg>'
    )


def _line(samples: FloatArray, low: float, high: float, color: str, dashed: bool = False) -> str:
    x, y = style.decimate(np.linspace(0.0, 1000.0, samples.size), samples, POINTS)
    y = 100 * (high - y) / (high - low) if high > low else np.full_like(y, 50)
    points = " ".join(f"{a:.0f},{b:.1f}" for a, b in zip(x, y, strict=True))
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.4"{dash} '
        'vector-effect="non-scaling-stroke"/>'
    )
