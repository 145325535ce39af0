"""Wavelet coefficients level by level, as the component that draws them takes them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.figures import style
from app.figures.blocks import names
from app.figures.waveforms import clock
from app.i18n import Words
from drsn_core.data import FloatArray

#: Sticks of a level: as many as a phone can show apart.
STICKS = 240

#: A row reaches to this many noise levels, or to this factor above the threshold.
SIGMAS, ROOM = 5.0, 1.3

#: What lies behind more decimals is drawn as 0.
DECIMALS = 300


@dataclass(frozen=True, eq=False)
class Level:
    """One subband, thinned for drawing.

    Parameters
    ----------
    at : place along the signal, 0 to 1
    before, after : size of the largest coefficient in each of up to ``STICKS`` stretches, and what became of it
    threshold, sigma : in the unit of the signal
    zeroed : share of all coefficients that became zero, in per cent
    """

    name: str
    at: FloatArray
    before: FloatArray
    after: FloatArray
    threshold: float
    sigma: float
    zeroed: float


def thinned(name: str, before: FloatArray, after: FloatArray, threshold: float, sigma: float) -> Level:
    """Keep the largest coefficient of every stretch: what the eye would see of sticks that stand too close."""
    size, kept = np.abs(before), np.abs(after)
    zeroed = 100 * float(np.mean((kept == 0) & (size > 0)))
    edges = np.linspace(0, size.size, min(size.size, STICKS) + 1).astype(int)
    largest = np.repeat(np.maximum.reduceat(size, edges[:-1]), np.diff(edges))
    reached = np.flatnonzero(size == largest)
    peaks = reached[np.searchsorted(reached, edges[:-1])]  # the first in every stretch
    return Level(name, (peaks + 0.5) / size.size, size[peaks], kept[peaks], threshold, sigma, zeroed)


def picture(
    used: Sequence[Level],
    own: Sequence[float],
    changed: Sequence[bool],
    *,
    length: int,
    rate_hz: float,
    unit: str,
    shrink: str,
    fixed: bool,
    words: Words,
    theme: style.Theme,
) -> dict[str, Any]:
    """Everything that the component shows: plain values, numbers with four digits of the height of their row.

    Parameters
    ----------
    used : the levels as they are shrunk, finest first
    own : per level the threshold that the rule itself sets
    changed : per level whether the reader has set another
    shrink : "soft" or "hard", for what is shown while a line moves
    fixed : whether the lines cannot be moved
    """
    time = clock(length, rate_hz, words)
    ticks = np.linspace(0, (length - 1) * time.per_second / rate_hz, 5)
    looks = {name: style.ROLES[role].color for name, role in ROLES.items()}
    return {
        "levels": [_plain(level, tau, moved, words) for level, tau, moved in zip(used, own, changed, strict=True)],
        "colors": looks,
        "shrink": shrink,
        "fixed": fixed,
        "title": time.title,
        "ticks": [f"{float(f'{tick:.3g}'):g}" for tick in ticks],
        "alt": takeaway(used, sum(changed), words),
        "theme": theme,
        "words": {key: words(f"levels.{key}") for key in WORDS}
        | {"unit": words("levels.unit", unit=unit) if unit else words("levels.unit.plain")},
    }


ROLES = {"before": "noisy", "after": "wavelet", "threshold": "threshold", "yours": "yours"}
WORDS = ("before", "after", "threshold", "yours", "ghost", "back", "drag", "typed")


def _plain(level: Level, own: float, changed: bool, words: Words) -> dict[str, Any]:
    mark, name = names(level.name, words)
    top = max(SIGMAS * level.sigma, ROOM * level.threshold, ROOM * own) or float(level.before.max(initial=0.0)) or 1.0
    top = min(top, sys.float_info.max)
    digits = min(3 - math.floor(math.log10(top)), DECIMALS)
    return {
        "mark": mark,
        "name": name,
        "at": np.round(1000 * level.at, 1).tolist(),
        "before": np.round(level.before, digits).tolist(),
        "after": np.round(level.after, digits).tolist(),
        "tau": float(f"{level.threshold:.4g}"),
        "own": float(f"{own:.4g}"),
        "sigma": float(f"{level.sigma:.4g}"),
        "top": float(f"{top:.4g}"),
        "zeroed": level.zeroed,
        "changed": changed,
    }


def takeaway(levels: Sequence[Level], changed: int, words: Words) -> str:
    """Say in one sentence what is set to zero at the two ends; caption and alternative text."""
    fine, coarse = levels[0], levels[-1]
    said = words("levels.takeaway", fine=fine.zeroed, coarse=coarse.zeroed, count=len(levels))
    return words("levels.takeaway.changed", sentence=said, count=changed) if changed else said
