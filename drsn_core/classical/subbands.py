"""The coefficients themselves, before and after shrinking, for those who want to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drsn_core.classical.decide import check
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import FloatArray
from drsn_core.errors import Unsupported


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
    check(method.rule, method.shrink)
    transform = method.transform_of(row)
    for depth, (bands, decided) in enumerate(method.decisions(row, transform), start=1):
        if "d" not in bands:
            raise Unsupported(f"transform {method.transform}", "this view", "it is made for one subband a level")
        before, decision = transform.inside(bands["d"]).ravel(), decided["d"]
        yield Subband(f"detail {depth}", before, decision.apply(before, 0), decision.threshold, decision.sigma)
