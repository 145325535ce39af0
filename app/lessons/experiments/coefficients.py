"""The wavelet coefficients of a noisy signal by size, against those of the signal and of the noise alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.experiments.noise import SIGNAL, mixed
from app.lessons.observed import Observed
from drsn_core.classical.rules import noise_sigma
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import FloatArray

#: Levels of the transform, and the share of the energy that "almost all" means.
LEVELS, ALMOST_ALL = 6, 0.99

#: A good threshold leaves so many per cent of the noise below it, and so many of the signal's energy above it.
GOAL = (98.0, 99.0)

CONTROLS: dict[str, Control] = {
    "signal": SIGNAL,
    "domain": Choice("coefficients", ("samples", "coefficients"), "learn.choice.domain"),
    "snr_db": Slider(10.0, -5.0, 25.0, 1.0, "dB"),
    "tau": Slider(3.0, 0.0, 8.0, 0.25, "σ"),
}


class Drawn(NamedTuple):
    """Sizes in noise levels, (n,) each, and the threshold in the same unit."""

    clean: FloatArray
    noise: FloatArray
    noisy: FloatArray
    tau: float


def decomposed(row: FloatArray, wavelet: str = "sym8", level: int = LEVELS) -> list[FloatArray]:
    """Subbands of an orthonormal transform, finest first, and last what is left of it: together as long as ``row``."""
    transform = WaveletShrinkage(wavelet, "dwt", level=level, border="periodization").transform_of(row)
    bands = [band["d"] for band in transform.levels(row)]
    return [*bands, transform.coarse]  # type: ignore[attr-defined]


def needed(values: FloatArray, share: float = ALMOST_ALL) -> int:
    """How many of the largest values hold this share of the energy."""
    energy = np.sort(np.square(values))[::-1].cumsum()
    return int(np.searchsorted(energy, share * energy[-1]) + 1)


def observe(signal: str, domain: str, snr_db: float, tau: float) -> Observed:
    """Facts: how many values the clean signal needs, what a threshold of ``tau`` noise levels keeps of both.

    ``goal`` is 1 where `GOAL` is met.
    """
    clean, noisy = mixed(signal, snr_db)
    if domain == "coefficients":
        sigma = noise_sigma(decomposed(noisy)[0])
        clean, noisy = (np.concatenate(decomposed(row)) for row in (clean, noisy))
    else:
        sigma = float((noisy - clean).std())
    noise = noisy - clean
    kept = np.abs(noisy) > tau * sigma
    few = needed(clean)
    below = 100 * float(np.mean(np.abs(noise) <= tau * sigma))
    held = 100 * float(np.square(clean[kept]).sum() / np.square(clean).sum())
    facts = {
        "count": clean.size,
        "few": few,
        "few_percent": 100 * few / clean.size,
        "almost": 100 * ALMOST_ALL,
        "tau": tau,
        "sigma": sigma,
        "threshold": tau * sigma,
        "kept": int(kept.sum()),
        "zeroed_percent": 100 * float(1 - kept.mean()),
        "noise_below": below,
        "energy_kept": held,
        "goal_noise": GOAL[0],
        "goal_energy": GOAL[1],
        "goal": int(below >= GOAL[0] and held >= GOAL[1]),
        "snr_db": snr_db,
        "largest": float(np.abs(clean).max() / sigma),
        "domain": f"learn.choice.domain.{domain}",
    }
    return Observed(facts, Drawn(*(np.abs(values) / sigma for values in (clean, noise, noisy)), tau))
