"""One threshold for a whole signal, chosen without a noise level: by what is foretold, or by what is lost."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from drsn_core.data import FloatArray

#: Thresholds tried before the search is refined.
COARSE = 13


def cross_validated(
    row: FloatArray, highest: float, denoiser: Callable[[FloatArray], Callable[[float], FloatArray]]
) -> float:
    r"""Nason's two-fold cross-validation.

    The samples at even places are denoised with a threshold t, and what they say of the odd places, the mean of both
    neighbours, is compared with the noisy odd samples; then the other way round. The t with the least squared error
    belongs to half a signal; for n samples it is

    .. math:: \tau = t / \sqrt{1 - \ln 2 / \ln n}

    No noise level is needed.

    Parameters
    ----------
    row : (length,), at least 8
    highest : largest threshold to try, for the whole signal
    denoiser : takes half a signal, returns the function from t to its estimate

    References
    ----------
    .. [1] G. P. Nason, "Wavelet shrinkage using cross-validation", J. R. Stat. Soc. B 58, 1996.
    """
    from scipy.optimize import minimize_scalar

    shorter = math.sqrt(1 - math.log(2) / math.log(row.size))
    scale = float(np.max(np.abs(row))) or 1.0  # so that no square leaves the range of numbers
    row, highest = row / scale, highest / scale
    even, odd = row[0::2], row[1::2]
    estimates = [(denoiser(even), odd, 0), (denoiser(odd), even, 1)]

    def error(t: float) -> float:
        total = 0.0
        for estimate, other, skip in estimates:
            known = estimate(t)
            foretold = 0.5 * (known[:-1] + known[1:])
            seen = other[skip : skip + foretold.size]
            total += float(np.sum(np.square(foretold[: seen.size] - seen)))
        return total

    grid = np.linspace(0, highest * shorter, COARSE)
    best = int(np.argmin([error(t) for t in grid]))
    bounds = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, COARSE - 1)]))
    found = minimize_scalar(error, bounds=bounds, method="bounded", options={"xatol": 1e-4 * highest})
    return scale * float(found.x) / shorter


def gcv(coefficients: FloatArray) -> float:
    r"""Generalised cross-validation over all coefficients of a signal.

    .. math:: \tau = \arg\min_t \frac{\tfrac1m \lVert d - \operatorname{soft}(d, t) \rVert^2}{(m_0 / m)^2}

    where :math:`m_0` of m coefficients are set to zero. The curve has many local minima, and is erratic where few are
    zero; this is the least of all at the sizes of the coefficients that set at least half of them to zero.

    Parameters
    ----------
    coefficients : in one row, of all subbands

    References
    ----------
    .. [1] M. Jansen, M. Malfait, A. Bultheel, "Generalized cross validation for wavelet thresholding",
       Signal Process. 56, 1997.
    """
    sizes = np.sort(np.abs(coefficients))
    if not sizes[-1] > 0:
        return 0.0
    m = sizes.size
    zeros = np.arange(1, m + 1)
    squares = np.square(sizes / sizes[-1])
    score = (np.cumsum(squares) + (m - zeros) * squares) / zeros**2
    half = m // 2
    return float(sizes[half + int(np.argmin(score[half:]))])
