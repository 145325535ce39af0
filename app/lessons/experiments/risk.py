"""The error of soft thresholding against τ in one level of wavelets: the U, and where rules draw the line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.experiments.coefficients import decomposed
from app.lessons.observed import Observed
from drsn_core import synth
from drsn_core.classical.oracles import best_soft_threshold
from drsn_core.classical.rules import RULES, Band, noise_sigma
from drsn_core.classical.thresholding import soft
from drsn_core.noise import add_noise
from drsn_core.response import ErrorParts, parts_of_error

LENGTH, DRAWS = 2048, 12

#: Thresholds in noise levels, and the rules that are marked.
SIGMAS = np.linspace(0.0, 5.0, 41)
MARKED = ("universal", "sure", "bayes")

CONTROLS: dict[str, Control] = {
    "signal": Choice("doppler", ("doppler", "blocks", "bumps", "heavisine"), "signal"),
    "snr_db": Slider(5.0, -5.0, 20.0, 1.0, "dB"),
    "level": Slider(4.0, 1.0, 6.0, 1.0),
    "tau": Slider(1.0, 0.0, 5.0, 0.125, "σ"),
    "marks": Choice("hidden", ("hidden", "rules", "all"), "learn.choice.marks"),
}


class Drawn(NamedTuple):
    """Error and its parts over thresholds in noise levels; places that are marked, by name; the learner's own."""

    parts: ErrorParts
    marks: dict[str, float]
    tau: float


def observe(signal: str, snr_db: float, level: float, tau: float, marks: str) -> Observed:
    """Facts: τ in noise levels of each rule and of the oracle, errors as multiples of the least, the learner's too."""
    clean_row = synth.signal(signal, length=LENGTH)
    rows = [add_noise(clean_row, "gaussian", snr_db, seed=seed).samples[0] for seed in range(DRAWS)]
    depth = int(level)
    clean = decomposed(clean_row.samples[0])[depth - 1]
    whole = [decomposed(row) for row in rows]
    bands = np.stack([bands_[depth - 1] for bands_ in whole])
    sigma = noise_sigma(whole[0][0])

    def error(factor: float) -> tuple[float, float, float]:
        return parts_of_error(soft(bands, factor * sigma), clean)

    mse, left, lost = (np.array(part) for part in zip(*(error(factor) for factor in SIGMAS), strict=True))
    parts = ErrorParts(SIGMAS, mse, left, lost)
    band = Band(bands[0], sigma, LENGTH, depth)
    places = {rule: RULES[rule](band) / sigma for rule in MARKED}
    oracle = best_soft_threshold(bands[0], clean) / sigma
    least = float(mse.min())
    facts: dict[str, float | str] = {
        "tau": tau,
        "snr_db": snr_db,
        "level": depth,
        "sigma": sigma,
        "oracle": oracle,
        "best": float(SIGMAS[parts.best]),
        "none": float(mse[0]) / least,
        "yours": error(tau)[0] / least,
        "lost_share": 100 * max(0.0, error(tau)[2]) / error(tau)[0],
        "signal": f"signal.{signal}",
    }
    for rule, place in places.items():
        facts[rule] = place
        facts[f"{rule}_error"] = error(place)[0] / least
    shown = {"hidden": {}, "rules": places, "all": {**places, "oracle": oracle}}[marks]
    return Observed(facts, Drawn(parts, shown, tau))
