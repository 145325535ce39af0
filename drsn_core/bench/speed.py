"""How long a method takes: on a short signal, as an interactive page needs it, and on a minute of audio."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from drsn_core import catalog, synth
from drsn_core.data import Signal
from drsn_core.noise import add_noise

SHORT = 4096
MINUTE = 60 * 48_000


@dataclass(frozen=True)
class Row:
    """Median and largest seconds of ``repeats`` calls on `SHORT` samples; seconds of one call on `MINUTE` samples.

    ``peak_mb`` is the largest memory of the whole process so far, input and all earlier methods included.
    """

    method: str
    short_median: float
    short_largest: float
    minute: float
    peak_mb: float


def measure(methods: Sequence[str] = (), repeats: int = 15) -> Iterator[Row]:
    """Yield a row per method (all signal methods if none is named)."""
    keys = methods or [key for key, info in catalog.methods().items() if Signal in info.takes]
    short = add_noise(synth.signal("speech", length=SHORT), "gaussian", 5, seed=0)
    minute = add_noise(synth.signal("speech", length=MINUTE), "gaussian", 5, seed=0)
    for key in keys:
        catalog.denoise(short, key)
        times = [_seconds(short, key) for _ in range(repeats)]
        long = _seconds(minute, key)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Row(key, median(times), max(times), long, peak)


def _seconds(signal: Signal, key: str) -> float:
    began = perf_counter()
    catalog.denoise(signal, key)
    return perf_counter() - began
