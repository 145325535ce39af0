"""Sampling rate from a column of times, and the names such columns go by."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Seconds in one unit of a time column.
SECONDS_IN = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", ""), 1.0),
    **dict.fromkeys(("ms", "msec", "毫秒"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "微秒"), 1e-6),
    "ns": 1e-9,
    **dict.fromkeys(("min", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hours"), 3600.0),
}
TIME = re.compile(
    r"(elapsed|relative|sample)?[ _]?"
    r"(time|t|s|secs?|seconds?|ms|timestamps?|zeit|temps|tiempo|tempo|date|date[ _]?time|时间|時間|时刻)"
    r"([ _](?P<unit>s|sec|ms|us|ns))?"
)
UNIT = re.compile(r"(?P<name>.*?)\s*[\[(（](?P<unit>[^\[\]()（）]*)[\])）]\s*")

#: Times may leave the even grid by this part of a step; a missing sample leaves it by half a step.
JITTER = 0.02
#: By this part of a step, what remains is the rounding of float arithmetic.
EXACT = 1e-6
MOST_DIGITS = 17
#: Times printed more coarsely than this part of a step could hide a missing sample.
COARSEST = 0.4


def split_unit(header: str) -> tuple[str, str]:
    """Part "voltage (mV)" or "acc [g]" into name and unit; the unit is empty where there is none.

    >>> split_unit("voltage (mV)")
    ('voltage', 'mV')
    """
    match = UNIT.fullmatch(header.strip())
    return (match["name"], match["unit"].strip()) if match else (header.strip(), "")


def is_time(header: str) -> bool:
    """Say whether a column of this name holds times: "time", "t [ms]", "Zeit (s)", "时间"."""
    return TIME.fullmatch(split_unit(header)[0].lower()) is not None


def seconds_in(header: str) -> float:
    """Seconds in one unit of the column: 0.001 for "t [ms]"; 1 where the header does not say."""
    name, unit = split_unit(header)
    match = TIME.fullmatch(name.lower())
    if not unit and match:
        unit = match["unit"] or (match[2] if match[2] in SECONDS_IN else "")
    return SECONDS_IN.get(unit.lower(), 1.0)


def rate_of(times: NDArray[Any], seconds: float = 1.0) -> float | None:
    r"""Samples a second of evenly spaced times; None if they are not even.

    The rate is the roundest number :math:`f` that the times allow: with times printed to the millisecond, 360 Hz
    over ten seconds can only be told to 0.01 %, and 360 is what was meant.

    .. math:: \left|\frac{n - 1}{f} - (t_{n-1} - t_0)\right| \le \text{resolution of the times}

    Parameters
    ----------
    times : (n,), increasing
    seconds : in one unit of ``times``

    Examples
    --------
    >>> rate_of(np.array([0.0, 0.003, 0.006, 0.008, 0.011, 0.014]))
    360.0
    """
    steps = len(times) - 1
    if steps < 1 or not np.isfinite(times).all():
        return None
    accuracy = (
        8 * float(np.finfo(times.dtype if times.dtype.kind == "f" else np.float64).eps) * float(np.abs(times).max())
    )
    t = times.astype(np.float64)
    span = float(t[-1] - t[0])
    step = span / steps
    if span <= 0 or not np.isfinite(step) or step <= accuracy or (np.diff(t) <= 0).any():
        return None
    off = float(np.abs(t - t[0] - step * np.arange(steps + 1)).max())
    if off > EXACT * step + accuracy:
        resolution = printed_resolution(t)
        if off <= resolution <= COARSEST * step:
            accuracy = resolution
        elif off > JITTER * step:
            return None
    raw = steps / (span * seconds)
    for digits in range(1, MOST_DIGITS):
        rate = float(f"{raw:.{digits}g}")
        if abs(steps / (rate * seconds) - span) <= accuracy:
            return rate
    return raw


def printed_resolution(times: NDArray[np.float64]) -> float:
    """The last decimal place that the times were printed to, 0.001 for milliseconds; 0 if they were not rounded."""
    some = times[:2000]
    for decimals in range(10):
        scaled = some * 10.0**decimals
        doubt = max(1e-6, 4 * float(np.finfo(np.float64).eps) * float(np.abs(scaled).max()))
        if doubt < 0.1 and np.abs(scaled - np.round(scaled)).max() <= doubt:
            return float(10.0**-decimals)
    return 0.0
