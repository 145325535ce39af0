"""The results table of the page Images: measured once, kept in a small file, with machine and date.

Made again by ``python -m app.picture_results --data FOLDER`` (a folder of clean pictures, such as BSD68) whenever the
weights change. White Gaussian noise on that folder at σ = 15, 25 and 50; at σ = 25 also on pictures of scikit-image and
on those made from formulas, and on the former noise of other kinds with the same power. Colour is made grey. One draw
of the noise a picture, seed 1 for the first, 2 for the second ...; the level is not told to the methods; PSNR of the
estimates as they come.
"""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import numpy as np

from drsn_core import bundle, catalog, synth
from drsn_core.data import Image
from drsn_core.io import READABLE, read
from drsn_core.metrics import psnr_db
from drsn_core.noise import add_noise
from drsn_core.photographs import PHOTOGRAPHS, photograph

FILE = ("drsn-image", "results.json")

#: The learned method first; the others are compared with it.
METHODS = ("drsn-image", "bivariate", "dual-tree", "bayesshrink", "tv", "nlm", "median")

Sets = dict[str, list[Image]]


@dataclass(frozen=True)
class Row:
    """One set of pictures under one noise.

    Parameters
    ----------
    psnr_db, spread_db : mean over pictures, by method, and the standard deviation
    losses : pictures on which another method has a higher PSNR than the learned one
    worst, worst_method, worst_db : the picture on which it is farthest behind, behind whom, and by how much; negative
        if it is ahead everywhere
    milliseconds : median time of a picture, by method
    """

    set: str
    noise: str
    sigma: float
    pictures: int
    psnr_db: dict[str, float]
    spread_db: dict[str, float]
    losses: int
    worst: str
    worst_method: str
    worst_db: float
    milliseconds: dict[str, float]

    @property
    def rival(self) -> str:
        """The best of the other methods by the mean."""
        return max(METHODS[1:], key=lambda method: self.psnr_db[method])


@dataclass(frozen=True)
class Results:
    date: str
    machine: str
    drsn_core: str
    rows: tuple[Row, ...]


@functools.cache
def results() -> Results | None:
    """Read the table; None if it has not been made."""
    path = bundle.folder("pretrained").joinpath(*FILE)
    if not path.exists():
        return None
    stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
    rows = tuple(Row(**row) for row in stored.pop("rows"))
    return Results(**stored, rows=rows)


def conditions(folder: Path) -> Iterator[tuple[str, list[Image], str, float]]:
    """Name and pictures of every set, with kind and σ of the noise."""
    from drsn_core.bench.images import grey

    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in READABLE)
    pictures = [data for f in files if isinstance(data := read(f.read_bytes(), f.name), Image)]
    for sigma in (15.0, 25.0, 50.0):
        yield "bsd68", [grey(one) for one in pictures], "gaussian", sigma
    photographs = [grey(photograph(name)) for name in PHOTOGRAPHS]
    yield "synthetic", [synth.image(name) for name in synth.IMAGES], "gaussian", 25.0
    for kind in ("gaussian", "poisson", "salt-pepper"):
        yield "scikit-image", photographs, kind, 25.0


def measure(name: str, pictures: list[Image], kind: str, sigma: float) -> Row:
    """Run every method on every picture."""
    scores: dict[str, list[float]] = {method: [] for method in METHODS}
    seconds: dict[str, list[float]] = {method: [] for method in METHODS}
    for seed, clean in enumerate(pictures, start=1):
        noisy = add_noise(clean, kind, seed=seed, sigma=sigma / 255)
        for method in METHODS:
            found = catalog.denoise(noisy, method)
            scores[method].append(psnr_db(clean.pixels, found.estimate.pixels))
            seconds[method].append(found.seconds)
    learned, others = np.array(scores[METHODS[0]]), np.array([scores[method] for method in METHODS[1:]])
    behind = others.max(axis=0) - learned
    worst = int(np.argmax(behind))
    return Row(
        name,
        kind,
        sigma,
        len(pictures),
        {method: round(fmean(values), 3) for method, values in scores.items()},
        {method: round(stdev(values), 3) for method, values in scores.items()},
        int(np.sum(behind > 0)),
        pictures[worst].name,
        METHODS[1 + int(np.argmax(others[:, worst]))],
        round(float(behind[worst]), 3),
        {method: round(1000 * median(values), 1) for method, values in seconds.items()},
    )


def write(folder: Path) -> None:
    """Measure everything, and store it."""
    from drsn_core import __version__
    from drsn_core.console import machine

    rows: list[dict[str, Any]] = []
    for name, pictures, kind, sigma in conditions(folder):
        rows.append(vars(measure(name, pictures, kind, sigma)))
        print(name, kind, sigma, rows[-1]["psnr_db"], flush=True)
    about = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), "drsn_core": __version__}
    path = bundle.folder("pretrained").joinpath(*FILE)
    path.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of clean pictures: BSD68")
    write(parser.parse_args().data)
