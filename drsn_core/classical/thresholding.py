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
    return np.copysign(np.maximum(np.abs(x) - threshold, 0.0), x)


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


def garrote(x: FloatArray, threshold: FloatArray | float) -> FloatArray:
    r"""Non-negative garrote: between `soft` and `hard`; continuous, and large values are hardly moved.

    .. math:: y = (x - \tau^2 / x) \cdot 1(|x| > \tau)

    Parameters
    ----------
    x : any shape
    threshold : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes; above ``abs(x).max()`` everything is zero.

    References
    ----------
    .. [1] H.-Y. Gao, "Wavelet shrinkage denoising using the non-negative garrote", J. Comput. Graph. Stat. 7(4), 1998.

    Examples
    --------
    >>> garrote(np.array([-4.0, -1.0, 0.5, 2.0]), 1.0)
    array([-3.75, -0.  ,  0.  ,  1.5 ])
    """
    kept = np.abs(x) > threshold
    with np.errstate(over="ignore"):  # where nothing is kept the ratio may be anything
        ratio = np.divide(threshold, x, out=np.zeros(np.broadcast_shapes(x.shape, np.shape(threshold))), where=kept)
    return kept * (x - threshold * ratio)


#: The upper threshold of `firm`, as a multiple of the lower one.
FIRM_UPPER = 2.0


def firm(x: FloatArray, threshold: FloatArray | float) -> FloatArray:
    r"""Zero below ``threshold``, unchanged above twice of it, a straight line between.

    .. math:: y = \begin{cases} 0 & |x| \le \tau \\ 2 \operatorname{sign}(x) (|x| - \tau) & \tau < |x| \le 2\tau \\
              x & |x| > 2\tau \end{cases}

    Gao and Bruce leave the upper threshold free; a factor of 2 is our choice.

    Parameters
    ----------
    x : any shape
    threshold : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes; above ``abs(x).max()`` everything is zero.

    References
    ----------
    .. [1] H.-Y. Gao, A. G. Bruce, "WaveShrink with firm shrinkage", Statistica Sinica 7, 1997.

    Examples
    --------
    >>> firm(np.array([-3.0, -1.0, 0.5, 1.5]), 1.0)
    array([-3., -0.,  0.,  1.])
    """
    slope = FIRM_UPPER / (FIRM_UPPER - 1)
    between = slope * np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0)
    return np.where(np.abs(x) > FIRM_UPPER * np.asarray(threshold), x, between)


#: The constant of `scad` that its authors recommend.
SCAD_A = 3.7


def scad(x: FloatArray, threshold: FloatArray | float) -> FloatArray:
    r"""Smoothly clipped absolute deviation: `soft` for small values, the identity for large ones, with :math:`a = 3.7`.

    .. math:: y = \begin{cases} \operatorname{sign}(x) (|x| - \tau)_+ & |x| \le 2\tau \\
              ((a - 1) x - a \tau \operatorname{sign}(x)) / (a - 2) & 2\tau < |x| \le a\tau \\
              x & |x| > a\tau \end{cases}

    Parameters
    ----------
    x : any shape
    threshold : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes; above ``abs(x).max()`` everything is zero.

    References
    ----------
    .. [1] A. Antoniadis, J. Fan, "Regularization of wavelet approximations", J. Am. Stat. Assoc. 96, 2001.

    Examples
    --------
    >>> scad(np.array([-5.0, -1.5, 0.5, 2.0]), 1.0)
    array([-5. , -0.5,  0. ,  1. ])
    """
    size, t = np.abs(x), np.asarray(threshold)
    middle = ((SCAD_A - 1) * x - SCAD_A * t * np.sign(x)) / (SCAD_A - 2)
    return np.where(size <= 2 * t, soft(x, t), np.where(size <= SCAD_A * t, middle, x))


SHRINKS: dict[str, Shrink] = {"soft": soft, "hard": hard, "garrote": garrote, "firm": firm, "scad": scad}
