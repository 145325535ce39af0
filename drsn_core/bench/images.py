r"""The standard bed of picture denoising: white Gaussian noise of known level on grey or colour pictures.

.. math:: y = x + \tfrac{\sigma}{255} z

Pixels are in 0..1, σ is on the 0..255 scale, and the noisy picture is not clipped. For seed s and the i-th picture of a
folder (i = 1, 2, ...), z = ``numpy.random.default_rng(1000 s + i).standard_normal((channels, height, width))``. The
noise level is not told to the methods. Scores are PSNR for a peak of 1 and SSIM of scikit-image (its default window,
``data_range=1``), both of the estimate as it comes, not clipped and not rounded.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import numpy as np

from drsn_core.bench.contest import Cell, Trial, samples
from drsn_core.data import Data, FloatArray, Image
from drsn_core.errors import DrsnError, FileProblem
from drsn_core.io import read
from drsn_core.metrics import psnr_db, ssim

SIGMAS = (15.0, 25.0, 50.0)
#: Pictures that lie inside the scikit-image package, so that nothing is downloaded.
SHIPPED = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "moon.png")
SHIPPED_SET = "scikit-image"
#: Weights of red, green and blue in grey (ITU-R BT.601), as MATLAB's rgb2gray has them.
GREY = np.array([0.299, 0.587, 0.114])
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".pgm", ".ppm")


@dataclass(frozen=True)
class Images:
    """Cells are set × σ; trials are the pictures of the set, each with every seed.

    Parameters
    ----------
    folders : of pictures, each a set under the folder's name; none takes those of scikit-image
    sigmas : standard deviation of the noise on the 0..255 scale
    seeds : how many
    colour : keep colour pictures in colour and leave grey ones out; else all are made grey
    """

    folders: tuple[Path, ...] = ()
    sigmas: tuple[float, ...] = (25.0,)
    seeds: int = 1
    colour: bool = False

    name: ClassVar[str] = "images"
    trial: ClassVar[str] = "pictures and seeds"
    scores: ClassVar[tuple[str, ...]] = ("psnr_db", "ssim")
    columns: ClassVar[tuple[str, ...]] = ("set", "sigma")

    @functools.cached_property
    def sets(self) -> dict[str, list[Image]]:
        """The clean pictures by the name of their set, in the order of their file names."""
        if not self.folders:
            import skimage

            inside = Path(skimage.__file__).parent / "data"
            return {SHIPPED_SET: self._pictures([inside / name for name in SHIPPED], inside)}
        found: dict[str, list[Image]] = {}
        for folder in self.folders:
            name = folder.resolve().name
            name = name if name not in found else str(folder)
            if not folder.is_dir():
                raise FileProblem(str(folder), "it is no folder")
            files = sorted(f for f in folder.iterdir() if f.suffix.lower() in ENDINGS)
            found[name] = self._pictures(files, folder)
        return found

    def _pictures(self, files: list[Path], folder: Path) -> list[Image]:
        pictures = [picture for file in files if (picture := self._picture(file)) is not None]
        if not pictures:
            raise DrsnError(detail=f"there is no {'colour ' if self.colour else ''}picture in {folder}")
        return pictures

    def _picture(self, file: Path) -> Image | None:
        data = read(file.read_bytes(), file.name)
        if not isinstance(data, Image):
            raise FileProblem(file.name, "it is no picture")
        if self.colour:
            return data if data.channels == 3 else None
        return grey(data)

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple({"set": name, "sigma": sigma} for name, sigma in product(self.sets, self.sigmas))

    def takes(self, kind: tuple[type, ...]) -> bool:
        return Image in kind

    def trial_names(self, cell: Cell) -> tuple[str, ...]:
        pictures = self.sets[str(cell["set"])]
        return tuple(self._name(cell, picture, seed) for seed in range(self.seeds) for picture in pictures)

    def _name(self, cell: Cell, picture: Image, seed: int) -> str:
        return f"{cell['set']}/{picture.name}{' colour' if self.colour else ''}, seed {seed}"

    def trials(self, cell: Cell) -> Iterator[Trial]:
        for seed in range(self.seeds):
            for number, clean in enumerate(self.sets[str(cell["set"])], start=1):
                noisy = clean.with_pixels(add(clean.pixels, float(cell["sigma"]), 1000 * seed + number))
                yield Trial(self._name(cell, clean, seed), clean, noisy)

    def score(self, clean: Data, estimate: Data) -> tuple[float, ...]:
        x, y = samples(clean), samples(estimate)
        return psnr_db(x, y), ssim(x, y)


def grey(picture: Image) -> Image:
    """A picture of one channel: `GREY` weighs colours."""
    return picture if picture.channels == 1 else picture.with_pixels(np.tensordot(GREY, picture.pixels, 1)[None])


def add(clean: FloatArray, sigma: float, seed: int) -> FloatArray:
    """Add white Gaussian noise of ``sigma`` (0..255 scale) to pixels in 0..1; nothing is clipped."""
    return clean + sigma / 255 * np.random.default_rng(seed).standard_normal(clean.shape)
