"""The coefficients themselves, before and after shrinking, for those who want to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drsn_core.classical.rules import Band, noise_sigma
from drsn_core.classical.thresholding import SHRINKS
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import FloatArray


@dataclass(frozen=True, eq=False)
class Subband:
    """One subband of one channel.

    Parameters
    ----------
    name : as in the trace: "detail 1" is the finest
    before, after : its coefficients in one row, in the unit of the data
    threshold : τ that was used, in the same unit
    sigma : standard deviation of the noise that the method supposes in them
    """

    name: str
    before: FloatArray
    after: FloatArray
    threshold: float
    sigma: float


def subbands(method: WaveletShrinkage, row: FloatArray) -> Iterator[Subband]:
    """Take one channel of a signal apart as ``method`` does; one subband at a time, finest first.

    Parameters
    ----------
    method : whose transform, rule and shrinkage are used
    row : (length,)
    """
    transform = method._transform(row.shape)
    sigma = method.sigma
    for depth, bands in enumerate(transform.levels(row), start=1):
        before = transform.inside(bands["d"])
        if sigma is None:
            sigma = noise_sigma(before)
        tau = method.threshold(Band(before, sigma, row.size, depth))
        yield Subband(f"detail {depth}", before, SHRINKS[method.shrink](before, tau), tau, sigma)
