"""MATLAB files of version 5 to 7.2, by SciPy; those of version 7.3 are HDF5.

SciPy's reader crashes on some damaged files (scipy/scipy#25349, #25829): it must only ever run in the child process.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, whosmat

from drsn_core.errors import DamagedFile, NoNumbers
from drsn_core.io.arrays import Entry, pick
from drsn_core.io.parsed import Parsed

#: MATLAB's classes of full real arrays, and numpy's letter for their kind. Sparse ones and objects stay closed.
KINDS = {
    **dict.fromkeys(("double", "single"), "f"),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), "i"),
    **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), "u"),
    "logical": "b",
    "char": "U",
}
#: Classes that are opened if they hold one thing each, and how deep: recorders like to pack a signal with its rate.
HEAD = 128
BOXES = ("struct", "cell")
DEEPEST = 8


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read one array of a MAT file (see `arrays.pick`)."""
    _check_elements(data, name)
    try:
        found = whosmat(io.BytesIO(data))  # type: ignore[arg-type]  # the stubs know names only
    except MemoryError:
        raise
    except Exception as exc:  # SciPy has no error of its own
        raise DamagedFile(name, "its list of variables makes no sense") from exc
    if not found:
        raise NoNumbers(name, "it has no variables")
    entries: list[Entry] = []
    for key, shape, kind in found:
        inner = _inside(data, key, name) if kind in BOXES and math.prod(shape) == 1 else []
        plain = Entry(key, KINDS.get(kind, "V"), kind, tuple(map(int, shape)), partial(_load, data, key, name))
        entries += inner or [plain]
    return pick(entries, "MATLAB", name, column)


def _check_elements(data: bytes, name: str) -> None:
    """Go from variable to variable by the sizes that they state; SciPy believes the parts of a variable instead."""
    order, at = ("<" if data[126:128] == b"IM" else ">"), HEAD
    while at + 8 <= len(data):
        _, size = struct.unpack_from(f"{order}II", data, at)
        at += 8 + size
    if at > len(data):
        raise DamagedFile(name, f"its variables end at byte {at:,}, the file at {len(data):,}")


def _inside(data: bytes, key: str, name: str) -> list[Entry]:
    """The arrays in a struct, as "run/acceleration"; none if it holds no more than scalars and texts."""
    found = list(_leaves(_load(data, key, name), key))
    return found if any(entry.is_candidate() for entry in found) else []


def _leaves(value: NDArray[Any], path: str, depth: int = 0) -> Iterator[Entry]:
    """Open structs and cells that hold one thing each; SciPy has decoded them already."""
    if value.dtype.names and value.size == 1 and depth < DEEPEST:
        record = value.reshape(-1)[0]
        for field in value.dtype.names:
            yield from _leaves(np.asarray(record[field]), f"{path}/{field}", depth + 1)
    elif value.dtype.kind == "O" and value.size == 1 and depth < DEEPEST:
        yield from _leaves(np.asarray(value.reshape(-1)[0]), path, depth + 1)
    elif value.dtype.kind in "fiubcU":
        yield Entry(path, value.dtype.kind, value.dtype.name, value.shape, lambda: value)


def _load(data: bytes, key: str, name: str) -> NDArray[Any]:
    try:
        array = loadmat(io.BytesIO(data), variable_names=[key])[key]  # type: ignore[arg-type]
    except MemoryError:
        raise
    except Exception as exc:
        raise DamagedFile(name, "a variable is cut off or makes no sense") from exc
    return np.asarray(array)
