"""One odd file and what must become of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drsn_core.errors import DrsnError

Make = Callable[[], bytes]


@dataclass(frozen=True, eq=False)
class Odd:
    """A file by its name and a way to make its bytes.

    Parameters
    ----------
    values : what it loads as, (channels, length) or (channels, height, width), up to ``atol``; None if it is refused
    rate : samples a second, where they are stated
    error : kind of error that it is refused with
    options : of `drsn_core.io.read`
    """

    name: str
    make: Make
    values: Any = None
    atol: float = 0.0
    rate: float | None = None
    error: type[DrsnError] | None = None
    options: dict[str, Any] = field(default_factory=dict)


def good(
    name: str, make: Make | bytes, values: Any, atol: float = 0.0, rate: float | None = None, **options: Any
) -> Odd:
    """A file that loads."""
    return Odd(name, _maker(make), np.asarray(values, dtype=np.float64), atol, rate, options=options)


def bad(name: str, make: Make | bytes, error: type[DrsnError], **options: Any) -> Odd:
    """A file that is refused."""
    return Odd(name, _maker(make), error=error, options=options)


def _maker(make: Make | bytes) -> Make:
    if isinstance(make, bytes):
        return lambda: make
    return make


def saved(save: Callable[..., object], *args: object, **options: object) -> bytes:
    """What ``save`` writes into a file."""
    out = io.BytesIO()
    save(out, *args, **options)
    return out.getvalue()


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """The bytes with others in their place."""
    return data[:at] + new + data[at + len(new) :]
