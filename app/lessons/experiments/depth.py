"""Many units with and without shortcuts: gradients before training, and a race that the learner starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from app.lessons.content import State
from app.lessons.controls import Control, Slider
from app.lessons.observed import Observed
from drsn_core.data import FloatArray

if TYPE_CHECKING:
    from drsn_core.train.depth import Lap

GRADIENTS: dict[str, Control] = {"units": Slider(12.0, 2.0, 24.0, 2.0), "seed": Slider(0.0, 0.0, 9.0, 1.0)}

RACE: dict[str, Control] = {"units": Slider(20.0, 4.0, 24.0, 4.0), "seed": Slider(0.0, 0.0, 9.0, 1.0)}

#: Steps of the race, and how many of them the end is averaged over.
STEPS, END = 140, 20


class Gradients(NamedTuple):
    """Sizes of the gradient behind every unit, relative to the last, (units,) each."""

    plain: FloatArray
    residual: FloatArray


def gradients(units: float, seed: float) -> Observed:
    """Facts: how many times larger the gradient is at the first unit than at the last."""
    from drsn_core.train import depth

    found = {kind: depth.gradients(kind, int(units), int(seed)) for kind in depth.KINDS}
    relative = Gradients(*(found[kind] / found[kind][-1] for kind in ("plain", "residual")))
    facts = {
        "units": int(units),
        "layers": 2 * int(units),
        "plain": float(relative.plain[0]),
        "residual": float(relative.residual[0]),
        "plain_each": float(relative.plain[0] ** (1 / (units - 1))),
    }
    return Observed(facts, relative)


class Race(NamedTuple):
    """Losses by step, (steps,) each, and shares that were told rightly at some of them; empty before the race."""

    plain: FloatArray
    residual: FloatArray
    tested: list[int]
    plain_right: list[float]
    residual_right: list[float]


def laps(units: float, seed: float) -> Iterator[Lap]:
    """Train both; a step at a time."""
    from drsn_core.train import depth

    return depth.race(int(units), STEPS, int(seed))


def raced(found: list[Lap], state: State) -> Observed:
    """Facts of a race so far: losses at its end, and shares of right answers."""
    units = float(state["units"])  # type: ignore[arg-type]
    tests = [lap for lap in found if lap.accuracy is not None]
    drawn = Race(
        *(np.array([lap.losses[kind] for lap in found]) for kind in ("plain", "residual")),
        [lap.step for lap in tests],
        *([100 * (lap.accuracy or {})[kind] for lap in tests] for kind in ("plain", "residual")),
    )
    facts: dict[str, float | str] = {
        "units": int(units),
        "layers": 2 * int(units),
        "steps": STEPS,
        "done": len(found),
        "classes": 4,
        "chance": 100 / 4,
        "plain_loss": float(drawn.plain[-END:].mean()) if found else 0.0,
        "residual_loss": float(drawn.residual[-END:].mean()) if found else 0.0,
        "plain_right": drawn.plain_right[-1] if tests else 0.0,
        "residual_right": drawn.residual_right[-1] if tests else 0.0,
    }
    return Observed(facts, drawn, "race" if tests else "race-waiting")


def waiting(units: float, seed: float) -> Observed:
    """Before anybody has started the race."""
    return raced([], {"units": units, "seed": seed})
