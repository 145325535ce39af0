"""Wavelet shrinkage in the basis that suits the data: steps want short wavelets, smooth waves long ones."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pywt

from drsn_core.classical.rules import noise_sigma
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import Data, FloatArray, Signal
from drsn_core.method import Report, channel_by_channel, ignore, integer, number
from drsn_core.trace import BlockRecord, Trace

#: From short, for steps, to long, for smooth waves.
WAVELETS = ("haar", "db2", "sym8")

#: Longer signals are judged by a stretch of this length in their middle.
JUDGED = 2**15

#: Size of the probe in noise levels: small against what is shrunk, large against rounding.
PROBE = 0.1

#: A seed nobody takes for noise: a probe that equals the noise in the data would answer with the noise.
PROBE_SEED = (1981, 1995, 2008)


@dataclass(frozen=True)
class BasisChoice:
    r"""Translation-invariant empirical Bayes shrinkage; of three wavelets, the one with the least estimated error.

    Stein's unbiased risk estimate of a method f that is only known by its answers, with a probe b of random signs:

    .. math:: \lVert y - f(y) \rVert^2 + 2\sigma^2\, b^\top \frac{f(y + \varepsilon b) - f(y)}{\varepsilon} - n\sigma^2

    The probe is the same at every call, so the same data give the same answer. The trace names the wavelet.

    Parameters
    ----------
    level, sigma : as in `WaveletShrinkage`

    References
    ----------
    .. [1] S. Ramani, T. Blu, M. Unser, "Monte-Carlo SURE: a black-box optimization of regularization parameters for
       general denoising algorithms", IEEE Trans. Image Process. 17(9), 2008.
    """

    takes: ClassVar[tuple[type, ...]] = (Signal,)

    level: int | None = integer(None, 1, 20)
    sigma: float | None = number(None, 0, 1e100, unit="in the unit of the data")

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]:
        """Denoise every channel; ``report`` hears of each finished part of the chosen wavelet's work."""
        return channel_by_channel(noisy, lambda row: self._row(row, report))

    def _row(self, row: FloatArray, report: Report) -> tuple[FloatArray, list[BlockRecord]]:
        middle = row[max(0, row.size - JUDGED) // 2 :][:JUDGED]
        scale = float(np.max(np.abs(middle))) or 1.0  # so that no square leaves the range of numbers
        unit = dataclasses.replace(self, sigma=None if self.sigma is None else self.sigma / scale)
        judged = {wavelet: unit._risk(wavelet, middle / scale) for wavelet in WAVELETS}
        wavelet = min(judged, key=lambda name: judged[name])
        estimate, trace = self._method(wavelet)(Signal(row), report)
        assert isinstance(estimate, Signal)
        records = [dataclasses.replace(r, name=f"{wavelet}, {r.name}") for r in trace.records]
        return estimate.samples[0], records

    def _method(self, wavelet: str) -> WaveletShrinkage:
        return WaveletShrinkage(wavelet=wavelet, level=self.level, sigma=self.sigma)

    def _risk(self, wavelet: str, y: FloatArray) -> float:
        """Estimated squared error, without the part that all wavelets share."""
        method = self._method(wavelet)
        sigma = noise_sigma(pywt.dwt(np.array(y), "haar")[1]) if self.sigma is None else self.sigma

        def estimate(x: FloatArray) -> FloatArray:
            found, _ = method(Signal(x))
            assert isinstance(found, Signal)
            samples: FloatArray = found.samples[0]
            return samples

        kept = estimate(y)
        if sigma == 0:
            return float(np.sum(np.square(y - kept)))
        probe = np.random.default_rng(PROBE_SEED).choice([-1.0, 1.0], y.size)
        moved = (estimate(y + PROBE * sigma * probe) - kept) / (PROBE * sigma)
        return float(np.sum(np.square(y - kept)) + 2 * sigma**2 * (probe @ moved))
