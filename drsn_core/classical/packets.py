"""Wavelet packets: a library of bases, from which the one that suits the data best is taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pywt

from drsn_core.classical.rules import Band, noise_sigma
from drsn_core.classical.transforms import Bands
from drsn_core.data import FloatArray


def packet_universal(band: Band) -> float:
    r"""Universal threshold for a basis that was chosen by looking: :math:`\tau = \sigma\sqrt{2\ln(n \log_2 n)}`.

    About n log2 n coefficients took part in the choice, and the largest noise value among all of them counts.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal denoising in an orthonormal basis chosen from a library of bases",
       C. R. Acad. Sci. Paris A 319, 1994.

    Examples
    --------
    >>> round(packet_universal(Band(np.zeros(4), sigma=1.0, size=1024, level=1)), 3)
    4.297
    """
    n = max(band.size, 2)
    return band.sigma * math.sqrt(2 * math.log(n * math.log2(n)))


def entropy(nodes: FloatArray, unit: float) -> FloatArray:
    r"""Shannon's entropy of the energy, least where few coefficients carry all.

    .. math:: -\sum_i p_i \ln p_i, \quad p_i = d_i^2 / \lVert x \rVert^2

    Parameters
    ----------
    nodes : (nodes, coefficients)
    unit : norm of the whole signal; at 0 every cost is 0

    References
    ----------
    .. [1] R. R. Coifman, M. V. Wickerhauser, "Entropy-based algorithms for best basis selection", IEEE Trans. Inf.
       Theory 38(2), 1992.
    """
    if unit == 0:
        return np.zeros(len(nodes))
    p = np.square(nodes / unit)
    return np.asarray(-np.sum(p * np.log(p, out=np.zeros_like(p), where=p > 0), axis=1))


def sure(nodes: FloatArray, unit: float) -> FloatArray:
    r"""Stein's estimate of the risk of soft thresholding, at one threshold for all nodes, so that costs add up.

    .. math:: \sum_i 1 - 2 \cdot 1(|d_i| \le t) + \min(d_i^2, t^2), \quad t = \sqrt{2 \ln(n \log_2 n)}

    Parameters
    ----------
    nodes : (nodes, coefficients) of one level, together n of them
    unit : standard deviation of the noise; at 0 every cost is the count of coefficients that are not zero

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, C. R. Acad. Sci. Paris A 319, 1994.
    """
    if unit == 0:
        return np.asarray(np.count_nonzero(nodes, axis=1), dtype=np.float64)
    limit = packet_universal(Band(nodes, 1.0, nodes.size, 1)) ** 2
    squares = np.square(nodes / unit)
    return np.asarray(np.sum(1 - 2 * (squares <= limit) + np.minimum(squares, limit), axis=1))


COSTS: dict[str, Callable[[FloatArray, float], FloatArray]] = {"entropy": entropy, "sure": sure}


class Packets:
    """Wavelet packets in the best basis for the data, with the manners of the transforms in `transforms`.

    Where the DWT splits the approximation only, packets split the details too, and of all ways to stop splitting the
    one with the least cost is taken, bottom up. Every node is split by one call of PyWavelets per level: n log n.
    With an orthogonal wavelet every basis is orthonormal, and white noise keeps its standard deviation.

    ``levels`` yields the chosen nodes by the level at which they lie, which may be none. Their keys are paths from the
    root: "ad" is the detail of the approximation; for images each step is two letters, one per axis, with dots
    between: "aa.dd". The approximation itself is always split down to ``level`` and never shrunk, as in the DWT.

    Parameters
    ----------
    wavelet : name of a discrete wavelet of PyWavelets, orthogonal
    level : number of levels
    shape : of the data, one or two axes
    border : how the data go on beyond their ends, a mode of PyWavelets
    cost : "entropy" (needs no noise level) or "sure"
    sigma : standard deviation of the noise for "sure"; None estimates it from the finest details

    References
    ----------
    .. [1] R. R. Coifman, M. V. Wickerhauser, "Entropy-based algorithms for best basis selection", IEEE Trans. Inf.
       Theory 38(2), 1992.
    """

    #: An orthonormal basis. Long signals are not cut: the basis is chosen from the whole.
    copies = 1
    reach = 0

    def __init__(
        self,
        wavelet: str,
        level: int,
        shape: tuple[int, ...],
        border: str = "symmetric",
        cost: str = "entropy",
        sigma: float | None = None,
    ) -> None:
        self.wavelet, self.level, self.shape, self.border = pywt.Wavelet(wavelet), level, shape, border
        self.cost, self.sigma = COSTS[cost], sigma
        self.letters = ["".join(letters) for letters in product("ad", repeat=len(shape))]
        self.axes = tuple(range(-len(shape), 0))
        grid = 2**level
        self.pad = [(grid, grid + -n % grid) for n in shape]
        self.padded = tuple(before + n + after for (before, after), n in zip(self.pad, shape, strict=True))
        self.finest: FloatArray = np.zeros(0)
        self.basis: dict[int, list[int]] = {}

    @property
    def first(self) -> int:
        """Place of the first coefficient of the finest level that belongs to the data."""
        return int(self.pad[-1][0]) // 2

    def name(self, depth: int, node: int) -> str:
        """Path of a node, counted in the order in which nodes are split.

        Examples
        --------
        >>> Packets("db2", 3, (64,)).name(3, 1)
        'aad'
        """
        arity = len(self.letters)
        steps = [self.letters[node // arity**k % arity] for k in reversed(range(depth))]
        return ("" if len(self.shape) == 1 else ".").join(steps)

    def levels(self, x: FloatArray) -> Iterator[Bands]:
        tree = [pywt.pad(x, self.pad, "symmetric" if self.border == "periodization" else self.border)[None]]
        for _ in range(self.level):
            parts = pywt.dwtn(tree[-1], self.wavelet, "periodization", self.axes)
            split = np.stack([parts[letters] for letters in self.letters], axis=1)
            tree.append(split.reshape(-1, *split.shape[2:]))
        self.finest = self.inside(tree[1][-1])
        self.coarse = tree[-1][0]
        self.basis = self._best_basis(tree)
        for depth, nodes in self.basis.items():
            yield {self.name(depth, node): tree[depth][node] for node in nodes}

    def _best_basis(self, tree: list[FloatArray]) -> dict[int, list[int]]:
        """Chosen nodes of every level but the approximation: whole where the parts together cost no less."""
        if self.cost is entropy:
            unit = float(np.linalg.norm(tree[0]))
        else:
            unit = noise_sigma(self.finest) if self.sigma is None else self.sigma
        arity = len(self.letters)
        best = self.cost(tree[-1].reshape(len(tree[-1]), -1), unit)
        whole = {self.level: np.ones(len(best), dtype=bool)}
        for depth in range(self.level - 1, 0, -1):
            own, parts = self.cost(tree[depth].reshape(len(tree[depth]), -1), unit), best.reshape(-1, arity).sum(axis=1)
            whole[depth] = own <= parts
            best = np.minimum(own, parts)
        open_nodes, basis = np.zeros(1, dtype=int), {}
        for depth in range(1, self.level + 1):
            children = (open_nodes[:, None] * arity + np.arange(arity)).ravel()
            chosen = whole[depth][children] & (children > 0)
            basis[depth] = [int(node) for node in children[chosen]]
            open_nodes = children[~chosen]
        return basis

    def inside(self, band: FloatArray) -> FloatArray:
        step = self.padded[-1] // band.shape[-1]
        cut = (
            slice(before // step, -(-(before + n) // step)) for (before, _), n in zip(self.pad, self.shape, strict=True)
        )
        return band[tuple(cut)]

    def noise_of(self, bands: Bands) -> FloatArray:
        return self.finest

    def rebuild(self, bands: list[Bands]) -> FloatArray:
        arity = len(self.letters)
        nodes = np.zeros((0, *self.coarse.shape))
        at: FloatArray = np.zeros(0, dtype=int)
        # Only nodes on the way to a chosen one are put together; `at` holds their places, in order.
        for depth in range(self.level, 0, -1):
            here = bands[depth - 1]
            given = [here[self.name(depth, node)] for node in self.basis[depth]]
            places = [*self.basis[depth]]
            if depth == self.level:
                given, places = [self.coarse, *given], [0, *places]
            if given:
                nodes, at = np.concatenate([nodes, given]), np.concatenate([at, places]).astype(int)
            nodes, at = nodes[np.argsort(at)], np.sort(at)
            parts = {letters: nodes[k::arity] for k, letters in enumerate(self.letters)}
            nodes, at = pywt.idwtn(parts, self.wavelet, "periodization", self.axes), at[::arity] // arity
        return np.asarray(nodes[0][tuple(slice(b, b + n) for (b, _), n in zip(self.pad, self.shape, strict=True))])
