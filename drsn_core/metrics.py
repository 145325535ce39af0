"""Scores of an estimate against the clean signal, and the noise level where no clean signal is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray

#: median|z| of a standard normal z: scales a median absolute value to a standard deviation.
MAD_OF_NORMAL = 0.6744897501960817


def power(x: FloatArray) -> float:
    """Mean square, offset included."""
    return float(np.mean(np.square(x)))


def snr_db(clean: FloatArray, noisy: FloatArray) -> float:
    r"""Signal-to-noise ratio of ``noisy`` in decibels, for a known clean signal.

    .. math:: 10 \log_{10} \frac{\sum_i x_i^2}{\sum_i (x_i - y_i)^2}

    Positive infinity if the two are equal; negative infinity if the clean signal is silent. The offset of
    ``clean`` counts as signal.
    """
    signal, error = power(clean), power(np.subtract(clean, noisy))
    if error == 0:
        return math.inf
    return 10 * math.log10(signal / error) if signal > 0 else -math.inf


def rmse(clean: FloatArray, estimate: FloatArray) -> float:
    """Root of the mean squared error, in the unit of the signal."""
    return math.sqrt(power(np.subtract(clean, estimate)))


@dataclass(frozen=True)
class Scores:
    """How close an estimate is to the clean signal: SNR in dB, gain over the noisy signal in dB, RMSE in its unit."""

    snr_db: float
    gain_db: float
    rmse: float


def scores(clean: FloatArray, noisy: FloatArray, estimate: FloatArray) -> Scores:
    """Compare ``estimate`` and ``noisy`` with ``clean``; see `snr_db`. The gain of an unchanged signal is 0 dB."""
    before, after = snr_db(clean, noisy), snr_db(clean, estimate)
    gain = 0.0 if before == after else after - before
    return Scores(after, gain, rmse(clean, estimate))


def psnr_db(clean: FloatArray, estimate: FloatArray) -> float:
    r"""Peak signal-to-noise ratio of a picture whose white is 1: :math:`-10 \log_{10} \overline{(x - y)^2}`.

    Every 6 dB more means half the error; positive infinity if the two are equal.

    Examples
    --------
    >>> psnr_db(np.zeros((4, 4)), np.full((4, 4), 0.1))
    20.0
    """
    error = power(np.subtract(clean, estimate))
    return -10 * math.log10(error) if error > 0 else math.inf


#: Side of the window in which `ssim` compares structure.
SSIM_WINDOW = 7


def ssim(clean: FloatArray, estimate: FloatArray) -> float:
    """Structural similarity of two pictures (channels, height, width) in 0..1, the mean over channels and windows of 7.

    1 for equal pictures; NaN for pictures under 7 pixels a side, which have none.

    References
    ----------
    .. [1] Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to
       structural similarity", IEEE Trans. Image Process. 13(4), 2004; as in scikit-image, ``data_range=1``.
    """
    from skimage.metrics import structural_similarity

    if min(clean.shape[1:]) < SSIM_WINDOW:
        return math.nan
    found = structural_similarity(clean, estimate, data_range=1.0, channel_axis=0)  # type: ignore[no-untyped-call]
    return float(found)


def local_errors(clean: FloatArray, estimate: FloatArray, parts: int) -> FloatArray:
    r"""Mean squared error in each of ``parts`` stretches along the last axis, so that methods can be compared in place.

    .. math:: e_k = \frac{1}{|I_k|} \sum_{i \in I_k} (x_i - y_i)^2

    The stretches :math:`I_k` are as equal as the length allows; there are never more than samples.

    Returns
    -------
    (parts,), or (samples,) for shorter data; in the square of the signal's unit

    Examples
    --------
    >>> local_errors(np.zeros(4), np.array([1.0, 1.0, 0.0, 2.0]), 2)
    array([1., 2.])
    """
    squares = np.square(np.subtract(clean, estimate)).reshape(-1)
    return np.array([float(np.mean(part)) for part in np.array_split(squares, min(parts, squares.size))])


def noise_level(x: FloatArray) -> FloatArray:
    r"""Robust standard deviation of white noise in a signal, along the last axis.

    .. math:: \hat\sigma = \operatorname{median}|d_i| / 0.6745, \quad d_i = (x_{2i+1} - x_{2i}) / \sqrt 2

    ``d`` are the finest Haar coefficients: a smooth signal hardly reaches them, noise does. Too large by what the
    signal itself has at the highest frequencies; 0 for constant and piecewise constant signals.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994.
    """
    even = x.shape[-1] // 2 * 2
    detail = (x[..., 1:even:2] - x[..., 0:even:2]) / math.sqrt(2)
    return np.asarray(np.median(np.abs(detail), axis=-1) / MAD_OF_NORMAL)
