"""What can be predicted: classes, and how a stranger's recording or picture becomes the windows that a network takes.

A recording is resampled to the rate of the task, cut into windows, freed from what lies above the band that all
training recordings share, and each window is shifted and scaled to mean 0 and standard deviation 1. Training goes
through the same functions: noise is added to the raw window, before band and scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from drsn_core.data import Data, FloatArray, Image, Signal
from drsn_core.errors import BadData, BadParameter, TooShort, UnknownName, Unsupported

#: More windows than this are not predicted at once: they are thinned out evenly over the recording.
MOST_WINDOWS = 2000

#: A recording is clipped if more than this share of its samples stays at its largest or at its smallest value.
CLIPPED = 0.02

#: Signals: the networks of Table II, and their twins. Plain names; `drsn_core.hub` has each as "<task>-<model>".
MODELS = ("convnet", "resnet", "se", "drsn-cs", "drsn-cw")


@dataclass(frozen=True)
class Task:
    """One thing to predict.

    Parameters
    ----------
    key : name of the task
    classes : names of the classes, in the order of the probabilities
    takes : `Signal` or `Image`
    size : samples of a window, or pixels a side
    rate_hz : rate to which recordings are resampled; 0 for pictures
    band_hz : what lies above is removed from every window; 0 for none
    rate_known : false where the rate was never published: recordings of unknown rate are taken as they are
    cut : "even" for windows one after the other, "utterances" for a window around each stretch of sound
    """

    key: str
    classes: tuple[str, ...]
    takes: type = Signal
    size: int = 2048
    rate_hz: float = 0.0
    band_hz: float = 0.0
    rate_known: bool = True
    cut: str = "even"

    @property
    def ndim(self) -> int:
        return 2 if self.takes is Image else 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a window without its channel: (samples,) or (height, width)."""
        return (self.size,) * self.ndim

    @property
    def lowest_hz(self) -> float:
        """Recordings at lower rates lack a part of the band that the task looks at."""
        return 2 * self.band_hz if self.band_hz else 0.9 * self.rate_hz


DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

TASKS: dict[str, Task] = {
    task.key: task
    for task in (
        Task(
            "bearing",
            ("normal", *(f"{place}-{size}" for place in ("inner", "ball", "outer") for size in ("007", "014", "021"))),
            rate_hz=12_000.0,
            band_hz=5_000.0,
        ),
        Task("gearbox", ("healthy", "broken-tooth"), rate_hz=4_290.0, rate_known=False),
        Task(
            "rig",
            (
                "healthy",
                "inner-race",
                "outer-race",
                "ball",
                "root-crack",
                "pitting",
                "broken-tooth",
                "missing-tooth",
            ),
            rate_hz=12_800.0,
        ),
        Task("digits", tuple("0123456789"), takes=Image, size=28),
        Task("speech", DIGIT_WORDS, size=4096, rate_hz=8_000.0, band_hz=3_600.0, cut="utterances"),
    )
}


def task(key: str) -> Task:
    """Return the task called ``key``; `UnknownName` lists those there are."""
    if not isinstance(key, str) or key not in TASKS:
        raise UnknownName("task", key, TASKS)
    return TASKS[key]


def in_band(windows: FloatArray, about: Task) -> FloatArray:
    """Remove what lies above the task's band from windows (..., samples): no change without a band.

    The spectrum of each window is cut with half a cosine over the last four percent below ``band_hz``.
    """
    if not about.band_hz:
        return windows
    frequency = np.fft.rfftfreq(windows.shape[-1], 1 / about.rate_hz)
    slope = np.clip((about.band_hz - frequency) / (0.04 * about.band_hz), 0.0, 1.0)
    kept = 0.5 - 0.5 * np.cos(np.pi * slope)
    left: FloatArray = np.fft.irfft(np.fft.rfft(windows) * kept, windows.shape[-1])
    return left


def standard(windows: FloatArray, about: Task) -> FloatArray:
    """Raw windows (windows, *shape) as the network takes them: in the band, mean 0, standard deviation 1 each."""
    flat = in_band(windows, about).reshape(len(windows), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    scale = flat.std(axis=1, keepdims=True)
    scaled = np.divide(flat, scale, out=np.zeros_like(flat), where=scale > 0)
    shaped: FloatArray = scaled.reshape(len(windows), *about.shape)
    return shaped


@dataclass(frozen=True, eq=False)
class Windows:
    """What a recording was cut into.

    Parameters
    ----------
    raw : (windows, *shape), resampled, before band and scale: what noise would be added to
    starts : seconds (signals) from the beginning of the recording to that of the window; 0 for a picture
    """

    raw: FloatArray
    starts: FloatArray


def windows(
    data: Data | ArrayLike, about: Task, *, rate_hz: float | None = None, channel: int | None = None
) -> Windows:
    """Cut a recording, or bring a picture into shape; refuse what nothing could be predicted from.

    Parameters
    ----------
    data : Signal, Image, or an array, which is taken as a recording at the task's rate or as a picture
    rate_hz : samples a second, where the recording does not know (its rate is 1.0) or is wrong about it
    channel : which one to take, from 0; needed where there are several

    Raises
    ------
    Unsupported
        For a picture where a recording is meant, and the reverse.
    BadParameter, BadData, TooShort
    """
    if about.takes is Image:
        return _picture(data, about)
    if isinstance(data, Image):
        raise Unsupported(about.key, "pictures", f"it takes one recording at {about.rate_hz:g} samples a second")
    if not isinstance(data, Signal):
        if np.ndim(data) > 2:
            raise Unsupported(about.key, f"arrays of shape {np.shape(data)}", "it takes samples of shape (length,)")
        data = Signal(np.asarray(data), rate_hz=rate_hz or about.rate_hz)
    samples, rate = _one(data, channel), rate_hz or data.rate_hz
    if not math.isfinite(rate) or rate <= 0:
        raise BadParameter("rate_hz", rate, "a positive number of samples a second")
    if rate == 1.0:
        if about.rate_known:
            raise BadParameter("rate_hz", "unknown", f"the samples a second of the recording, {about.lowest_hz:g} up")
        rate = about.rate_hz
    if rate < about.lowest_hz or rate > 1e6:
        raise BadParameter("rate_hz", f"{rate:g}", f"{about.lowest_hz:g} to 1,000,000 samples a second for this task")
    if samples.size < about.size * rate / about.rate_hz and about.cut == "even":
        raise TooShort(samples.size, math.ceil(about.size * rate / about.rate_hz))
    _sound(samples)
    samples = resampled(samples, rate, about.rate_hz)
    return CUTS[about.cut](samples, about)


def _one(data: Signal, channel: int | None) -> FloatArray:
    if channel is None and data.channels > 1:
        raise BadParameter("channel", f"one of {data.channels}", f"a number from 0 to {data.channels - 1}")
    samples: FloatArray = data.channel(channel or 0).samples[0]
    return samples


def _sound(samples: FloatArray) -> None:
    """Refuse silence and clipping."""
    low, high = samples.min(), samples.max()
    if low == high:
        raise BadData("it is silent, every sample is the same" if high else "it is silent, every sample is zero")
    edge = 1e-9 * (high - low)
    for flat in (samples >= high - edge, samples <= low + edge):
        share = float(np.mean(flat[1:] & flat[:-1]))
        if share > CLIPPED:
            raise BadData(
                f"it is clipped, {share:.0%} of the samples stay at its largest value; record again with less gain"
            )


def resampled(samples: FloatArray, rate_hz: float, target_hz: float) -> FloatArray:
    """Change the rate by `scipy.signal.resample_poly` (a Kaiser-windowed filter against aliases).

    The ratio of the rates is taken as a fraction with a denominator up to 1000; its error is below 0.05 %.
    """
    ratio = Fraction(target_hz / rate_hz).limit_denominator(1000)
    if ratio == 1:
        return samples
    from scipy.signal import resample_poly

    return np.asarray(resample_poly(samples - samples.mean(), ratio.numerator, ratio.denominator), dtype=np.float64)


def _even(samples: FloatArray, about: Task) -> Windows:
    """Windows one after the other from the beginning; the rest at the end is covered by one that ends there.

    A rest shorter than a hundredth of a window, such as resampling leaves, is nothing new.
    """
    size = about.size
    if len(samples) < size:
        raise TooShort(len(samples), size)
    first = np.arange(0, len(samples) - size + 1, size)
    if len(samples) - (first[-1] + size) > size // 100:
        first = np.append(first, len(samples) - size)
    if len(first) > MOST_WINDOWS:
        first = first[np.linspace(0, len(first) - 1, MOST_WINDOWS).round().astype(int)]
    cut = np.stack([samples[start : start + size] for start in first])
    loud = cut.std(axis=1)
    kept = loud > 1e-6 * loud.max()
    return Windows(cut[kept], first[kept] / about.rate_hz)


#: An utterance is a stretch whose level stays above this share of the loudest, pauses up to PAUSE_S apart.
LOUD, PAUSE_S, SHORTEST_S = 0.1, 0.2, 0.08


def loud_stretches(samples: FloatArray, rate_hz: float) -> list[tuple[int, int]]:
    """First and last sample of each stretch of sound: level over 20 ms above `LOUD` of the highest."""
    from scipy.ndimage import uniform_filter1d

    power = uniform_filter1d(np.square(samples - samples.mean()), max(1, int(0.02 * rate_hz)))
    level: FloatArray = np.sqrt(np.maximum(power, 0.0))
    loud = np.flatnonzero(level > LOUD * level.max())
    pauses = np.flatnonzero(np.diff(loud) > PAUSE_S * rate_hz)
    begin, end = loud[np.append(0, pauses + 1)], loud[np.append(pauses, loud.size - 1)] + 1
    long = end - begin >= SHORTEST_S * rate_hz
    return list(zip(begin[long].tolist(), end[long].tolist(), strict=True))


def _utterances(samples: FloatArray, about: Task) -> Windows:
    """One window around the middle of each stretch of sound; what is missing at its ends is silence."""
    shortest = int(SHORTEST_S * about.rate_hz)
    if len(samples) < shortest:
        raise TooShort(len(samples), shortest)
    stretches = loud_stretches(samples, about.rate_hz)[:MOST_WINDOWS]
    if not stretches and len(samples) <= 2 * about.size:
        stretches = [(0, len(samples))]  # too short to be anything but one word, however it is spoken
    if not stretches:
        raise BadData(f"nothing in it lasts {SHORTEST_S * 1000:g} ms, as a spoken word does")
    first = np.array([(start + stop - about.size) // 2 for start, stop in stretches])
    return Windows(np.stack([centred(samples, int(f), about.size) for f in first]), first / about.rate_hz)


def centred(samples: FloatArray, first: int, size: int) -> FloatArray:
    """``size`` samples from ``first`` on, which may be negative; zeros where there are none."""
    out = np.zeros(size)
    begin, end = max(0, first), min(len(samples), first + size)
    out[begin - first : end - first] = samples[begin:end] - samples.mean()
    return out


CUTS = {"even": _even, "utterances": _utterances}


def _picture(data: Data | ArrayLike, about: Task) -> Windows:
    if isinstance(data, Signal):
        raise Unsupported(about.key, "recordings", "it takes a picture of one digit")
    if not isinstance(data, Image):
        if np.ndim(data) not in (2, 3):
            raise Unsupported(about.key, f"arrays of shape {np.shape(data)}", "it takes a picture (height, width)")
        data = Image(np.asarray(data))
    grey = data.pixels.mean(axis=0)
    if np.ptp(grey) == 0:
        raise BadData("the picture is empty, every pixel is the same")
    if min(grey.shape) < 8:
        raise TooShort(min(grey.shape), 8)
    if _on_light(grey):
        grey = grey.max() - grey
    if grey.shape != about.shape:
        grey = as_mnist(grey, about.size)
    return Windows(grey[None], np.zeros(1))


def _on_light(grey: FloatArray) -> bool:
    """Whether the ink is darker than the paper: the margin, a tenth of the sides, is lighter than what it encloses.

    Means, not extremes, so that noise does not turn the picture round.
    """
    wide = [max(1, round(0.1 * n)) for n in grey.shape]
    inner = grey[wide[0] : -wide[0], wide[1] : -wide[1]]
    margin = (grey.sum() - inner.sum()) / (grey.size - inner.size)
    return bool(margin > inner.mean())


def as_mnist(grey: FloatArray, size: int = 28) -> FloatArray:
    """Light ink on dark: cut out, scaled into 20 of 28 pixels, its centre of mass in the middle, as MNIST does."""
    from scipy.ndimage import center_of_mass, shift
    from skimage.transform import resize

    grey = grey - np.median(grey)
    ink = grey > 0.3 * grey.max()
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = np.maximum(grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 0.0)
    factor = 20 / 28 * size / max(cut.shape)
    small = resize(  # type: ignore[no-untyped-call]
        cut, [max(1, round(n * factor)) for n in cut.shape], anti_aliasing=True
    )
    out = np.zeros((size, size))
    top, left = ((size - n) // 2 for n in small.shape)
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    away = [(size - 1) / 2 - c for c in center_of_mass(out)]
    return np.asarray(np.clip(shift(out, away, order=1), 0.0, None), dtype=np.float64)
