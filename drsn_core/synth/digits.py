"""Digits as a pen writes them: strokes with round ends on 28 x 28 pixels, for networks that read.

A digit is a list of strokes, a stroke a list of points (u, v), u to the right and v downwards, both in 0..1 of the box
of the digit; between its points a stroke bends smoothly. The ink is as light as it is deep within the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drsn_core.data import FloatArray, Image
from drsn_core.errors import BadParameter
from drsn_core.synth.curves import ALPHABET
from drsn_core.synth.signals import generator

Stroke = tuple[tuple[float, float], ...]

#: Points of a digit drawn by hand, at most.
MOST_POINTS = 600

#: The strokes of each digit, in the order of a pen that was taught to write in Europe or America.
STROKES: dict[int, tuple[Stroke, ...]] = {
    0: (
        (
            (0.55, 0.0),
            (0.2, 0.12),
            (0.08, 0.5),
            (0.2, 0.88),
            (0.5, 1.0),
            (0.8, 0.86),
            (0.92, 0.48),
            (0.8, 0.12),
            (0.55, 0),
        ),
    ),
    1: (((0.6, 0.0), (0.52, 0.5), (0.44, 1.0)),),
    2: (
        ((0.12, 0.2), (0.3, 0.03), (0.62, 0.02), (0.8, 0.2), (0.7, 0.45), (0.4, 0.75), (0.1, 0.97)),
        ((0.1, 0.97), (0.5, 0.95), (0.95, 0.96)),
    ),
    3: (
        ((0.15, 0.1), (0.45, 0.0), (0.78, 0.12), (0.72, 0.36), (0.4, 0.47)),
        ((0.4, 0.47), (0.78, 0.56), (0.85, 0.8), (0.5, 1.0), (0.1, 0.9)),
    ),
    4: (
        ((0.22, 0.05), (0.13, 0.3), (0.08, 0.52), (0.35, 0.58), (0.88, 0.54)),
        ((0.76, 0.02), (0.7, 0.5), (0.64, 1.0)),
    ),
    5: (
        ((0.86, 0.03), (0.55, 0.03), (0.26, 0.05)),
        ((0.26, 0.05), (0.2, 0.42), (0.55, 0.4), (0.84, 0.62), (0.7, 0.92), (0.38, 1.0), (0.1, 0.9)),
    ),
    6: (((0.66, 0.0), (0.32, 0.28), (0.14, 0.66), (0.28, 0.96), (0.6, 0.98), (0.78, 0.76), (0.58, 0.56), (0.2, 0.74)),),
    7: (((0.08, 0.06), (0.45, 0.08), (0.88, 0.05)), ((0.88, 0.05), (0.62, 0.48), (0.42, 1.0))),
    8: (
        (
            (0.78, 0.14),
            (0.5, 0.0),
            (0.24, 0.16),
            (0.48, 0.45),
            (0.76, 0.76),
            (0.46, 1),
            (0.2, 0.78),
            (0.5, 0.47),
            (0.8, 0.16),
        ),
    ),
    9: (((0.78, 0.22), (0.5, 0.02), (0.2, 0.2), (0.34, 0.46), (0.66, 0.42), (0.79, 0.2), (0.74, 0.55), (0.62, 1.0)),),
}

#: Height of a digit in sides of the picture, as MNIST scales them, and the fine grid a pixel is averaged over.
HEIGHT, FINE = 20 / 28, 4

#: How far the hand is off, as standard deviations: slant and shear of the box, its proportions, every point.
SLANT, PROPORTION, TREMBLE = 0.12, 0.06, 0.018


def written_digit(digit: int, *, side: int = 28, pen: float = 0.085, seed: int = 0) -> Image:
    r"""A digit as a pen writes it, light on dark, its centre of mass in the middle of the picture, as in MNIST.

    A pixel holds the share of it that lies within half the width of the pen of a stroke; strokes are Catmull-Rom
    curves through the points of `STROKES`, after a slant, a stretch and a tremble that ``seed`` draws.

    Parameters
    ----------
    digit : 0 to 9
    side : of the picture in pixels, 16 to 512
    pen : width of the line in sides of the picture, 0.02 to 0.3; 0.085 are 2.4 of 28 pixels
    seed : of the hand, a whole number from 0; with 0 it writes exactly as in `STROKES`

    Returns
    -------
    Image
        (1, side, side), values in 0..1.

    Raises
    ------
    BadParameter

    Notes
    -----
    No scan of anybody's handwriting: one way to write each digit, slightly varied. A network that reads thousands of
    hands sees little of what it knows here.

    Examples
    --------
    >>> picture = written_digit(3)
    >>> picture.pixels.shape, float(picture.pixels.max())
    ((1, 28, 28), 1.0)
    """
    if not isinstance(digit, int | np.integer) or isinstance(digit, bool) or digit not in STROKES:
        raise BadParameter("digit", digit, "a whole number from 0 to 9")
    if not isinstance(side, int | np.integer) or isinstance(side, bool) or not 16 <= side <= 512:
        raise BadParameter("side", side, "a whole number from 16 to 512")
    if not 0.02 <= pen <= 0.3:
        raise BadParameter("pen", pen, "0.02 to 0.3 sides of the picture")
    lines = [curve(np.asarray(stroke)) for stroke in _by_hand(digit, seed)]
    return Image(_centred(lines, side, pen), f"digit-{digit}")


def _centred(lines: list[FloatArray], side: int, pen: float) -> FloatArray:
    """The picture (1, side, side) of lines about (0, 0): drawn there, then moved so that its ink balances there."""
    middle = np.full(2, 0.5)
    at = (np.arange(side) + 0.5) / side
    for _ in range(2):
        pixels = _ink([line + middle for line in lines], side, pen)
        centre = np.array([pixels.sum(axis=0) @ at, pixels.sum(axis=1) @ at]) / pixels.sum()
        middle = middle + 0.5 - centre
    return pixels[None]


def drawn_digit(strokes: str, *, side: int = 28, pen: float = 0.085) -> Image:
    """A digit that somebody has drawn: brought to the size and the place that digits have in MNIST.

    Parameters
    ----------
    strokes : text of `encode_strokes`
    side, pen : as in `written_digit`

    Raises
    ------
    BadParameter

    Examples
    --------
    >>> drawn_digit(encode_strokes([[(0.5, 0.1), (0.5, 0.9)]])).pixels.shape
    (1, 28, 28)
    """
    lines = decode_strokes(strokes)
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), HEIGHT / 8)  # a dot stays a dot
    return Image(_centred([(line - (low + high) / 2) * (HEIGHT / size) for line in lines], side, pen), "digit-drawn")


def encode_strokes(strokes: Sequence[Sequence[tuple[float, float]]]) -> str:
    """Write strokes as text for a link: two characters a point, a dot between strokes.

    Parameters
    ----------
    strokes : lists of points (u, v), to the right and downwards, 0 to 1; kept to steps of 1/63

    Raises
    ------
    BadParameter
        If there is none, or more than `MOST_POINTS` points in all.
    """
    count = sum(map(len, strokes))
    if not count or count > MOST_POINTS or not all(map(len, strokes)):
        raise BadParameter("strokes", f"{count} points", f"strokes of at least one point, 1 to {MOST_POINTS} in all")
    top = len(ALPHABET) - 1
    steps = [np.round(top * np.clip(np.asarray(stroke, np.float64), 0, 1)).astype(int) for stroke in strokes]
    return ".".join("".join(ALPHABET[u] + ALPHABET[v] for u, v in stroke) for stroke in steps)


def decode_strokes(text: str) -> list[FloatArray]:
    """Read strokes back, each (points, 2); a stroke of one point gets it twice.

    Raises
    ------
    BadParameter
        If the text holds anything but pairs of the characters of a link, or too many.
    """
    accepted = f"pairs of A-Z a-z 0-9 - _, a dot between strokes, at most {MOST_POINTS} pairs"
    if not isinstance(text, str) or not text or len(text) > 3 * MOST_POINTS:
        raise BadParameter("strokes", text[:40] if isinstance(text, str) else text, accepted)
    places = {character: place for place, character in enumerate(ALPHABET)}
    found = []
    for stroke in text.split("."):
        if not stroke or len(stroke) % 2 or not places.keys() >= set(stroke):
            raise BadParameter("strokes", text[:40], accepted)
        points = np.array([places[character] for character in stroke], np.float64).reshape(-1, 2) / (len(ALPHABET) - 1)
        found.append(np.repeat(points, 2, axis=0) if len(points) == 1 else points)
    return found


def _by_hand(digit: int, seed: int) -> list[FloatArray]:
    """Strokes (points, 2) about the middle of the box, in sides of the picture, as the hand of ``seed`` has them."""
    rng = generator(seed)
    steady = seed == 0
    slant = 0.0 if steady else SLANT * rng.standard_normal()
    wide = 0.72 * (1.0 if steady else float(np.exp(2 * PROPORTION * rng.standard_normal())))
    found = []
    for stroke in STROKES[digit]:
        points = np.asarray(stroke, dtype=np.float64) - 0.5
        if not steady:
            points = points + TREMBLE * rng.standard_normal(points.shape)
        u = wide * points[:, 0] - slant * points[:, 1]
        found.append(HEIGHT * np.stack([u, points[:, 1]], axis=1))
    return found


def curve(points: FloatArray, steps: int = 12) -> FloatArray:
    """A smooth line through ``points`` (n, 2), ``steps`` to each stretch: Catmull-Rom, its ends repeated.

    Examples
    --------
    >>> curve(np.array([[0.0, 0.0], [1.0, 0.0]]), 2).tolist()
    [[0.0, 0.0], [0.5, 0.0], [1.0, 0.0]]
    """
    padded = np.concatenate([points[:1], points, points[-1:]])
    before, start, end, after = (padded[i : len(points) - 1 + i, None] for i in range(4))
    t = (np.arange(steps) / steps)[None, :, None]
    bent = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate([bent.reshape(-1, 2), points[-1:]])


def _ink(lines: list[FloatArray], side: int, pen: float) -> FloatArray:
    """The share of every pixel that lies within half a pen's width of a line, (side, side)."""
    fine = side * FINE
    at = (np.arange(fine) + 0.5) / fine
    covered = np.zeros((fine, fine), dtype=bool)
    starts = np.concatenate([line[:-1] for line in lines])
    ends = np.concatenate([line[1:] for line in lines])
    for start, end in zip(starts, ends, strict=True):
        low, high = np.minimum(start, end) - pen / 2, np.maximum(start, end) + pen / 2
        (left, top), (right, bottom) = (
            np.clip(np.round(edge * fine).astype(int), 0, fine) for edge in (low, high + 1 / fine)
        )
        u, v = at[None, left:right] - start[0], at[top:bottom, None] - start[1]
        way = end - start
        along = np.clip((u * way[0] + v * way[1]) / max(float(way @ way), 1e-18), 0.0, 1.0)
        covered[top:bottom, left:right] |= np.hypot(u - along * way[0], v - along * way[1]) <= pen / 2
    share: FloatArray = covered.reshape(side, FINE, side, FINE).mean(axis=(1, 3))
    return share
