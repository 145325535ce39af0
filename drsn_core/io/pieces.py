"""Recordings too long for memory, read piece by piece from a file of one's own: NPY, and WAV without compression.

Only the command line opens them: a page or a program gives `read` bytes, and bytes are in memory already. The header is
read here by hand, as text and numbers; what follows it is nothing but numbers, of which any stretch can be had.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from drsn_core.data import LARGEST, FloatArray
from drsn_core.errors import BadData, ComplexData, DamagedFile, DrsnError, NoNumbers, NotFinite, TooLarge, UnsafeFile
from drsn_core.io import limits
from drsn_core.io.parsed import clean

#: Samples of a channel that are in memory at a time.
PIECE = 2**20
MAX_HEADER = 10_000
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
#: Sample formats of WAV by coding and bits; 24 bits are three bytes that NumPy has no type for.
WAV_TYPES = {
    (PCM, 8): "u1",
    (PCM, 16): "<i2",
    (PCM, 24): "24",
    (PCM, 32): "<i4",
    (FLOAT, 32): "<f4",
    (FLOAT, 64): "<f8",
}


@dataclass(frozen=True)
class LongRecording:
    """A recording in a file, with the same values that `drsn_core.io.read` would give.

    Parameters
    ----------
    start : byte at which the samples begin
    kind : NumPy's name of their type, or "24" for three bytes
    interleaved : whether the channels of a moment lie side by side; else a channel lies in one piece
    zero, scale : a stored number n is the sample (n - zero) / scale
    """

    path: Path
    form: str
    start: int
    kind: str
    channels: int
    length: int
    interleaved: bool
    rate_hz: float = 1.0
    zero: float = 0.0
    scale: float = 1.0

    @property
    def samples(self) -> int:
        """Of all channels together."""
        return self.channels * self.length

    def read(self, start: int, stop: int) -> FloatArray:
        """Samples ``start:stop`` of every channel, (channels, stop - start), real and finite.

        Raises
        ------
        NotFinite, BadData, DamagedFile
        """
        count = stop - start
        with self.path.open("rb") as file:
            if self.interleaved:
                values = self._numbers(file, start * self.channels, count * self.channels).reshape(count, -1).T
            else:
                rows = [self._numbers(file, row * self.length + start, count) for row in range(self.channels)]
                values = np.stack(rows)
        with np.errstate(over="ignore", invalid="ignore"):  # seen below
            found: FloatArray = values.astype(np.float64)
        if self.zero:
            found -= self.zero
        if self.scale != 1:
            found /= self.scale
        largest = np.abs(found).max(initial=0.0)
        if not math.isfinite(largest):
            raise NotFinite(int((~np.isfinite(found)).sum()), found.size)
        if largest > LARGEST:
            raise BadData(f"some values are larger than {LARGEST:g}; accepted are smaller ones (choose another unit)")
        return found

    def _numbers(self, file: BinaryIO, first: int, count: int) -> NDArray[np.generic]:
        size = 3 if self.kind == "24" else np.dtype(self.kind).itemsize
        file.seek(self.start + first * size)
        body = file.read(count * size)
        if len(body) < count * size:
            raise DamagedFile(self.path.name, "it became shorter while it was read")
        if self.kind != "24":
            return np.frombuffer(body, self.kind)
        wide = np.zeros((count, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(body, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] >> 8


def open_long(path: Path) -> LongRecording | None:
    """Describe a file that is over the limits of `drsn_core.io.read` but can be read in pieces; None for all others.

    Raises
    ------
    TooLarge
        The file is over the limits and in no format that can be read in pieces.
    FileProblem, ComplexData
    OSError
        If the file cannot be opened.
    """
    size = path.stat().st_size
    if size <= limits.MAX_SAMPLES:  # a sample has a byte at least
        return None
    try:
        found = _described(path, size)
    except DrsnError:
        if size > limits.MAX_FILE:
            raise
        return None
    if found is not None and (size > limits.MAX_FILE or found.samples > limits.MAX_SAMPLES):
        return found
    if size > limits.MAX_FILE:
        raise TooLarge(f"The file {clean(path.name)}", size, limits.MAX_FILE, "bytes")
    return None


def _described(path: Path, size: int) -> LongRecording | None:
    with path.open("rb") as file:
        start = file.read(12)
        file.seek(0)
        if start.startswith(b"\x93NUMPY"):
            return _npy(path, file, size)
        return _wav(path, file, size) if start.startswith(b"RIFF") and start[8:12] == b"WAVE" else None


def _npy(path: Path, file: BinaryIO, size: int) -> LongRecording | None:
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(file, max_header_size=MAX_HEADER)
    except (ValueError, EOFError) as exc:
        raise DamagedFile(path.name, "the header of the array makes no sense") from exc
    if dtype.hasobject:
        raise UnsafeFile(path.name, "it is a pickle, which runs code when opened")
    if dtype.kind == "c":
        raise ComplexData
    if dtype.kind not in "fiub" or len(shape) not in (1, 2) or min(shape) < 1:
        raise NoNumbers(path.name, f"an array of {dtype.name} of the shape {shape}")
    start, needed = file.tell(), math.prod(shape) * dtype.itemsize
    if start + needed > size:
        raise DamagedFile(path.name, f"{size:,} of {start + needed:,} bytes are there")
    channels = 1 if len(shape) == 1 else min(shape)
    if channels > limits.MAX_CHANNELS:
        return None  # a matrix: only what fits into memory
    first = len(shape) == 2 and shape[0] == channels  # the channels are the first axis
    return LongRecording(path, "NPY", start, dtype.str, channels, math.prod(shape) // channels, first == bool(fortran))


def _wav(path: Path, file: BinaryIO, size: int) -> LongRecording | None:
    """Walk the chunks up to the samples; None for codings other than plain numbers."""
    at, layout = 12, None
    while at + 8 <= size:
        file.seek(at)
        key, length = struct.unpack("<4sI", file.read(8))
        if key == b"fmt ":
            head = file.read(min(length, 40))
            if len(head) < 16:
                break
            coding, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", head[:16])
            if coding == EXTENSIBLE and len(head) >= 26:
                coding = struct.unpack("<H", head[24:26])[0]
            kind = WAV_TYPES.get((coding, bits))
            if kind is None or channels < 1 or frame != channels * bits // 8 or rate < 1:
                return None
            scale = 1.0 if coding == FLOAT else 2.0 ** (bits - 1)
            layout = kind, channels, rate, frame, scale, 128.0 if bits == 8 else 0.0
        elif key == b"data":
            if layout is None:
                break
            if at + 8 + length > size:
                raise DamagedFile(path.name, f"it ends after {size - at - 8:,} of {length:,} bytes of sound")
            kind, channels, rate, frame, scale, zero = layout
            return LongRecording(
                path, "WAV", at + 8, kind, channels, length // frame, True, float(rate), zero=zero, scale=scale
            )
        at += 8 + length + length % 2
    raise DamagedFile(path.name, "it has no samples")


class NpyPieces:
    """An NPY file of float64, (length,) or (channels, length), that is written piece by piece."""

    def __init__(self, file: BinaryIO, recording: LongRecording) -> None:
        self.file, self.length = file, recording.length
        shape = (self.length,) if recording.channels == 1 else (recording.channels, self.length)
        npy.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
        self.start = file.tell()

    def put(self, start: int, values: FloatArray) -> None:
        """Write (channels, n) values from sample ``start`` on."""
        for row, channel in enumerate(values):
            self.file.seek(self.start + 8 * (row * self.length + start))
            self.file.write(np.ascontiguousarray(channel, "<f8").tobytes())


class WavPieces:
    """A WAV file of 32-bit floats as `drsn_core.io.write` makes them, written piece by piece from its beginning."""

    def __init__(self, file: BinaryIO, recording: LongRecording) -> None:
        self.file = file
        frame = 4 * recording.channels
        rate, size = max(1, round(recording.rate_hz)), frame * recording.length
        if size >= 2**32 - 64:
            raise TooLarge("The sound as WAV", size, 2**32 - 65, "bytes")
        head = struct.pack("<HHIIHHH", FLOAT, recording.channels, rate, rate * frame, frame, 32, 0)
        fact = struct.pack("<4sII", b"fact", 4, recording.length)
        body = b"WAVE" + struct.pack("<4sI", b"fmt ", len(head)) + head + fact + struct.pack("<4sI", b"data", size)
        file.write(struct.pack("<4sI", b"RIFF", len(body) + size) + body)

    def put(self, start: int, values: FloatArray) -> None:
        """Write (channels, n) values; pieces come in their order."""
        self.file.write(np.ascontiguousarray(values.T, "<f4").tobytes())


#: Who writes long recordings, by the suffix of the file.
PIECES: dict[str, type[NpyPieces] | type[WavPieces]] = {".npy": NpyPieces, ".wav": WavPieces}
