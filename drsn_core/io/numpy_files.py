"""NPY and NPZ, never unpickled: the header is read as text, the numbers as bytes, both counted before."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from drsn_core.errors import DamagedFile, NoNumbers, TooLarge, UnsafeFile
from drsn_core.io import limits
from drsn_core.io.arrays import Entry, pick
from drsn_core.io.parsed import Parsed

#: numpy's own limit: longer headers can be slow or dangerous to evaluate.
MAX_HEADER = 10_000

Source = Callable[[], IO[bytes]]


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read the one array of an NPY file, or one of those in an NPZ file (see `arrays.pick`)."""
    if not data.startswith(b"PK"):
        return pick([_entry("", lambda: io.BytesIO(data), len(data), name)], "NPY", name, column)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as exc:
        raise DamagedFile(name, "the archive is cut off or has no index") from exc
    members = archive.infolist()
    if len(members) > limits.MAX_MEMBERS:
        raise TooLarge("The archive", len(members), limits.MAX_MEMBERS, "members")
    if any(member.filename.endswith("data.pkl") for member in members):
        raise UnsafeFile(name, "it holds a pickle, which runs code when opened")
    arrays = [member for member in members if member.filename.endswith(".npy")]
    if not arrays:
        raise NoNumbers(name, "it is an archive without NumPy arrays; unpack it first")
    entries = [_entry(member.filename[:-4], partial(archive.open, member), member.file_size, name) for member in arrays]
    return pick(entries, "NPZ", name, column)


def _entry(key: str, source: Source, size: int, name: str) -> Entry:
    """Describe an array by its header; ``size`` is what the file says it has, ``load`` counts again."""
    try:
        with source() as stream:
            version = npy.read_magic(stream)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read(stream, max_header_size=MAX_HEADER)
            start = stream.tell()
    except (ValueError, EOFError, zipfile.BadZipFile) as exc:
        raise DamagedFile(name, "the header of an array makes no sense") from exc
    if min(shape, default=1) < 0:
        raise DamagedFile(name, "an array says that it has a negative length")
    kind = "O" if dtype.hasobject else dtype.kind
    if kind != "O" and start + math.prod(shape) * dtype.itemsize > size:
        raise DamagedFile(name, f"{size:,} of {start + math.prod(shape) * dtype.itemsize:,} bytes are there")

    def load() -> NDArray[Any]:
        body = _body(source, start, math.prod(shape) * dtype.itemsize, name)
        return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")

    return Entry(key, kind, dtype.name, shape, load)


def _body(source: Source, start: int, count: int, name: str) -> bytes:
    """Read the bytes of an array, no more than its header says."""
    try:
        with source() as stream:
            stream.read(start)
            body = stream.read(count)
            stream.read(1)  # at its end a member of an archive checks its sum
    except (EOFError, zipfile.BadZipFile, zlib.error) as exc:
        raise DamagedFile(name, "an array is cut off or its checksum is wrong") from exc
    if len(body) < count:
        raise DamagedFile(name, f"{len(body):,} of {count:,} bytes of an array are there")
    return body
