"""Predictions: a recording or a picture in, probabilities for each of its windows out, with what the network decided.

>>> import drsn_core as drsn
>>> recording = drsn.synth.rig("missing-tooth", length=12_800, seed=5)
>>> found = drsn.predict(recording, task="rig", model="drsn-cw")
>>> found.probabilities.shape
(7, 8)
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drsn_core import tasks
from drsn_core.data import Data, FloatArray
from drsn_core.errors import UnknownName
from drsn_core.likeness import MAJORITY, Likeness
from drsn_core.tasks import MODELS, TASKS, Task
from drsn_core.trace import Trace

if TYPE_CHECKING:
    from drsn_core.inspection import BatchTrace
    from drsn_core.nn.classifier import PaperNetwork

#: At most this many windows, evenly spread, are traced: a trace keeps every value of every block for a while.
TRACED = 64


@dataclass(frozen=True, eq=False)
class Prediction:
    """What one network says of a recording or a picture.

    Parameters
    ----------
    classes : names, in the order of the columns of ``probabilities``
    probabilities : (windows, classes), each row adds up to 1
    label : the class with the highest mean probability over the windows: the vote
    trace : what every shrinkage unit decided (empty for networks without): a `drsn_core.inspection.BatchTrace` with a
        trace for each window in ``.samples``, of at most `TRACED` windows
    starts : (windows,), seconds from the beginning of the recording to that of the window
    window_s : seconds that a window lasts; 0 for pictures
    strangeness : (windows,), distance from what the network has learned from; above 1 a window is unlike
    false_alarms : share of windows like the training data that nevertheless score above 1
    task, model : as asked for
    seconds : of the network's run over all windows, without trace
    inputs : (windows, 1, *shape), what the network was given: in the band, mean 0, standard deviation 1
    """

    classes: tuple[str, ...]
    probabilities: FloatArray
    label: str
    trace: Trace
    starts: FloatArray
    window_s: float
    strangeness: FloatArray
    false_alarms: float
    task: str
    model: str
    seconds: float
    inputs: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Mean probability of each class over the windows, (classes,)."""
        mean: FloatArray = self.probabilities.mean(axis=0)
        return mean

    @property
    def confidence(self) -> float:
        """Mean probability of the label: 1 if every window is sure of it. No probability that it is right."""
        return float(self.mean.max())

    @property
    def agreement(self) -> float:
        """Share of the windows whose likeliest class is the label."""
        return float(np.mean(self.votes == self.classes.index(self.label)))

    @property
    def votes(self) -> NDArray[np.intp]:
        """Number of the likeliest class of each window."""
        votes: NDArray[np.intp] = np.argmax(self.probabilities, axis=1)
        return votes

    @property
    def unlike(self) -> bool:
        """Whether more than half of the windows are unlike the training data: then the label means little."""
        return float(np.mean(self.strangeness > 1)) > MAJORITY

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, ready for JSON; without inputs."""
        return {
            "task": self.task,
            "model": self.model,
            "label": self.label,
            "confidence": self.confidence,
            "agreement": self.agreement,
            "unlike": self.unlike,
            "false_alarms": self.false_alarms,
            "classes": list(self.classes),
            "mean": self.mean.tolist(),
            "probabilities": self.probabilities.tolist(),
            "starts": self.starts.tolist(),
            "window_s": self.window_s,
            "strangeness": self.strangeness.tolist(),
            "seconds": self.seconds,
            "trace": Trace.to_dict(self.trace),
        }


@functools.cache
def classifier(task: str, model: str) -> PaperNetwork:
    """One network for all callers: it is only ever read."""
    from drsn_core import hub

    network = cast("PaperNetwork", hub.load(f"{task}-{model}"))
    return network.requires_grad_(False)


@functools.cache
def judge(task: str, model: str) -> Likeness:
    """What tells whether a window is like those that a network has learned from."""
    from drsn_core import bundle, hub, likeness

    folder = bundle.folder("pretrained") / f"{task}-{model}"
    return likeness.load(folder, hub.read_card(folder).likeness)


def predict(
    data: Data | ArrayLike,
    task: str = "bearing",
    model: str = "drsn-cw",
    *,
    rate_hz: float | None = None,
    channel: int | None = None,
) -> Prediction:
    """Say which class a recording or picture belongs to, window by window, and by vote.

    Parameters
    ----------
    data : Signal, Image, or an array: samples at the rate of the task (or ``rate_hz``), or pixels in 0..1
    task : key of `drsn_core.tasks.TASKS`: bearing, gearbox, rig, digits, speech
    model : convnet, resnet, se, drsn-cs or drsn-cw
    rate_hz : samples a second, for a recording that does not know its rate or is wrong about it
    channel : of a recording with several, from 0

    Raises
    ------
    UnknownName, BadParameter
        For a task or model that there is not; a rate that is unknown or too low; several channels.
    BadData, TooShort
        For silence, clipping, or too little of it.
    Unsupported
        For a picture where a recording is meant, and the reverse.

    Notes
    -----
    The recording is resampled by a polyphase filter (`scipy.signal.resample_poly`) and cut into windows of the task's
    length, see `drsn_core.tasks`. Label and probabilities are those of a classifier that knows nothing but its
    classes; ``unlike`` says when the recording differs from what it has learned from.
    """
    about = tasks.task(task)
    if not isinstance(model, str) or model not in MODELS:
        raise UnknownName("model", model, MODELS)
    cut = tasks.windows(data, about, rate_hz=rate_hz, channel=channel)
    return _predicted(cut, about, model, classifier(about.key, model))


def _predicted(cut: tasks.Windows, about: Task, model: str, network: PaperNetwork) -> Prediction:
    import torch

    from drsn_core.inspection import inspect
    from drsn_core.likeness import describe

    x = torch.from_numpy(tasks.standard(cut.raw, about).astype(np.float32))[:, None]
    began = time.perf_counter()
    with torch.inference_mode():
        logits = torch.cat([network(part) for part in torch.split(x, 256)])
    seconds = time.perf_counter() - began
    probabilities = logits.double().softmax(dim=1).numpy()
    known = judge(about.key, model)
    few = np.linspace(0, len(x) - 1, min(TRACED, len(x))).round().astype(int)
    trace: BatchTrace | Trace = inspect(network, x[few]) if model.startswith("drsn") else Trace()
    return Prediction(
        classes=about.classes,
        probabilities=probabilities,
        label=about.classes[int(probabilities.mean(axis=0).argmax())],
        trace=trace,
        starts=cut.starts,
        window_s=about.size / about.rate_hz if about.rate_hz else 0.0,
        strangeness=known.score(describe(network, x)),
        false_alarms=known.false_alarms,
        task=about.key,
        model=model,
        seconds=seconds,
        inputs=x.numpy().astype(np.float64),
    )


__all__ = ["MODELS", "TASKS", "Prediction", "predict"]
