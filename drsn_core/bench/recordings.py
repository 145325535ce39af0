r"""Denoising of the reader's recordings: white Gaussian noise on stretches of them.

.. math:: y = x + \sigma z, \qquad \sigma^2 = \frac{\overline{x^2}}{10^{\mathrm{SNR}/10}}

x is a stretch of a recording's first channel, without its mean. The stretches of a recording lie evenly from its start
to its end. For the i-th stretch of a set (i = 0, 1, ...) z = ``numpy.random.default_rng(i).standard_normal(n)``. The
noise level is not told to the methods. What noise the recording has of its own counts as signal, so that no method can
score much above the recording's own SNR.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import numpy as np

from drsn_core.bench.contest import Cell, Trial, samples
from drsn_core.bench.signals import add
from drsn_core.data import Data, Signal
from drsn_core.errors import DrsnError, FileProblem, UnknownName
from drsn_core.io import read
from drsn_core.metrics import snr_db


@dataclass(frozen=True)
class Recordings:
    """Cells are set × SNR; trials are the stretches of the set.

    Parameters
    ----------
    files : sets of recordings, each with its name, in the order in which their stretches are numbered
    column : name of the array or column, where a file has several; "" leaves the choice to `drsn_core.io.read`
    length : samples of a stretch
    stretches : of a recording
    snrs_db : input SNR in dB
    """

    files: tuple[tuple[str, tuple[Path, ...]], ...]
    column: str = ""
    length: int = 2048
    stretches: int = 6
    snrs_db: tuple[float, ...] = (0.0, 10.0)

    name: ClassVar[str] = "recordings"
    trial: ClassVar[str] = "stretches"
    scores: ClassVar[tuple[str, ...]] = ("snr_db",)
    columns: ClassVar[tuple[str, ...]] = ("set", "snr_db")

    @functools.cached_property
    def sets(self) -> dict[str, list[Signal]]:
        """The clean stretches by the name of their set; what is constant, or too short, is left out.

        Raises
        ------
        DrsnError
            If nothing is left of a set, or a file cannot be read.
        """
        found: dict[str, list[Signal]] = {}
        for name, paths in self.files:
            cut = [stretch for path in paths for stretch in self._cut(path)]
            if not cut:
                raise DrsnError(detail=f"no recording of {name} has {self.length} samples that change")
            found[name] = cut
        return found

    def _cut(self, path: Path) -> Iterator[Signal]:
        try:
            recording = read(path.read_bytes(), path.name, column=self.column or None)
        except UnknownName as error:
            raise FileProblem(path.name, str(error)) from error
        if not isinstance(recording, Signal):
            raise FileProblem(path.name, "it is no signal")
        row = recording.samples[0]
        if row.size < self.length:
            return
        starts = np.linspace(0, row.size - self.length, self.stretches).astype(int)
        for number in dict.fromkeys(starts.tolist()):
            part = row[number : number + self.length]
            if part.min() < part.max():
                where = f"{path.name} {self.column}".strip() + f" from {number} to {number + self.length}"
                yield Signal((part - part.mean())[None], recording.rate_hz, name=where)

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple({"set": name, "snr_db": snr} for name, snr in product(self.sets, self.snrs_db))

    def takes(self, kind: tuple[type, ...]) -> bool:
        return Signal in kind

    def trial_names(self, cell: Cell) -> tuple[str, ...]:
        return tuple(clean.name for clean in self.sets[str(cell["set"])])

    def trials(self, cell: Cell) -> Iterator[Trial]:
        for number, clean in enumerate(self.sets[str(cell["set"])]):
            noisy = add(clean.samples[0], "gaussian", float(cell["snr_db"]), number)
            yield Trial(clean.name, clean, clean.with_samples(noisy))

    def score(self, clean: Data, estimate: Data) -> tuple[float, ...]:
        return (snr_db(samples(clean), samples(estimate)),)


def sets_of(paths: Iterable[Path]) -> tuple[tuple[str, tuple[Path, ...]], ...]:
    """Files, and those in folders, as sets: what lies in one folder is a set under its name.

    Raises
    ------
    FileProblem
        If there is no such file.
    """
    found: dict[str, list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise FileProblem(str(path), "there is no such file")
        for file in sorted(f for f in path.iterdir() if f.is_file()) if path.is_dir() else (path,):
            found.setdefault(file.resolve().parent.name, []).append(file)
    return tuple((name, tuple(files)) for name, files in found.items())
