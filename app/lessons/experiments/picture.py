"""A small picture with noise, shrunk in three directions at every scale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.observed import Observed
from drsn_core import metrics
from drsn_core.classical.rules import Band, bayes, noise_sigma
from drsn_core.classical.thresholding import soft
from drsn_core.classical.transforms import Bands, Decimated
from drsn_core.data import FloatArray
from drsn_core.photographs import small

#: Levels of the transform; pixels of the side of what is shown; share of pixels that count as edges.
LEVELS, SIDE, EDGES = 4, 160, 0.1

CONTROLS: dict[str, Control] = {
    "picture": Choice("camera", ("camera", "coins", "moon"), "picture"),
    "sigma": Slider(25.0, 5.0, 60.0, 5.0, "/ 255"),
    "times": Slider(1.0, 0.0, 4.0, 0.1),
}


class Drawn(NamedTuple):
    """Pixels, (side, side) each, in 0..1, and what was removed."""

    clean: FloatArray
    noisy: FloatArray
    estimate: FloatArray
    removed: FloatArray


def shrunk(noisy: FloatArray, times: float) -> tuple[FloatArray, list[dict[str, float]]]:
    """Soft thresholding with so many BayesShrink thresholds in every band, and these thresholds, finest first."""
    transform = Decimated("sym8", LEVELS, noisy.shape, "symmetric")
    kept: list[Bands] = []
    thresholds: list[dict[str, float]] = []
    sigma = 0.0
    for depth, bands in enumerate(transform.levels(noisy), start=1):
        sigma = sigma or noise_sigma(bands["dd"].ravel())
        own = {key: times * bayes(Band(band.ravel(), sigma, noisy.size, depth)) for key, band in bands.items()}
        kept.append({key: soft(band, own[key]) for key, band in bands.items()})
        thresholds.append(own)
    return transform.rebuild(kept), thresholds


def observe(picture: str, sigma: float, times: float) -> Observed:
    """Facts: PSNR before and after, errors at edges and in flat parts, and the energy of the three directions."""
    clean = small(picture).pixels[0]
    noisy = clean + sigma / 255 * np.random.default_rng(0).standard_normal(clean.shape)
    estimate, thresholds = shrunk(noisy, times)
    best = max(metrics.psnr_db(clean, shrunk(noisy, one)[0]) for one in np.arange(0.2, 2.01, 0.2))
    down, along = np.gradient(clean)
    steep = np.hypot(down, along)
    edge = steep >= np.quantile(steep, 1 - EDGES)
    wrong = np.square(estimate - clean)
    bands = next(iter(Decimated("sym8", 1, clean.shape, "symmetric").levels(clean)))
    energy = {key: float(np.square(band).sum()) for key, band in bands.items()}
    psnr = metrics.psnr_db(clean, estimate)
    facts: dict[str, float | str] = {
        "sigma": sigma,
        "times": times,
        "before": metrics.psnr_db(clean, noisy),
        "after": psnr,
        "gain": psnr - metrics.psnr_db(clean, noisy),
        "behind": best - psnr,
        "edge_rmse": 255 * float(np.sqrt(wrong[edge].mean())),
        "flat_rmse": 255 * float(np.sqrt(wrong[~edge].mean())),
        "edge_percent": 100 * EDGES,
        "horizontal": energy["da"],
        "vertical": energy["ad"],
        "diagonal": energy["dd"],
        "diagonal_percent": 100 * energy["dd"] / sum(energy.values()),
        "finest": float(thresholds[0]["dd"] * 255 / sigma),
        "coarsest": float(thresholds[-1]["da"] * 255 / sigma),
        "picture": f"picture.{picture}",
    }
    facts["edge_times"] = float(facts["edge_rmse"]) / float(facts["flat_rmse"])
    cut = np.s_[30 : 30 + SIDE, 40 : 40 + SIDE]
    return Observed(facts, Drawn(clean[cut], noisy[cut], estimate[cut], (noisy - estimate)[cut]))
