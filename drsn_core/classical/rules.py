"""Rules that set a threshold from the coefficients of one subband.

A rule sees a `Band` and returns τ >= 0 in the unit of the coefficients. To add one: a function, and a line in
``RULES``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.metrics import MAD_OF_NORMAL
from drsn_core.trace import middle_of_rows


@dataclass(frozen=True, eq=False)
class Band:
    """One subband as a rule sees it.

    ``values`` are its coefficients in one row, ``sigma`` the standard deviation of the noise in them, ``size`` the
    number of samples of the whole signal, ``level`` 1 for the finest.
    """

    values: FloatArray
    sigma: float
    size: int
    level: int


Rule = Callable[[Band], float]

EPSILON = float(np.finfo(np.float64).eps)


def noiseless(band: Band) -> bool:
    """Whether the noise is none, or smaller than the rounding of the largest coefficient."""
    return band.sigma <= EPSILON * largest(band.values)


def largest(values: FloatArray) -> float:
    """Largest size among some values, without a copy of them."""
    return max(float(values.max()), -float(values.min()))


def noise_sigma(finest: FloatArray) -> float:
    r"""Noise level from the finest subband: :math:`\hat\sigma = \operatorname{median}|d| / 0.6745`.

    The median hardly feels the few large coefficients that belong to the signal. 0 for constant signals.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81, 1994.
    """
    return float(middle_of_rows(np.abs(finest).reshape(1, -1))[0]) / MAD_OF_NORMAL


def mean_square(values: FloatArray) -> float:
    """Mean of the squares of values in one row."""
    return float(np.dot(values, values)) / values.size


def universal(band: Band) -> float:
    r"""VisuShrink: :math:`\tau = \sigma\sqrt{2 \ln n}`, what the largest of n noise values hardly exceeds.

    Smooth but cautious: it removes faint parts of the signal too.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81, 1994.
    """
    return band.sigma * math.sqrt(2 * math.log(band.size))


def sure(band: Band) -> float:
    r"""Threshold with the least estimated risk (Stein's unbiased risk estimate for soft thresholding).

    .. math:: \tau = \sigma \arg\min_{t \in \{|d_i|/\sigma\}} \; m - 2\,\#\{|d_i| \le t\sigma\}
              + \sum_i \min(d_i^2/\sigma^2, t^2)

    0 where there is no noise. Never larger than the largest coefficient.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Adapting to unknown smoothness via wavelet shrinkage",
       J. Am. Stat. Assoc. 90, 1995.

    Examples
    --------
    >>> sure(Band(np.array([0.1, -0.2, 0.3, 8.0]), sigma=1.0, size=4, level=1))
    0.3
    """
    if noiseless(band):
        return 0.0
    squares = np.sort(np.square(band.values / band.sigma))
    m = squares.size
    larger = np.arange(m - 1, -1, -1)
    risk = m - 2 * np.arange(1, m + 1) + np.cumsum(squares) + larger * squares
    return band.sigma * math.sqrt(squares[int(np.argmin(risk))])


def hybrid(band: Band) -> float:
    r"""SureShrink: `sure`, but `universal` for the band's own length where the band is too sparse to judge.

    Sparse means :math:`\overline{d^2}/\sigma^2 - 1 < (\log_2 m)^{3/2} / \sqrt m` for m coefficients.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, J. Am. Stat. Assoc. 90, 1995, section 2.4.
    """
    if noiseless(band):
        return 0.0
    m = band.values.size
    ceiling = band.sigma * math.sqrt(2 * math.log(max(m, 2)))
    excess = (math.sqrt(mean_square(band.values)) / band.sigma) ** 2 - 1
    if excess < math.log2(m) ** 1.5 / math.sqrt(m):
        return ceiling
    return min(sure(band), ceiling)


def bayes(band: Band) -> float:
    r"""BayesShrink: :math:`\tau = \sigma^2 / \sigma_x` with :math:`\sigma_x^2 = (\overline{d^2} - \sigma^2)_+`.

    Little noise beside the signal: a small threshold. Where the band holds no more than noise
    (:math:`\sigma_x = 0`), the largest coefficient is the threshold, and the whole band becomes zero.

    References
    ----------
    .. [1] S. G. Chang, B. Yu, M. Vetterli, "Adaptive wavelet thresholding for image denoising and compression",
       IEEE Trans. Image Process. 9(9), 2000.
    """
    signal = math.sqrt(max(mean_square(band.values) - band.sigma**2, 0.0))
    whole_band = largest(band.values)
    return min(band.sigma**2 / signal, whole_band) if signal > 0 else whole_band


def minimax(band: Band) -> float:
    r"""Threshold whose worst error, compared with an oracle that keeps or kills, is least for soft thresholding.

    The worst of the ratio :math:`\rho(t, \theta) / (1/n + \min(\theta^2, 1))` lies at :math:`\theta = 0` or
    :math:`\infty`, so the threshold solves

    .. math:: (n + 1)\,\rho(t, 0) = 1 + t^2, \quad \rho(t, 0) = 2\,[(1 + t^2)\,\Phi(-t) - t\,\varphi(t)]

    for the number n of samples. Smaller than `universal`, hence less smooth and closer to the signal.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81, 1994, section 2.2.

    Examples
    --------
    >>> round(minimax(Band(np.ones(4), sigma=1.0, size=1024, level=1)), 3)
    2.226
    """
    return band.sigma * _minimax_soft(band.size)


@functools.cache
def _minimax_soft(n: int) -> float:
    from scipy.optimize import brentq

    def excess(t: float) -> float:
        return (n + 1) * _risk_of_zero(t) - (1 + t * t)

    return float(brentq(excess, 0.0, 40.0)) if excess(0.0) > 0 else 0.0


def _normal_tail(t: float) -> float:
    return 0.5 * math.erfc(t / math.sqrt(2))


def _normal_density(t: float) -> float:
    return math.exp(-0.5 * t * t) / math.sqrt(2 * math.pi)


def _risk_of_zero(t: float) -> float:
    """Mean squared error of soft thresholding at t where there is only noise of variance 1."""
    return 2 * ((1 + t * t) * _normal_tail(t) - t * _normal_density(t))


def minimax_hard(band: Band) -> float:
    r"""The same for hard thresholding, where the worst :math:`\theta` lies near the threshold; found numerically.

    .. math:: \rho(t, \theta) = \theta^2 [\Phi(t - \theta) - \Phi(-t - \theta)] + \int_{|x| > t} (x - \theta)^2
              \varphi(x - \theta)\,dx

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81, 1994.
    """
    return band.sigma * _minimax_hard(band.size)


@functools.cache
def _minimax_hard(n: int) -> float:
    from scipy.optimize import minimize_scalar
    from scipy.special import ndtr

    theta = np.linspace(0, 12, 4801)
    ideal = 1 / n + np.minimum(theta**2, 1)

    def density(x: FloatArray) -> FloatArray:
        return np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)

    def worst(t: float) -> float:
        up, down = t - theta, t + theta
        kept = ndtr(-up) + ndtr(-down) + up * density(up) + down * density(down)
        return float(np.max((theta**2 * (ndtr(up) - ndtr(-down)) + kept) / ideal))

    grid = np.linspace(0, 8, 81)
    start = float(grid[int(np.argmin([worst(t) for t in grid]))])
    found = minimize_scalar(
        worst, bounds=(max(0.0, start - 0.2), start + 0.2), method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x)


#: Share of false discoveries that `fdr` accepts.
FDR_LEVEL = 0.05


def fdr(band: Band) -> float:
    r"""Control of false discoveries: of what is kept, a share of at most q = 0.05 is expected to be noise.

    With the coefficients sorted by size, the largest k for which :math:`|d|_{(k)} \ge \sigma z(q k / 2m)` sets
    :math:`\tau = |d|_{(k)}`; z(p) is what a normal value exceeds with probability p. If there is no such k, the
    threshold is :math:`\sigma z(q / 2m)`.

    The k-th largest coefficient itself is kept: the threshold lies a rounding below it.

    References
    ----------
    .. [1] F. Abramovich, Y. Benjamini, "Adaptive thresholding of wavelet coefficients",
       Comput. Stat. Data Anal. 22, 1996.
    """
    from scipy.special import ndtri

    m = band.values.size
    sizes = np.sort(np.abs(band.values))[::-1]
    limits = -band.sigma * ndtri(0.5 * FDR_LEVEL * np.arange(1, m + 1) / m)
    passed = np.flatnonzero(sizes >= limits)
    return float(np.nextafter(sizes[passed[-1]], 0.0)) if passed.size else float(limits[0])


RULES: dict[str, Rule] = {
    "universal": universal,
    "sure": sure,
    "hybrid": hybrid,
    "minimax": minimax,
    "bayes": bayes,
    "fdr": fdr,
}

#: Rules that depend on how coefficients are shrunk: (rule, shrink) -> the rule to use instead.
MATCHED: dict[tuple[str, str], Rule] = {("minimax", "hard"): minimax_hard}
