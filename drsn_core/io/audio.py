"""WAV, FLAC, OGG and MP3, by libsndfile, decoded in blocks that are counted.

A file may say that it is longer than it is, or not say how long it is (streams do, with all length bits set), and
five minutes of silence fit into 54 KB: only what has come out of the decoder counts.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from drsn_core.data import Origin
from drsn_core.errors import DamagedFile, TooLarge, UnknownFormat
from drsn_core.io import limits
from drsn_core.io.formats import READABLE
from drsn_core.io.parsed import Parsed

#: libsndfile knows many more, older and less tested.
CONTAINERS = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})
BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
CODINGS = frozenset({*BITS, "FLOAT", "DOUBLE", "ULAW", "ALAW", "VORBIS", "OPUS", "MPEG_LAYER_III"})
#: More bits than float32 holds exactly.
WIDE = frozenset({"PCM_32", "DOUBLE"})
BLOCK = 1 << 18
#: Lengths that mean "unknown", as recorders write that could not go back to fill them in.
OPEN_ENDED = (0, 0x7FFFFFFF, 0xFFFFFFFF)
UNKNOWN_LENGTH = 2**62
LAST_PAGE = 4


class Stream(soundfile.SoundFile):  # type: ignore[misc]
    """Sound that is only read forward.

    soundfile seeks after each block, and libsndfile fails to at the end of a FLAC of unknown length
    (bastibe/python-soundfile#450).
    """

    def seekable(self) -> bool:
        return False


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read a recording; integer samples come as -1..1, floating-point ones as they are."""
    if data.startswith(b"RIFF"):
        _check_wav(data, name)
    if data.startswith(b"OggS"):
        _check_ogg(data, name)
    try:
        with Stream(io.BytesIO(data)) as sound:
            if sound.format not in CONTAINERS or sound.subtype not in CODINGS:
                raise UnknownFormat(name, READABLE)
            samples = _samples(sound, name)
            rate, form, coding = float(sound.samplerate), sound.format, sound.subtype
    except soundfile.LibsndfileError as exc:
        raise DamagedFile(name, "the sound cannot be decoded") from exc
    notes = [("rate-from", "header")]
    if coding in BITS:
        notes.append(("pcm", f"{BITS[coding]}-bit integers as -1..1"))
    columns = tuple(map(str, range(samples.shape[1])))
    origin = Origin(form, coding, samples.shape, columns, tuple(notes))
    return Parsed("signal", samples.T, origin, rate).channel(column)


def _samples(sound: Any, name: str) -> NDArray[Any]:
    """Decode to (length, channels), never more than the limit."""
    declared = sound.frames if 0 < sound.frames < UNKNOWN_LENGTH else None
    if declared and declared * sound.channels > limits.MAX_SAMPLES:
        raise TooLarge("The recording", declared * sound.channels, limits.MAX_SAMPLES, "samples")
    dtype = "float64" if sound.subtype in WIDE else "float32"
    blocks, length = [], 0
    while len(block := sound.read(max(1, BLOCK // sound.channels), dtype=dtype, always_2d=True)):
        blocks.append(block)
        length += len(block)
        if length * sound.channels > limits.MAX_SAMPLES:
            raise TooLarge("The recording", length * sound.channels, limits.MAX_SAMPLES, "samples")
    if declared and length < declared:
        raise DamagedFile(name, f"it ends after {length:,} of {declared:,} samples")
    return np.concatenate(blocks) if blocks else np.empty((0, sound.channels))


def _check_wav(data: bytes, name: str) -> None:
    """Compare the declared length of the samples with what is there; libsndfile takes a cut file for a short one."""
    at = 12
    while at + 8 <= len(data):
        key, size = struct.unpack_from("<4sI", data, at)
        left = len(data) - at - 8
        if key == b"data":
            if size > left and size not in OPEN_ENDED:
                raise DamagedFile(name, f"it ends after {left:,} of {size:,} bytes of sound")
            return
        at += 8 + size + size % 2
    raise DamagedFile(name, "it has no samples")


def _check_ogg(data: bytes, name: str) -> None:
    """Look for the end of the stream: the last page is marked as such and complete."""
    at = data.rfind(b"OggS")
    segments = data[at + 26] if at + 27 <= len(data) else 256
    table = data[at + 27 : at + 27 + segments]
    complete = len(table) == segments and at + 27 + segments + sum(table) <= len(data)
    if not complete or not data[at + 5] & LAST_PAGE:
        raise DamagedFile(name, "the end of the sound is missing")
