"""From the named arrays of a file (NPY, NPZ, MAT, HDF5) to one signal or image.

A container is listed first and read after: names, types and shapes cost nothing, so that the choice is made and the
size is known before a number is decoded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import SHORTEST, Origin
from drsn_core.errors import ComplexData, NoNumbers, TooLarge, TooShort, UnknownName, UnsafeFile
from drsn_core.io import limits
from drsn_core.io.parsed import Parsed, clean, label, shown
from drsn_core.io.timeline import is_time, rate_of, seconds_in

RATES = ("fs", "fs_hz", "rate", "rate_hz", "sr", "sampling_rate", "sample_rate", "samplerate", "sampling_frequency")
UNITS = ("unit", "units")
CHANNEL_NAMES = ("leads", "channels", "channel_names", "names", "columns")
COLOURS = {1: ("grey",), 3: ("red", "green", "blue")}
#: Beside the signal, only arrays up to this size are read: scalars, and names of channels.
SMALL = 256


@dataclass(frozen=True)
class Entry:
    """One array of a file, described but not decoded.

    ``kind`` is numpy's letter: "fiub" are numbers, "c" complex, "U" text, "O" anything that only Python could open.
    """

    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]
    load: Callable[[], NDArray[Any]]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def axes(self) -> tuple[int, ...]:
        """The shape without axes of length 1."""
        return tuple(length for length in self.shape if length != 1)

    def is_picture(self) -> bool:
        """Three axes, one of them colour; or two that are both too long to count channels."""
        if len(self.axes) == 2:
            return min(self.axes) > limits.MAX_CHANNELS
        return len(self.axes) == 3 and (self.axes[2] in (3, 4) or self.axes[0] == 3)

    def is_candidate(self) -> bool:
        return self.kind in "fiub" and self.size > 1 and (len(self.axes) <= 2 or self.is_picture())


def pick(entries: Sequence[Entry], form: str, name: str, column: str | int | None) -> Parsed:
    """Choose an array, read it, and give it what the arrays beside it say: rate, scale, unit, channel names.

    The array is the one that ``column`` names, else ours (``samples`` or ``pixels``), else the largest of one or two
    axes that is no time axis, else the largest picture. A ``column`` that names no array chooses a channel.
    """
    candidates = [entry for entry in entries if entry.is_candidate()]
    entry = _chosen(entries, candidates, name, column)
    _check_size(entry)
    beside = _beside(entry, entries)
    others = shown(other.name for other in candidates if other is not entry)
    notes = [("array", label(entry.name))] * bool(entry.name) + [("other-arrays", ", ".join(others))] * bool(others)
    values, scaling = _scaled(entry, beside)
    origin = Origin(form, entry.dtype, entry.shape, (), (*notes, *scaling))
    ours = _our_own(entry, beside)
    if ours == "image":
        parsed = _parsed_picture(values, origin)
    elif entry.is_picture() and not ours:
        parsed = _picture(values, entry, origin)
    else:
        parsed = _signal(values, entry, origin, as_stored=bool(ours))
    parsed = _named(_rated(parsed, beside), beside)
    if column is None or column == entry.name:
        return parsed
    if isinstance(column, str) and not column.isdigit() and column not in parsed.origin.columns:
        raise UnknownName("column", column, shown([*(known.name for known in candidates), *parsed.origin.columns]))
    return parsed.channel(column)


def _chosen(entries: Sequence[Entry], candidates: list[Entry], name: str, column: str | int | None) -> Entry:
    asked = next((entry for entry in entries if isinstance(column, str) and entry.name == column), None)
    if asked is not None and asked in candidates:
        return asked
    if asked is None and candidates:
        ours = next((entry for entry in candidates if entry.name in ("samples", "pixels")), None)
        return ours or max(
            candidates, key=lambda entry: (not entry.is_picture() and not is_time(entry.name), entry.size)
        )
    wrong = [asked] if asked is not None else entries
    if any(entry.kind == "c" for entry in wrong):
        raise ComplexData
    if any(entry.kind == "O" for entry in wrong):
        raise UnsafeFile(name, "its arrays hold Python objects, which run code when opened")
    if any(entry.kind in "fiub" and entry.size <= 1 for entry in wrong):
        raise TooShort(max(entry.size for entry in wrong), SHORTEST)
    shapes = ", ".join(f"{label(entry.name, 12)} {entry.dtype[:12]} {entry.shape[:4]}".strip() for entry in wrong[:2])
    raise NoNumbers(name, f"no array of numbers with one or two axes, nor a picture; found: {shapes or 'nothing'}")


def _check_size(entry: Entry) -> None:
    """Look at the declared shape; nothing is decoded yet."""
    pixels = entry.size // min(entry.axes) if len(entry.axes) == 3 else entry.size
    if entry.is_picture() and pixels > limits.MAX_PIXELS:
        raise TooLarge("The picture", pixels, limits.MAX_PIXELS, "pixels")
    if not entry.is_picture() and entry.size > limits.MAX_SAMPLES:
        raise TooLarge("The recording", entry.size, limits.MAX_SAMPLES, "samples")


def _beside(entry: Entry, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Arrays in the same group of an HDF5 file, or at its root, by the last part of their name."""
    parts = {other: other.name.rpartition("/") for other in entries if other is not entry}
    home = entry.name.rpartition("/")[0]
    groups = [{part[2]: other for other, part in parts.items() if part[0] == group} for group in ("", home)]
    return groups[0] | groups[1]


def _scalar(entry: Entry | None) -> float | None:
    """The value of a real scalar that is finite and not 0, such as a rate or a gain."""
    if entry is None or entry.kind not in "fiu" or entry.size != 1:
        return None
    value = float(entry.load().reshape(-1)[0])
    return value if math.isfinite(value) and value != 0 else None


def _texts(entry: Entry | None) -> tuple[str, ...]:
    if entry is None or entry.kind != "U" or entry.size > SMALL:
        return ()
    return tuple(label(str(text)) for text in entry.load().reshape(-1))


def _scaled(entry: Entry, beside: dict[str, Entry]) -> tuple[NDArray[Any], list[tuple[str, str]]]:
    """Apply ``<name>_scale`` (units a count) or, to integers, ``gain`` (counts a unit)."""
    values = entry.load()
    if values.dtype.kind == "c":  # MATLAB files tell only with the numbers
        raise ComplexData
    factor = _scalar(beside.get(f"{entry.name.rpartition('/')[2]}_scale"))
    if factor is not None:
        return values * factor, [("scaled-by", f"{label(entry.name)}_scale = {factor:g}")]
    gain = _scalar(beside.get("gain")) if entry.kind in "iu" and not entry.is_picture() else None
    if gain is not None:
        return values / gain, [("scaled-by", f"1 / gain, gain = {gain:g}")]
    return values, []


def _signal(values: NDArray[Any], entry: Entry, origin: Origin, as_stored: bool) -> Parsed:
    notes = list(origin.notes)
    if not as_stored:
        values = values.reshape(entry.axes)
        if values.ndim == 2 and values.shape[0] > values.shape[1]:
            values = values.T
            notes.append(("channels", "the columns of the array"))
        elif values.ndim == 2:
            notes.append(("channels", "the rows of the array"))
    values = np.atleast_2d(values)
    single = (label(entry.name) or "0",)
    columns = single if len(values) == 1 else tuple(map(str, range(len(values))))
    return Parsed("signal", values, replace(origin, columns=columns, notes=tuple(notes)))


def _our_own(entry: Entry, beside: dict[str, Entry]) -> str:
    """Say whether `write` made this, and so whether axes are where we put them: "signal", "image" or neither."""
    if entry.name == "pixels" and "name" in beside and len(entry.shape) == 3 and entry.shape[0] in COLOURS:
        return "image"
    signal = entry.name == "samples" and {"rate_hz", "unit", "name"} <= beside.keys() and len(entry.shape) == 2
    return "signal" if signal else ""


def _picture(values: NDArray[Any], entry: Entry, origin: Origin) -> Parsed:
    values = values.reshape(entry.axes)
    if values.ndim == 2:
        values = values[None]
    elif values.shape[0] != 3 or values.shape[2] in (3, 4):
        values = np.moveaxis(values[:, :, :3], 2, 0)
    return _parsed_picture(values, origin)


def _parsed_picture(values: NDArray[Any], origin: Origin) -> Parsed:
    scale = full_scale(values)
    notes = origin.notes + ((("scaled-by", f"1 / {scale:g}"),) if scale != 1 else ())
    return Parsed("image", values, replace(origin, columns=COLOURS[len(values)], notes=notes), full_scale=scale)


def full_scale(values: NDArray[Any]) -> float:
    """What is white: 255 or 65535 for integers, by their type or, of wider types, by the largest; else 1."""
    if values.dtype.kind not in "iu":
        return 1.0
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        return float(np.iinfo(values.dtype).max)
    largest, smallest = int(values.max()), int(values.min())
    if smallest < 0:
        return 1.0
    return next((float(white) for white in (1, 255, 65535) if largest <= white), 1.0)


def _rated(parsed: Parsed, beside: dict[str, Entry]) -> Parsed:
    """Set the rate from a scalar called ``fs`` or the like, else from an even time axis beside the signal."""
    if parsed.kind == "image":
        return parsed
    for key, entry in beside.items():
        rate = _scalar(entry) if key.lower() in RATES else None
        if rate is not None and rate > 0:
            return _noted(replace(parsed, rate_hz=rate), "rate-from", entry.name)
    for key, entry in beside.items():
        if is_time(key) and entry.kind in "fiu" and entry.axes == parsed.values.shape[1:]:
            rate = rate_of(entry.load().reshape(-1), seconds_in(key))
            if rate is None:
                return _noted(parsed, "time-not-even", entry.name)
            return _noted(replace(parsed, rate_hz=rate), "rate-from", entry.name)
    return parsed


def _named(parsed: Parsed, beside: dict[str, Entry]) -> Parsed:
    """Take over unit, name and channel names that lie beside the array as text."""
    unit = next((text[0] for key in UNITS if len(text := _texts(beside.get(key))) == 1), "")
    name = next((clean(text[0]) for key in ("name",) if len(text := _texts(beside.get(key))) == 1), "")
    columns = next((t for k in CHANNEL_NAMES if len(t := _texts(beside.get(k))) == len(parsed.values)), ())
    if columns and parsed.kind == "signal":
        parsed = replace(parsed, origin=replace(parsed.origin, columns=columns))
    return replace(parsed, unit=unit if parsed.kind == "signal" else "", name=name)


def _noted(parsed: Parsed, key: str, fact: str) -> Parsed:
    return replace(parsed, origin=replace(parsed.origin, notes=(*parsed.origin.notes, (key, label(fact)))))
