"""The same recording denoised by a wavelet rule and by a network: neither wins everywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.observed import Observed
from drsn_core import catalog, metrics, synth
from drsn_core.data import FloatArray
from drsn_core.noise import add_noise

LENGTH, RULE, NET = 2048, "ebayes", "drsn-cw"

#: A bump of so many noise levels, drawn where there is nothing but noise, is an invention.
GOAL_PEAK = 0.35

CONTROLS: dict[str, Control] = {
    "signal": Choice(
        "doppler", ("doppler", "blocks", "wave", "bearing-inner-race", "nothing"), "learn.choice.recording"
    ),
    "snr_db": Slider(5.0, -5.0, 20.0, 1.0, "dB"),
    "seed": Slider(0.0, 0.0, 9.0, 1.0),
}


class Drawn(NamedTuple):
    """Clean, noisy, and both estimates, (LENGTH,) each."""

    clean: FloatArray
    noisy: FloatArray
    wavelet: FloatArray
    learned: FloatArray


def observe(signal: str, snr_db: float, seed: float) -> Observed:
    """Facts: SNR of both, and which is better; of nothing but noise, how much of it each lets through."""
    if signal == "nothing":
        clean = np.zeros(LENGTH)
        noisy = np.random.default_rng(int(seed)).standard_normal(LENGTH)
    else:
        row = synth.signal(signal, length=LENGTH).samples[0]
        clean = row / row.std()
        noisy = add_noise(clean, "gaussian", snr_db, seed=int(seed))
    wavelet, learned = (catalog.denoise(noisy, method).estimate for method in (RULE, NET))
    left = [
        100 * float(np.sqrt(np.mean(np.square(one - clean)) / np.mean(np.square(noisy - clean))))
        for one in (wavelet, learned)
    ]
    scores = (0.0, 0.0) if signal == "nothing" else tuple(metrics.snr_db(clean, one) for one in (wavelet, learned))
    facts: dict[str, float | str] = {
        "wavelet": scores[0],
        "learned": scores[1],
        "lead": scores[1] - scores[0],
        "behind": scores[0] - scores[1],
        "wavelet_left": left[0],
        "learned_left": left[1],
        "goal_peak": GOAL_PEAK,
        "learned_peak": float(np.abs(learned).max()),
        "snr_db": snr_db,
        "signal": f"learn.choice.recording.{signal}",
    }
    return Observed(facts, Drawn(clean, noisy, wavelet, learned), "limits-nothing" if signal == "nothing" else "limits")
