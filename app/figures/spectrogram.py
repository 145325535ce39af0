"""Which frequencies are strong at which time: kept on the left, removed on the right, one scale of colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import Float32Array, Theme
from app.figures.waveforms import Clock, Estimate, Window, clock, inside
from app.i18n import Words
from drsn_core.data import FloatArray

#: Cells of one picture: more would not be seen, and each costs a byte on the way to the browser.
MOST_TIMES, MOST_FREQUENCIES = 200, 128
SHORTEST_SEGMENT, LONGEST_SEGMENT = 32, 2048
#: Decibels from the strongest cell of all pictures down to the darkest colour.
DEPTH_DB = 70.0
#: Even steps of lightness, dark to bright, and safe for colour-blind readers; holds its own on white and on black.
COLORS = "Cividis"

#: Pixels of a row with the gap under it, of that gap, and for the time axis and the scale of colours.
ROW_HEIGHT, GAP, FOOT = 210, 38, 126


class Picture(NamedTuple):
    """Power in dB, shape (frequencies, times), with the middles of its cells: s (samples) and Hz (cycles a sample)."""

    times: Float32Array
    frequencies: Float32Array
    power_db: Float32Array


def segment(length: int) -> int:
    """Samples of one segment: the power of two near √(8 · length), 32 to 2048, and never more than there are.

    Time and frequency then get about equally many cells.
    """
    wanted = 2 ** round(math.log2(math.sqrt(8 * length)))
    return max(2, min(length, max(SHORTEST_SEGMENT, min(int(wanted), LONGEST_SEGMENT))))


def pooled(cells: FloatArray, most: int, axis: int) -> FloatArray:
    """Shorten an axis to at most ``most`` by taking the largest of neighbours, so that nothing short is lost."""
    size = cells.shape[axis]
    if size <= most:
        return cells
    starts = np.linspace(0, size, most, endpoint=False).astype(int)
    return np.asarray(np.maximum.reduceat(cells, starts, axis=axis))


def analyse(x: FloatArray, rate_hz: float) -> Picture:
    r"""Power of short segments, :math:`10 \log_{10} |X_{k, m}|^2`, in dB; silence is −300 dB.

    Hann windows that overlap by half or more, scaled so that a sine of amplitude 1 has −6 dB whatever the segment.
    The mean is taken out first: it would outshine all that changes.
    """
    from scipy.signal import ShortTimeFFT, get_window  # loads for most of a second, so not with the first picture

    width = segment(x.size)
    hop = max(1, min(width // 2, x.size // MOST_TIMES))
    transform = ShortTimeFFT(get_window("hann", width), hop, rate_hz, scale_to="magnitude")
    power = transform.spectrogram(x - x.mean(), p0=0, p1=math.ceil(x.size / hop))
    power = pooled(pooled(power, MOST_TIMES, 1), MOST_FREQUENCIES, 0)
    times = (np.arange(power.shape[1]) + 0.5) * (x.size / rate_hz / power.shape[1])
    frequencies = np.linspace(0, rate_hz / 2, power.shape[0])
    decibels = 10 * np.log10(np.maximum(power, 1e-30))
    return Picture(times.astype(np.float32), frequencies.astype(np.float32), decibels.astype(np.float32))


def below(loudest: float, power_db: Float32Array) -> NDArray[np.int8]:
    """Whole decibels below the loudest, −128 to 0: one byte a cell, and no step of colour that an eye could see."""
    return np.asarray(np.clip(np.rint(power_db - loudest), -128, 0), dtype=np.int8)


def spectrograms(
    noisy: FloatArray,
    estimates: Sequence[Estimate],
    clean: FloatArray | None = None,
    *,
    rate_hz: float,
    words: Words,
    theme: Theme,
    window: Window | None = None,
) -> go.Figure:
    """Draw noisy and clean on top, and below, for every method, what it kept and what it removed.

    Where the clean signal is not known, the noisy one has the row for itself. Parameters are those of
    `app.figures.waveforms.compare`.
    """
    part = inside(noisy.size, rate_hz, window)
    time = clock(part.stop - part.start, rate_hz, words)
    rows = [[(words("figure.noisy"), "noisy", noisy)]]
    if clean is not None:
        rows[0].append((words("figure.clean"), "clean", clean))
    for label, family, samples in estimates:
        rows.append([(label, family, samples), (words("view.removed"), "removed", noisy - samples)])

    height = ROW_HEIGHT * len(rows) + style.HEAD + FOOT
    figure = subplots(
        len(rows),
        2,
        shared_xaxes="all",
        shared_yaxes="all",
        vertical_spacing=GAP / (ROW_HEIGHT * len(rows)),
        horizontal_spacing=0.06,
        specs=[[{}, {}] if len(row) == 2 else [{"colspan": 2}, None] for row in rows],
    )
    kilo = 1000.0 if rate_hz >= 4000 else 1.0
    pictures = [[analyse(samples[part], rate_hz) for _, _, samples in row] for row in rows]
    loudest = max(float(picture.power_db.max()) for row in pictures for picture in row)
    for r, across in enumerate(pictures, start=1):
        for c, picture in enumerate(across, start=1):
            figure.add_heatmap(
                x=(picture.times + part.start / rate_hz).astype(np.float32) * np.float32(time.per_second),
                y=picture.frequencies / np.float32(kilo),
                z=below(loudest, picture.power_db),
                coloraxis="coloraxis",
                hovertemplate="%{x:.4g} · %{y:.4g} · %{z:.0f} dB<extra></extra>",
                row=r,
                col=c,
            )
    style.layout(figure, theme, height)
    for r, row in enumerate(rows, start=1):
        for c, (label, role, _) in enumerate(row, start=1):
            style.caption(figure, label, style.role(role, theme).color, r, c)
    _axes(figure, len(rows), rate_hz=rate_hz, kilo=kilo, time=time, words=words)
    figure.update_layout(
        margin_b=FOOT,
        coloraxis={
            "colorscale": COLORS,
            "cmin": -DEPTH_DB,
            "cmax": 0,
            "colorbar": {
                "title": {"text": words("figure.axis.power"), "side": "bottom", "font_size": style.TITLE_SIZE},
                "orientation": "h",
                "yref": "container",
                "y": 0,
                "yanchor": "bottom",
                "thickness": 12,
                "len": 1,
            },
        },
    )
    return figure


def _axes(figure: go.Figure, rows: int, *, rate_hz: float, kilo: float, time: Clock, words: Words) -> None:
    unit = "cycles" if rate_hz == 1.0 else "kilohertz" if kilo > 1 else "hertz"
    figure.update_xaxes(matches="x", showgrid=False, nticks=4)
    figure.update_yaxes(matches="y", showgrid=False, nticks=5)
    figure.update_xaxes(title_text=time.title, row=rows)
    if rows > 1:
        figure.update_xaxes(showticklabels=False, row=1)  # even where the first row is one wide panel
    figure.update_yaxes(title_text=words(f"figure.axis.{unit}"), row=(rows + 1) // 2, col=1)
