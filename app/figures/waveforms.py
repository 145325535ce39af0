"""The signal before and after, line under line, on one time axis and one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.figures import style
from app.figures.grids import Sheet
from app.figures.style import Theme
from app.figures.written import Written
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.method import Family

#: A method's name as the page shows it, its family, and what it made of the signal, shape (length,).
Estimate = tuple[str, Family, FloatArray]
#: Seconds (samples, where the rate is unknown) from the start of the signal.
Window = tuple[float, float]

#: Pixels of a row with the gap under it, of that gap, and for the time axis.
ROW_HEIGHT, GAP, FOOT = 190, 34, 56


class Clock(NamedTuple):
    """How time is written: ticks a second, and the title of the axis."""

    per_second: float
    title: str


class Line(NamedTuple):
    """One line of a panel: its role, its name, its samples."""

    role: str
    name: str
    samples: FloatArray


class Panel(NamedTuple):
    """One row of a figure: its caption, the role whose colour the caption wears, and its lines."""

    caption: str
    role: str
    lines: tuple[Line, ...]


def compare(
    noisy: FloatArray,
    estimates: Sequence[Estimate],
    clean: FloatArray | None,
    *,
    rate_hz: float,
    unit: str,
    words: Words,
    theme: Theme,
    window: Window | None = None,
) -> Written:
    """Draw the noisy signal and, below it, every estimate, with the clean signal dashed where it is known.

    Parameters
    ----------
    noisy, clean : (length,), in ``unit``
    estimates : label, family and samples of each method, see `Estimate`
    rate_hz : samples a second; 1.0 means that it is not known
    window : draw only this part, as finely as there are points for it; None draws all
    """
    panels = [Panel(words("figure.noisy"), "noisy", (Line("noisy", words("figure.noisy"), noisy),))]
    for label, family, samples in estimates:
        truth = () if clean is None else (Line("clean", words("figure.clean"), clean),)
        panels.append(Panel(label, family, (*truth, Line(family, label, samples))))  # what is not right peeps out
    return stacked(panels, rate_hz=rate_hz, unit=unit, words=words, theme=theme, window=window)


def removed(
    noisy: FloatArray,
    estimates: Sequence[Estimate],
    clean: FloatArray | None = None,
    *,
    rate_hz: float,
    unit: str,
    words: Words,
    theme: Theme,
    window: Window | None = None,
) -> Written:
    """Draw what every method took away, noisy − estimate, under the noise itself where ``clean`` is known.

    Parameters are those of `compare`.
    """
    panels = []
    if clean is not None:
        added = words("figure.noise")
        panels.append(Panel(added, "noisy", (Line("noisy", added, noisy - clean),)))
    for label, _, samples in estimates:
        taken = words("figure.removed", method=label)
        panels.append(Panel(taken, "removed", (Line("removed", taken, noisy - samples),)))
    return stacked(panels, rate_hz=rate_hz, unit=unit, words=words, theme=theme, window=window)


def clock(length: int, rate_hz: float, words: Words) -> Clock:
    """Choose the unit of a time axis: samples if the rate is unknown, milliseconds below one second, else seconds."""
    if rate_hz == 1.0:
        return Clock(1.0, words("figure.axis.samples"))
    if length / rate_hz < 1:
        return Clock(1000.0, words("figure.axis.milliseconds"))
    return Clock(1.0, words("figure.axis.seconds"))


def inside(length: int, rate_hz: float, window: Window | None) -> slice:
    """The samples that lie in a window; at least two, whatever the window asks."""
    if window is None:
        return slice(0, length)
    start = min(max(round(window[0] * rate_hz), 0), length - 2)
    stop = min(max(round(window[1] * rate_hz) + 1, start + 2), length)
    return slice(start, stop)


def value_title(unit: str, words: Words) -> str:
    """The title of a value axis, with its unit."""
    return words("figure.axis.value", unit=unit) if unit else words("figure.axis.value.plain")


def stacked(
    panels: Sequence[Panel], *, rate_hz: float, unit: str, words: Words, theme: Theme, window: Window | None = None
) -> Written:
    """Draw panels under one another, with one time axis and one scale; traces know their role as ``meta``."""
    rows = len(panels)
    height = ROW_HEIGHT * rows + style.HEAD + FOOT
    spacing = GAP / (ROW_HEIGHT * rows) if rows > 1 else 0
    sheet = Sheet(rows, 1, theme, height, shared_xaxes=True, vertical_spacing=spacing)
    length = panels[0].lines[0].samples.size
    part = inside(length, rate_hz, window)
    time = clock(part.stop - part.start, rate_hz, words)
    t = np.arange(part.start, part.stop) * (time.per_second / rate_hz)
    budget = style.POINTS // sum(len(panel.lines) for panel in panels)

    legend_has: set[str] = set()
    low, high = np.inf, -np.inf
    for row, panel in enumerate(panels, start=1):
        for line in panel.lines:
            x, y = style.decimate(t, line.samples[part], budget)
            low, high = min(low, float(y.min())), max(high, float(y.max()))
            look = style.role(line.role, theme)
            drawn = {
                "type": "scatter",
                "x": x,
                "y": y,
                "name": line.name,
                "mode": "lines",
                "line": {"color": look.color, "width": look.width, "dash": "dash" if line.role == "clean" else "solid"},
                "legendgroup": line.role,
                "showlegend": line.role == "clean" and line.role not in legend_has,  # the others have captions
                "meta": line.role,
                "hovertemplate": "%{x:.4g} · %{y:.4g}<extra></extra>",
            }
            sheet.add(drawn, row)
            legend_has.add(line.role)
        sheet.caption(panel.caption, style.role(panel.role, theme).color, row)
    margin = 0.04 * (high - low) or 1.0
    for row in range(1, rows + 1):
        sheet.yaxis(row).update(range=[low - margin, high + margin], matches="y", nticks=6)
        sheet.xaxis(row).update(range=[float(t[0]), float(t[-1])])
    sheet.yaxis((rows + 1) // 2)["title"] = {"text": value_title(unit, words)}
    sheet.xaxis(rows)["title"] = {"text": time.title}
    return sheet.figure()
