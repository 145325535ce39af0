"""Spoken digits from formulas: zero to nine in English, as a source-filter model says them, for networks that listen.

A word is a row of sounds. A sound has a tract (three formants, where vowels glide to a second place), a voice, and a
hiss with a place of its own; between two sounds everything glides within a few hundredths of a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray, Signal
from drsn_core.errors import BadParameter
from drsn_core.synth.signals import SPEECH_HZ, generator, glottal_flow

#: Formants in Hz of a voiceless or closed tract, where only their movement is heard.
NEUTRAL = (400.0, 1500.0, 2500.0)

#: Seconds within which one sound turns into the next, and steps of the filters.
GLIDE_S, STEP_S = 0.03, 0.0025

BANDWIDTHS_HZ = (80.0, 110.0, 170.0)
#: How much a voice is brighter than its textbook pulses, and the breath in it, relative to its loudest.
BRIGHT, BREATH = 0.5, 0.012
#: Highest frequency of a hiss that 8,000 samples a second can carry.
HIGHEST_HZ = 3500.0


@dataclass(frozen=True)
class Sound:
    """One sound of a word.

    Parameters
    ----------
    seconds : how long it lasts
    formants : three, in Hz, at its beginning
    to : the same at its end; None if they stay
    voice : strength of the vocal folds, 0..1
    hiss : strength of the turbulence, 0..1, around ``hiss_hz`` with the bandwidth ``hiss_wide``
    """

    seconds: float
    formants: tuple[float, float, float] = NEUTRAL
    to: tuple[float, float, float] | None = None
    voice: float = 1.0
    hiss: float = 0.0
    hiss_hz: float = 3000.0
    hiss_wide: float = 1200.0


# Vowels after Peterson and Barney 1952 (men); glides, liquids and nasals after Klatt 1980, Table II.
IH, EH, UH = (390, 1990, 2550), (530, 1840, 2480), (640, 1190, 2390)
AH, AW, ER = (730, 1090, 2440), (570, 840, 2410), (420, 1250, 1600)
W, R, N, V = (290, 610, 2150), (310, 1060, 1380), (250, 1340, 2500), (250, 1100, 2080)

#: The words, sound by sound.
WORDS: dict[str, tuple[Sound, ...]] = {
    "zero": (
        Sound(0.09, (250, 1390, 2530), voice=0.35, hiss=0.05, hiss_hz=3400),
        Sound(0.09, IH, ER),
        Sound(0.06, R, voice=0.7),
        Sound(0.2, (500, 900, 2300), (350, 800, 2250)),
    ),
    "one": (Sound(0.09, W, (450, 800, 2250)), Sound(0.13, UH, (520, 1250, 2450)), Sound(0.11, N, voice=0.5)),
    "two": (
        Sound(0.03, (300, 1600, 2600), voice=0.0, hiss=0.12, hiss_hz=3300),
        Sound(0.04, (300, 1600, 2600), voice=0.0, hiss=0.05, hiss_hz=2500),
        Sound(0.24, (330, 1300, 2300), (300, 900, 2240)),
    ),
    "three": (
        Sound(0.08, (320, 1290, 2540), voice=0.0, hiss=0.05, hiss_hz=3200, hiss_wide=3000),
        Sound(0.1, R, (340, 1600, 2200)),
        Sound(0.18, (330, 1900, 2600), (280, 2150, 2850), voice=0.9),
    ),
    "four": (
        Sound(0.09, (340, 1100, 2080), voice=0.0, hiss=0.06, hiss_hz=2600, hiss_wide=3500),
        Sound(0.17, AW),
        Sound(0.1, (450, 1000, 1700), R, voice=0.7),
    ),
    "five": (
        Sound(0.09, (340, 1100, 2080), voice=0.0, hiss=0.06, hiss_hz=2600, hiss_wide=3500),
        Sound(0.24, AH, IH),
        Sound(0.08, V, voice=0.3, hiss=0.03, hiss_hz=2800, hiss_wide=3000),
    ),
    "six": (
        Sound(0.12, (320, 1390, 2530), voice=0.0, hiss=0.06, hiss_hz=3500, hiss_wide=2500),
        Sound(0.09, IH),
        Sound(0.07, (300, 1990, 2850), voice=0.0),
        Sound(0.03, (300, 1990, 2850), voice=0.0, hiss=0.06, hiss_hz=2000),
        Sound(0.15, (320, 1390, 2530), voice=0.0, hiss=0.06, hiss_hz=3500, hiss_wide=2500),
    ),
    "seven": (
        Sound(0.12, (320, 1390, 2530), voice=0.0, hiss=0.06, hiss_hz=3500, hiss_wide=2500),
        Sound(0.11, EH),
        Sound(0.06, V, voice=0.45),
        Sound(0.07, (500, 1500, 2400), voice=0.7),
        Sound(0.1, N, voice=0.4),
    ),
    "eight": (
        Sound(0.2, (480, 1950, 2550), (330, 2150, 2700)),
        Sound(0.08, (300, 1800, 2600), voice=0.0),
        Sound(0.03, (300, 1800, 2600), voice=0.0, hiss=0.06, hiss_hz=3300),
    ),
    "nine": (Sound(0.1, N, voice=0.6), Sound(0.2, (680, 1250, 2450), (430, 1800, 2500)), Sound(0.12, N, voice=0.6)),
}


def spoken_digit(digit: int, *, pitch_hz: float = 120.0, tempo: float = 1.0, seed: int = 0) -> Signal:
    r"""A digit in English at 8,000 samples a second, within ±1, without noise.

    Pulses of the vocal folds (`drsn_core.synth.signals.glottal_flow`, differentiated by the lips) pass through three
    formant resonators whose places glide from sound to sound, hiss through one of its own. The pitch falls by a
    fifth over the word.

    Parameters
    ----------
    digit : 0 to 9
    pitch_hz : of the voice in the middle of the word, 60 to 400
    tempo : 0.5 to 2; words last 0.3 to 0.5 s at 1
    seed : draws the hiss and, from 1 on, a speaker: pitch within ±10 %, length of the tract within ±5 %, tempo within
        ±10 % (standard deviations)

    Raises
    ------
    BadParameter

    Notes
    -----
    Nobody speaks like this: there is no coarticulation beyond a glide, one voice, one accent. The shipped networks,
    which have heard four people, understand about six words of ten ("three" and "nine" hardly ever), and their
    likeness score calls some of them unlike.

    References
    ----------
    .. [1] D. H. Klatt, "Software for a cascade/parallel formant synthesizer", J. Acoust. Soc. Am. 67(3), 1980.
    .. [2] G. E. Peterson, H. L. Barney, "Control methods used in a study of the vowels", J. Acoust. Soc. Am.
       24(2), 1952.

    Examples
    --------
    >>> spoken_digit(7).rate_hz, spoken_digit(7).name
    (8000.0, 'spoken-seven')
    """
    if not isinstance(digit, int | np.integer) or isinstance(digit, bool) or not 0 <= digit <= 9:
        raise BadParameter("digit", digit, "a whole number from 0 to 9")
    if not 60 <= pitch_hz <= 400:
        raise BadParameter("pitch_hz", pitch_hz, "60 to 400 Hz")
    if not 0.5 <= tempo <= 2:
        raise BadParameter("tempo", tempo, "0.5 to 2")
    rng = generator(seed)
    drawn = np.exp(np.array([0.1, 0.05, 0.1]) * rng.standard_normal(3)) if seed else np.ones(3)
    word = tuple(WORDS)[digit]
    tract = _tract(WORDS[word], tempo * drawn[2], drawn[1])
    size = tract["voice"].size
    pitch = pitch_hz * drawn[0] * 1.5 ** (0.5 - np.arange(1, size + 1) / size)
    flow = glottal_flow(np.cumsum(pitch) / SPEECH_HZ % 1)
    pressure = np.diff(flow, prepend=0.0)  # lips turn flow into pressure: its derivative
    voiced = pressure - BRIGHT * np.append(0.0, pressure[:-1])
    for formant, bandwidth in enumerate(BANDWIDTHS_HZ):
        voiced = _resonate(voiced, tract[f"f{formant}"], np.full(size, bandwidth))
    hissed = _resonate(rng.standard_normal(size), tract["hiss_hz"], tract["hiss_wide"])
    hiss = tract["hiss"] + BREATH * tract["voice"]
    x = tract["voice"] * voiced / np.abs(voiced).max() + hiss * hissed / hissed.std()
    quiet = np.zeros(int(0.05 * SPEECH_HZ))
    samples = np.concatenate([quiet, x / np.abs(x).max(), quiet])
    return Signal(samples, rate_hz=SPEECH_HZ, name=f"spoken-{word}")


def _tract(sounds: tuple[Sound, ...], tempo: float, length: float) -> dict[str, FloatArray]:
    """Every setting of the tract, sample by sample: constant or gliding within a sound, smoothed between two.

    ``length`` of the tract divides all formants.
    """
    sizes = [math.ceil(sound.seconds / tempo * SPEECH_HZ) for sound in sounds]
    tracks: dict[str, list[FloatArray]] = {}
    for sound, size in zip(sounds, sizes, strict=True):
        for formant, (begin, end) in enumerate(zip(sound.formants, sound.to or sound.formants, strict=True)):
            tracks.setdefault(f"f{formant}", []).append(np.linspace(begin / length, end / length, size))
        for name in ("voice", "hiss", "hiss_hz", "hiss_wide"):
            tracks.setdefault(name, []).append(np.full(size, getattr(sound, name)))
    glide = np.hanning(int(GLIDE_S * SPEECH_HZ) | 1)
    found = {}
    for name, parts in tracks.items():
        silent = name in ("voice", "hiss")  # before and after the word nothing sounds, but the tract is there
        row = np.pad(np.concatenate(parts), glide.size // 2, mode="constant" if silent else "edge")
        found[name] = np.convolve(row, glide / glide.sum(), mode="valid")
    return found


def _resonate(x: FloatArray, place_hz: FloatArray, wide_hz: FloatArray) -> FloatArray:
    r"""A resonator of second order with gain 1 at 0 Hz whose place moves: see `drsn_core.synth.signals.resonators`.

    Its coefficients stay for `STEP_S` at a time.
    """
    from scipy.signal import lfilter

    step = int(STEP_S * SPEECH_HZ)
    out, state = np.empty_like(x), np.zeros(2)
    for first in range(0, x.size, step):
        place, wide = min(place_hz[first], HIGHEST_HZ), wide_hz[first]
        c = -math.exp(-2 * math.pi * wide / SPEECH_HZ)
        b = 2 * math.exp(-math.pi * wide / SPEECH_HZ) * math.cos(2 * math.pi * place / SPEECH_HZ)
        out[first : first + step], state = lfilter([1 - b - c], [1.0, -b, -c], x[first : first + step], zi=state)
    return out
