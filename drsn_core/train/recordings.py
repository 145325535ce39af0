"""Stretches of real recordings as training signals, read from a folder of the reader's while training runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drsn_core.errors import BadData
from drsn_core.train.config import Signals

FloatArray = NDArray[np.float64]

#: A stretch that is this much quieter than its recording is a pause: its "signal" would be the recorder's noise.
QUIET = 0.3


class Recorded:
    """All recordings that a recipe names, each set drawn equally often.

    Raises
    ------
    BadData
        If a pattern finds no file.
    """

    def __init__(self, data: Signals) -> None:
        self.sets: list[list[NDArray[np.number[Any]]]] = []
        for recordings in data.recordings:
            paths = sorted(Path(data.folder).glob(recordings.files))
            if not paths:
                raise BadData(f"no recording matches {recordings.files} in {data.folder}")
            self.sets.append([row for path in paths for row in _rows(path, recordings.key)])

    def draw(self, rng: np.random.Generator, length: int) -> FloatArray:
        """One stretch of (length,) samples, whatever its scale; quiet ones are drawn again, up to eight times."""
        rows = self.sets[rng.integers(len(self.sets))]
        row = rows[rng.integers(len(rows))]
        stretch = np.zeros(length)
        for _ in range(8):
            every = 1 if len(row) < 2 * length or rng.random() < 0.6 else 2
            start = rng.integers(0, max(1, len(row) - length * every + 1))
            part = np.asarray(row[start : start + length * every], dtype=np.float64)
            if every == 2:
                part = part[: len(part) // 2 * 2].reshape(-1, 2).mean(axis=1)
            stretch = np.pad(part, (0, max(0, length - len(part))), mode="edge")[:length]
            if stretch.std() > QUIET * float(np.std(row[:: max(1, len(row) // 4096)])):
                break
        return stretch


def _rows(path: Path, key: str) -> list[NDArray[np.number[Any]]]:
    if path.suffix == ".wav":
        from scipy.io import wavfile

        return [np.asarray(wavfile.read(path)[1])]
    with np.load(path, allow_pickle=False) as arrays:
        found = arrays[key]
    return list(found.reshape(-1, found.shape[-1]))
