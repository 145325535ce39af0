"""A curve drawn by hand, as a short text that fits into a link, and the signal that it stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drsn_core.data import FloatArray, Signal
from drsn_core.errors import BadParameter
from drsn_core.synth.signals import times

#: Points of a curve, evenly spaced from its left end to its right.
POINTS = 96

#: Digits of base 64 that no link needs to escape: those of RFC 4648, section 5.
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

#: Digits of a point, and the highest of its steps. There is an odd number of steps, so that zero is one of them.
DIGITS = 2
TOP = len(ALPHABET) ** DIGITS - 2

_PLACES = {digit: place for place, digit in enumerate(ALPHABET)}
_ACCEPTED = f"{DIGITS * POINTS} of the characters A-Z a-z 0-9 - _"


def encode(heights: Sequence[float] | FloatArray) -> str:
    r"""Write a curve as text: every height as a number in two digits of base 64, the higher digit first.

    .. math:: q_i = \operatorname{round}\!\left(4094\, \frac{h_i + 1}{2}\right)

    Parameters
    ----------
    heights : (`POINTS`,), from -1 to 1; what lies outside is cut off, so that -1 is "AA", 0 is "f_" and 1 is "_-"

    Raises
    ------
    BadParameter
        If there are not `POINTS` heights, or one is not finite.
    """
    given = np.asarray(heights, np.float64)
    if given.shape != (POINTS,) or not np.isfinite(given).all():
        raise BadParameter("heights", f"an array of shape {given.shape}", f"{POINTS} finite numbers from -1 to 1")
    steps = np.round(TOP * (np.clip(given, -1, 1) + 1) / 2).astype(int)
    return "".join(ALPHABET[step // len(ALPHABET)] + ALPHABET[step % len(ALPHABET)] for step in steps)


def decode(curve: str) -> FloatArray:
    """Read the heights of a curve back, (`POINTS`,), from -1 to 1; each within 1/4094 of what was written.

    Raises
    ------
    BadParameter
        If the text is no curve: too short, too long, or with other characters than those of `ALPHABET`.

    Examples
    --------
    >>> decode("AA" * 48 + "f_" * 47 + "_-")[[0, 48, -1]]
    array([-1.,  0.,  1.])
    """
    if not isinstance(curve, str) or len(curve) != DIGITS * POINTS or not _PLACES.keys() >= set(curve):
        raise BadParameter("curve", curve, _ACCEPTED)
    digits = np.array([_PLACES[digit] for digit in curve]).reshape(POINTS, DIGITS)
    steps = np.minimum(len(ALPHABET) * digits[:, 0] + digits[:, 1], TOP)
    return np.asarray(2 * steps / TOP - 1)


def drawn(curve: str, length: int = 2048) -> Signal:
    """The signal that a curve stands for: straight lines from point to point, as on the drawing pad.

    It lasts one second however finely it is drawn, as the benchmark signals do: its rate is ``length``. The first
    sample is the first point, the last the last.

    Parameters
    ----------
    curve : see `encode`
    length : samples, 16 to 20,000,000

    Raises
    ------
    BadParameter

    Examples
    --------
    >>> drawn(FLAT, length=100).samples.any(), drawn(EXAMPLE).rate_hz
    (np.False_, 2048.0)
    """
    heights = decode(curve)
    t = times(length, None)
    place = (t - t[0]) / (t[-1] - t[0]) * (POINTS - 1)
    return Signal(np.interp(place, np.arange(POINTS), heights), rate_hz=length, name="drawn")


def _example() -> str:
    """A hill, a valley with a sharp edge, and a plateau."""
    at = np.arange(POINTS) / (POINTS - 1)
    hill = 0.75 * np.exp(-(((at - 0.2) / 0.085) ** 2))
    plateau = np.interp(at, [0.42, 0.425, 0.6, 0.605, 0.72, 0.86, 1.0], [0.0, -0.6, -0.6, 0.35, 0.35, -0.15, 0.0])
    return encode(hill + plateau)


#: What the pad shows before anybody has drawn, and an empty pad.
EXAMPLE = _example()
FLAT = encode(np.zeros(POINTS))
