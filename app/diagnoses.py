"""What the page Diagnose shows, worked out once: the noisy sample, five answers to it, and how noise changes them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np

from app import case as cases
from app import compute, state
from app.case import Case
from drsn_core.bench import diagnosis, features
from drsn_core.bench.diagnosis import Cell
from drsn_core.bench.features import Features
from drsn_core.data import Data, FloatArray, Image, Signal
from drsn_core.likeness import Likeness
from drsn_core.noise import add_noise
from drsn_core.plane import plane_of
from drsn_core.prediction import Prediction
from drsn_core.recipe import needed
from drsn_core.samples import sample as synthetic
from drsn_core.synth import drawn_digit
from drsn_core.tasks import MODELS

if TYPE_CHECKING:
    from torch import Tensor

#: SNRs at which the networks are asked about the very sample, from much noise to little.
LEVELS_DB = (-15.0, -10.0, -7.5, -5.0, -2.5, 0.0, 2.5, 5.0, 10.0, 20.0)

#: Windows of an example.
WINDOWS = 12

#: Of a long recording, so many windows are asked at each SNR.
ASKED = 16


@dataclass(frozen=True, eq=False)
class Sample(compute.Held):
    """What is diagnosed, with its noise."""

    data: Data

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        return int((self.data.pixels if isinstance(self.data, Image) else self.data.samples).nbytes)


@dataclass(frozen=True, eq=False)
class Answer(compute.Held):
    """A prediction without the windows themselves, which `Sample` has."""

    found: Prediction

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        traced = sum(8 * 8 * record.threshold.size for record in self.found.trace.records)
        windows = len(getattr(self.found.trace, "samples", ()))
        return int(2 * self.found.probabilities.nbytes) + traced * (windows + 1)


@dataclass(frozen=True, eq=False)
class Growing(compute.Held):
    """Mean probability of ``label`` at each of ``levels_db``, by network."""

    label: str
    levels_db: tuple[float, ...]
    shares: Mapping[str, FloatArray]
    nbytes: int = 2_000


@dataclass(frozen=True, eq=False)
class Neighbourhood(compute.Held):
    """Where windows lie among those that a network has learned from, along the two directions that vary most.

    ``known`` are reference windows, (n, 2), ``here`` those of the recording; ``share`` is what part of the variance of
    the references the two directions hold.
    """

    known: FloatArray
    here: FloatArray
    share: float

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        return self.known.nbytes + self.here.nbytes


@dataclass(frozen=True, eq=False)
class Placed(compute.Held):
    """The windows of a case in the planes of `drsn_core.bench.features`, (windows, 2) by network."""

    points: Mapping[str, FloatArray]

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        return sum(one.nbytes for one in self.points.values())


def _key(case: Case) -> str:
    plain = cases.to_query(replace(case, model="drsn-cw", see="time", window=0))
    opened = state.picture() if case.on_picture else state.file()
    if case.source.is_file and opened:
        plain["file"] = opened.digest
    return urlencode({"page": "diagnose", **plain})


def sample(case: Case) -> Data:
    """The recording or picture of a case, with its noise.

    Raises
    ------
    DrsnError
        If the file of the case is not open, or the noise cannot be made.
    """

    def make() -> Sample:
        clean = _clean(case)
        if case.noise.kind == "none":
            return Sample(clean)
        return Sample(add_noise(clean, case.noise.kind, case.noise.snr_db, seed=case.noise.seed))

    made: Sample = compute.once(_key(case), case.source.is_file, make)
    return made.data


def _clean(case: Case) -> Data:
    source = case.source
    if case.is_drawn:
        return drawn_digit(source.curve)
    if not source.is_file:
        return synthetic(case.task, source.name, windows=WINDOWS)
    if case.on_picture:
        opened = state.picture()
        return needed(source, opened.picture if opened else None)
    file = state.file()
    signal = needed(source, file.chosen(source.column) if file else None)
    return replace(signal, rate_hz=source.rate_hz) if source.rate_hz else signal


def answer(case: Case, model: str) -> Prediction:
    """What one network says.

    Raises
    ------
    DrsnError
        If nothing can be predicted from the sample.
    """
    from drsn_core.prediction import predict

    def make() -> Answer:
        found = predict(sample(case), case.task, model)
        return Answer(replace(found, inputs=found.inputs[:0]))

    made: Answer = compute.once(f"{_key(case)}&model={model}", case.source.is_file, make, compute.TURNS.turn)
    return made.found


def answers(case: Case) -> dict[str, Prediction]:
    """What all five networks say, in the order of `drsn_core.tasks.MODELS`."""
    return {model: answer(case, model) for model in MODELS}


def growing(case: Case, label: str, report: Callable[[int, int], None]) -> Growing:
    """How sure each network is of ``label`` as noise of the case's kind is added to its sample.

    A file's own noise stays in it: what is added comes on top.
    """
    from drsn_core.prediction import predict

    kind = "gaussian" if case.noise.kind == "none" else case.noise.kind

    def make() -> Growing:
        clean = _few(_clean(case), case)
        shares = {model: np.zeros(len(LEVELS_DB)) for model in MODELS}
        for number, level in enumerate(LEVELS_DB):
            noisy = add_noise(clean, kind, level, seed=case.noise.seed)
            for model in MODELS:
                found = predict(noisy, case.task, model)
                shares[model][number] = found.mean[found.classes.index(label)]
            report(number + 1, len(LEVELS_DB))
            compute.TURNS.give_way()
        return Growing(label, LEVELS_DB, shares)

    here = _key(replace(case, noise=replace(case.noise, kind=kind, snr_db=0.0)))
    made: Growing = compute.once(f"{here}&growing={label}", case.source.is_file, make, compute.TURNS.turn)
    return made


def _few(clean: Data, case: Case) -> Data:
    """The beginning of a long recording: `ASKED` windows of it."""
    about = case.about
    if not isinstance(clean, Signal) or about.cut != "even":
        return clean
    rate_hz = about.rate_hz if clean.rate_hz == 1.0 else clean.rate_hz
    length = int(ASKED * about.size * rate_hz / about.rate_hz)
    return clean if clean.length <= length else clean.with_samples(clean.samples[:, :length])


def _inputs(case: Case) -> Tensor:
    """The windows of a case as networks take them, (windows, 1, *shape)."""
    import torch

    from drsn_core import tasks

    raw = tasks.windows(sample(case), case.about).raw
    return torch.from_numpy(tasks.standard(raw, case.about).astype(np.float32))[:, None]


def neighbourhood(case: Case, model: str) -> Neighbourhood:
    """Where the windows of a case lie among those that a network has learned from."""

    def make() -> Neighbourhood:
        from drsn_core.likeness import describe
        from drsn_core.prediction import classifier, judge

        known: Likeness = judge(case.task, model)
        here = describe(classifier(case.task, model), _inputs(case)) / known.scale
        plane = plane_of(known.references)
        return Neighbourhood(plane.place(known.references), plane.place(here), plane.share)

    key = f"{_key(case)}&model={model}&known"
    made: Neighbourhood = compute.once(key, case.source.is_file, make, compute.TURNS.turn)
    return made


def placed(case: Case, found: Features) -> Mapping[str, FloatArray]:
    """Where the windows of a case fall among the test windows of its task, (windows, 2) by network."""

    def make() -> Placed:
        from drsn_core.prediction import classifier

        x = _inputs(case)
        return Placed(
            {
                model: seen.plane.place(features.features_of(classifier(case.task, model), x))
                for model, seen in found.networks.items()
            }
        )

    made: Placed = compute.once(f"{_key(case)}&features", case.source.is_file, make, compute.TURNS.turn)
    return made.points


@functools.cache
def seen_by_networks(task: str) -> tuple[dict[str, object], Features | None]:
    """The features of the shipped networks on test windows of the task, and what made them; empty if there are none."""
    return features.stored(task)


@functools.cache
def measured(task: str) -> tuple[dict[str, object], tuple[Cell, ...]]:
    """What the bench has found, and what made it; both empty where it was never run."""
    made, cells = diagnosis.stored(task)
    return made, tuple(cells)


def origin(made: Mapping[str, object]) -> dict[str, object]:
    """When, where and by what command the results were measured."""
    commands = made.get("commands") or [made.get("command", "")]
    assert isinstance(commands, list)
    return {"date": made.get("date", ""), "machine": made.get("machine", ""), "command": commands[0]}
