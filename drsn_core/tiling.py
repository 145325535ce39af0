"""Cut long data into overlapping tiles so that the stitched result has no seams.

Whoever uses it must first fix every decision that depends on the whole (thresholds, noise level, scale): with equal
decisions, a value far enough from both ends of its tile does not depend on where the tile was cut.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray


@dataclass(frozen=True)
class Tile:
    """Samples ``start:stop`` are read, of which ``keep_start:keep_stop`` end up in the result."""

    start: int
    stop: int
    keep_start: int
    keep_stop: int


def tiles(length: int, size: int, overlap: int, grid: int = 1) -> Iterator[Tile]:
    """Cut ``length`` samples into tiles that keep about ``size`` samples each.

    Parameters
    ----------
    size : samples kept of a tile, rounded up to a multiple of ``grid``
    overlap : samples read beyond the kept ones on either side, rounded up to a multiple of ``grid``
    grid : tiles start on multiples of it, as transforms that halve the length need
    """
    size, overlap = (-(-n // grid) * grid for n in (size, overlap))
    for keep in range(0, length, size):
        end = min(keep + size, length)
        yield Tile(max(0, keep - overlap), min(length, end + overlap), keep, end)


def stitch(
    x: FloatArray,
    cut: list[Tile],
    process: Callable[[FloatArray], FloatArray],
    after: Callable[[int, int], None] = lambda done, total: None,
) -> FloatArray:
    """Run ``process`` on each tile of ``x`` (last axis) and put the kept parts together.

    The last axis of what ``process`` returns is that of its tile; the others are its own affair.
    ``after(done, total)`` is called behind every tile; what it raises ends the work.
    """
    result = np.empty(0)
    for done, tile in enumerate(cut, start=1):
        part = process(x[..., tile.start : tile.stop])
        if done == 1:
            result = np.empty((*part.shape[:-1], x.shape[-1]))
        result[..., tile.keep_start : tile.keep_stop] = part[
            ..., tile.keep_start - tile.start : tile.keep_stop - tile.start
        ]
        after(done, len(cut))
    return result


def squares(shape: tuple[int, int], size: int, overlap: int, grid: int = 1) -> Iterator[tuple[Tile, Tile]]:
    """Cut a picture into rectangles: every pair of a tile of rows and a tile of columns; see `tiles`."""
    rows, columns = (list(tiles(n, size, overlap, grid)) for n in shape)
    return itertools.product(rows, columns)


def stitch_squares(
    x: FloatArray,
    cut: list[tuple[Tile, Tile]],
    process: Callable[[FloatArray], FloatArray],
    result: FloatArray,
    after: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Run ``process`` on each rectangle of ``x`` (last two axes) and put the kept parts together in ``result``.

    ``result`` comes from the caller, so that a large picture is not held once more than needed.
    """
    for done, (rows, columns) in enumerate(cut, start=1):
        part = process(x[..., rows.start : rows.stop, columns.start : columns.stop])
        result[..., rows.keep_start : rows.keep_stop, columns.keep_start : columns.keep_stop] = part[
            ...,
            rows.keep_start - rows.start : rows.keep_stop - rows.start,
            columns.keep_start - columns.start : columns.keep_stop - columns.start,
        ]
        after(done, len(cut))
