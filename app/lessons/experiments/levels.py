"""One threshold for all, one for each level, and transforms that do not mind shifts: three ways, one recording."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.experiments.noise import mixed
from app.lessons.observed import Observed
from drsn_core import metrics
from drsn_core.classical.rules import Band, noise_sigma, sure
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import FloatArray, Signal

LENGTH, LEVELS = 1024, 6

#: What a learner is asked to reach.
TARGET_DB = 18.5

#: A way: the transform, and whether all levels share a threshold.
WAYS = {"one": ("dwt", True), "level": ("dwt", False), "spin": ("swt", False)}

CONTROLS: dict[str, Control] = {
    "way": Choice("one", tuple(WAYS), "learn.choice.way"),
    "signal": Choice("blocks", ("blocks", "heavisine", "doppler", "bumps"), "signal"),
    "noise": Choice("gaussian", ("gaussian", "pink"), "noise.kind"),
    "snr_db": Slider(10.0, 0.0, 20.0, 1.0, "dB"),
    "shift": Slider(0.0, 0.0, 16.0, 1.0),
}


class Drawn(NamedTuple):
    """Clean, noisy and estimate, (n,); thresholds by level in noise levels of the finest one."""

    clean: FloatArray
    noisy: FloatArray
    estimate: FloatArray
    thresholds: FloatArray


def shrunk(noisy: FloatArray, way: str, coloured: bool) -> tuple[FloatArray, FloatArray]:
    """Estimate and thresholds, finest first; one threshold for all is the SURE threshold of all coefficients."""
    transform, together = WAYS[way]
    options: dict[str, Any] = {
        "wavelet": "sym8",
        "transform": transform,
        "level": LEVELS,
        "border": "periodization",
        "rule": "sure",
    }
    options |= {"shrink": "soft", "noise_model": "coloured" if coloured and not together else "white"}
    if together:
        bands = [b["d"] for b in WaveletShrinkage(**options).transform_of(noisy).levels(noisy)]
        tau = sure(Band(np.concatenate(bands), noise_sigma(bands[0]), noisy.size, 1))
        options["thresholds"] = " ".join([f"{tau:.12g}"] * LEVELS)
    estimate, trace = WaveletShrinkage(**options)(Signal(noisy))
    return estimate.samples[0], np.array([float(record.threshold[0]) for record in trace.records[:LEVELS]])


def observe(way: str, signal: str, noise: str, snr_db: float, shift: float) -> Observed:
    """Facts: SNR of each way, thresholds at both ends, and how far a shift of the recording moves an estimate."""
    clean, noisy = mixed(signal, snr_db, noise, LENGTH)
    coloured = noise != "gaussian"
    by = int(shift)
    found = {name: shrunk(noisy, name, coloured) for name in WAYS}
    moved = {name: np.roll(shrunk(np.roll(noisy, by), name, coloured)[0], -by) for name in WAYS}
    estimate = moved[way]
    sigma = noise_sigma(noisy[1:] - noisy[:-1]) / np.sqrt(2)
    thresholds = found[way][1] / sigma
    facts: dict[str, float | str] = {name: metrics.snr_db(clean, moved[name]) for name in WAYS}
    facts |= {f"{name}_moved": 100 * metrics.rmse(found[name][0], moved[name]) for name in WAYS}
    facts |= {
        "now": metrics.snr_db(clean, estimate),
        "snr_db": snr_db,
        "shift": by,
        "finest": float(thresholds[0]),
        "coarsest": float(thresholds[-1]),
        "way": f"learn.choice.way.{way}",
        "levels": LEVELS,
        "target": TARGET_DB,
        "gain_of_levels": metrics.snr_db(clean, moved["level"]) - metrics.snr_db(clean, moved["one"]),
        "gain_of_spin": metrics.snr_db(clean, moved["spin"]) - metrics.snr_db(clean, moved["level"]),
    }
    return Observed(facts, Drawn(clean, noisy, estimate, thresholds))
