"""Compute what a live figure shows, once for all learners who look at the same state of it."""

from __future__ import annotations

from collections.abc import Iterator

from app import compute
from app.compute import Kept
from app.lessons.content import State
from app.lessons.kinds import KINDS
from app.lessons.observed import Observed


def observe(figure: str, state: State) -> Observed:
    """What a figure shows in a state; what has been computed is not computed again.

    Of a figure that takes long it is what `work` has made of it, or what is seen before that.

    Raises
    ------
    DrsnError
    """
    kind = KINDS[figure]
    wanted = kind.complete(state)
    if kind.work is not None and not worked(figure, state):
        return kind.observe(**wanted)
    found: Kept = compute.once(_key(figure, wanted), False, lambda: Kept(kind.observe(**wanted)), compute.TURNS.turn)
    seen: Observed = found.value
    return seen


def worked(figure: str, state: State) -> bool:
    """Whether the long work of a figure has been done for this state, by whomever."""
    return compute.shelf(False).get(_key(figure, KINDS[figure].complete(state))) is not None


def work(figure: str, state: State) -> Iterator[Observed]:
    """Do the long work of a figure, part by part; between parts others may compute. Its end is kept for all."""
    kind = KINDS[figure]
    wanted = kind.complete(state)
    assert kind.work is not None
    assert kind.worked is not None
    found = []
    with compute.long_turn():
        for part in kind.work(**wanted):
            found.append(part)
            compute.TURNS.give_way()
            seen = kind.worked(found, wanted)
            yield seen
    compute.once(_key(figure, wanted), False, lambda: Kept(seen))


def _key(figure: str, wanted: State) -> str:
    return f"lesson={figure}&" + "&".join(f"{name}={value}" for name, value in sorted(wanted.items()))
