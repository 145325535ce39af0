"""Methods against one another on the same noisy data, measured cell by cell; what was measured once is kept.

A bed gives cells (conditions such as signal, length and noise), each with its trials (seeds, or pictures). An
entrant is run on every trial of every cell. One entrant in one cell is an `Outcome`, and that is what a `Journal`
keeps: a line in a file, so that a run which was killed goes on where it stopped, to the same scores.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from drsn_core import __version__, catalog
from drsn_core.data import Data, FloatArray, Signal
from drsn_core.errors import BadParameter, DrsnError
from drsn_core.method import Family
from drsn_core.recipe import Choice, choose

#: Names and values of what makes a cell: {"signal": "blocks", "n": 2048, "noise": "gaussian", "snr_db": 5.0}.
Cell = dict[str, str | int | float]

#: Only methods take part in ranks and wins; an oracle has seen the clean data, a reference does nothing.
Role = Literal["method", "oracle", "reference"]


class Trial(NamedTuple):
    """One noisy version of one clean original; ``name`` says which seed or picture."""

    name: str
    clean: Data
    noisy: Data


class Bed(Protocol):
    """What methods are measured on.

    ``scores`` are the names of what `score` returns; the first one ranks, and more of it is better. ``trial`` says
    what the trials of a cell are, in the plural. ``columns`` are the conditions that a table is broken down by.
    """

    name: ClassVar[str]
    trial: ClassVar[str]
    scores: ClassVar[tuple[str, ...]]
    columns: ClassVar[tuple[str, ...]]

    @property
    def cells(self) -> tuple[Cell, ...]: ...

    def takes(self, kind: tuple[type, ...]) -> bool: ...

    def trial_names(self, cell: Cell) -> tuple[str, ...]: ...

    def trials(self, cell: Cell) -> Iterator[Trial]: ...

    def score(self, clean: Data, estimate: Data) -> tuple[float, ...]: ...


@dataclass(frozen=True)
class Entrant:
    """A method with parameters under the name it has in the tables; or an oracle, or the noisy data themselves."""

    name: str
    family: Family | None
    role: Role
    run: Callable[[Trial], Any] = field(compare=False)


def entrant(text: str) -> Entrant:
    """Read ``key`` or ``key:parameter=value,parameter=value`` as the command line writes it.

    Raises
    ------
    UnknownName, BadParameter
    """
    key, _, rest = text.partition(":")
    pairs = [part.partition("=") for part in rest.split(",") if part.strip()]
    if any(not sign or not name for name, sign, _ in pairs):
        raise BadParameter("method", text, "key or key:parameter=value,parameter=value")
    choice = choose(key.strip(), {name.strip(): value.strip() for name, _, value in pairs})
    return _of(choice, text.strip())


def _of(choice: Choice, name: str) -> Entrant:
    def run(trial: Trial) -> Data:
        parameters: dict[str, Any] = choice.values
        estimate: Data = catalog.denoise(trial.noisy, choice.method, **parameters).estimate
        return estimate

    return Entrant(name, catalog.info(choice.method).family, "method", run)


def entrants(
    bed: Bed, texts: Sequence[str] = (), *, references: bool = True, oracles: bool = False
) -> tuple[list[Entrant], list[Skipped]]:
    """Those who take part: the methods named, or all that take this kind of data; then references and oracles.

    Returns
    -------
    The entrants, and the methods that cannot take part, each with the reason.
    """
    named = [entrant(text) for text in texts] or [_of(Choice(key), key) for key in catalog.CATALOG]
    able: list[Entrant] = []
    skipped: list[Skipped] = []
    for one in named:
        info = catalog.info(one.name.partition(":")[0].strip())
        if bed.takes(info.takes):
            able.append(one)
        else:
            takes = " and ".join(f"{kind.__name__.lower()}s" for kind in info.takes)
            skipped.append(Skipped(one.name, f"it takes {takes} only"))
    if oracles:
        able += _oracles()
        if not any(one.role == "oracle" for one in able):
            skipped.append(Skipped("oracles", "this version has none"))
    if references:
        able.append(Entrant("(noisy)", None, "reference", lambda trial: trial.noisy))
    return able, skipped


def _oracles() -> list[Entrant]:
    """Those in ``ORACLES`` of `drsn_core.classical.oracles`: by name, functions of the rows ``noisy`` and ``clean``."""
    module = "drsn_core.classical.oracles"
    if importlib.util.find_spec(module) is None:
        return []
    table = getattr(importlib.import_module(module), "ORACLES", {})
    return [Entrant(f"{name} (oracle)", "wavelet", "oracle", functools.partial(_told, f)) for name, f in table.items()]


def _told(knows: Callable[..., FloatArray], trial: Trial) -> Data:
    """Run an oracle row by row."""
    pairs = zip(samples(trial.noisy), samples(trial.clean), strict=True)
    rows = np.stack([knows(noisy=noisy, clean=clean) for noisy, clean in pairs])
    return trial.noisy.with_samples(rows) if isinstance(trial.noisy, Signal) else trial.noisy.with_pixels(rows)


@dataclass(frozen=True)
class Skipped:
    """An entrant that is left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """One entrant in one cell: a score and a time for every trial.

    ``scores[name][i]`` and ``milliseconds[i]`` belong to ``trials[i]``; a time is that of one call from noisy data
    to estimate and trace, after one call that is not counted.
    """

    entrant: str
    cell: Cell
    trials: tuple[str, ...]
    scores: dict[str, list[float]]
    milliseconds: list[float]


class Journal:
    """A file of outcomes, one JSON object a line; without a path nothing is kept.

    The first line says which bench and which version of this package wrote it. A last line that is not whole, as a
    killed run leaves it, is cut off.

    Raises
    ------
    DrsnError
        If the file is that of another bench or version, or none of ours.
    """

    def __init__(self, path: Path | None, bench: str) -> None:
        self.path = path
        self.head = {"bench": bench, "drsn_core": __version__}
        self.known: dict[str, Outcome] = {}
        if path is None:
            return
        if path.exists() and path.stat().st_size:
            self._read(path)
        else:
            self._append(self.head)

    def _read(self, path: Path) -> None:
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        try:
            head, *lines = [json.loads(line) for line in whole.splitlines()]
            outcomes = [Outcome(**{**line, "trials": tuple(line["trials"])}) for line in lines]
        except (ValueError, TypeError, KeyError) as exc:
            raise DrsnError(detail=f"{path} is no list of results of a bench; choose another file") from exc
        if head != self.head:
            raise DrsnError(detail=f"{path} holds results of {head}, not of {self.head}; choose another file")
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        self.known = {_key(o.entrant, o.cell, o.trials): o for o in outcomes}

    def find(self, name: str, cell: Cell, trials: tuple[str, ...]) -> Outcome | None:
        """What is known of an entrant in a cell with just these trials."""
        return self.known.get(_key(name, cell, trials))

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; it is in the file when this returns."""
        self.known[_key(outcome.entrant, outcome.cell, outcome.trials)] = outcome
        if self.path is not None:
            self._append(asdict(outcome))

    def _append(self, line: dict[str, Any]) -> None:
        assert self.path is not None
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _key(name: str, cell: Cell, trials: tuple[str, ...]) -> str:
    return json.dumps([name, cell, trials])


def run(bed: Bed, contestants: Sequence[Entrant], journal: Journal) -> Iterator[Outcome | Skipped]:
    """Measure every entrant in every cell, one entrant after the other.

    An entrant that raises one of our errors (an optional package that is missing, a length it cannot take) is left
    out from there on, and said so.
    """
    for one in contestants:
        warm = False
        for cell in bed.cells:
            found = journal.find(one.name, cell, bed.trial_names(cell))
            if found is None:
                try:
                    if not warm:  # what is loaded once is not part of a call
                        one.run(next(bed.trials(cell)))
                        warm = True
                    found = _measure(bed, one, cell)
                except DrsnError as error:
                    yield Skipped(one.name, str(error))
                    break
                journal.add(found)
            yield found


def _measure(bed: Bed, one: Entrant, cell: Cell) -> Outcome:
    names: list[str] = []
    scores: dict[str, list[float]] = {name: [] for name in bed.scores}
    milliseconds: list[float] = []
    for trial in bed.trials(cell):
        began = perf_counter()
        estimate = one.run(trial)
        milliseconds.append(1000 * (perf_counter() - began))
        names.append(trial.name)
        for name, value in zip(bed.scores, bed.score(trial.clean, estimate), strict=True):
            scores[name].append(value)
    return Outcome(one.name, cell, tuple(names), scores, milliseconds)


def samples(data: Data) -> FloatArray:
    """The numbers of a signal or a picture."""
    return data.samples if isinstance(data, Signal) else data.pixels
