"""Eight numbers, taken apart by the Haar wavelet, thresholded, and put together again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.lessons.controls import Bars, Control, Slider
from app.lessons.observed import Observed
from drsn_core import metrics
from drsn_core.classical.thresholding import soft
from drsn_core.classical.transforms import Decimated
from drsn_core.data import FloatArray

CONTROLS: dict[str, Control] = {
    "numbers": Bars((9, 7, 3, 5, 6, 6, 8, 2), 0.0, 12.0, 1.0),
    "level": Slider(3.0, 1.0, 3.0, 1.0),
    "tau": Slider(0.0, 0.0, 6.0, 0.1),
}


class Drawn(NamedTuple):
    """The numbers; coefficients before and after, coarse ones first; their levels, 0 for averages; what is rebuilt."""

    numbers: FloatArray
    before: FloatArray
    after: FloatArray
    levels: list[int]
    rebuilt: FloatArray
    tau: float


def rounded(values: FloatArray) -> FloatArray:
    """Zeros where only rounding is left: equal neighbours have no difference."""
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def observe(numbers: tuple[float, ...], level: float, tau: float) -> Observed:
    """Facts: the coefficients by name, the energy on both sides, and what a threshold sets to zero."""
    row, depth = np.asarray(numbers), int(level)
    transform = Decimated("haar", depth, row.shape, "periodization")
    details = [rounded(bands["d"]) for bands in transform.levels(row)]
    shrunk = [soft(d, tau) for d in details]
    average = transform.coarse
    rebuilt = transform.rebuild([{"d": d} for d in shrunk])
    before = np.concatenate([average, *details[::-1]])
    after = np.concatenate([average, *shrunk[::-1]])
    levels = [0] * average.size + [k for k in range(depth, 0, -1) for _ in range(details[k - 1].size)]
    all_details = np.concatenate(details)
    facts: dict[str, float] = {
        "tau": tau,
        "level": depth,
        "count_of_numbers": row.size,
        "averages": average.size,
        "details": all_details.size,
        "kept": int(np.count_nonzero(np.concatenate(shrunk))),
        "zeros": int(np.sum(np.concatenate(shrunk) == 0)),
        "energy": float(np.square(row).sum()),
        "energy_of_coefficients": float(np.square(before).sum()),
        "average_energy": 100 * float(np.square(average).sum() / np.square(row).sum()) if row.any() else 0.0,
        "worst": float(rounded(np.abs(rebuilt - row)).max()),
        "rmse": metrics.rmse(row, rebuilt),
        "mean": float(row.mean()),
        "first_average": float(average[0]),
        "first": float(row[0]),
        "second": float(row[1]),
        "sum": float((row[0] + row[1]) / np.sqrt(2)),
        "difference": float(details[0][0]),
        "largest": float(np.abs(all_details).max()),
    }
    return Observed(facts, Drawn(row, before, after, levels, rebuilt, tau))
