"""Endless training pairs: random signals from many families, white noise of a random level on top.

No benchmark signal is ever drawn: where a family resembles one (jumps, peaks, chirps), its positions, heights,
widths and number are random. Every family is a function (rng, length) -> array of any scale.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from drsn_core.errors import BadData, UnknownName
from drsn_core.noise import KINDS
from drsn_core.train.config import Signals
from drsn_core.train.recordings import Recorded

FloatArray = NDArray[np.float64]
Rng = np.random.Generator
Family = Callable[[Rng, int], FloatArray]


def log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def grid(length: int) -> FloatArray:
    return np.arange(1, length + 1) / length


def jumps(rng: Rng, length: int) -> FloatArray:
    """Piecewise constant: up to 16 levels, or a switch between two."""
    edges = np.sort(rng.integers(1, length, rng.integers(1, 17)))
    levels: FloatArray
    if rng.random() < 0.25:
        levels = (np.arange(len(edges) + 1) % 2).astype(np.float64)
    else:
        walk = rng.random() < 0.5
        steps = rng.normal(size=len(edges) + 1)
        levels = np.cumsum(steps, dtype=np.float64) if walk else steps
    return levels[np.searchsorted(edges, np.arange(length), side="right")]


def peaks(rng: Rng, length: int) -> FloatArray:
    """Isolated peaks, sharp or round, on a flat ground: spectra, spikes, bumps."""
    t = grid(length)[:, None]
    count = int(rng.integers(1, 19))
    centre, height = rng.uniform(0, 1, count), rng.gamma(3.0, 1.0, count)
    top = log_uniform(rng, 0.004, 0.06)
    width = np.exp(rng.uniform(np.log(max(0.002, top / 8)), np.log(top), count))
    u = np.abs(t - centre) / width
    shape = rng.integers(4)
    if shape == 0:
        bumps = (1 + u) ** -rng.uniform(2.5, 6)
    elif shape == 1:
        bumps = np.exp(-(u**2))
    elif shape == 2:
        bumps = np.exp(-u)
    else:
        bumps = 1 / (1 + u**2)
    if rng.random() < 0.3:
        height = height * rng.choice([-1.0, 1.0], count)
    return bumps @ height


def slow_waves(rng: Rng, length: int) -> FloatArray:
    """A few slow sinusoids, with or without jumps."""
    t = grid(length)
    x = np.zeros(length)
    for _ in range(rng.integers(1, 4)):
        x += rng.normal() * np.sin(2 * np.pi * (log_uniform(rng, 0.5, 25) * t + rng.random()))
    for _ in range(rng.integers(0, 5)):
        x += rng.normal() * 0.5 * np.sign(t - rng.random())
    return x


def chirps(rng: Rng, length: int) -> FloatArray:
    """One or two sweeps: hyperbolic (Doppler-like) or power-law, under a smooth envelope."""
    t = grid(length)
    x = np.zeros(length)
    for _ in range(1 if rng.random() < 0.7 else 2):
        if rng.random() < 0.6:
            offset = log_uniform(rng, 0.02, 0.3)
            phase = rng.uniform(0.6, 2.0) * (1 + offset) / (t + offset)
        else:
            first, last = log_uniform(rng, 1, 60), log_uniform(rng, 1, min(250, length / 8))
            power = rng.uniform(0.7, 3)
            phase = first * t + (last - first) * t ** (power + 1) / (power + 1)
        kind = rng.integers(3)
        if kind == 0:
            envelope = np.sqrt(t * (1 - t))
        elif kind == 1:
            envelope = np.exp(-0.5 * ((t - rng.random()) / rng.uniform(0.08, 0.6)) ** 2)
        else:
            envelope = t ** rng.uniform(0, 1)
        x += rng.uniform(0.5, 1) * envelope * np.sin(2 * np.pi * (phase + rng.random()))
    return x


def polynomials(rng: Rng, length: int) -> FloatArray:
    """Piecewise polynomials of degree 0 to 3, with jumps between the pieces or without."""
    t = grid(length)
    edges = np.concatenate([[0.0], np.sort(rng.random(rng.integers(1, 8))), [1.0]])
    x = np.zeros(length)
    end = 0.0
    joined = rng.random() < 0.5
    for low, high in itertools.pairwise(edges):
        inside = (t > low) & (t <= high)
        u = (t[inside] - low) / max(high - low, 1e-9)
        piece = np.polynomial.polynomial.polyval(u, rng.normal(size=rng.integers(1, 5)) * 1.5)
        if joined and piece.size:
            piece = piece - piece[0] + end
            end = float(piece[-1])
        x[inside] = piece
    return x


def angles(rng: Rng, length: int) -> FloatArray:
    """Continuous, piecewise linear."""
    knots = np.concatenate([[0.0], np.sort(rng.random(rng.integers(1, 12))), [1.0]])
    return np.interp(grid(length), knots, rng.normal(size=knots.size))


def smooth(rng: Rng, length: int) -> FloatArray:
    """Random Fourier series whose spectrum falls as a power of the frequency."""
    top = int(log_uniform(rng, 3, length / 6))
    k = np.arange(1, top + 1)
    spectrum = np.zeros(length // 2 + 1, complex)
    spectrum[1 : top + 1] = (rng.normal(size=top) + 1j * rng.normal(size=top)) * k ** -rng.uniform(0.7, 3)
    long = np.fft.irfft(spectrum, length)
    return long if rng.random() < 0.5 else long + np.linspace(0, rng.normal() * 2 * long.std(), length)


def tones(rng: Rng, length: int) -> FloatArray:
    """One to ten sinusoids up to a fifth of the sampling rate, some with a slow envelope, some on a slow wave."""
    t = grid(length)
    x = np.zeros(length)
    for _ in range(rng.integers(1, 11)):
        tone = rng.gamma(2.0) * np.sin(2 * np.pi * (log_uniform(rng, 2, length / 5) * t + rng.random()))
        if rng.random() < 0.3:
            tone *= 1 + rng.uniform(0, 1) * np.sin(2 * np.pi * (rng.uniform(0.5, 12) * t + rng.random()))
        x += tone
    return x


def beats(rng: Rng, length: int) -> FloatArray:
    """ECG-like: one waveform of a few Gaussians, repeated with small changes of pace, on a wandering line."""
    period = log_uniform(rng, 0.05, 0.5) * length
    count = int(rng.integers(2, 7))
    where = np.sort(rng.uniform(0.1, 0.9, count))
    width = np.exp(rng.uniform(np.log(0.008), np.log(0.07), count))
    height = rng.normal(size=count) * np.where(width < 0.03, 2.0, 0.5)
    x = np.zeros(length)
    start = -rng.uniform(0, 1) * period
    n = np.arange(length)
    while start < length:
        this = period * (1 + 0.06 * rng.normal())
        low, high = max(0, int(start - 0.2 * period)), min(length, int(start + 1.3 * period))
        u = ((n[low:high] - start) / period)[:, None]
        x[low:high] += np.exp(-0.5 * ((u - where) / width) ** 2) @ (height * (1 + 0.08 * rng.normal(size=count)))
        start += max(this, 8.0)
    return x + rng.uniform(0, 0.4) * slow_waves(rng, length)


def ringing(rng: Rng, length: int) -> FloatArray:
    """Bearing-like: impacts at a nearly constant pace, each exciting a decaying resonance."""
    period = log_uniform(rng, 0.01, 0.25) * length
    decay, pitch = log_uniform(rng, 4, max(period, 4.0)), log_uniform(rng, 0.015, 0.22)
    impulses = np.zeros(length)
    places = np.arange(rng.uniform(0, period), length, period)
    places = np.clip(places + 0.02 * period * rng.normal(size=places.size), 0, length - 1).astype(int)
    impulses[places] = 1 + 0.3 * rng.normal(size=places.size)
    n = np.arange(min(length, int(8 * decay) + 1))
    response = np.exp(-n / decay) * np.sin(2 * np.pi * pitch * n + 0.2)
    x = np.convolve(impulses, response)[:length]
    if rng.random() < 0.5:
        x *= 1 + 0.8 * np.sin(2 * np.pi * (rng.uniform(0.5, 6) * grid(length) + rng.random()))
    if rng.random() < 0.3:
        x += rng.uniform(0, 0.6) * tones(rng, length) / 3
    return x


def voice(rng: Rng, length: int) -> FloatArray:
    """Speech-like: harmonics of a gliding pitch under formant peaks, in bursts."""
    t = grid(length)
    pitch = log_uniform(rng, 0.006, 0.03)
    glide = 1 + 0.15 * np.sin(2 * np.pi * (rng.uniform(0.2, 1.5) * t + rng.random()))
    phase = 2 * np.pi * np.cumsum(pitch * glide)
    formants = rng.uniform(0.01, 0.25, 3)
    x = np.zeros(length)
    for k in range(1, int(0.3 / pitch) + 1):
        gain = sum(np.exp(-0.5 * ((k * pitch - f) / 0.02) ** 2) for f in formants) + 0.03
        x += gain / np.sqrt(k) * np.sin(k * phase + rng.uniform(0, 2 * np.pi))
    edges = np.sort(rng.random(4))
    ramp = rng.uniform(0.01, 0.05)
    gate = sum(np.clip((t - a) / ramp, 0, 1) * np.clip((b - t) / ramp, 0, 1) for a, b in (edges[:2], edges[2:]))
    return x * (gate if rng.random() < 0.7 else 1.0)


def band_limited(rng: Rng, length: int) -> FloatArray:
    """Gaussian noise through a band: from below one cycle up to anywhere, flat inside."""
    top = log_uniform(rng, 2, length / 4)
    low = 0.0 if rng.random() < 0.6 else top * rng.uniform(0.2, 0.9)
    k = np.arange(length + 1)
    spectrum = (rng.normal(size=length + 1) + 1j * rng.normal(size=length + 1)) * ((k > 2 * low) & (k <= 2 * top + 1))
    # Twice as long as needed, so that the ends do not meet.
    x: FloatArray = np.fft.irfft(spectrum, 2 * length)[:length]
    return x


def harmonics(rng: Rng, length: int) -> FloatArray:
    """One to five harmonics of a slow fundamental, steady: hum, tides, vibration of a shaft."""
    t = grid(length)
    first = log_uniform(rng, 0.5, 30)
    ranks = rng.choice(np.arange(1, 13), size=rng.integers(1, 6), replace=False)
    height = rng.gamma(1.0, 1.0, ranks.size) / (ranks if rng.random() < 0.6 else 1)
    x: FloatArray = np.sin(2 * np.pi * (first * t[:, None] * ranks + rng.random(ranks.size))) @ height
    return x


def trends(rng: Rng, length: int) -> FloatArray:
    """What hardly changes: a line, a slow polynomial, a slow bend, a saturating rise, or nothing but an offset."""
    t = grid(length)
    kind = rng.integers(5)
    if kind == 0:
        return np.full(length, rng.normal()) + (0.0 if rng.random() < 0.5 else rng.normal() * t)
    x: FloatArray
    if kind == 1:
        x = np.asarray(np.polynomial.chebyshev.chebval(2 * t - 1, rng.normal(size=rng.integers(2, 8))), np.float64)
    elif kind == 2:
        x = np.tanh((t - rng.random()) / log_uniform(rng, 0.02, 0.5)) + rng.normal() * t
    elif kind == 3:
        x = np.exp(-t / log_uniform(rng, 0.03, 1.0)) * rng.normal() + rng.normal() * t
    else:
        bend = rng.uniform(0.3, 3) * t + rng.uniform(0, 0.5) * np.sin(2 * np.pi * (t + rng.random()))
        x = np.sin(2 * np.pi * bend) + rng.normal() * 0.5 * t
    return x


def spline(rng: Rng, length: int) -> FloatArray:
    """A smooth curve through random knots, with a kink or a jump in some."""
    from scipy.interpolate import CubicSpline

    knots = np.linspace(0, 1, rng.integers(4, 24))
    x: FloatArray = CubicSpline(knots, rng.normal(size=knots.size))(grid(length))
    kind, place = rng.random(), rng.random()
    if kind < 0.25:
        x = x + rng.normal() * 6 * np.abs(grid(length) - place)
    elif kind < 0.45:
        x = x + rng.normal() * 1.5 * (grid(length) > place)
    return x


def bursts(rng: Rng, length: int) -> FloatArray:
    """Seismic- or ultrasound-like: one to five wave packets with a steep front and a long tail, else nothing."""
    n = np.arange(length)
    x = np.zeros(length)
    for _ in range(rng.integers(1, 6)):
        start, pitch = rng.uniform(-0.1, 0.95) * length, log_uniform(rng, 0.004, 0.2)
        decay, rise = log_uniform(rng, 0.01, 0.3) * length, log_uniform(rng, 1, 60)
        u = np.clip(n - start, 0, None)
        x += rng.gamma(1.5) * (1 - np.exp(-u / rise)) * np.exp(-u / decay) * np.sin(2 * np.pi * pitch * u)
    return x


def bends(rng: Rng, length: int) -> FloatArray:
    """Smooth or straight between knots at random places, never beyond them; flat here and there, some with a jump."""
    from scipy.interpolate import PchipInterpolator

    t = grid(length)
    knots = np.concatenate([[0.0], np.sort(rng.random(rng.integers(1, 12))), [1.0]])
    heights = rng.normal(size=knots.size)
    flat = rng.random(knots.size) < 0.3
    for i in np.flatnonzero(flat[1:]) + 1:
        heights[i] = heights[i - 1]
    x: FloatArray = PchipInterpolator(knots, heights)(t) if rng.random() < 0.7 else np.interp(t, knots, heights)
    if rng.random() < 0.3:
        x = x + rng.normal() * 1.5 * (t > rng.random())
    return x


#: Each family with the share of the training signals that it makes up; one at 0 is drawn where a recipe asks for it.
FAMILIES: dict[Family, float] = {
    jumps: 0.13,
    peaks: 0.14,
    slow_waves: 0.11,
    chirps: 0.13,
    polynomials: 0.07,
    angles: 0.06,
    smooth: 0.06,
    tones: 0.04,
    beats: 0.05,
    ringing: 0.04,
    voice: 0.03,
    band_limited: 0.03,
    harmonics: 0.06,
    trends: 0.04,
    spline: 0.05,
    bursts: 0.02,
    bends: 0.0,
}


def shares_of(changed: Mapping[str, float], only: bool = False) -> FloatArray:
    """Shares of all families, some ``changed`` by name and the others as in `FAMILIES`, or ``only`` those; sum 1.

    Raises
    ------
    UnknownName, BadData
        If there is no such family, or nothing is left of all.
    """
    names = [family.__name__ for family in FAMILIES]
    for name in changed:
        if name not in names:
            raise UnknownName("family of signals", name, names)
    shares: FloatArray = np.array([changed.get(f.__name__, 0.0 if only else share) for f, share in FAMILIES.items()])
    if not shares.any():
        raise BadData("the shares of all families are 0: nothing could be drawn")
    parts: FloatArray = shares / shares.sum()
    return parts


def at_rest(rng: Rng, x: FloatArray, level: float = 0.5) -> FloatArray:
    """Let time begin and end slowly: the signal is flat at both ends, and the share ``level`` as high at both."""
    t = np.linspace(0, 1, x.size)
    hold = np.maximum(0, rng.uniform(-0.1, 0.2, 2))
    ramp = [log_uniform(rng, 0.02, 0.5) for _ in hold]
    speed = np.clip((t - hold[0]) / ramp[0], 0, 1) * np.clip((1 - hold[1] - t) / ramp[1], 0, 1)
    place = np.cumsum(speed) / speed.sum()
    x = np.interp(place, t, x)
    return x - (x[-1] - x[0]) * place if rng.random() < level else x


def joined(rng: Rng, length: int, draw: Callable[[int], FloatArray]) -> FloatArray:
    """Draw a signal that ends where it began: at rest there, brought back by a line, or faded into its own going on."""
    kind = rng.integers(3)
    if kind == 0:
        return at_rest(rng, draw(length), level=1.0)
    if kind == 1:
        x = draw(length)
        x -= (x[-1] - x[0]) * np.linspace(0, 1, length)
        return x
    more = int(length * rng.uniform(0.05, 0.3))
    x = draw(length + more)
    fade = (1 - np.cos(np.pi * (np.arange(more) + 0.5) / more)) / 2
    x[:more] = fade * x[:more] + (1 - fade) * x[length:]
    return x[:length]


def random_signal(
    rng: Rng, length: int, shares: FloatArray | None = None, rest: float = 0.0, closed: float = 0.0
) -> FloatArray:
    """One signal of unit power: a family, sometimes two mixed or joined, turned round, on an offset.

    The share ``closed`` of the signals is `joined` at its ends, the share ``rest`` of the others `at_rest` there.
    """
    families, shares = list(FAMILIES), shares_of({}) if shares is None else shares

    def one(length: int) -> FloatArray:
        # Cut from a stretch of random length, so that shapes come at many scales.
        long = int(length * rng.choice([1, 1, 1, 1.5, 3]))
        x = families[rng.choice(len(families), p=shares)](rng, long)
        start = rng.integers(0, long - length + 1)
        x = x[start : start + length]
        return unit_deviation(x)

    def several(length: int) -> FloatArray:
        x = one(length)
        kind = rng.random()
        if kind < 0.12:
            return x + rng.uniform(0.1, 1) * one(length)
        if kind < 0.2:
            cut = rng.integers(length // 8, length - length // 8)
            return np.concatenate([x[:cut], one(length)[cut:] * log_uniform(rng, 0.3, 3)])
        return x

    if closed and rng.random() < closed:
        x = unit_deviation(joined(rng, length, several))
    else:
        x = several(length)
        if rest and rng.random() < rest:
            x = unit_deviation(at_rest(rng, x))
    if rng.random() < 0.5:
        x = x[::-1]
    if rng.random() < 0.5:
        x = -x
    if rng.random() < 0.4:
        x = x + rng.normal() * 1.5
    return unit_power(x)


def unit_deviation(x: FloatArray) -> FloatArray:
    """Scale to standard deviation 1; what is constant, but for rounding, becomes exactly so."""
    scale = x.std()
    return x / scale if scale > 1e-12 * max(1.0, np.abs(x).max()) else np.full_like(x, x[0])


def unit_power(x: FloatArray) -> FloatArray:
    """Scale to mean square 1; what is zero everywhere becomes one everywhere."""
    power = np.mean(x**2)
    return x / np.sqrt(power) if power > 1e-12 else np.ones(x.size)


def mixture(rng: Rng, kinds: Sequence[str], length: int) -> FloatArray:
    """Noise of unit power: one of ``kinds``, half the time with a second one in a random proportion.

    Its rate is random too, so that hum lies anywhere from a few cycles a signal upward.
    """
    rate_hz = log_uniform(rng, 150, 20_000)

    def one() -> FloatArray:
        return unit_power(KINDS[kinds[int(rng.integers(len(kinds)))]](rng, length, rate_hz))

    first = one()
    if rng.random() < 0.5:
        return first
    share = rng.uniform(0.1, 0.9)
    return unit_power(np.sqrt(share) * first + np.sqrt(1 - share) * one())


def pairs(data: Signals, seed: int, first: int = 0) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield (noisy, clean) batches of shape (batch, length) for ever.

    Batch ``i`` depends on ``(seed, i)`` alone, so a stream can go on at ``first``. Noise is white and Gaussian, or
    drawn by `mixture` from the kinds of ``data.noise``; its level is such that the SNR (mean square of the clean signal
    over that of the noise) is uniform over ``data.snr_db``. A share of ``data.recorded`` of the signals are stretches
    of the reader's recordings. Signals fainter than ``data.faint`` says are of its families instead.
    """
    recorded = Recorded(data) if data.recorded else None
    shares = shares_of(data.families)
    faint = shares_of(data.faint.families, only=True) if data.faint else None

    def one(rng: Rng) -> FloatArray:
        if recorded is None or rng.random() >= data.recorded:
            return random_signal(rng, data.length, shares, closed=data.joined)
        x = recorded.draw(rng, data.length)
        x = x - x.mean()
        if rng.random() < 0.5:
            x = -x
        return unit_power(x / max(float(x.std()), 1e-12) + (rng.normal() if rng.random() < 0.3 else 0.0))

    step = first
    while True:
        rng = np.random.default_rng((seed, step))
        clean = np.stack([one(rng) for _ in range(data.batch)])
        snr_db = rng.uniform(*data.snr_db, size=(data.batch, 1))
        if data.faint:
            for i in np.flatnonzero(snr_db < data.faint.below_db):
                clean[i] = random_signal(rng, data.length, faint, data.faint.rest, data.joined)
        if data.noise == ("gaussian",):
            noise = rng.standard_normal(clean.shape)
        else:
            noise = np.stack([mixture(rng, data.noise, data.length) for _ in range(data.batch)])
        noisy = clean + 10 ** (-snr_db / 20) * noise
        yield noisy.astype(np.float32), clean.astype(np.float32)
        step += 1
