"""Mean output SNR on the four Donoho-Johnstone signals: every method, the same noise.

n = 2048; y = x + σ·z with z = ``default_rng(seed).standard_normal(n)``, one z per seed for all signals and noise
levels, and σ² = mean(x²) / 10^(SNR/10), the offset counted as signal. The noise level is not told to the methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from drsn_core import catalog, synth
from drsn_core.data import Signal
from drsn_core.metrics import power, snr_db

SIGNALS = ("blocks", "bumps", "heavisine", "doppler")
SNRS_DB = (-5.0, 0.0, 5.0, 10.0)
LENGTH = 2048


@dataclass(frozen=True)
class Row:
    """A method's scores: ``cells[signal][i]`` is the mean output SNR in dB at ``SNRS_DB[i]``.

    ``mean`` is over all cells, ``spread`` the standard deviation over seeds of that mean, ``milliseconds`` the median
    time of one call.
    """

    method: str
    cells: dict[str, list[float]]
    mean: float
    spread: float
    milliseconds: float


def measure(methods: Sequence[str] = (), seeds: int = 20) -> Iterator[Row]:
    """Yield a row per method (all signal methods if none is named)."""
    keys = methods or [key for key, info in catalog.methods().items() if Signal in info.takes]
    clean = {name: synth.signal(name, length=LENGTH).samples for name in SIGNALS}
    noise = [np.random.default_rng(seed).standard_normal(LENGTH) for seed in range(seeds)]
    for key in keys:
        scores = np.empty((len(SIGNALS), len(SNRS_DB), seeds))
        seconds: list[float] = []
        catalog.denoise(clean["blocks"], key)  # what is loaded once is not part of a call
        for i, x in enumerate(clean.values()):
            for j, level in enumerate(SNRS_DB):
                sigma = np.sqrt(power(x) / 10 ** (level / 10))
                for k, z in enumerate(noise):
                    began = perf_counter()
                    result = catalog.denoise(x + sigma * z, key)
                    seconds.append(perf_counter() - began)
                    scores[i, j, k] = snr_db(x, result.estimate)
        per_seed = scores.mean(axis=(0, 1))
        cells = dict(zip(SIGNALS, scores.mean(axis=2).tolist(), strict=True))
        yield Row(key, cells, float(per_seed.mean()), float(per_seed.std(ddof=1)), 1000 * median(seconds))
