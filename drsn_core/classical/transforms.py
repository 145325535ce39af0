"""Wavelet transforms level by level, for signals and images alike.

All kinds offer: ``levels(x)`` yields the subbands from the finest level on and remembers what is left, ``inside``
cuts a subband to the part that belongs to the data, ``rebuild`` inverts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pywt

from drsn_core.data import FloatArray

#: Subbands of one level by their letters, one per axis: a = approximation, d = detail.
Bands = dict[str, FloatArray]


#: How data go on beyond their ends.
BORDERS = tuple(pywt.Modes.modes)

PERIODIC = ("periodic", "periodization")


class Transform(Protocol):
    """What wavelet shrinkage asks of a transform; made with (wavelet, level, shape of the data, border).

    ``level`` counts the levels. ``copies`` is the number of coefficients per sample, ``reach`` how many samples to
    either side a rebuilt value depends on, ``first`` the place, along the last axis of a subband, of the first
    coefficient that belongs to the data.
    """

    level: int
    copies: int

    @property
    def reach(self) -> int: ...
    @property
    def first(self) -> int: ...
    def levels(self, x: FloatArray) -> Iterator[Bands]: ...
    def inside(self, band: FloatArray) -> FloatArray: ...
    def noise_of(self, bands: Bands) -> FloatArray:
        """Of the finest level, the coefficients by which the noise is judged."""
        ...

    def rebuild(self, bands: list[Bands]) -> FloatArray: ...


class Decimated:
    """The discrete wavelet transform (DWT): every level halves the length.

    Parameters
    ----------
    wavelet : name of a discrete wavelet of PyWavelets
    level : number of levels
    shape : of the data, one or two axes; further axes before them are transformed each for itself
    border : how the data go on beyond their ends, a mode of PyWavelets
    """

    #: Holds as many coefficients as samples, so there is no need to cut long signals.
    copies = 1
    reach = 0
    first = 0

    def __init__(self, wavelet: str, level: int, shape: tuple[int, ...], border: str = "symmetric") -> None:
        self.wavelet, self.level, self.shape, self.border = pywt.Wavelet(wavelet), level, shape, border
        self.sizes: list[tuple[int, ...]] = []

    def levels(self, x: FloatArray) -> Iterator[Bands]:
        x = np.array(x)  # PyWavelets refuses what must not be written to
        self.sizes = []
        for _ in range(self.level):
            self.sizes.append(x.shape)
            if len(self.shape) == 1:
                x, detail = pywt.dwt(x, self.wavelet, self.border, axis=-1)
                bands = {"d": detail}
            else:
                bands = self._split(x)
                x = bands.pop("aa")
            self.coarse = x
            yield bands

    def inside(self, band: FloatArray) -> FloatArray:
        return band

    def noise_of(self, bands: Bands) -> FloatArray:
        return bands["d" * len(self.shape)]

    def rebuild(self, bands: list[Bands]) -> FloatArray:
        x: FloatArray = self.coarse
        for size, level in zip(reversed(self.sizes), reversed(bands), strict=True):
            if len(self.shape) == 1:
                x = pywt.idwt(x, level["d"], self.wavelet, self.border, axis=-1)
            else:
                x = self._joined({"aa": x, **level})
            x = x[tuple(slice(n) for n in size)]
        return x

    def _split(self, x: FloatArray) -> Bands:
        """One level of an image: what ``pywt.dwtn`` says, a fifth sooner, for columns are laid out as rows first."""
        return {
            across + along: _turned(band)
            for along, part in zip("ad", pywt.dwt(x, self.wavelet, self.border), strict=True)
            for across, band in zip("ad", pywt.dwt(_turned(part), self.wavelet, self.border), strict=True)
        }

    def _joined(self, bands: Bands) -> FloatArray:
        low, high = (
            _turned(pywt.idwt(_turned(bands["a" + along]), _turned(bands["d" + along]), self.wavelet, self.border))
            for along in "ad"
        )
        return np.asarray(pywt.idwt(low, high, self.wavelet, self.border))


def _turned(x: FloatArray) -> FloatArray:
    return np.ascontiguousarray(np.swapaxes(x, -1, -2))


class CycleSpinning:
    """The DWT of shifted copies of the data, averaged: shifts matter less, at a price chosen by the number of copies.

    A subband holds the coefficients of all copies. With 2^level copies it says the same as `Stationary`.

    Parameters
    ----------
    wavelet, level, shape, border : as in `Decimated`
    shifts : number of copies; images use the next smaller square, with shifts along both axes

    References
    ----------
    .. [1] R. R. Coifman, D. L. Donoho, "Translation-invariant de-noising", in Wavelets and Statistics, Springer, 1995.
    """

    first = 0

    def __init__(
        self, wavelet: str, level: int, shape: tuple[int, ...], border: str = "symmetric", shifts: int = 16
    ) -> None:
        self.level, self.shape, self.border = level, shape, border
        self.steps = shifts if len(shape) == 1 else math.isqrt(shifts)
        self.copies = self.steps ** len(shape)
        self.longer = tuple(n + self.steps - 1 for n in shape)
        self.inner = Decimated(wavelet, level, self.longer, border)

    @property
    def reach(self) -> int:
        """Samples to either side that one rebuilt value depends on."""
        return 2 * (int(self.inner.wavelet.dec_len) - 1) * ((1 << self.level) - 1) + self.steps

    def _windows(self) -> Iterator[tuple[slice, ...]]:
        """Where the data lie in each copy."""
        for shift in np.ndindex(*(self.steps,) * len(self.shape)):
            yield tuple(slice(s, s + n) for s, n in zip(shift, self.shape, strict=True))

    def levels(self, x: FloatArray) -> Iterator[Bands]:
        edge = self.steps - 1
        wide = pywt.pad(x, edge, self.border)
        turned = [
            tuple(slice(edge - w.start, edge - w.start + m) for w, m in zip(window, self.longer, strict=True))
            for window in self._windows()
        ]
        return self.inner.levels(np.stack([wide[place] for place in turned]))

    def inside(self, band: FloatArray) -> FloatArray:
        return band

    def noise_of(self, bands: Bands) -> FloatArray:
        return bands["d" * len(self.shape)]

    def rebuild(self, bands: list[Bands]) -> FloatArray:
        copies = self.inner.rebuild(bands)
        total = np.zeros(self.shape)
        for copy, window in zip(copies, self._windows(), strict=True):
            total += copy[window]
        return total / len(copies)


class Stationary:
    """The stationary (undecimated) wavelet transform: no level is shortened, so shifts of the data do not matter.

    It is periodic by nature; the data go on beyond both ends first as ``border`` says, so that the start does not meet
    the end. With a periodic border and a length that 2^level divides, nothing is added.
    Filters are not normalised by level: white noise has the same standard deviation in every subband.

    Parameters
    ----------
    wavelet, level, shape, border : as in `Decimated`
    """

    def __init__(self, wavelet: str, level: int, shape: tuple[int, ...], border: str = "symmetric") -> None:
        self.wavelet, self.level, self.shape, self.border = pywt.Wavelet(wavelet), level, shape, border
        self.copies = 1 + level * (2 ** len(shape) - 1)
        grid = 2**level
        self.pad = []
        for n in shape:
            # Half the reach keeps the two ends apart for good; short data make do with less.
            margin = min(n, max(grid, self.reach // 2) if n >= self.reach else grid)
            if border in PERIODIC and n % grid == 0:
                margin = 0
            self.pad.append((margin, margin + -(n + 2 * margin) % grid))
        self.centre = tuple(slice(before, before + n) for (before, _), n in zip(self.pad, shape, strict=True))

    @property
    def reach(self) -> int:
        """Samples to either side that one rebuilt value depends on."""
        return 2 * (int(self.wavelet.dec_len) - 1) * ((1 << self.level) - 1)

    @property
    def first(self) -> int:
        return int(self.pad[-1][0])

    def levels(self, x: FloatArray) -> Iterator[Bands]:
        x = pywt.pad(x, self.pad, "periodic" if self.border in PERIODIC else self.border)
        for level in range(self.level):
            parts = {"": x}
            for axis in range(x.ndim):
                parts = {
                    key + letter: _with_holes(part, taps, level, axis)
                    for key, part in parts.items()
                    for letter, taps in (("a", self.wavelet.dec_lo), ("d", self.wavelet.dec_hi))
                }
            x = self.coarse = parts.pop("a" * x.ndim)
            yield parts

    def inside(self, band: FloatArray) -> FloatArray:
        return band[self.centre]

    def noise_of(self, bands: Bands) -> FloatArray:
        return self.inside(bands["d" * len(self.shape)])

    def rebuild(self, bands: list[Bands]) -> FloatArray:
        x = self.coarse
        for level in reversed(range(self.level)):
            parts = {"a" * x.ndim: x, **bands[level]}
            for axis in reversed(range(x.ndim)):
                parts = {
                    key: 0.5
                    * (
                        _with_holes(parts[key + "a"], self.wavelet.rec_lo, level, axis, -1)
                        + _with_holes(parts[key + "d"], self.wavelet.rec_hi, level, axis, -1)
                    )
                    for key in {key[:-1] for key in parts}
                }
            x = parts[""]
        return np.asarray(x[self.centre])


def _with_holes(x: FloatArray, taps: list[float], level: int, axis: int, origin: int = 0) -> FloatArray:
    """Convolve along an axis, round its end, with 2^level - 1 zeros between the taps.

    Samples that many apart are neighbours in one of 2^level interleaved signals, so the zeros cost nothing; the result
    is that of PyWavelets, which does not skip them.
    """
    from scipy.ndimage import convolve1d

    step = 1 << level
    shape = (*x.shape[:axis], x.shape[axis] // step, step, *x.shape[axis + 1 :])
    result = np.empty(shape)
    convolve1d(x.reshape(shape), taps, axis=axis, output=result, mode="wrap", origin=origin)
    return result.reshape(x.shape)
