"""What a parser hands back, and how it crosses from the child process to ours: JSON facts and raw numbers."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from drsn_core import errors
from drsn_core.data import Data, Image, Origin, Signal, bridged
from drsn_core.errors import DamagedFile, DrsnError, UnknownName, UnsafeFile, quote
from drsn_core.io import limits
from drsn_core.io.message import Facts, Parts, pack, unpack
from drsn_core.io.timeline import split_unit

#: The only array types that cross the border; everything else becomes float64 first.
PLAIN = frozenset({"|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"})
SHOWN_NAMES = 8
SHOWN_TEXT = 20


@dataclass(frozen=True)
class Parsed:
    """Decoded numbers before they are a signal or an image.

    Parameters
    ----------
    values : (channels, length) or (channels, height, width)
    full_scale : what 1.0 is in ``values``: 255 for 8-bit pictures
    name : a name that the file itself holds; empty where only the file name is known
    """

    kind: Literal["signal", "image"]
    values: NDArray[Any]
    origin: Origin
    rate_hz: float = 1.0
    unit: str = ""
    full_scale: float = 1.0
    name: str = ""

    def channel(self, column: str | int | None) -> Parsed:
        """Keep one channel, chosen by its name or number; None keeps all."""
        if column is None:
            return self
        index = position(column, self.origin.columns)
        origin = replace(self.origin, columns=(self.origin.columns[index],))
        return replace(self, values=self.values[index : index + 1], origin=origin)

    def data(self, name: str, gaps: str = "refuse") -> Data:
        """Build the signal or image; finiteness is looked at here, last of all; gaps are as `bridged` has them."""
        name = self.name or name
        values = self.values
        if self.kind == "image" and self.full_scale != 1:
            values = values / self.full_scale
            values.flags.writeable = False  # so that it is taken over, not copied
        filled, missing = bridged(values, gaps)
        filled.flags.writeable = False
        if self.kind == "image":
            return Image(filled, name, self.origin, missing)
        return Signal(filled, self.rate_hz, name, self.unit, self.origin, missing)


def position(column: str | int, names: Iterable[str]) -> int:
    """Index of a column given by its name, with or without the unit, or by its number (0-based, also as text).

    Raises
    ------
    UnknownName
        Lists the columns.
    """
    known = tuple(names)
    for spelling in (known, [split_unit(name)[0] for name in known]):
        if isinstance(column, str) and column in spelling:
            return spelling.index(column)
    if isinstance(column, str) and column.isascii() and column.isdigit() and len(column) < SHOWN_NAMES:
        column = int(column)
    if isinstance(column, int) and 0 <= column < len(known):
        return column
    raise UnknownName("column", column, shown(known))


def shown(names: Iterable[str]) -> list[str]:
    """Names for a message or a note: short, printable, the first few."""
    known = list(names)
    short = [name if len(name) <= SHOWN_TEXT else name[: SHOWN_TEXT - 1] + "…" for name in known[:SHOWN_NAMES]]
    return [quote(name) for name in short] + ["…"] * (len(known) > SHOWN_NAMES)


def clean(text: str, limit: int = limits.MAX_NAME) -> str:
    """Make a stranger's text fit for titles: the last part of a path, printable, short."""
    text = re.split(r"[\\/]", text)[-1]
    return "".join(c for c in text if c.isprintable()).strip()[:limit]


def label(text: str, limit: int = limits.MAX_NAME) -> str:
    """Make a column name or unit fit for axes: printable, short; slashes stay, as in m/s²."""
    return "".join(c for c in text if c.isprintable()).strip()[:limit]


def plain(values: NDArray[Any]) -> NDArray[Any]:
    """Contiguous, little-endian, of a type that every machine knows."""
    kind = values.dtype.newbyteorder("<")
    return np.ascontiguousarray(values, dtype=kind if kind.str in PLAIN else "<f8")


def to_message(parsed: Parsed) -> Parts:
    """Write a result for the way to the parent process."""
    values = plain(parsed.values)
    octets = values.reshape(-1).view(np.uint8).data
    facts = {k: v for k, v in vars(parsed).items() if k not in ("values", "origin")}
    return pack({**facts, "origin": asdict(parsed.origin), "dtype": values.dtype.str, "shape": values.shape}, octets)


def from_message(message: bytes, name: str) -> Parsed:
    """Read a result, or raise the error that the child met; nothing in it is trusted to be well formed."""
    try:
        facts, body = unpack(message)
        failure = _failure(facts, name)
        if failure is None:
            return _parsed(facts, body)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, struct.error) as exc:
        raise DamagedFile(name, "its decoder gave no sound answer") from exc
    raise failure


def _failure(facts: Facts, name: str) -> DrsnError | None:
    if "error" in facts:
        return errors.rebuilt(facts["error"], facts["facts"])
    match facts.get("failure"):
        case None:
            return None
        case "time":
            return UnsafeFile(name, f"decoding it takes longer than {limits.SECONDS:g} s")
        case "memory":
            return UnsafeFile(name, f"decoding it takes more than {limits.MEMORY / 2**30:g} GB of memory")
        case "crash":
            return DamagedFile(name, "its decoder broke down")
        case _:
            return DamagedFile(name, "it cannot be decoded")


def _parsed(facts: Facts, body: memoryview) -> Parsed:
    dtype, shape = facts.pop("dtype"), tuple(facts.pop("shape"))
    if dtype not in PLAIN:
        raise ValueError(dtype)
    found = facts.pop("origin")
    notes = tuple((str(key), str(fact)) for key, fact in found["notes"])
    origin = Origin(found["format"], found["dtype"], tuple(found["shape"]), tuple(found["columns"]), notes)
    values = np.frombuffer(body, dtype).reshape(shape)
    return Parsed(values=values, origin=origin, **facts)
