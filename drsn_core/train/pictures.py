"""Endless training patches: cut from the reader's pictures, turned and mirrored, with white noise of any level."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drsn_core.errors import BadData
from drsn_core.train.config import Pictures

Array = NDArray[np.float32]

#: Of all pictures every this many-th is kept back for validation.
HELD_OUT = 20


def pictures_of(data: Pictures) -> list[NDArray[np.uint8]]:
    """All pictures that the recipe names, of shape (height, width, channels), in the order of their names.

    Raises
    ------
    BadData
        If a pattern finds nothing that is large enough for a patch.
    """
    import PIL.Image

    mode = "RGB" if data.colour else "L"
    found: list[NDArray[np.uint8]] = []
    for pattern in data.files:
        here = [np.asarray(PIL.Image.open(path).convert(mode)) for path in sorted(Path(data.folder).glob(pattern))]
        here = [np.atleast_3d(picture) for picture in here if min(picture.shape[:2]) >= data.patch]
        if not here:
            raise BadData(f"no picture of {data.patch} pixels a side matches {pattern} in {data.folder}")
        found += here
    return found


def patches(data: Pictures, seed: int, first: int = 0, held_out: bool = False) -> Iterator[tuple[Array, Array]]:
    """Yield (noisy, clean) batches of shape (batch, channels, patch, patch) for ever, intensities in 0..1.

    Batch ``i`` depends on ``(seed, i)`` alone, so a stream can go on at ``first``. The noise is white, Gaussian and
    not clipped, its standard deviation from the first to the second of ``data.sigma`` / 255: the share ``u **
    data.skew`` of that way, ``u`` uniform.
    """
    pictures = pictures_of(data)
    kept_back = pictures[::HELD_OUT]
    pictures = kept_back if held_out else [p for i, p in enumerate(pictures) if i % HELD_OUT]
    area = np.array([picture.size for picture in pictures], dtype=np.float64)
    step = first
    while True:
        rng = np.random.default_rng((seed, step))
        clean = np.stack([_patch(rng, pictures, area, data.patch) for _ in range(data.batch)])
        low, high = data.sigma
        sigma = (low + (high - low) * rng.random((data.batch, 1, 1, 1)) ** data.skew) / 255
        noise = rng.standard_normal(clean.shape, dtype=np.float32)
        yield (clean + sigma * noise).astype(np.float32), clean
        step += 1


def _patch(rng: np.random.Generator, pictures: list[NDArray[np.uint8]], area: NDArray[np.float64], size: int) -> Array:
    """One of the eight views of a random square, channels first."""
    picture = pictures[rng.choice(len(pictures), p=area / area.sum())]
    row, column = (rng.integers(0, n - size + 1) for n in picture.shape[:2])
    square = np.rot90(picture[row : row + size, column : column + size], int(rng.integers(4)))
    if rng.random() < 0.5:
        square = square[::-1]
    return np.moveaxis(square / 255, -1, 0).astype(np.float32)
