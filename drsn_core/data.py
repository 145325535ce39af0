"""Signals and images: arrays that know their rate, unit and name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drsn_core.errors import BadData, BadParameter, ComplexData, NotFinite, TooShort

FloatArray = NDArray[np.float64]

#: Fewer samples than this carry neither a noise estimate nor a wavelet coefficient.
SHORTEST = 2

#: Squares of larger values, and sums of them, could leave the range of floating-point numbers.
LARGEST = 1e100


@dataclass(frozen=True)
class Origin:
    """What was read from a file, for the line "what we read".

    ``format`` and ``dtype`` as found in the file; ``shape`` as stored; ``columns`` the names (or numbers, as text)
    of the channels; ``notes`` keys of remarks with their facts, for example ``("time-column", "t")``.
    """

    format: str
    dtype: str
    shape: tuple[int, ...]
    columns: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def numbers(values: ArrayLike) -> FloatArray:
    """Return real, finite float64 values, or say why there are none; the input is never changed.

    An array of float64 that is marked read-only is taken as it is: a large result need not be held twice.

    Raises
    ------
    ComplexData, NotFinite, BadData
        Masked arrays count as data with gaps, objects and text as no numbers.
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        raise NotFinite(int(np.ma.getmaskarray(values).sum()), values.size)
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise ComplexData
    if array.dtype.kind not in "fiub":
        raise BadData(f"it holds {array.dtype.name} values; accepted are real numbers")
    sealed = array.dtype == np.float64 and array.flags.owndata and not array.flags.writeable
    if not sealed:  # a copy: later changes to the caller's array cannot reach us
        array = array.astype(np.float64)
    finite = np.isfinite(array)
    if not finite.all():
        raise NotFinite(int((~finite).sum()), array.size)
    if array.size and max(array.max(), -array.min()) > LARGEST:  # without a copy of abs(array)
        raise BadData(f"some values are larger than {LARGEST:g}; accepted are smaller ones (choose another unit)")
    return array


@dataclass(frozen=True, eq=False)
class Signal:
    """One recording, one or more channels sampled at the same rate.

    Parameters
    ----------
    samples : (channels, length) or (length,), real and finite, in ``unit``
    rate_hz : samples a second, positive; 1.0 where nothing is known, so that time counts samples
    name : for titles and file names
    unit : of the samples, for axes; "" where unknown
    origin : what was read from a file, if it came from one

    Raises
    ------
    BadData, ComplexData, NotFinite, TooShort, BadParameter

    Examples
    --------
    >>> Signal([1.0, 2.0, 3.0], rate_hz=2.0).seconds
    1.5
    """

    samples: FloatArray
    rate_hz: float = 1.0
    name: str = ""
    unit: str = ""
    origin: Origin | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        samples = numbers(self.samples)
        if samples.ndim not in (1, 2):
            raise BadData(f"a signal has the shape (length,) or (channels, length), not {samples.shape}")
        samples = np.atleast_2d(samples)
        if samples.shape[1] < SHORTEST or not samples.shape[0]:
            raise TooShort(samples.shape[1] if samples.shape[0] else 0, SHORTEST)
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise BadParameter("rate_hz", self.rate_hz, "a positive number of samples a second")
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate_hz", float(self.rate_hz))

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def length(self) -> int:
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        """Duration: length / rate."""
        return self.length / self.rate_hz

    def with_samples(self, samples: FloatArray) -> Signal:
        """The same recording with other samples."""
        return replace(self, samples=samples)

    def channel(self, index: int) -> Signal:
        """One channel, as a signal of its own."""
        if not 0 <= index < self.channels:
            raise BadParameter("channel", index, f"0 to {self.channels - 1}")
        return self.with_samples(self.samples[index])


@dataclass(frozen=True, eq=False)
class Image:
    """One picture, grey or colour, values nominally in 0..1.

    Parameters
    ----------
    pixels : (channels, height, width), (height, width), or (height, width, 3 or 4); real and finite
        Values outside 0..1 are kept: noise makes them. A fourth (opacity) channel of the last form is dropped.
    name : for titles and file names
    origin : what was read from a file, if it came from one
    """

    pixels: FloatArray
    name: str = ""
    origin: Origin | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        pixels = numbers(self.pixels)
        if pixels.ndim == 2:
            pixels = pixels[None]
        elif pixels.ndim == 3 and pixels.shape[2] in (3, 4) and pixels.shape[0] not in (1, 3):
            pixels = np.moveaxis(pixels[:, :, :3], 2, 0)
        if pixels.ndim != 3 or pixels.shape[0] not in (1, 3):
            raise BadData(f"an image has the shape (height, width) or (height, width, 3), not {pixels.shape}")
        if min(pixels.shape[1:]) < SHORTEST:
            raise TooShort(min(pixels.shape[1:]), SHORTEST)
        pixels = np.ascontiguousarray(pixels)
        pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[0])

    def with_pixels(self, pixels: FloatArray) -> Image:
        """The same picture with other pixels."""
        return replace(self, pixels=pixels)


Data = Signal | Image
