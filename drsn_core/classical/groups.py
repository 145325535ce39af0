"""Rules that judge coefficients together with their neighbours: large values come in company, noise comes alone.

Each returns how much of every coefficient of a subband is kept, a factor from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import FloatArray

#: Root of x - ln x = 3, to the six digits that its authors give.
LAMBDA = 4.505241

#: A rule for groups: coefficients in units of the noise level, number of samples, place of the first coefficient that
#: belongs to the data (blocks are counted from there).
GroupRule = Callable[[FloatArray, int, int], FloatArray]


def _kept(energy: FloatArray, limit: float) -> FloatArray:
    """James-Stein factor: (1 - limit / energy)+, and 0 where there is no energy."""
    ratio = np.divide(limit, energy, out=np.ones_like(energy), where=energy > limit)
    factor: FloatArray = 1 - ratio
    return factor


def _sums(values: FloatArray, width: int, first: int) -> tuple[FloatArray, NDArray[np.intp]]:
    """Sums over blocks of ``width`` of which one begins at ``first``, and the block of every value."""
    lead = first % width
    blocks = (np.arange(values.size) - lead) // width + (1 if lead else 0)
    return np.bincount(blocks, weights=values).astype(np.float64), blocks


def blockjs(x: FloatArray, size: int, first: int = 0) -> FloatArray:
    r"""BlockJS: blocks of :math:`L = \lfloor \ln n \rfloor` live or die together.

    .. math:: \bigl(1 - \lambda L \sigma^2 / S^2\bigr)_+, \quad S^2 = \textstyle\sum_{\text{block}} d_i^2,
              \quad \lambda - \ln \lambda = 3

    A last block that is not full is judged by the last L coefficients.

    Parameters
    ----------
    x : coefficients in units of the noise level, in one row
    size : number n of samples of the whole signal
    first : where a block begins

    References
    ----------
    .. [1] T. T. Cai, "Adaptive wavelet estimation: a block thresholding and oracle inequality approach",
       Ann. Stat. 27(3), 1999.
    """
    width = min(max(1, int(math.log(size))), x.size)
    squares = np.square(x)
    energy, blocks = _sums(squares, width, first)
    if (x.size - first) % width:
        energy[-1] = squares[-width:].sum()
    if first % width:
        energy[0] = squares[:width].sum()
    factor: FloatArray = _kept(energy, LAMBDA * width)[blocks]
    return factor


def neighblock(x: FloatArray, size: int, first: int = 0) -> FloatArray:
    r"""NeighBlock: short blocks, judged together with neighbours on both sides.

    Blocks of :math:`L_0 = \lfloor \tfrac12 \ln n \rfloor`; the energy is that of the block and of
    :math:`L_1 = \max(1, \lfloor L_0/2 \rfloor)` coefficients before and after it (the ends meet), and the factor
    that of `blockjs` with :math:`L = L_0 + 2 L_1`.

    Parameters
    ----------
    x, size, first : as in `blockjs`

    References
    ----------
    .. [1] T. T. Cai, B. W. Silverman, "Incorporating information on neighbouring coefficients into wavelet
       estimation", Sankhya B 63, 2001.
    """
    inner = max(1, int(math.log(size) / 2))
    side = max(1, inner // 2)
    width = inner + 2 * side
    if x.size < width:
        return np.full(x.size, _kept(np.array([np.square(x).sum()]), LAMBDA * width)[0])
    total = np.concatenate([[0.0], np.cumsum(np.square(np.take(x, range(-side, x.size + inner + side), mode="wrap")))])
    starts = np.arange(first % inner - inner if first % inner else 0, x.size, inner)
    low = np.maximum(starts, 0)  # a block cut at the front is judged from the front on
    energy = total[low + width] - total[low]
    blocks = (np.arange(x.size) - starts[0]) // inner
    factor: FloatArray = _kept(energy, LAMBDA * width)[blocks]
    return factor


def neighcoeff(x: FloatArray, size: int, first: int = 0) -> FloatArray:
    r"""NeighCoeff: every coefficient is judged with its two neighbours, :math:`(1 - 2 \ln n\, \sigma^2 / S^2)_+`.

    :math:`S^2 = d_{i-1}^2 + d_i^2 + d_{i+1}^2`; the ends meet.

    Parameters
    ----------
    x, size, first : as in `blockjs`; there are no blocks, so ``first`` does not matter

    References
    ----------
    .. [1] T. T. Cai, B. W. Silverman, Sankhya B 63, 2001.
    """
    squares = np.square(x)
    energy = squares + np.roll(squares, 1) + np.roll(squares, -1) if x.size > 2 else np.full(x.size, squares.sum())
    return _kept(energy, 2 * math.log(size))


@dataclass(frozen=True)
class Group:
    """A group rule with what the outside needs to know of it.

    ``block(n)`` is the distance at which blocks repeat, ``alone(n)`` the size, in noise levels, at which a coefficient
    is just not kept if its neighbours are as large as itself.
    """

    factor: GroupRule
    block: Callable[[int], int]
    alone: Callable[[int], float]


GROUPS: dict[str, Group] = {
    "blockjs": Group(blockjs, lambda n: max(1, int(math.log(n))), lambda n: math.sqrt(LAMBDA)),
    "neighblock": Group(neighblock, lambda n: max(1, int(math.log(n) / 2)), lambda n: math.sqrt(LAMBDA)),
    "neighcoeff": Group(neighcoeff, lambda n: 1, lambda n: math.sqrt(2 * math.log(n) / 3)),
}
