"""Two methods over the same seeds: the mean of their differences, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """Mean of ``first`` minus ``second`` over pairs, with its 95 % confidence interval (Student's t)."""

    first: str
    second: str
    mean: float
    low: float
    high: float
    pairs: int


def difference(first: str, second: str, a: Mapping[int, float], b: Mapping[int, float]) -> Difference | None:
    """Compare two methods, scores by seed, over the seeds that both have; None with fewer than two."""
    from scipy.stats import t

    gaps = np.array([a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())])
    if len(gaps) < 2:
        return None
    half = float(t.ppf(0.975, len(gaps) - 1)) * gaps.std(ddof=1) / math.sqrt(len(gaps))
    mean = float(gaps.mean())
    return Difference(first, second, mean, mean - float(half), mean + float(half), len(gaps))
