"""Compute what a live figure shows, once for all learners who look at the same state of it."""

from __future__ import annotations

from app import compute
from app.compute import Kept
from app.lessons.content import State
from app.lessons.kinds import KINDS
from app.lessons.observed import Observed


def observe(figure: str, state: State) -> Observed:
    """What a figure shows in a state; what has been computed is not computed again.

    Raises
    ------
    DrsnError
    """
    wanted = KINDS[figure].complete(state)
    key = f"lesson={figure}&" + "&".join(f"{name}={value}" for name, value in sorted(wanted.items()))
    found: Kept = compute._once(key, False, lambda: Kept(KINDS[figure].observe(**wanted)), compute.TURNS.turn)
    seen: Observed = found.value
    return seen
