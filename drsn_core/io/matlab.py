"""MATLAB files of version 5 to 7.2, by SciPy; those of version 7.3 are HDF5.

SciPy's reader crashes on some damaged files (scipy/scipy#25349, #25829): it must only ever run in the child process.
"""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, whosmat

from drsn_core.errors import DamagedFile, NoNumbers
from drsn_core.io.arrays import Entry, pick
from drsn_core.io.parsed import Parsed

#: MATLAB's classes of full real arrays, and numpy's letter for their kind. Structs, cells, sparse ones stay closed.
KINDS = {
    **dict.fromkeys(("double", "single"), "f"),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), "i"),
    **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), "u"),
    "logical": "b",
    "char": "U",
}


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read one array of a MAT file (see `arrays.pick`)."""
    try:
        found = whosmat(io.BytesIO(data))  # type: ignore[arg-type]  # the stubs know names only
    except MemoryError:
        raise
    except Exception as exc:  # SciPy has no error of its own
        raise DamagedFile(name, "its list of variables makes no sense") from exc
    if not found:
        raise NoNumbers(name, "it has no variables")
    entries = [
        Entry(key, KINDS.get(kind, "V"), kind, tuple(map(int, shape)), partial(_load, data, key, name))
        for key, shape, kind in found
    ]
    return pick(entries, "MATLAB", name, column)


def _load(data: bytes, key: str, name: str) -> NDArray[Any]:
    try:
        array = loadmat(io.BytesIO(data), variable_names=[key])[key]  # type: ignore[arg-type]
    except MemoryError:
        raise
    except Exception as exc:
        raise DamagedFile(name, "a variable is cut off or makes no sense") from exc
    return np.asarray(array)
