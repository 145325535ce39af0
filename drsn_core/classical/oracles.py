r"""Oracles for teaching: wavelet shrinkage that is told the clean signal.

No method can do what they do, so they are none (`drsn_core.methods` does not list them). They say how far a kind of
shrinkage could be driven by a perfect rule: what a rule lacks to the oracle of its kind is the rule's own loss, and no
threshold on this transform can bring what is missing beyond it. `drsn bench signals --oracles` shows them beside the
methods.

They use sym8, with levels and borders as `WaveletShrinkage` takes them by default, and leave the approximation as it
is. On the standard bed (Blocks, Bumps, HeaviSine, Doppler; n = 2048; -5 to 10 dB; 20 seeds) they reach in the mean
15.79 dB (soft, DWT), 16.34 dB (soft, SWT) and 17.50 dB (keep or kill, DWT). Mirrored borders would cost the DWT 0.4 to
0.5 dB and the SWT 0.2 dB there: a mirrored transform has more coefficients than samples, each with its noise.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Protocol

import numpy as np

from drsn_core.classical.thresholding import soft
from drsn_core.classical.transforms import Bands
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import FloatArray
from drsn_core.metrics import rmse

WAVELET = "sym8"


class Oracle(Protocol):
    """A function of a noisy row and the clean row that it hides, (length,) or (height, width); gives the estimate."""

    def __call__(self, *, noisy: FloatArray, clean: FloatArray) -> FloatArray: ...


def best_soft_threshold(noisy: FloatArray, clean: FloatArray) -> float:
    r"""The threshold at which soft thresholding comes closest to the clean coefficients, exactly.

    .. math:: \tau = \arg\min_{t \ge 0} \sum_i (\operatorname{soft}(y_i, t) - x_i)^2

    Between two neighbours among the sorted :math:`|y_i|` the error is a parabola in t: its own minimum there, or the
    nearer end, is the best of the stretch. All stretches are looked at, in :math:`O(m \log m)`.

    Parameters
    ----------
    noisy, clean : (m,), coefficients y and x in the same unit

    Returns
    -------
    0 if nothing is gained by shrinking, at most ``abs(noisy).max()``, where all is zero.

    Examples
    --------
    >>> best_soft_threshold(np.array([3.0, -0.5]), np.array([2.0, 0.0]))
    1.0
    """
    order = np.argsort(np.abs(noisy))
    sizes = np.abs(noisy)[order]
    towards = (np.sign(noisy) * clean)[order]  # x, mirrored so that y is not negative
    ends = np.concatenate([[0.0], sizes])  # stretch k: the k smallest are zero, the others lose t
    excess = sizes - towards
    kept = np.arange(sizes.size, -1, -1)
    mean = np.concatenate([np.cumsum(excess[::-1])[::-1], [0.0]]) / np.maximum(kept, 1)
    square = np.concatenate([np.cumsum(np.square(excess)[::-1])[::-1], [0.0]])
    lost = np.concatenate([[0.0], np.cumsum(np.square(towards))])
    best = np.clip(mean, ends, np.append(sizes, sizes[-1]))
    error = lost + square - kept * mean**2 + kept * (best - mean) ** 2
    return float(best[int(np.argmin(error))])


def soft_per_level(
    *, noisy: FloatArray, clean: FloatArray, transform: str, level: int | None = None, border: str | None = None
) -> FloatArray:
    """Soft thresholding with the best threshold that every subband can have; see `best_soft_threshold`.

    Where the transform is orthonormal ("dwt" with border "periodization" and a length that 2 to the ``level`` divides),
    no thresholds of the levels come closer to the clean row.

    Parameters
    ----------
    transform : a key of `drsn_core.classical.wavelet.TRANSFORMS`
    level, border : as those of `WaveletShrinkage`
    """

    def shrink(y: FloatArray, x: FloatArray, inside: Callable[[FloatArray], FloatArray]) -> FloatArray:
        return soft(y, best_soft_threshold(inside(y).ravel(), inside(x).ravel()))

    return _rebuilt(noisy, clean, WaveletShrinkage(WAVELET, transform, level=level, border=border), shrink)


def keep_or_kill(*, noisy: FloatArray, clean: FloatArray, transform: str) -> FloatArray:
    r"""Keep a coefficient as it is where the clean one exceeds the noise, else set it to zero.

    .. math:: \hat d_i = y_i \cdot 1(|x_i| > \sigma), \quad \sigma^2 = \overline{(y - x)^2}

    Nothing that keeps or kills single coefficients has a smaller expected error (for an orthonormal transform).

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994,
       section 2.1: diagonal projection with an oracle.
    """
    sigma = rmse(clean, noisy)

    def shrink(y: FloatArray, x: FloatArray, inside: Callable[[FloatArray], FloatArray]) -> FloatArray:
        return y * (np.abs(x) > sigma)

    return _rebuilt(noisy, clean, WaveletShrinkage(WAVELET, transform), shrink)


def _rebuilt(
    noisy: FloatArray,
    clean: FloatArray,
    method: WaveletShrinkage,
    shrink: Callable[[FloatArray, FloatArray, Callable[[FloatArray], FloatArray]], FloatArray],
) -> FloatArray:
    """Take both apart alike, shrink every subband of the noisy one in the light of the clean one, put it together."""
    seen, told = method.transform_of(noisy), method.transform_of(noisy)  # the truth beyond the ends, too, is as seen
    kept: list[Bands] = [
        {key: shrink(band, known[key], seen.inside) for key, band in bands.items()}
        for bands, known in zip(seen.levels(noisy), told.levels(clean), strict=True)
    ]
    return seen.rebuild(kept)


ORACLES: dict[str, Oracle] = {
    "soft per level, DWT": functools.partial(soft_per_level, transform="dwt"),
    "soft per level, SWT": functools.partial(soft_per_level, transform="swt"),
    "keep or kill, DWT": functools.partial(keep_or_kill, transform="dwt"),
}
