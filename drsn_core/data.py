"""Signals and images: arrays that know their rate, unit and name."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drsn_core.errors import BadData, BadParameter, ComplexData, NotFinite, TooShort

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Fewer samples than this carry neither a noise estimate nor a wavelet coefficient.
SHORTEST = 2

#: Squares of larger values, and sums of them, could leave the range of floating-point numbers.
LARGEST = 1e100

#: What may be asked for where values are missing, and the planes in which colour may be worked on.
GAPS = ("refuse", "fill")
COLOURS = ("channels", "opponent")

#: Planes of a colour picture that hardly depend on one another, in the rows: luminance, red - blue, green - both.
#: The rows are orthonormal, so white noise has the same level in every plane, and the transpose undoes it.
OPPONENT: FloatArray = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])


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
    array = _real(values, adopt=True)
    largest = max(array.max(), -array.min()) if array.size else 0.0  # NaN and infinity come through
    if not math.isfinite(largest):
        raise NotFinite(int((~np.isfinite(array)).sum()), array.size)
    if largest > LARGEST:
        raise BadData(f"some values are larger than {LARGEST:g}; accepted are smaller ones (choose another unit)")
    return array


def _real(values: ArrayLike, adopt: bool = False) -> FloatArray:
    """A float64 copy, so that later changes to the caller's array cannot reach us; what is masked becomes NaN.

    To ``adopt`` takes an array that is sealed, float64 and read-only, as it is.
    """
    masked = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    try:
        array = np.asarray(values)
    except ValueError as exc:  # rows of different lengths
        raise BadData("it is no array of numbers; accepted are real numbers in rows of one length") from exc
    if array.dtype.kind == "c":
        raise ComplexData
    if array.dtype.kind not in "fiub":
        raise BadData(f"it holds {array.dtype.name} values; accepted are real numbers")
    if adopt and masked is None and array.dtype == np.float64 and array.flags.owndata and not array.flags.writeable:
        return array
    # What float64 cannot hold becomes infinite, and a NaN may be of the kind that signals; both are seen later.
    with np.errstate(over="ignore", invalid="ignore"):
        array = array.astype(np.float64)
    if masked is not None:
        array[masked] = np.nan
    return array


def bridge(values: ArrayLike) -> tuple[FloatArray, BoolArray | None]:
    """Fill the gaps of a recording (axes: channels, length) or a picture (channels, height, width).

    Gaps are NaN and what a masked array masks. In a recording they are bridged by straight lines, before the first
    value and behind the last one by that value; in a picture each takes the value of the nearest pixel.

    Returns
    -------
    The numbers without gaps, and where gaps were; None if there were none.

    Raises
    ------
    NotFinite, BadData, ComplexData
        If there are infinite values, which are no gaps, or a channel with nothing but gaps.

    Examples
    --------
    >>> bridge([[1.0, np.nan, 3.0, np.nan]])[0]
    array([[1., 2., 3., 3.]])
    """
    array = _real(values)
    gaps = np.isnan(array)
    if not gaps.any():
        return array, None
    if np.isinf(array).any():
        raise NotFinite(int(np.isinf(array).sum()), array.size)
    for number, (channel, missing) in enumerate(zip(array, gaps, strict=True), start=1):
        if missing.all():
            raise BadData(f"channel {number} holds nothing but gaps")
        if channel.ndim == 1:
            known = np.flatnonzero(~missing)
            channel[missing] = np.interp(np.flatnonzero(missing), known, channel[known])
        elif missing.any():
            from scipy.ndimage import distance_transform_edt

            nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
            channel[:] = channel[tuple(nearest)]
    return array, gaps


def bridged(values: ArrayLike, gaps: str) -> tuple[FloatArray, BoolArray | None]:
    """Do with gaps what is asked for: `numbers` with "refuse", `bridge` with "fill"."""
    return bridge(values) if gaps == "fill" else (numbers(values), None)


def _with_nan(values: FloatArray, gaps: BoolArray | None) -> FloatArray:
    return values if gaps is None else np.where(gaps, np.nan, values)


def _same_gaps(gaps: BoolArray | None, values: FloatArray) -> BoolArray | None:
    """Check that gaps belong to these values, and make them read-only like them."""
    if gaps is None:
        return None
    own = np.array(gaps, dtype=np.bool_)
    if own.shape != values.shape:
        raise BadData(f"gaps of shape {own.shape} do not belong to values of shape {values.shape}")
    own.flags.writeable = False
    return own


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
    gaps : (channels, length), true where nothing was measured and ``samples`` hold what bridges the gap; None without
        any. Samples are finite always: `with_gaps` takes those that are not, ``values`` gives them back as NaN.

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
    gaps: BoolArray | None = field(default=None, repr=False)

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
        object.__setattr__(self, "gaps", _same_gaps(self.gaps, samples))

    @classmethod
    def with_gaps(cls, samples: ArrayLike, rate_hz: float = 1.0, name: str = "", unit: str = "") -> Signal:
        """A recording in which NaN and masked samples are gaps; see `bridge`.

        Examples
        --------
        >>> Signal.with_gaps([1.0, np.nan, 3.0]).samples
        array([[1., 2., 3.]])
        """
        filled, gaps = bridge(np.atleast_2d(samples) if np.ndim(samples) < 2 else samples)
        return cls(filled, rate_hz, name, unit, gaps=gaps)

    @property
    def values(self) -> FloatArray:
        """The samples, NaN in the gaps."""
        return _with_nan(self.samples, self.gaps)

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
        """The same recording with other samples, which have the same gaps if they have the same shape."""
        kept = self.gaps if self.gaps is not None and np.shape(samples) == self.gaps.shape else None
        return replace(self, samples=samples, gaps=kept)

    def channel(self, index: int) -> Signal:
        """One channel, as a signal of its own."""
        if not 0 <= index < self.channels:
            raise BadParameter("channel", index, f"0 to {self.channels - 1}")
        gaps = None if self.gaps is None else self.gaps[index : index + 1]
        return replace(self, samples=self.samples[index : index + 1], gaps=gaps)


def _channels_first(pixels: NDArray[Any]) -> NDArray[Any]:
    """Bring (height, width) and (height, width, 3 or 4) to (channels, height, width), without opacity."""
    if pixels.ndim == 2:
        return pixels[None]
    if pixels.ndim == 3 and pixels.shape[2] in (3, 4) and pixels.shape[0] not in (1, 3):
        return np.moveaxis(pixels[:, :, :3], 2, 0)
    return pixels


@dataclass(frozen=True, eq=False)
class Image:
    """One picture, grey or colour, values nominally in 0..1.

    Parameters
    ----------
    pixels : (channels, height, width), (height, width), or (height, width, 3 or 4); real and finite
        Values outside 0..1 are kept: noise makes them. A fourth (opacity) channel of the last form is dropped.
    name : for titles and file names
    origin : what was read from a file, if it came from one
    gaps : (channels, height, width), true where nothing was measured; see `Signal`
    """

    pixels: FloatArray
    name: str = ""
    origin: Origin | None = field(default=None, repr=False)
    gaps: BoolArray | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        pixels = _channels_first(numbers(self.pixels))
        if pixels.ndim != 3 or pixels.shape[0] not in (1, 3):
            raise BadData(f"an image has the shape (height, width) or (height, width, 3), not {pixels.shape}")
        if min(pixels.shape[1:]) < SHORTEST:
            raise TooShort(min(pixels.shape[1:]), SHORTEST)
        pixels = np.ascontiguousarray(pixels)
        pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)
        object.__setattr__(self, "gaps", _same_gaps(self.gaps, pixels))

    @classmethod
    def with_gaps(cls, pixels: ArrayLike, name: str = "") -> Image:
        """A picture, of any shape that a picture may have, in which NaN and masked pixels are gaps; see `bridge`."""
        filled, gaps = bridge(_channels_first(np.asanyarray(pixels)))
        return cls(filled, name, gaps=gaps)

    @property
    def values(self) -> FloatArray:
        """The pixels, NaN in the gaps."""
        return _with_nan(self.pixels, self.gaps)

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[0])

    def with_pixels(self, pixels: FloatArray) -> Image:
        """The same picture with other pixels, which have the same gaps if they have the same shape."""
        kept = self.gaps if self.gaps is not None and np.shape(pixels) == self.gaps.shape else None
        return replace(self, pixels=pixels, gaps=kept)


Data = Signal | Image
