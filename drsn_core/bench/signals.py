r"""The standard bed of one-dimensional denoising: twelve signals, three lengths, four noise levels.

.. math:: y = x + \sigma z, \qquad \sigma^2 = \frac{\overline{x^2}}{10^{\mathrm{SNR}/10}}

Gaussian noise is z = ``numpy.random.default_rng(seed).standard_normal(n)``, one z per seed for all signals and noise
levels, so that what differs between two cells of a seed is never the luck of the draw. Other kinds come from
`drsn_core.noise.add_noise` with the same seed, at the exact ratio. The noise level is not told to the methods. The
score is the output SNR, the offset of the signal counted as signal.

References
----------
.. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994.
.. [2] A. Antoniadis, J. Bigot, T. Sapatinas, "Wavelet estimators in nonparametric regression: a comparative
   simulation study", J. Stat. Softw. 6(6), 2001: the eight other signals.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np

from drsn_core import noise, synth
from drsn_core.bench.contest import Cell, Trial, samples
from drsn_core.data import Data, FloatArray, Signal
from drsn_core.errors import UnknownName
from drsn_core.metrics import power, snr_db

DJ = ("blocks", "bumps", "heavisine", "doppler")
ABS = ("step", "wave", "blip", *DJ, "angles", "parabolas", "tshsine", "spikes", "corner")
#: Names that stand for several signals.
SETS: dict[str, tuple[str, ...]] = {"dj": DJ, "abs": ABS, "all": ABS}
LENGTHS = (1024, 2048, 4096)
SNRS_DB = (-5.0, 0.0, 5.0, 10.0)
SEEDS = 20


@dataclass(frozen=True)
class Signals:
    """Cells are signal × length × kind of noise × SNR; trials are seeds 0, 1, 2 ...

    Parameters
    ----------
    signals : keys of `synth.SIGNALS`
    lengths : samples
    noises : keys of `noise.KINDS`
    snrs_db : input SNR in dB
    seeds : how many
    """

    signals: tuple[str, ...] = ABS
    lengths: tuple[int, ...] = (2048,)
    noises: tuple[str, ...] = ("gaussian",)
    snrs_db: tuple[float, ...] = SNRS_DB
    seeds: int = 3

    name: ClassVar[str] = "signals"
    trial: ClassVar[str] = "seeds"
    scores: ClassVar[tuple[str, ...]] = ("snr_db",)
    columns: ClassVar[tuple[str, ...]] = ("snr_db",)

    def __post_init__(self) -> None:
        for kind in self.noises:
            if kind not in noise.KINDS:
                raise UnknownName("noise", kind, noise.KINDS)
        for name in self.signals:
            if name not in synth.SIGNALS:
                raise UnknownName("signal", name, (*SETS, *synth.SIGNALS))

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        combined = product(self.signals, self.lengths, self.noises, self.snrs_db)
        return tuple({"signal": s, "n": n, "noise": kind, "snr_db": snr} for s, n, kind, snr in combined)

    def takes(self, kind: tuple[type, ...]) -> bool:
        return Signal in kind

    def trial_names(self, cell: Cell) -> tuple[str, ...]:
        return tuple(str(seed) for seed in range(self.seeds))

    def trials(self, cell: Cell) -> Iterator[Trial]:
        clean = synth.signal(str(cell["signal"]), length=int(cell["n"]))
        for seed in range(self.seeds):
            noisy = add(clean.samples[0], str(cell["noise"]), float(cell["snr_db"]), seed, clean.rate_hz)
            yield Trial(str(seed), clean, clean.with_samples(noisy))

    def score(self, clean: Data, estimate: Data) -> tuple[float, ...]:
        return (snr_db(samples(clean), samples(estimate)),)


def add(clean: FloatArray, kind: str, ratio_db: float, seed: int, rate_hz: float = 1.0) -> FloatArray:
    """Add noise as the bed defines it: Gaussian noise at the ratio in the mean, other kinds at it in every draw."""
    if kind != "gaussian":
        return noise.add_noise(clean, kind, ratio_db, seed=seed, rate_hz=rate_hz)
    sigma = np.sqrt(power(clean) / 10 ** (ratio_db / 10))
    return np.asarray(clean + sigma * np.random.default_rng(seed).standard_normal(clean.size))


def named(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Signals by their keys or by the names of ``SETS``, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in SETS.get(text, (text,))))
