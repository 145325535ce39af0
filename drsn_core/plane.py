"""Points of many dimensions in the plane in which they vary most, and how well their classes come apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import FloatArray

#: Neighbours that are asked which class a point belongs to.
NEAREST = 5


@dataclass(frozen=True, eq=False)
class Plane:
    """The first two principal components of some points: where new points fall is known without the old ones.

    Parameters
    ----------
    centre : (dimensions,), the mean of the points
    directions : (2, dimensions), orthonormal, the first that in which they vary most
    share : what part of their variance the two directions hold, 0 to 1
    """

    centre: FloatArray
    directions: FloatArray
    share: float

    def place(self, points: FloatArray) -> FloatArray:
        """Project ``points`` (n, dimensions): their coordinates in the plane, (n, 2), in the units of the points."""
        placed: FloatArray = (points - self.centre) @ self.directions.T
        return placed


def plane_of(points: FloatArray) -> Plane:
    """The plane in which ``points`` (n, dimensions) vary most; the largest entry of each direction is positive.

    A principal component has no sign of its own; fixed, the same points give the same picture everywhere.
    """
    centre = points.mean(axis=0)
    _, spread, directions = np.linalg.svd(points - centre, full_matrices=False)
    two = directions[:2]
    two = two * np.sign(np.take_along_axis(two, np.abs(two).argmax(axis=1)[:, None], axis=1))
    whole = float(np.sum(spread**2))
    return Plane(centre, two, float(np.sum(spread[:2] ** 2)) / whole if whole else 1.0)


def vote(known: FloatArray, labels: NDArray[np.integer], points: FloatArray) -> NDArray[np.intp]:
    """The class of most of the `NEAREST` known points around each of ``points``, (n,); equal votes go to the closer.

    Parameters
    ----------
    known, labels : (m, dimensions) and (m,), classes numbered from 0
    points : (n, dimensions)
    """
    return _counted(_squares(points, known), labels)


def separation(points: FloatArray, labels: NDArray[np.integer]) -> float:
    """Share of the points whose class their neighbours name, each point left out of its own vote (leave one out).

    1 if the classes lie apart; about the share of the most frequent class if they lie as one heap.
    """
    squares = _squares(points, points)
    np.fill_diagonal(squares, np.inf)
    return float(np.mean(_counted(squares, labels) == labels))


def _squares(a: FloatArray, b: FloatArray) -> FloatArray:
    """Squared distances (n, m) of the points of ``a`` from those of ``b``."""
    squares: FloatArray = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return squares


def _counted(squares: FloatArray, labels: NDArray[np.integer]) -> NDArray[np.intp]:
    near = np.argsort(squares, axis=1, kind="stable")[:, :NEAREST]
    votes = np.zeros((len(squares), int(labels.max()) + 1))
    for rank in range(near.shape[1]):  # of equal votes, those with the closest neighbour weigh a trace more
        np.add.at(votes, (np.arange(len(squares)), labels[near[:, rank]]), 1 + 1e-3 * 0.5**rank)
    chosen: NDArray[np.intp] = votes.argmax(axis=1)
    return chosen
