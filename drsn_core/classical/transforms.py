"""Wavelet transforms level by level, for signals and images alike.

Both kinds offer: ``levels(x)`` yields the subbands from the finest level on and remembers what is left, ``inside``
cuts a subband to the part that belongs to the data, ``rebuild`` inverts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pywt

from drsn_core.data import FloatArray

#: Subbands of one level by their letters, one per axis: a = approximation, d = detail.
Bands = dict[str, FloatArray]


class Decimated:
    """The discrete wavelet transform (DWT): every level halves the length; borders are mirrored.

    Parameters
    ----------
    wavelet : name of a discrete wavelet of PyWavelets
    level : number of levels
    shape : of the data, one or two axes
    """

    #: Holds as many coefficients as samples, so there is no need to cut long signals.
    copies = 1
    reach = 0

    def __init__(self, wavelet: str, level: int, shape: tuple[int, ...]) -> None:
        self.wavelet, self.level, self.shape = pywt.Wavelet(wavelet), level, shape
        self.sizes: list[tuple[int, ...]] = []

    def levels(self, x: FloatArray) -> Iterator[Bands]:
        self.sizes = []
        for _ in range(self.level):
            self.sizes.append(x.shape)
            bands = pywt.dwtn(x, self.wavelet, "symmetric")
            x = self.coarse = bands.pop("a" * x.ndim)
            yield bands

    def inside(self, band: FloatArray) -> FloatArray:
        return band

    def rebuild(self, bands: list[Bands]) -> FloatArray:
        x: FloatArray = self.coarse
        for size, level in zip(reversed(self.sizes), reversed(bands), strict=True):
            x = pywt.idwtn({"a" * x.ndim: x, **level}, self.wavelet, "symmetric")
            x = x[tuple(slice(n) for n in size)]
        return x


class Stationary:
    """The stationary (undecimated) wavelet transform: no level is shortened, so shifts of the data do not matter.

    It is periodic by nature; the data are mirrored at both ends first, so that the start does not meet the end.
    Filters are not normalised by level: white noise has the same standard deviation in every subband.

    Parameters
    ----------
    wavelet, level, shape : as in `Decimated`
    """

    def __init__(self, wavelet: str, level: int, shape: tuple[int, ...]) -> None:
        self.wavelet, self.level, self.shape = pywt.Wavelet(wavelet), level, shape
        self.copies = 1 + level * (2 ** len(shape) - 1)
        grid = 2**level
        self.pad = []
        for n in shape:
            # Half the reach keeps the two ends apart for good; short data make do with less.
            margin = min(n, max(grid, self.reach // 2) if n >= self.reach else grid)
            self.pad.append((margin, margin + -(n + 2 * margin) % grid))
        self.centre = tuple(slice(before, before + n) for (before, _), n in zip(self.pad, shape, strict=True))

    @property
    def reach(self) -> int:
        """Samples to either side that one rebuilt value depends on."""
        return 2 * (int(self.wavelet.dec_len) - 1) * ((1 << self.level) - 1)

    def levels(self, x: FloatArray) -> Iterator[Bands]:
        x = np.pad(x, self.pad, mode="symmetric")
        for level in range(self.level):
            (bands,) = pywt.swtn(x, self.wavelet, level=1, start_level=level)
            x = self.coarse = bands.pop("a" * x.ndim)
            yield bands

    def inside(self, band: FloatArray) -> FloatArray:
        return band[self.centre]

    def rebuild(self, bands: list[Bands]) -> FloatArray:
        coarse_first = list(reversed(bands))
        if self.coarse.ndim == 1:  # the same result as iswtn, three times as quick
            x = pywt.iswt([self.coarse, *(level["d"] for level in coarse_first)], self.wavelet)
        else:
            x = pywt.iswtn([self.coarse, *coarse_first], self.wavelet)
        return np.asarray(x[self.centre])


TRANSFORMS: dict[str, type[Decimated] | type[Stationary]] = {"swt": Stationary, "dwt": Decimated}
