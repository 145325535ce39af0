"""Something to predict for whoever has no recording at hand: made from formulas, so that the truth is known.

>>> from drsn_core.examples import example, truth
>>> example("rig", "ball").seconds, truth("rig", "ball"), truth("bearing", "ball")
(2.0, 'ball', None)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drsn_core import synth, tasks
from drsn_core.data import Image, Signal
from drsn_core.errors import UnknownName
from drsn_core.tasks import DIGIT_WORDS, TASKS

#: Length of a recording, and the turn of the machine that is shown: none of those that networks were trained on.
SECONDS, SEED = 2.0, 5

#: What a real test rig and the model of one have in common; the sizes of real faults have no counterpart here.
BEARING_STATES = ("healthy", "inner-race", "outer-race", "ball")
GEARBOX_STATES = ("healthy", "broken-tooth")


@dataclass(frozen=True)
class Examples:
    """Examples of one task.

    Parameters
    ----------
    names : of the examples
    make : draws the one of that name; the seed chooses another turn of the machine, another voice, another hand
    named_as_classes : whether an example has the name of its class; where not, the truth cannot be told
    """

    names: tuple[str, ...]
    make: Callable[[str, int], Signal | Image]
    named_as_classes: bool = True


def _rig(state: str, seed: int) -> Signal:
    rate_hz = TASKS["rig"].rate_hz
    return synth.rig(state, length=round(SECONDS * rate_hz), rate_hz=rate_hz, seed=seed)


def _bearing(state: str, seed: int) -> Signal:
    rate_hz = TASKS["bearing"].rate_hz
    return synth.vibration(state, length=round(SECONDS * rate_hz), rate_hz=rate_hz, seed=seed)


def _digit(name: str, seed: int) -> Image:
    return synth.written_digit(int(name), seed=seed)


def _word(name: str, seed: int) -> Signal:
    return synth.spoken_digit(DIGIT_WORDS.index(name), seed=seed)


EXAMPLES: dict[str, Examples] = {
    "rig": Examples(synth.STATES, _rig),
    "bearing": Examples(BEARING_STATES, _bearing, named_as_classes=False),
    "gearbox": Examples(GEARBOX_STATES, _rig),
    "digits": Examples(TASKS["digits"].classes, _digit),
    "speech": Examples(DIGIT_WORDS, _word),
}


def example(task: str, name: str, seed: int = SEED) -> Signal | Image:
    """Draw an example of a task, without noise.

    Raises
    ------
    UnknownName
        If there is no such task, or no such example of it; lists those there are.
    """
    known = EXAMPLES[tasks.task(task).key]
    if not isinstance(name, str) or name not in known.names:
        raise UnknownName("example", name, known.names)
    return known.make(name, seed)


def truth(task: str, name: str) -> str | None:
    """The class that an example belongs to; None where it has no counterpart among the classes."""
    return name if EXAMPLES[tasks.task(task).key].named_as_classes else None
