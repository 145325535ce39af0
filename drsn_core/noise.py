"""Noise of a chosen colour at an exact signal-to-noise ratio.

A kind of noise is a function (generator, length, rate) -> samples of any scale; `add_noise` scales what it drew, so
that the ratio is the asked one in this very signal, not on average. To add one: a function, and a line in ``KINDS``.
Kinds of noise of pictures are in `drsn_core.picture_noise`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from drsn_core.data import SHORTEST, Data, FloatArray, Image, Signal, numbers
from drsn_core.errors import BadData, BadParameter, NoPower, TooShort, UnknownName
from drsn_core.picture_noise import PICTURE_KINDS

Rng = np.random.Generator
Kind = Callable[[Rng, int, float], FloatArray]

LOWEST_DB, HIGHEST_DB = -60.0, 100.0

#: What ``snr_db`` is if nothing is said; this very object, so that a ratio that was given can be told from it.
USUAL_DB = float("5")

#: Share of samples that `impulse` hits.
IMPULSE_SHARE = 0.01

#: Frequency of the mains in most of the world, and the rate that `hum` supposes where none is known.
MAINS_HZ, SUPPOSED_RATE_HZ = 50.0, 2000.0
HUM_ORDERS = (1, 3, 5, 7)


def gaussian(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    """White and normal: independent samples, the same power at every frequency; kurtosis 3."""
    return rng.standard_normal(length)


def laplacian(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    r"""White, with density :math:`e^{-|z|}/2`: more values near zero and more far out; kurtosis 6."""
    return rng.laplace(size=length)


def uniform(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    """White, equally likely within ±1.73 standard deviations and nowhere else, as rounding is; kurtosis 1.8."""
    return rng.uniform(-1.0, 1.0, length)


def power_law(rng: Rng, length: int, exponent: float) -> FloatArray:
    r"""Normal noise whose power falls with the frequency: :math:`S(f) \propto f^{-\beta}` for f > 0.

    Each Fourier coefficient is drawn as :math:`f^{-\beta/2} (z_1 + i z_2)`, z standard normal. The one at f = 0
    would be infinite and is zero instead, so the mean is zero. The noise is periodic: its end leads over to its start.

    References
    ----------
    .. [1] J. Timmer, M. Koenig, "On generating power law noise", Astron. Astrophys. 300, 1995.
    """
    frequency = np.fft.rfftfreq(length)
    spectrum = np.zeros(frequency.size, complex)
    spectrum.real, spectrum.imag = rng.standard_normal((2, frequency.size))
    spectrum[0] = 0
    spectrum[1:] *= frequency[1:] ** (-exponent / 2)
    return np.fft.irfft(spectrum, length)


def pink(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    """Power as 1/f: the same in every octave, as in amplifiers and rivers; mean 0. See `power_law`."""
    return power_law(rng, length, 1.0)


def brown(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    """Power as 1/f²: a random walk, a wandering baseline; mean 0. See `power_law`."""
    return power_law(rng, length, 2.0)


def impulse(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    """Clicks: each sample is hit with probability 0.01, by a normal value; the others stay clean (Bernoulli-Gaussian).

    At least one sample is hit, however short the signal.

    References
    ----------
    .. [1] M. Ghosh, "Analysis of the effect of impulse noise on multicarrier and single carrier QAM systems",
       IEEE Trans. Commun. 44(2), 1996.
    """
    hits = max(1, int(rng.binomial(length, IMPULSE_SHARE)))
    x = np.zeros(length)
    x[rng.choice(length, hits, replace=False)] = rng.standard_normal(hits)
    return x


def hum(rng: Rng, length: int, rate_hz: float) -> FloatArray:
    r"""The mains at 50 Hz and its odd harmonics.

    .. math:: \sum_{k = 1, 3, 5, 7} \tfrac1k \sin(2\pi \cdot 50\,k\,t + \varphi_k)

    The phases are random. Harmonics from half the rate up are left out. At rate 1.0, which stands for an unknown
    rate, the mains lies at 1/40 of the rate, as if there were 2000 samples a second.

    Raises
    ------
    BadParameter
        For a known rate of 100 Hz or less, at which samples cannot follow the mains.
    """
    rate_hz = SUPPOSED_RATE_HZ if rate_hz == 1.0 else rate_hz
    if rate_hz <= 2 * MAINS_HZ:
        raise BadParameter("rate_hz", rate_hz, f"above {2 * MAINS_HZ:g} Hz for hum, or 1.0 for an unknown rate")
    t = np.arange(length) / rate_hz
    x = np.zeros(length)
    for order in HUM_ORDERS:
        phase = rng.uniform(0, 2 * np.pi)
        if order * MAINS_HZ < rate_hz / 2:
            x += np.sin(2 * np.pi * order * MAINS_HZ * t + phase) / order
    return x


KINDS: dict[str, Kind] = {
    "gaussian": gaussian,
    "laplacian": laplacian,
    "uniform": uniform,
    "pink": pink,
    "brown": brown,
    "impulse": impulse,
    "hum": hum,
}


def root_mean_square(x: FloatArray) -> float:
    """Square root of the mean square, free of overflow and underflow: values are divided by the largest first."""
    largest = float(np.max(np.abs(x)))
    return largest * math.sqrt(float(np.mean(np.square(x / largest)))) if largest > 0 else 0.0


def deviation(x: FloatArray) -> float:
    """Standard deviation; 0 without rounding for constant ``x``."""
    return root_mean_square(x - np.mean(x)) if np.ptp(x) > 0 else 0.0


#: What counts as the strength of a signal, as an amplitude: the power is its square.
DEFINITIONS: dict[str, Callable[[FloatArray], float]] = {"power": root_mean_square, "variance": deviation}


def generator(seed: int, row: int = 0) -> Rng:
    """Return the random stream of one row: the seed's own for row 0, children of the seed for the others.

    Each row so has noise of its own, whatever number of rows there is; and row 0 of "gaussian" is
    ``numpy.random.default_rng(seed).standard_normal``, scaled. `BadParameter` unless the seed is a whole number from 0.
    """
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise BadParameter("seed", seed, "a whole number from 0")
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(row,) if row else ()))


def decibels(snr_db: float) -> float:
    """Return the ratio as a float; `BadParameter` unless it lies in -60..100 or is infinity."""
    accepted = f"a number of dB from {LOWEST_DB:g} to {HIGHEST_DB:g}, or infinity for no noise"
    try:
        ratio = float(snr_db)
    except (TypeError, ValueError):
        raise BadParameter("snr_db", snr_db, accepted) from None
    if not (LOWEST_DB <= ratio <= HIGHEST_DB or ratio == math.inf):
        raise BadParameter("snr_db", snr_db, accepted)
    return ratio


@overload
def add_noise(
    clean: Signal,
    kind: str = ...,
    snr_db: float = ...,
    seed: int = ...,
    *,
    definition: str = ...,
    rate_hz: float | None = ...,
) -> Signal: ...


@overload
def add_noise(
    clean: Image,
    kind: str = ...,
    snr_db: float = ...,
    seed: int = ...,
    *,
    definition: str = ...,
    sigma: float | None = ...,
    peak: float | None = ...,
    share: float | None = ...,
) -> Image: ...


@overload
def add_noise(
    clean: ArrayLike,
    kind: str = ...,
    snr_db: float = ...,
    seed: int = ...,
    *,
    definition: str = ...,
    rate_hz: float | None = ...,
) -> FloatArray: ...


def add_noise(
    clean: Data | ArrayLike,
    kind: str = "gaussian",
    snr_db: float = USUAL_DB,
    seed: int = 0,
    *,
    definition: str = "power",
    rate_hz: float | None = None,
    sigma: float | None = None,
    peak: float | None = None,
    share: float | None = None,
) -> Data | FloatArray:
    r"""Add noise at a signal-to-noise ratio that is exact in every row.

    .. math:: y = x + a z, \qquad
              a = \sqrt{\frac{P_x}{P_z\, 10^{\mathrm{SNR}/10}}}
              \quad\text{so that}\quad 10 \log_{10} \frac{P_x}{P_{y - x}} = \mathrm{SNR}

    The drawn noise z is measured and scaled, for each channel of a signal or row of a batch by itself. At 0 dB
    signal and noise are equally strong.

    A picture takes its strength in one of four ways. With ``snr_db`` the channels are scaled together and gaussian,
    laplacian and uniform noise has exactly this ratio in this very picture, poisson and salt-pepper in expectation.
    With ``sigma`` every kind has :math:`\mathrm{E}\,\overline{(y - x)^2} = \sigma^2`; gaussian is
    :math:`y = x + \sigma z`, not measured and not scaled. ``peak`` and ``share`` are the own strengths of poisson and
    salt-pepper, see `drsn_core.picture_noise`. Nothing is clipped.

    Parameters
    ----------
    clean : a Signal, an Image, or real and finite numbers of the shape (length,) or (batch, length); never changed
    kind : key in ``KINDS``: what the noise sounds like; for pictures a key in ``PICTURE_KINDS``
    snr_db : -60 to 100 dB, or infinity for an unchanged copy
    seed : a whole number from 0. The same seed draws the same noise, whatever the ratio; row 0 of a batch gets what
        a single signal gets, and rows added after it change nothing before them.
    definition : what P is

        - "power": the mean square; an offset counts as signal (as in `metrics.snr_db`)
        - "variance": the mean square about the mean; an offset does not count
    rate_hz : samples a second, for "hum"; if None, the signal's own, and unknown (1.0) for an array
    sigma : of pictures: standard deviation of the noise, from 0, in units of the pixels (25 of 255 is 25/255)
    peak : of pictures with "poisson": photons that make white, above 0
    share : of pictures with "salt-pepper": share of dead pixels, 0 to 1

    Returns
    -------
    Signal, Image or float64 array
        Of the kind and shape of ``clean``, whatever its precision; a signal keeps rate, name and unit.

    Raises
    ------
    UnknownName
    BadParameter
        Also if a kind does not belong to the data, or two strengths are given.
    NoPower
        If a row is zero everywhere, or constant under the definition "variance".
    BadData, ComplexData, NotFinite, TooShort

    References
    ----------
    .. [1] M. Zhao, S. Zhong, X. Fu, B. Tang, M. Pecht, "Deep residual shrinkage networks for fault diagnosis", IEEE
       Trans. Ind. Informatics 16(7), 2020: Gaussian, Laplacian and pink noise at -5 to 5 dB, added per signal.

    Examples
    --------
    >>> from drsn_core.metrics import snr_db
    >>> clean = np.sin(np.arange(100.0))
    >>> round(snr_db(clean, add_noise(clean, "pink", snr_db=3)), 9)
    3.0
    """
    own = {name: value for name, value in (("peak", peak), ("share", share), ("sigma", sigma)) if value is not None}
    if isinstance(clean, Image):
        return _on_picture(clean, kind, snr_db, seed, definition, own)
    _refuse_for_signals(kind, own)
    if isinstance(clean, Signal):
        rate_hz = clean.rate_hz if rate_hz is None else rate_hz
        noisy = add_noise(clean.samples, kind, snr_db, seed, definition=definition, rate_hz=rate_hz)
        return clean.with_samples(noisy)
    if not isinstance(kind, str) or kind not in KINDS:
        raise UnknownName("noise", kind, KINDS)
    if not isinstance(definition, str) or definition not in DEFINITIONS:
        raise UnknownName("definition", definition, DEFINITIONS)
    rate_hz = 1.0 if rate_hz is None else rate_hz
    if not 0 < rate_hz < math.inf:
        raise BadParameter("rate_hz", rate_hz, "a positive number of samples a second")
    ratio = decibels(snr_db)
    generator(seed)  # refuses an impossible seed even where nothing will be drawn

    noisy = np.array(numbers(clean))
    if noisy.ndim not in (1, 2):
        raise BadData(f"noise is added to the shape (length,) or (batch, length), not {noisy.shape}")
    if noisy.shape[-1] < SHORTEST:
        raise TooShort(noisy.shape[-1], SHORTEST)
    if ratio == math.inf:
        return noisy
    strength = DEFINITIONS[definition]
    rows = np.atleast_2d(noisy)  # a view: what is added to a row is added to ``noisy``
    for row, samples in enumerate(rows):
        loudness = strength(samples)
        if loudness == 0:
            raise NoPower
        drawn = KINDS[kind](generator(seed, row), samples.size, rate_hz)
        rows[row] += drawn * (loudness / strength(drawn) * 10 ** (-ratio / 20))
    return noisy


def _refuse_for_signals(kind: object, own: dict[str, float]) -> None:
    for name, value in own.items():
        raise BadParameter(name, value, "for images only; signals take snr_db")
    if isinstance(kind, str) and kind in PICTURE_KINDS and kind not in KINDS:
        raise BadParameter("noise", kind, f"{', '.join(KINDS)}; {kind} is for images")


def _on_picture(clean: Image, kind: str, snr_db: float, seed: int, definition: str, own: dict[str, float]) -> Image:
    """`add_noise` for pictures; ``own`` holds the strength if it is not a ratio."""
    given = own | ({"snr_db": snr_db} if own and snr_db is not USUAL_DB else {})
    if len(given) > 1:
        raise BadParameter(next(iter(given)), next(iter(given.values())), f"one of {', '.join(given)}, not several")
    if isinstance(kind, str) and kind in KINDS and kind not in PICTURE_KINDS:
        raise BadParameter("noise", kind, f"{', '.join(PICTURE_KINDS)}; {kind} is for signals")
    if not isinstance(kind, str) or kind not in PICTURE_KINDS:
        raise UnknownName("noise", kind, PICTURE_KINDS)
    if not isinstance(definition, str) or definition not in DEFINITIONS:
        raise UnknownName("definition", definition, DEFINITIONS)
    noise, ratio = PICTURE_KINDS[kind], decibels(snr_db)
    streams = [generator(seed, row) for row in range(clean.channels)]
    if own:
        name, value = next(iter(own.items()))
        _check_strength(name, value, kind)
        silent = value == 0 and name != "peak"
        strength = value if name == noise.parameter else noise.strength(clean.pixels, value**2) if value else 0.0
    else:
        loudness = DEFINITIONS[definition](clean.pixels)
        if loudness == 0:
            raise NoPower
        silent = ratio == math.inf
        strength = 0.0 if silent else noise.strength(clean.pixels, loudness**2 * 10 ** (-ratio / 10))
    if silent or (noise.parameter == "peak" and strength == 0):  # no noise, or no light to be counted
        return clean
    planes = zip(streams, clean.pixels, strict=True)
    noisy = np.stack([noise.draw(rng, plane, strength) for rng, plane in planes])
    if noise.additive and not own:
        drawn = noisy - clean.pixels
        noisy = clean.pixels + drawn * (strength / root_mean_square(drawn))
    return clean.with_pixels(noisy)


#: Strengths of noise on pictures: the kinds that take them, the lowest and highest value, and that range in words.
STRENGTHS: dict[str, tuple[tuple[str, ...], float, float, str]] = {
    "sigma": (tuple(PICTURE_KINDS), 0.0, 1e6, "a standard deviation from 0, in units of the pixels (25/255)"),
    "peak": (("poisson",), 1e-6, 1e15, "photons of white, from 1e-06 to 1e+15, for poisson only"),
    "share": (("salt-pepper",), 0.0, 1.0, "a share of dead pixels from 0 to 1, for salt-pepper only"),
}


def _check_strength(name: str, value: float, kind: str) -> None:
    kinds, low, high, accepted = STRENGTHS[name]
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or kind not in kinds or not low <= value <= high:
        raise BadParameter(name, value, accepted)
