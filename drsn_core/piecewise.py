"""Denoise recordings that are longer than memory, piece by piece, without seams.

Whatever depends on the whole is fixed first, from all samples (mean, spread) or from windows spread evenly over the
recording (thresholds of a network, noise level); then every stretch is worked out with a margin that is wide enough for
the result not to depend on where it was cut. Wavelet rules look at all coefficients of a band at once: they need the
recording in memory, and say so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pywt

from drsn_core import learned
from drsn_core.classical import filters
from drsn_core.classical.rules import noise_sigma
from drsn_core.data import FloatArray, Signal
from drsn_core.errors import Unsupported
from drsn_core.io.pieces import PIECE, LongRecording
from drsn_core.method import Method, Progress, Report, ignore
from drsn_core.tiling import tiles
from drsn_core.trace import Trace

#: Samples to either side that a filter with these settings looks at. Trace: none of them decides anything to show.
REACH: dict[type[Any], Callable[[Any], int]] = {
    filters.Median: lambda method: (method.window or 11) // 2 + 1,
    filters.SavitzkyGolay: lambda method: method.window + 1,
    filters.Wiener: lambda method: (method.window or 31) // 2 + 1,
    filters.TotalVariation: lambda method: method.STEPS + 1,
    filters.NonLocalMeans: lambda method: (method.search or 401) // 2 + (method.patch or 21) + 1,
}
FILTER_TILE = 2**18


class Target(Protocol):
    """Where the pieces go, in their order."""

    def put(self, start: int, values: FloatArray) -> None: ...


def denoise(recording: LongRecording, method: Method, key: str, target: Target, report: Report = ignore) -> Trace:
    """Denoise a long recording into ``target``; memory does not grow with its length.

    Raises
    ------
    Unsupported
        The method needs all samples at once.
    BadData, FileProblem
    """
    if isinstance(method, learned.NetworkDenoiser) and method.views == "one":
        return _by_network(recording, method, target, report)
    if type(method) in REACH:
        _by_filter(recording, method, target, report)
        return Trace()
    long = f"recordings of {recording.samples:,} samples"
    if isinstance(method, learned.NetworkDenoiser):
        raise Unsupported(key, long, "in all views it needs them in memory at once; with views=one it does not")
    raise Unsupported(
        key,
        long,
        "it takes its thresholds from all samples at once; drsn-cw, drsn-cs, median, savgol, wiener, tv and nlm do not",
    )


def moments(recording: LongRecording) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, standard deviation and range of every channel, (channels,), from all samples; the first look at them."""
    cuts = [(s, min(s + PIECE, recording.length)) for s in range(0, recording.length, PIECE)]
    total, low, high = (np.zeros(recording.channels), *(np.full(recording.channels, x) for x in (np.inf, -np.inf)))
    for start, stop in cuts:
        values = recording.read(start, stop)
        total += values.sum(axis=1)
        low, high = np.minimum(low, values.min(axis=1)), np.maximum(high, values.max(axis=1))
    mean = total / recording.length
    squares = np.zeros(recording.channels)
    for start, stop in cuts:
        centred = recording.read(start, stop) - mean[:, None]
        squares += np.vecdot(centred, centred)
    return mean, np.sqrt(squares / recording.length), high - low


def _windows(recording: LongRecording, grid: int = 1) -> FloatArray:
    """Stretches spread evenly over the recording, (windows, channels, samples)."""
    starts = np.linspace(0, recording.length - learned.WINDOW, learned.WINDOWS).astype(int) // grid * grid
    return np.stack([recording.read(int(s), int(s) + learned.WINDOW) for s in starts])


def _read_round(recording: LongRecording, start: int, stop: int) -> FloatArray:
    """Samples of a recording; before its start lie its last ones, and beyond its end its first, but once."""
    length = recording.length
    parts = [recording.read(max(0, start), min(length, stop))]
    if start < 0:
        parts.insert(0, recording.read(length + start, length))
    if stop > length:
        parts.append(recording.read(0, stop - length))
    return np.concatenate(parts, axis=1)


def _by_network(recording: LongRecording, method: learned.NetworkDenoiser, target: Target, report: Report) -> Trace:
    network = learned.network_of(method.network)
    mean, scale, span = moments(recording)
    scale = np.where(scale > 0, scale, 1.0)[:, None]
    mean = mean[:, None]
    windows = (_windows(recording, network.grid) - mean) / scale
    plans = [method.fixed(windows[:, channel]) for channel in range(recording.channels)]
    around, length = network.around, recording.length
    cut = list(tiles(length + 2 * around, learned.TILE, network.reach, network.grid))
    for done, tile in enumerate(cut, start=1):
        first = tile.start - around
        part = (_read_round(recording, first, tile.stop - around) - mean) / scale
        clean = np.stack(
            [
                plan(learned.marked(network, row, first, length))
                if varies
                else row  # a constant one comes back as it is
                for (plan, _), row, varies in zip(plans, part, span > 0, strict=True)
            ]
        )
        start, stop = max(0, tile.keep_start - around), min(length, tile.keep_stop - around)
        if start < stop:
            target.put(start, (clean * scale + mean)[:, start - first : stop - first])
        report(Progress(done, len(cut)))
    several = recording.channels > 1
    records = [
        record
        for number, (_, decisions) in enumerate(plans, start=1)
        for record in learned.records_of(network, decisions, f"channel {number}, " if several else "")
    ]
    return Trace(tuple(records))


def _by_filter(recording: LongRecording, method: Any, target: Target, report: Report) -> None:
    wanted = getattr(method, "sigma", 0.0)
    methods = [method] * recording.channels
    if wanted is None:
        details = pywt.dwt(_windows(recording), "sym8", "symmetric", axis=-1)[1]
        levels = [float(noise_sigma(details[:, channel].ravel())) for channel in range(recording.channels)]
        methods = [dataclasses.replace(method, sigma=level) for level in levels]
    cut = list(tiles(recording.length, FILTER_TILE, REACH[type(method)](method)))
    for done, tile in enumerate(cut, start=1):
        part = recording.read(tile.start, tile.stop)
        clean = np.concatenate([one(Signal(row))[0].samples for one, row in zip(methods, part, strict=True)])
        target.put(tile.keep_start, clean[:, tile.keep_start - tile.start : tile.keep_stop - tile.start])
        report(Progress(done, len(cut)))
