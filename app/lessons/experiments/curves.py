"""Shrinkage functions as curves, with their slopes, and what they make of one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.observed import Observed
from drsn_core.classical.thresholding import garrote, hard, soft
from drsn_core.data import FloatArray

#: The curves are drawn from -REACH to REACH; slopes are differences over this step.
REACH, STEP = 4.0, 1e-6

CONTROLS: dict[str, Control] = {
    "tau": Slider(1.0, 0.0, 3.0, 0.1),
    "x": Slider(2.0, -4.0, 4.0, 0.1),
    "function": Choice("soft", ("soft", "hard", "garrote", "relu", "all"), "learn.choice.function"),
}


def relu(x: FloatArray, threshold: FloatArray | float) -> FloatArray:
    """What most networks use, with its corner moved to ``threshold``: max(x - τ, 0)."""
    return np.maximum(x - threshold, 0.0)


FUNCTIONS: dict[str, Callable[[FloatArray, FloatArray | float], FloatArray]] = {
    "soft": soft,
    "hard": hard,
    "garrote": garrote,
    "relu": relu,
}


class Drawn(NamedTuple):
    """Places (n,); values and slopes of each function there, NaN where it has none; the number that is followed."""

    at: FloatArray
    values: dict[str, FloatArray]
    slopes: dict[str, FloatArray]
    tau: float
    x: float


def value(function: str, x: float, tau: float) -> float:
    """One number through one function."""
    return float(FUNCTIONS[function](np.array([x]), tau)[0])


def slope(function: str, at: FloatArray, tau: float) -> FloatArray:
    """Slope at every place; NaN at the threshold itself, where there is a corner or a jump."""
    apply = FUNCTIONS[function]
    rise = (apply(at + STEP, tau) - apply(at - STEP, tau)) / (2 * STEP)
    corner = np.abs(at - tau) if function == "relu" else np.abs(np.abs(at) - tau)
    return np.where(corner <= STEP, np.nan, rise)


def observe(tau: float, x: float, function: str) -> Observed:
    """Facts: what each function makes of ``x`` and of its opposite, and how steep soft thresholding is there."""
    shown = tuple(FUNCTIONS) if function == "all" else (function,)
    at = np.unique(np.concatenate([np.linspace(-REACH, REACH, 401), [tau, -tau, x]]))
    facts: dict[str, float | str] = {"tau": tau, "x": x, "size": abs(x), "count": len(shown)}
    for name in FUNCTIONS:
        facts[name] = value(name, x, tau)
        facts[f"{name}_of_minus"] = value(name, -x, tau)
    facts["lost"] = abs(x) - abs(facts["soft"])  # type: ignore[arg-type]
    facts["slope"] = float(np.nan_to_num(slope("soft", np.array([x]), tau)[0]))
    facts["function"] = f"learn.choice.function.{function}"
    facts["y"] = facts[function if function != "all" else "soft"]
    values = {name: FUNCTIONS[name](at, tau) for name in shown}
    return Observed(facts, Drawn(at, values, {name: slope(name, at, tau) for name in shown}, tau, x))
