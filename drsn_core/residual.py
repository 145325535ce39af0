"""Is what a denoiser removed only noise? Whiteness of the residual, and what it has in common with the estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, stats

from drsn_core.data import FloatArray
from drsn_core.errors import TooShort

#: Lags that are looked at; a signal of fewer samples than `SHORTEST` has too few of each.
LAGS = 20
SHORTEST = 4 * LAGS


@dataclass(frozen=True, eq=False)
class Residual:
    r"""What is known of a residual.

    Parameters
    ----------
    autocorrelation : at lags 1, 2, ..., each -1 to 1
    band : white noise stays within ± this at 19 of 20 lags, :math:`1.96 / \sqrt n`
    statistic, p_value : of the Ljung-Box test; white noise has a p-value below 0.01 once in a hundred times
    with_estimate : correlation with the estimate, -1 to 1; 0 for a denoiser that takes none of the signal
        A positive value says that the estimate is too small where the signal is large: shrunk, not only cleaned.
    """

    autocorrelation: FloatArray
    band: float
    statistic: float
    p_value: float
    with_estimate: float

    @property
    def white(self) -> bool:
        return self.p_value >= 0.01

    @property
    def worst_lag(self) -> int:
        """The lag (from 1) with the strongest autocorrelation."""
        return int(np.abs(self.autocorrelation).argmax()) + 1


def residual(noisy: FloatArray, estimate: FloatArray, lags: int = LAGS) -> Residual:
    r"""Test what was removed, ``noisy - estimate``.

    .. math:: Q = n(n+2) \sum_{k=1}^{m} \frac{\rho_k^2}{n - k} \sim \chi^2_m \quad \text{for white noise}

    Parameters
    ----------
    noisy, estimate : (length,) or (rows, length); rows are taken as stretches of the same process

    References
    ----------
    .. [1] G. M. Ljung, G. E. P. Box, "On a measure of lack of fit in time series models", Biometrika 65(2), 1978.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=500)
    >>> found = residual(noise, np.zeros(500))
    >>> found.white, found.autocorrelation.shape
    (True, (20,))
    """
    removed, kept = (np.atleast_2d(x) for x in (noisy - estimate, estimate))
    rows, length = removed.shape
    if length < 4 * lags:
        raise TooShort(length, 4 * lags)
    removed, kept = removed - removed.mean(), kept - kept.mean()
    power, other = float((removed**2).sum()), float((kept**2).sum())
    n = rows * length
    if power == 0:
        return Residual(np.zeros(lags), 1.96 / np.sqrt(n), 0.0, 1.0, 0.0)
    spectrum = np.abs(fft.rfft(removed, 2 * length, axis=1)) ** 2
    rho = fft.irfft(spectrum.sum(axis=0))[1 : lags + 1] / power
    pairs = rows * (length - np.arange(1, lags + 1))
    statistic = float(n * (n + 2) * np.sum(rho**2 / pairs)) if rows == 1 else float(n**2 * np.sum(rho**2 / pairs))
    together = float((removed * kept).sum() / np.sqrt(power * other)) if other > 0 else 0.0
    return Residual(rho, 1.96 / np.sqrt(n), statistic, float(stats.chi2.sf(statistic, lags)), together)
