"""Sixteen numbers that a learner draws, with noise, and what soft thresholding leaves of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.lessons.controls import Bars, Control, Slider
from app.lessons.observed import Observed
from drsn_core import metrics
from drsn_core.classical.thresholding import soft
from drsn_core.data import FloatArray

#: The noise of all drawings: the same standard normal numbers, times the size that is chosen.
SEED, COUNT = 4, 16

CONTROLS: dict[str, Control] = {
    "numbers": Bars((0, 0, 0, 6, 0, 0, -4, 0, 0, 0, 0, 8, 3, 0, 0, 0), -8.0, 8.0, 0.5),
    "noise_size": Slider(0.0, 0.0, 3.0, 0.25),
    "tau": Slider(0.0, 0.0, 8.0, 0.25),
}


class Drawn(NamedTuple):
    """Numbers as drawn, with noise, and after the threshold, (COUNT,) each, and the threshold."""

    clean: FloatArray
    noisy: FloatArray
    after: FloatArray
    tau: float


def observe(numbers: tuple[float, ...], noise_size: float, tau: float) -> Observed:
    """Facts: how many numbers survive, what the tallest and the lowest of them lose, the errors before and after."""
    clean = np.asarray(numbers)
    noisy = clean + noise_size * np.random.default_rng(SEED).standard_normal(COUNT)
    after = soft(noisy, tau)
    kept = after != 0
    tallest = int(np.abs(noisy).argmax())
    lowest = int(np.where(kept, np.abs(noisy), np.inf).argmin())
    before_rmse, after_rmse = metrics.rmse(clean, noisy), metrics.rmse(clean, after)
    facts = {
        "tau": tau,
        "noise_size": noise_size,
        "count": COUNT,
        "kept": int(kept.sum()),
        "zeros": int(COUNT - kept.sum()),
        "drawn": int(np.count_nonzero(clean)),
        "tallest": float(abs(noisy[tallest])),
        "tallest_after": float(abs(after[tallest])),
        "tallest_lost": float(abs(noisy[tallest]) - abs(after[tallest])),
        "lowest": float(abs(noisy[lowest])) if kept.any() else 0.0,
        "lowest_lost": float(abs(noisy[lowest]) - abs(after[lowest])) if kept.any() else 0.0,
        "before_rmse": before_rmse,
        "after_rmse": after_rmse,
        "left_percent": 100 * after_rmse / before_rmse if before_rmse > 0 else 100.0,
    }
    return Observed(facts, Drawn(clean, noisy, after, tau))
