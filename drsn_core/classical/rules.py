"""Rules that set a threshold from the coefficients of one subband.

A rule sees a `Band` and returns τ >= 0 in the unit of the coefficients. To add one: a function, and a line in
``RULES``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.metrics import MAD_OF_NORMAL


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


def noiseless(band: Band) -> bool:
    """Whether the noise is none, or smaller than the rounding of the largest coefficient."""
    return band.sigma <= float(np.finfo(np.float64).eps) * float(np.max(np.abs(band.values)))


def noise_sigma(finest: FloatArray) -> float:
    r"""Noise level from the finest subband: :math:`\hat\sigma = \operatorname{median}|d| / 0.6745`.

    The median hardly feels the few large coefficients that belong to the signal. 0 for constant signals.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81, 1994.
    """
    return float(np.median(np.abs(finest))) / MAD_OF_NORMAL


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
    excess = (math.sqrt(float(np.mean(np.square(band.values)))) / band.sigma) ** 2 - 1
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
    signal = math.sqrt(max(float(np.mean(np.square(band.values))) - band.sigma**2, 0.0))
    largest = float(np.max(np.abs(band.values)))
    return min(band.sigma**2 / signal, largest) if signal > 0 else largest


RULES: dict[str, Rule] = {"universal": universal, "sure": sure, "hybrid": hybrid, "bayes": bayes}
