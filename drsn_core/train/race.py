"""Two networks trained side by side on the same windows, an epoch of one, an epoch of the other: small enough to watch.

>>> race = Race(("convnet", "drsn-cw"), count=1, epochs=1)
>>> [lap.model for lap in run(race)]
['convnet', 'drsn-cw']
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from drsn_core.errors import BadParameter, UnknownName
from drsn_core.noise import KINDS
from drsn_core.tasks import MODELS

#: The task: everyone has its data, for they come from a formula.
TASK = "rig"

#: Windows a step, and validation windows whose thresholds are looked at.
BATCH, LOOKED_AT = 32, 48

#: What can be asked for.
EPOCHS, SEEDS, COUNTS, SNRS_DB = (1, 60), (0, 999_999), (1, 40), (-20.0, 40.0)
NOISES = ("none", *KINDS)


@dataclass(frozen=True)
class Race:
    """What is raced.

    Parameters
    ----------
    models : one or two of `drsn_core.tasks.MODELS`
    noise, snr_db : kind of the noise that is added once to every window, or "none", and its SNR in dB
    seed : of initial values, data, noise and order: the same for both
    epochs : passes through the training windows, 1 to 60; the rate falls after 40 % and 80 % of them
    count : training windows of each of eight states, three speeds and three loads: 72 times so many, 1 to 40

    Raises
    ------
    UnknownName, BadParameter
    """

    models: tuple[str, ...] = ("resnet", "drsn-cw")
    noise: str = "gaussian"
    snr_db: float = 0.0
    seed: int = 0
    epochs: int = 12
    count: int = 6

    def __post_init__(self) -> None:
        if not 1 <= len(self.models) <= 2 or len(set(self.models)) < len(self.models):
            raise BadParameter("models", ", ".join(self.models), "one network, or two different ones")
        for model in self.models:
            if model not in MODELS:
                raise UnknownName("model", model, MODELS)
        if self.noise not in NOISES:
            raise UnknownName("noise", self.noise, NOISES)
        limits: tuple[tuple[str, float, tuple[float, float]], ...] = (
            ("snr_db", self.snr_db, SNRS_DB),
            ("seed", self.seed, SEEDS),
            ("epochs", self.epochs, EPOCHS),
            ("count", self.count, COUNTS),
        )
        for name, value, (low, high) in limits:
            if not low <= value <= high:
                raise BadParameter(name, value, f"{low:g} to {high:g}")

    @property
    def laps(self) -> int:
        return self.epochs * len(self.models)


@dataclass(frozen=True)
class Lap:
    """One network after one more epoch.

    Parameters
    ----------
    model, epoch : whose lap, and its number from 1
    loss, accuracy : means over the training windows of the epoch, as they went by
    validation : share of the held-out windows that are named rightly
    windows : how many train, and how many are held out
    alphas, thresholds : mean α and τ of every block over held-out windows and channels; empty without shrinkage
    seconds : since the race began, waiting not counted
    """

    model: str
    epoch: int
    loss: float
    accuracy: float
    validation: float
    windows: tuple[int, int]
    alphas: tuple[float, ...] = field(default=())
    thresholds: tuple[float, ...] = field(default=())
    seconds: float = 0.0


def run(race: Race) -> Iterator[Lap]:
    """Train the networks of a race, and report each after each of its epochs; they take turns."""
    from drsn_core.train.classconfig import recipe
    from drsn_core.train.classify import fit, noisy_part

    parts: tuple[Any, ...] = ()
    fits = {}
    spent = 0.0
    began = time.perf_counter()
    for model in race.models:
        plain = recipe(TASK, model, seed=race.seed)
        data = plain.data.model_copy(
            update={
                "count": race.count,
                "noise": ("gaussian" if race.noise == "none" else race.noise,),
                "snr_db": (race.snr_db, race.snr_db),
                "clean": float(race.noise == "none"),
            }
        )
        pace = plain.training.model_copy(update={"epochs": race.epochs, "batch": BATCH})
        parts = parts or tuple(noisy_part(data, part, race.seed) for part in ("train", "validation"))
        fits[model] = fit(plain.model_copy(update={"data": data, "training": pace}), parts=(parts[0], parts[1]))
    windows = (len(parts[0][0]), len(parts[1][0]))
    for _ in range(race.epochs):
        for model, epochs in fits.items():
            epoch = next(epochs)
            alphas, thresholds = _decisions(epoch.network, parts[1][0])
            spent += time.perf_counter() - began
            yield Lap(
                model,
                epoch.step,
                round(epoch.loss, 5),
                round(epoch.accuracy, 5),
                round(epoch.validation, 5),
                windows,
                alphas,
                thresholds,
                round(spent, 2),
            )
            began = time.perf_counter()


def _decisions(network: Any, x: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean α and mean τ of every block over some windows, as `fit` has left the network: in eval mode."""
    import torch

    with torch.inference_mode():
        decisions = network.traced(x[:: max(1, len(x) // LOOKED_AT)])[1]
    return (
        tuple(round(float(one.alpha.mean()), 5) for one in decisions),
        tuple(round(float(one.threshold.mean()), 5) for one in decisions),
    )


def to_line(lap: Lap) -> str:
    """A lap as one line of JSON."""
    return json.dumps(asdict(lap))


def from_line(line: str) -> Lap:
    """Read what `to_line` wrote."""
    plain = json.loads(line)
    lists = {name: tuple(plain[name]) for name in ("windows", "alphas", "thresholds")}
    return Lap(**{**plain, **lists})
