"""What a network decides on two samples, and on a recording as a whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.experiments.units import SEED, STATE, network, window
from app.lessons.observed import Observed
from drsn_core import synth
from drsn_core.data import FloatArray
from drsn_core.noise import add_noise
from drsn_core.tasks import TASKS

PAIR: dict[str, Control] = {
    "net": Choice("drsn-cw", ("drsn-cs", "drsn-cw"), "learn.choice.net"),
    "state": STATE,
    "quiet_db": Slider(15.0, -10.0, 20.0, 1.0, "dB"),
    "loud_db": Slider(-5.0, -10.0, 20.0, 1.0, "dB"),
}

WHOLE: dict[str, Control] = {
    "net": Choice("drsn-cw", ("convnet", "resnet", "drsn-cs", "drsn-cw"), "learn.choice.net"),
    "task": Choice("rig", ("rig", "bearing"), "learn.choice.task"),
    "state": STATE,
    "snr_db": Slider(5.0, -15.0, 20.0, 1.0, "dB"),
}


class Pair(NamedTuple):
    """α of every block, the mean over its channels, for two samples, (blocks,) each; their noise in dB."""

    first: FloatArray
    second: FloatArray
    levels: tuple[float, float]


def pair(net: str, state: str, quiet_db: float, loud_db: float) -> Observed:
    """Facts: in how many blocks α rises or falls with the noise, and where it moves most."""
    from drsn_core import whatif

    found = whatif.run(network(net), np.stack([window(state, db) for db in (quiet_db, loud_db)]))
    blocks = range(len(found.decisions))
    alpha = np.array([found.values(b, "alpha").mean(axis=1) for b in blocks])
    tau = np.array([found.values(b, "threshold").mean(axis=1) for b in blocks])
    change = alpha[:, 1] - alpha[:, 0]
    most = int(np.abs(change).argmax())
    facts: dict[str, float | str] = {
        "blocks": len(blocks),
        "rise": int(np.sum(change > TELLING)),
        "fall": int(np.sum(change < -TELLING)),
        "telling": TELLING,
        "block": most + 1,
        "quiet_alpha": float(alpha[most, 0]),
        "loud_alpha": float(alpha[most, 1]),
        "third_quiet": float(alpha[2, 0]),
        "third_loud": float(alpha[2, 1]),
        "third_tau": float(tau[2, 1] / tau[2, 0]),
        "first_quiet": float(alpha[0, 0]),
        "first_loud": float(alpha[0, 1]),
        "largest_change": float(np.abs(change).max()),
        "quiet_db": quiet_db,
        "loud_db": loud_db,
        "state": f"inside.class.name.{state}",
        "net": f"learn.choice.net.{net}",
    }
    return Observed(facts, Pair(alpha[:, 0], alpha[:, 1], (quiet_db, loud_db)))


#: Changes of α that are smaller count as none.
TELLING = 0.02


class Whole(NamedTuple):
    """What the network was given, (2048,); shares of zeros and α by unit; probabilities by class."""

    row: FloatArray
    zeroed: FloatArray
    alpha: FloatArray
    classes: tuple[str, ...]
    shares: FloatArray
    truth: str


def whole(net: str, task: str, state: str, snr_db: float) -> Observed:
    """Facts: the label, how sure the network is, whether it is right, and whether it has ever seen the like.

    The network of the task "bearing" has learned from recordings of another machine: here it is a stranger.
    """
    from drsn_core.prediction import predict

    about = TASKS[task]
    length = TASKS["rig"].size if task == "rig" else 2 * about.size  # the other network takes fewer samples a second
    recording = synth.rig(state, length=length, seed=SEED)
    recording = add_noise(recording, "gaussian", snr_db, seed=0)
    found = predict(recording, task, net)
    records: Any = found.trace.records
    zeroed = np.array([100 * float(record.zeroed.mean()) for record in records])
    alpha = np.array([float(np.mean(record.threshold) / np.mean(record.magnitude)) for record in records])
    label = f"inside.class.name.{found.label}"
    facts: dict[str, float | str] = {
        "label": label,
        "percent": 100 * found.confidence,
        "state": f"inside.class.name.{state}",
        "right": int(found.label == state),
        "unlike": int(found.unlike),
        "strangeness": float(np.median(found.strangeness)),
        "false_alarms": 100 * found.false_alarms,
        "snr_db": snr_db,
        "classes": len(about.classes),
        "units": len(zeroed) or 12,
        "parameters": int(sum(p.numel() for p in classifier_of(task, net).parameters())),
        "net": f"learn.choice.net.{net}",
        "zeroed": float(zeroed.mean()) if zeroed.size else 0.0,
        "inputs": found.inputs.shape[-1],
        "window_ms": 1000 * found.window_s,
    }
    said = "whole-unlike" if found.unlike else "whole"
    drawn = Whole(found.inputs[0, 0], zeroed, alpha, about.classes, found.mean, state)
    return Observed(facts, drawn, said)


def classifier_of(task: str, net: str) -> Any:
    """The trained network itself."""
    from drsn_core.prediction import classifier

    return classifier(task, net)
