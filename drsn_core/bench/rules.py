"""What a call of every wavelet method costs on a short signal, beside scikit-image's BayesShrink, in one run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import thread_time

import numpy as np

from drsn_core import catalog, synth
from drsn_core.classical.wavelet import default_level
from drsn_core.data import Signal
from drsn_core.noise import add_noise

LENGTH = 2048

#: The row of the other library, and the last one: all methods one after the other.
OTHER, ALL = "scikit-image BayesShrink", "all wavelet methods"


@dataclass(frozen=True)
class Row:
    """Median processor time of one call in milliseconds, and its ratio to scikit-image's BayesShrink.

    ``quarter`` and ``three_quarters`` bound the middle half of the ratios of single turns. Methods take turns, so a
    busy machine slows all of them alike.
    """

    method: str
    milliseconds: float
    ratio: float
    quarter: float
    three_quarters: float


def measure(methods: Sequence[str] = (), rounds: int = 40) -> Iterator[Row]:
    """Yield a row per method (all wavelet methods for signals if none is named), then one for all together."""
    from skimage.restoration import denoise_wavelet

    known = catalog.methods()
    keys = methods or [key for key, info in known.items() if info.family == "wavelet" and Signal in info.takes]
    noisy = add_noise(synth.signal("doppler", length=LENGTH), "gaussian", 5, seed=0)
    row = np.array(noisy.samples[0])
    level = default_level(row.shape)

    def theirs() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyWavelets finds the level too high
            denoise_once()

    def denoise_once() -> None:
        denoise_wavelet(row, wavelet="sym8", mode="soft", method="BayesShrink", wavelet_levels=level)

    def ours(key: str) -> Callable[[], object]:
        return lambda: catalog.denoise(noisy, key)

    runs: dict[str, Callable[[], object]] = {OTHER: theirs, **{key: ours(key) for key in keys}}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 2):  # two to warm up
        for name, run in runs.items():
            began = thread_time()
            run()
            if turn >= 2:
                times[name].append(1000 * (thread_time() - began))
    times[ALL] = [sum(turns) for turns in zip(*(times[key] for key in keys), strict=True)]
    for name, spent in times.items():
        first, middle, third = quantiles([a / b for a, b in zip(spent, times[OTHER], strict=True)], n=4)
        yield Row(name, median(spent), middle, first, third)
