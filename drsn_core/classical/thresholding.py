"""Ways to shrink a coefficient, given a threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drsn_core.data import FloatArray

Shrink = Callable[[FloatArray, FloatArray | float], FloatArray]


def soft(x: FloatArray, threshold: FloatArray | float) -> FloatArray:
    r"""Pull every value toward zero by ``threshold``; what is smaller becomes zero.

    .. math:: y = \operatorname{sign}(x)\,\max(|x| - \tau, 0)

    Parameters
    ----------
    x : any shape
    threshold : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes; above ``abs(x).max()`` everything is zero.

    References
    ----------
    .. [1] D. L. Donoho, "De-noising by soft-thresholding", IEEE Trans. Inf. Theory 41(3), 1995.

    Examples
    --------
    >>> soft(np.array([-3.0, -1.0, 0.5, 2.0]), 1.0)
    array([-2., -0.,  0.,  1.])
    """
    # Not pywt.threshold: in PyWavelets 1.8 it divides by |x| and gives NaN for 0 at threshold 0.
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0)


def hard(x: FloatArray, threshold: FloatArray | float) -> FloatArray:
    r"""Keep what is larger than ``threshold`` as it is; the rest becomes zero.

    .. math:: y = x \cdot 1(|x| > \tau)

    Parameters
    ----------
    x : any shape
    threshold : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes. The result jumps at the threshold, where `soft` is continuous.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994.

    Examples
    --------
    >>> hard(np.array([-3.0, -1.0, 0.5, 2.0]), 1.0)
    array([-3., -0.,  0.,  2.])
    """
    return x * (np.abs(x) > threshold)


SHRINKS: dict[str, Shrink] = {"soft": soft, "hard": hard}
