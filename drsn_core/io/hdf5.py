"""HDF5 and MATLAB 7.3: hard links to plain arrays, and nothing else.

HDF5 can name other files as the storage of an array, and the library opens them for whoever asks. Such files are
refused whole, before anything is read: external storage, virtual arrays, links that are not hard, unknown filters.

References
----------
.. [1] h5py/h5py#2891, #2974; CVE-2026-1669 and CVE-2026-12480 (external storage and virtual arrays in Keras).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from drsn_core.errors import DamagedFile, NoNumbers, TooLarge, UnsafeFile
from drsn_core.io import limits
from drsn_core.io.arrays import Entry, pick
from drsn_core.io.parsed import Parsed

DEEPEST = 8
#: deflate, shuffle, fletcher32, nbit, scaleoffset, and h5py's own lzf; other filters would be loaded from disk.
FILTERS = frozenset({1, 2, 3, 5, 6, 32000})
LAYOUTS = frozenset({h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED})


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read one array of an HDF5 file (see `arrays.pick`); MATLAB's axes come back in MATLAB's order."""
    matlab = data.startswith(b"MATLAB")
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            datasets = list(_walk(file, "", name, seen=set()))
            entries = [_entry(key, dataset, name) for key, dataset in datasets]
            if not entries:
                raise NoNumbers(name, "it has no arrays")
            return pick(entries, "MATLAB 7.3" if matlab else "HDF5", name, column)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as exc:
        raise DamagedFile(name, "its structure is broken or cut off") from exc


def _walk(group: Any, path: str, name: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Yield the arrays under a group, each once; every link is looked at before it is followed."""
    if path.count("/") > DEEPEST:
        raise UnsafeFile(name, f"its groups are nested deeper than {DEEPEST}")
    for key in group:
        link = group.get(key, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise UnsafeFile(name, "it holds links to other places")
        if key.startswith("#"):  # MATLAB's cells and references
            continue
        found = group[key]
        address = h5py.h5o.get_info(found.id).addr
        if address in seen:
            continue
        seen.add(address)
        if len(seen) > limits.MAX_MEMBERS:
            raise TooLarge("The file", len(seen), limits.MAX_MEMBERS, "objects")
        if isinstance(found, h5py.Group):
            yield from _walk(found, f"{path}{key}/", name, seen)
        elif isinstance(found, h5py.Dataset):
            yield f"{path}{key}", found


def _entry(key: str, dataset: Any, name: str) -> Entry:
    plan = dataset.id.get_create_plist()
    if plan.get_external_count() or dataset.is_virtual or plan.get_layout() not in LAYOUTS:
        raise UnsafeFile(name, "an array is stored in another file")
    if any(plan.get_filter(i)[0] not in FILTERS for i in range(plan.get_nfilters())):
        raise UnsafeFile(name, "an array is packed with a filter that is not part of HDF5")
    dtype, shape, kind = dataset.dtype, dataset.shape or (), dataset.dtype.kind
    matlab = dataset.attrs.get("MATLAB_class", b"") if "MATLAB_class" in dataset.attrs else None
    if matlab == b"char":
        return Entry(key, "U", "char", (1,), partial(_text, dataset))
    if dtype.names == ("real", "imag"):
        kind = "c"
    if h5py.check_string_dtype(dtype) is not None and shape == ():
        return Entry(key, "U", "text", (), partial(_text, dataset))
    if kind == "O":
        kind = "V"  # texts and references: HDF5 holds no Python objects
    if matlab is not None:
        shape = shape[::-1]
    return Entry(key, kind, dtype.name, shape, partial(_load, dataset, matlab is not None, name))


def _load(dataset: Any, reverse: bool, name: str) -> NDArray[Any]:
    try:
        values = np.asarray(dataset[()])
    except OSError as exc:
        raise DamagedFile(name, "an array is cut off or cannot be unpacked") from exc
    return values.T if reverse else values


def _text(dataset: Any) -> NDArray[Any]:
    if dataset.size > limits.MAX_NAME:
        return np.array("")
    values = dataset[()]
    if isinstance(values, bytes):
        return np.array(values.decode("utf-8", "replace"))
    return np.array("".join(map(chr, np.ravel(values).tolist())))
