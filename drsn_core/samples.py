"""Something to show a classifier where no recording is at hand: our own synthesizers' samples of what it tells apart.

None of them is a recording; `drsn_core.prediction.Prediction.unlike` says how unlike what was learned from they are.
"""

from __future__ import annotations

import math

import numpy as np

from drsn_core import synth, tasks
from drsn_core.data import FloatArray, Image, Signal
from drsn_core.errors import UnknownName
from drsn_core.tasks import DIGIT_WORDS

#: What there is for each task, the one that is shown first in front.
SAMPLES: dict[str, tuple[str, ...]] = {
    "rig": ("inner-race", *(state for state in synth.STATES if state != "inner-race")),
    "bearing": ("inner-race", "healthy", "outer-race", "ball"),
    "gearbox": ("broken-tooth", "healthy"),
    "digits": ("3", *(digit for digit in "0123456789" if digit != "3")),
    "speech": ("seven", *(word for word in DIGIT_WORDS if word != "seven")),
}

#: Seed of the turn of the rig, the hand and the voice that are shown: other than those of training.
SEED = 5


#: Tasks whose classes have no counterpart in our synthesizers: the networks know sizes of faults of one real machine.
UNNAMED = ("bearing",)


def truth(task: str, name: str) -> str | None:
    """The class that a sample belongs to; None where it has no counterpart among the classes.

    Examples
    --------
    >>> truth("rig", "ball"), truth("bearing", "ball")
    ('ball', None)
    """
    return None if task in UNNAMED else name


def sample(task: str, name: str, seed: int = SEED, windows: int = 1) -> Signal | Image:
    """A recording or picture for the task ``task``, without noise, at least so many windows long; a word is one.

    Parameters
    ----------
    task : a key of `SAMPLES`
    name : one of the names there
    seed : of the synthesizer
    windows : that a recording of a machine holds, whole ones

    Raises
    ------
    UnknownName

    Examples
    --------
    >>> sample("digits", "3").pixels.shape, sample("speech", "seven").rate_hz
    ((1, 28, 28), 8000.0)
    """
    about = tasks.task(task)
    if not isinstance(name, str) or name not in SAMPLES[task]:
        raise UnknownName("sample", name, SAMPLES[task])
    if task == "digits":
        return synth.written_digit(int(name), seed=seed)
    if task == "speech":
        return synth.spoken_digit(DIGIT_WORDS.index(name), seed=seed)
    rate_hz = synth.rig().rate_hz
    return synth.rig(name, length=math.ceil(windows * about.size * rate_hz / about.rate_hz) + 1, seed=seed)


def reference(task: str, each: int = 3) -> FloatArray:
    """``each`` samples of every name as a network takes them, (samples, *shape): for mean thresholds."""
    about = tasks.task(task)
    made = [sample(task, name, seed) for name in SAMPLES[task] for seed in range(each)]
    return tasks.standard(np.concatenate([tasks.windows(one, about).raw[:1] for one in made]), about)
