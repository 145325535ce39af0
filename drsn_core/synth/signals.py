"""One-dimensional signals to practise on: the twelve of the denoising papers, chirps, tones, a heartbeat, speech.

A signal is a function of time in seconds, on a grid that starts at one sample, not at zero: t = i / rate,
i = 1..n. The benchmark signals are defined on 0 < t <= 1. They have no rate of their own, so they get as many
samples a second as they have samples, and last one second however finely they are drawn.

To add one: a function of t (and of a generator if it leaves something to chance), and a line in ``SHAPES``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.errors import BadParameter

Rng = np.random.Generator

SHORTEST, LONGEST = 16, 20_000_000

#: Child of the seed from which signals draw. Noise draws from the seed itself and from children counted by row, so
#: that a signal and its noise are independent even where one seed serves both.
SIGNAL_STREAM = 2**32 - 1

DONOHO = "D. L. Donoho, I. M. Johnstone, Biometrika 81:425, 1994"
ANTONIADIS = "A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001"


@dataclass(frozen=True)
class Source:
    """How one synthetic signal is made.

    Parameters
    ----------
    shape : samples at the times t, in seconds; called with a generator as well if ``seeded``
    reference : where the formula comes from
    rate_hz : samples a second; None for the signals of one second, drawn as finely as asked
    unit : of the samples
    seeded : whether the seed makes a difference
    """

    shape: Callable[..., FloatArray]
    reference: str
    rate_hz: float | None = None
    unit: str = ""
    seeded: bool = False


def generator(seed: int) -> Rng:
    """Return the random stream of a signal; `BadParameter` unless the seed is a whole number from 0."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise BadParameter("seed", seed, "a whole number from 0")
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(SIGNAL_STREAM,)))


def times(length: int, rate_hz: float | None) -> FloatArray:
    """Return t = i / rate, i = 1..n, in seconds; without a rate, one second of them: t = i / n.

    `BadParameter` unless n lies in 16..20,000,000.
    """
    if not isinstance(length, int | np.integer) or isinstance(length, bool) or not SHORTEST <= length <= LONGEST:
        raise BadParameter("length", length, f"a whole number from {SHORTEST} to {LONGEST:,}")
    return np.arange(1, length + 1) / (rate_hz or length)


# Donoho and Johnstone 1994, Table 1: where blocks and bumps sit (p), how high (h) and how wide (w) they are.
PLACES = (0.1, 0.13, 0.15, 0.23, 0.25, 0.40, 0.44, 0.65, 0.76, 0.78, 0.81)
BLOCK_HEIGHTS = (4.0, -5.0, 3.0, -4.0, 5.0, -4.2, 2.1, 4.3, -3.1, 2.1, -4.2)
BUMP_HEIGHTS = (4.0, 5.0, 3.0, 4.0, 5.0, 4.2, 2.1, 4.3, 3.1, 5.1, 4.2)
BUMP_WIDTHS = (0.005, 0.005, 0.006, 0.01, 0.01, 0.03, 0.01, 0.01, 0.005, 0.008, 0.005)


def blocks(t: FloatArray) -> FloatArray:
    r"""Eleven jumps: :math:`\sum_j h_j (1 + \operatorname{sign}(t - p_j)) / 2`, between -2 and 5.2.

    A sample exactly on a jump takes the middle value.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81:425, 1994.

    Examples
    --------
    >>> blocks(np.array([0.05, 0.1, 0.12, 0.14]))
    array([ 0.,  2.,  4., -1.])
    """
    x = np.zeros_like(t)
    for place, height in zip(PLACES, BLOCK_HEIGHTS, strict=True):
        x += height * (1 + np.sign(t - place)) / 2
    return x


def bumps(t: FloatArray) -> FloatArray:
    r"""Eleven peaks: :math:`\sum_j h_j (1 + |t - p_j| / w_j)^{-4}`, as in a spectrum; positive, up to about 5.

    The tips are sharp: how high they look depends on how near a sample comes to them.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81:425, 1994.
    """
    x = np.zeros_like(t)
    for place, height, width in zip(PLACES, BUMP_HEIGHTS, BUMP_WIDTHS, strict=True):
        x += height / (1 + np.abs((t - place) / width)) ** 4
    return x


def heavisine(t: FloatArray) -> FloatArray:
    r"""Two periods of a sine with two jumps, between -6 and 4.

    .. math:: 4 \sin 4\pi t - \operatorname{sign}(t - .3) - \operatorname{sign}(.72 - t)

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81:425, 1994.
    """
    return 4 * np.sin(4 * np.pi * t) - np.sign(t - 0.3) - np.sign(0.72 - t)


def doppler(t: FloatArray) -> FloatArray:
    r"""A passing whistle: :math:`\sqrt{t(1 - t)} \sin(2\pi \cdot 1.05 / (t + .05))`, within ±0.5; 0 at t = 1.

    Its frequency falls from 420 Hz to 1 Hz. The first oscillations are aliased below about 840 samples.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81:425, 1994.
    """
    return np.sqrt(t * (1 - t)) * np.sin(2 * np.pi * 1.05 / (t + 0.05))


def step(t: FloatArray) -> FloatArray:
    """One block: 0.8 for 1/3 < t <= 3/4, else 0.2.

    References
    ----------
    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, "Wavelet estimators in nonparametric regression: a comparative
       simulation study", J. Stat. Softw. 6(6), 2001. Also for the seven below.
    """
    return np.where((t > 1 / 3) & (t <= 0.75), 0.8, 0.2)


def wave(t: FloatArray) -> FloatArray:
    r"""A slow and a fast cosine: :math:`.5 + .2 \cos 4\pi t + .1 \cos 24\pi t`, within 0.2..0.8 [1]_.

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    return 0.5 + 0.2 * np.cos(4 * np.pi * t) + 0.1 * np.cos(24 * np.pi * t)


def blip(t: FloatArray) -> FloatArray:
    r"""A line with a bump, :math:`.32 + .6 t + .3 e^{-100 (t - .3)^2}`, that falls by 0.6 after t = 0.8 [1]_.

    The second branch carries the bump too, at t = 1.3: periodic, and next to nothing on 0 < t <= 1.

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    before = 0.32 + 0.6 * t + 0.3 * np.exp(-100 * (t - 0.3) ** 2)
    after = -0.28 + 0.6 * t + 0.3 * np.exp(-100 * (t - 1.3) ** 2)
    return np.where(t <= 0.8, before, after)


def angles(t: FloatArray) -> FloatArray:
    """Straight lines through eight points, between 0.2 and 0.8: continuous, with six corners [1]_.

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    return np.interp(t, [0, 0.15, 0.2, 0.5, 0.6, 0.65, 0.85, 1], [0.5, 0.8, 0.2, 0.2, 0.8, 0.3, 0.2, 0.5])


# Antoniadis et al. 2001: each knot p adds h (t - p)^2 to its right.
PARABOLA_KNOTS = (0.1, 0.2, 0.3, 0.35, 0.37, 0.41, 0.43, 0.5, 0.7, 0.9)
PARABOLA_HEIGHTS = (-30.0, 60.0, -30.0, 500.0, -1000.0, 1000.0, -500.0, 7.5, -15.0, 7.5)


def parabolas(t: FloatArray) -> FloatArray:
    r"""Pieces of parabolas, :math:`.8 + \sum_j h_j (t - p_j)_+^2`: smooth but for its curvature; 0.2 to 0.8 [1]_.

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    x = np.zeros_like(t)
    for knot, height in zip(PARABOLA_KNOTS, PARABOLA_HEIGHTS, strict=True):
        x += height * np.maximum(t - knot, 0) ** 2
    return x + 0.8


def tshsine(t: FloatArray) -> FloatArray:
    r"""A sine whose time is bent: :math:`.5 + .3 \sin 3\pi (u_4 + t)`, within 0.2..0.8 [1]_.

    .. math:: u_0 = t, \quad u_{k+1} = (1 - \cos \pi u_k) / 2

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    bent = t
    for _ in range(4):
        bent = (1 - np.cos(np.pi * bent)) / 2
    return 0.3 * np.sin(3 * np.pi * (bent + t)) + 0.5


# Antoniadis et al. 2001: height, sharpness and place of each spike.
SPIKES = ((1, 500, 0.23), (2, 2000, 0.33), (4, 8000, 0.47), (3, 16000, 0.69), (1, 32000, 0.83))


def spikes(t: FloatArray) -> FloatArray:
    r"""Five Gaussian peaks, :math:`\sum_j a_j e^{-b_j (t - c_j)^2}`, the sharper the later; 0.2 to 0.8 [1]_.

    Scaled by the range found on this grid, so that the tallest spike reaches 0.8 at every length.

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    x = np.zeros_like(t)
    for height, sharpness, place in SPIKES:
        x += height * np.exp(-sharpness * (t - place) ** 2)
    return 0.6 / np.ptp(x) * x + 0.2


def corner(t: FloatArray) -> FloatArray:
    """Three smooth pieces that meet in a corner at t = 0.5 and in a jump at t = 0.8; spans 0.6 [1]_.

    Scaled by the range found on this grid.

    .. [1] A. Antoniadis, J. Bigot, T. Sapatinas, J. Stat. Softw. 6(6), 2001.
    """
    first = 623.87 * t**3 * (1 - 4 * t**2)
    second = 187.161 * (0.125 - t**3) * t**4
    third = 62.387 * 59.443 * (t - 1) ** 3
    x = np.select([t <= 0.5, t <= 0.8], [first, second], third)
    return np.asarray(0.6 / np.ptp(x) * x + 0.6)


def linear_chirp(t: FloatArray) -> FloatArray:
    r"""A sweep from 5 to 100 Hz within a second: :math:`\cos 2\pi (5 t + 95 t^2 / 2)`, amplitude 1.

    Aliased below 200 samples.
    """
    return np.cos(2 * np.pi * (5 * t + 95 * t**2 / 2))


def quadratic_chirp(t: FloatArray) -> FloatArray:
    r"""A sweep from 5 to 150 Hz that gathers speed: :math:`\cos 2\pi (5 t + 145 t^3 / 3)`, amplitude 1.

    Aliased below 300 samples.
    """
    return np.cos(2 * np.pi * (5 * t + 145 * t**3 / 3))


#: Frequency in Hz and amplitude of each tone.
TONES = ((5.0, 1.0), (12.0, 0.7), (40.0, 0.5), (97.0, 0.3))


def multitone(t: FloatArray) -> FloatArray:
    r"""Four sines: :math:`\sum_j a_j \sin 2\pi f_j t`, f = 5, 12, 40, 97 Hz, a = 1, 0.7, 0.5, 0.3.

    Four lines in the spectrum, and nothing between them. Aliased below 194 samples.
    """
    x = np.zeros_like(t)
    for hz, amplitude in TONES:
        x += amplitude * np.sin(2 * np.pi * hz * t)
    return x


ECG_HZ = 360.0
#: Mean time between beats in seconds (72 a minute), and its relative standard deviation from beat to beat.
BEAT_SECONDS, BEAT_VARIATION = 60 / 72, 0.03
# McSharry et al. 2003, Table I: angle, strength a and width b of P, Q, R, S, T, the angle and the width in radians.
ECG_WAVES = (
    (-np.pi / 3, 1.2, 0.25),
    (-np.pi / 12, -5.0, 0.1),
    (0.0, 30.0, 0.1),
    (np.pi / 12, -7.5, 0.1),
    (np.pi / 2, 0.75, 0.4),
)


def ecg(t: FloatArray, rng: Rng) -> FloatArray:
    r"""A heart at rest: five Gaussian waves (P, Q, R, S, T) once around the circle of each beat, in mV.

    .. math:: x = \sum_{w} \frac{a_w b_w^2}{a_R b_R^2} e^{-\Delta\theta_w^2 / 2 b_w^2},
              \quad \Delta\theta_w = \theta - \theta_w \text{ within } \pm\pi

    The angle θ gains 2π from one R wave to the next and is linear between them. The beats follow each other in
    0.83 s ± 3 %, drawn from ``rng``. The heights relative to R are 0.25, -0.17, 1, -0.25 and 0.4;
    where the waves overlap they take from each other, and R reaches 0.98 mV.

    [1]_ integrates the derivative of these waves along the circle, with a pull toward a slowly breathing baseline.
    Here it is integrated by hand, without that pull, so that the clean signal rests at zero between the beats.

    .. [1] P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith, "A dynamical model for generating synthetic
       electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 2003.
    """
    count = math.ceil(2 * t[-1] / BEAT_SECONDS) + 3
    between = BEAT_SECONDS * np.clip(1 + BEAT_VARIATION * rng.standard_normal(count), 0.5, 1.5)
    beats = np.cumsum(between) - 1.5 * BEAT_SECONDS  # the first R wave falls before, the second soon after, t = 0
    angle = np.interp(t, beats, 2 * np.pi * np.arange(count))
    x = np.zeros_like(t)
    for place, strength, width in ECG_WAVES:
        distance = np.remainder(angle - place + np.pi, 2 * np.pi) - np.pi
        x += strength * width**2 / 0.3 * np.exp(-(distance**2) / (2 * width**2))
    return x


SPEECH_HZ = 8000.0
# Peterson and Barney 1952, Table II, men: the first three formants in Hz of the vowels in heed, head, had, hod,
# hawed, who'd and hud.
VOWELS = (
    (270, 2290, 3010),
    (530, 1840, 2480),
    (660, 1720, 2410),
    (730, 1090, 2440),
    (570, 840, 2410),
    (300, 870, 2240),
    (640, 1190, 2390),
)
BANDWIDTHS_HZ = (60, 90, 150)


def glottal_flow(phase: FloatArray) -> FloatArray:
    r"""Air through the vocal folds over one cycle, 0..1: opens for 40 % of it, closes within 16 %, stays closed.

    .. math:: \tfrac12 (1 - \cos(\pi \varphi / .4)) \;\; (\varphi < .4), \qquad
              \cos(\tfrac\pi2 (\varphi - .4) / .16) \;\; (.4 \le \varphi < .56), \qquad 0 \text{ after}

    References
    ----------
    .. [1] A. E. Rosenberg, "Effect of glottal pulse shape on the quality of natural vowels", J. Acoust. Soc. Am.
       49(2B), 1971, pulse C.
    """
    opening, closing = (1 - np.cos(np.pi * phase / 0.4)) / 2, np.cos(np.pi / 2 * (phase - 0.4) / 0.16)
    return np.where(phase < 0.4, opening, np.where(phase < 0.56, closing, 0.0))


def resonators(formants_hz: tuple[int, ...]) -> FloatArray:
    r"""Second-order sections (formants, 6), one resonator a formant, each with gain 1 at 0 Hz.

    .. math:: y_n = (1 - B - C) x_n + B y_{n-1} + C y_{n-2}, \quad
              C = -e^{-2\pi b / r}, \; B = 2 e^{-\pi b / r} \cos(2\pi f / r)

    with the formant f, its bandwidth b and the rate r in Hz.

    References
    ----------
    .. [1] D. H. Klatt, "Software for a cascade/parallel formant synthesizer", J. Acoust. Soc. Am. 67(3), 1980.
    """
    formant, bandwidth = np.array(formants_hz), np.array(BANDWIDTHS_HZ)
    c = -np.exp(-2 * np.pi * bandwidth / SPEECH_HZ)
    b = 2 * np.exp(-np.pi * bandwidth / SPEECH_HZ) * np.cos(2 * np.pi * formant / SPEECH_HZ)
    zero, one = np.zeros(formant.size), np.ones(formant.size)
    return np.stack([1 - b - c, zero, zero, one, -b, -c], axis=1)


def syllable(rng: Rng) -> FloatArray:
    """One vowel of 0.18 to 0.28 s at 8 kHz: pulses whose pitch glides down by a fourth, shaped by three formants.

    Vowel, length, pitch (105 to 135 Hz in the middle) and loudness (0.6 to 1) are drawn from ``rng``.
    """
    from scipy.signal import sosfilt  # takes a second to load, and most signals do without

    size = int(rng.uniform(0.18, 0.28) * SPEECH_HZ)
    part = np.arange(1, size + 1) / size
    pitch_hz = rng.uniform(105, 135) * (4 / 3) ** (0.5 - part)
    flow = glottal_flow(np.cumsum(pitch_hz) / SPEECH_HZ % 1)
    pressure = np.diff(flow, prepend=0.0)  # lips turn flow into pressure: its derivative
    voice = sosfilt(resonators(VOWELS[rng.integers(len(VOWELS))]), pressure)
    return np.asarray(rng.uniform(0.6, 1) * np.sin(np.pi * part) ** 0.75 * voice / np.max(np.abs(voice)))


def speech(t: FloatArray, rng: Rng) -> FloatArray:
    """Voiced syllables, one vowel each, as a source-filter model speaks them; within ±1.

    Glottal pulses (`glottal_flow`) through formant `resonators`, swelling and fading with every `syllable`,
    four or five a second. There are no consonants and no words. Only the number of times ``t`` counts: the rate
    is 8000 Hz. The start does not depend on the length.

    References
    ----------
    .. [1] G. Fant, "Acoustic theory of speech production", Mouton, 1960.
    .. [2] G. E. Peterson, H. L. Barney, "Control methods used in a study of the vowels", J. Acoust. Soc. Am.
       24(2), 1952.
    """
    parts: list[FloatArray] = []
    missing = t.size
    while missing > 0:
        parts.append(syllable(rng))
        missing -= parts[-1].size
    return np.concatenate(parts)[: t.size]


SHAPES: dict[str, Source] = {
    "blocks": Source(blocks, DONOHO),
    "bumps": Source(bumps, DONOHO),
    "heavisine": Source(heavisine, DONOHO),
    "doppler": Source(doppler, DONOHO),
    "step": Source(step, ANTONIADIS),
    "wave": Source(wave, ANTONIADIS),
    "blip": Source(blip, ANTONIADIS),
    "angles": Source(angles, ANTONIADIS),
    "parabolas": Source(parabolas, ANTONIADIS),
    "tshsine": Source(tshsine, ANTONIADIS),
    "spikes": Source(spikes, ANTONIADIS),
    "corner": Source(corner, ANTONIADIS),
    "linear-chirp": Source(linear_chirp, "as scipy.signal.chirp"),
    "quadratic-chirp": Source(quadratic_chirp, "as scipy.signal.chirp"),
    "multitone": Source(multitone, "sum of four sines"),
    "ecg": Source(ecg, "P. E. McSharry et al., IEEE Trans. Biomed. Eng. 50(3), 2003", ECG_HZ, "mV", seeded=True),
    "speech": Source(speech, "D. H. Klatt, J. Acoust. Soc. Am. 67(3), 1980", SPEECH_HZ, seeded=True),
}
