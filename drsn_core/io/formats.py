"""Which format the bytes are in: the content decides, the name only helps."""

from __future__ import annotations

import codecs
import re

from drsn_core.errors import DamagedFile, EmptyFile, TooLarge, UnknownFormat, UnsafeFile
from drsn_core.io import limits

#: Suffixes of each format, in the order in which a page offers them.
SUFFIXES = {
    "text": (".csv", ".tsv", ".txt", ".dat", ".asc"),
    "npy": (".npy",),
    "npz": (".npz",),
    "mat": (".mat",),
    "hdf5": (".h5", ".hdf5"),
    "wav": (".wav",),
    "flac": (".flac",),
    "ogg": (".ogg", ".oga", ".opus"),
    "mp3": (".mp3",),
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg"),
    "tiff": (".tif", ".tiff"),
    "bmp": (".bmp",),
    "webp": (".webp",),
}
READABLE: tuple[str, ...] = tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)

#: Suffixes of files that are programs when opened by their own library; none of ours is ever opened so.
RUNS_CODE = (".pkl", ".pickle", ".p", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".bin")

PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
HDF5 = b"\x89HDF\r\n\x1a\n"
#: The header of an HDF5 file starts at 0 or at a power of two from 512; MATLAB puts its own text in front.
HDF5_STARTS = (0, 512, 1024, 2048)
BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
#: Second byte of an MPEG frame of layer III, after 0xFF: the version (1, 2, 2.5), with and without checksum.
MP3_FRAMES = (b"\xfb", b"\xfa", b"\xf3", b"\xf2", b"\xe3", b"\xe2")
STARTS = {
    b"PK": "npz",
    b"\x93NUMPY": "npy",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"ID3": "mp3",
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "tiff"),
}
#: Bytes that show whether a file is text; the rest is looked at where it is parsed.
HEAD = 1 << 16
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def recognise(data: bytes, name: str, suffix: str) -> str:
    """Return the key of the format in `SUFFIXES` that the bytes are in, or say why they are in none.

    Raises
    ------
    EmptyFile, TooLarge, UnsafeFile, UnknownFormat, DamagedFile
        The last if the name promises a format that the content is not.
    """
    if not data:
        raise EmptyFile(name)
    if len(data) > limits.MAX_FILE:
        raise TooLarge("The file", len(data), limits.MAX_FILE, "bytes")
    found = by_signature(data)
    if found:
        return found
    if data.startswith(PICKLE) or suffix in RUNS_CODE:
        raise UnsafeFile(name, "it is a pickle, which runs code when opened")
    promised = next((key for key, suffixes in SUFFIXES.items() if suffix in suffixes), "")
    if promised == "mat":
        raise DamagedFile(name, "it is no MATLAB file of version 5 or 7.3; in MATLAB, use save with -v7")
    if promised not in ("", "text"):
        raise DamagedFile(name, f"its content is not {promised.upper()}")
    if encoding(data) is None:
        raise UnknownFormat(name, READABLE)
    return "text"


def by_signature(data: bytes) -> str:
    """Look at the first bytes; empty if they belong to no binary format we read."""
    found = next((key for start, key in STARTS.items() if data.startswith(start)), "")
    if found or data.startswith(b"RIFF"):
        return found or {b"WAVE": "wav", b"WEBP": "webp"}.get(data[8:12], "")
    tests = {
        "hdf5": any(data.startswith(HDF5, start) for start in HDF5_STARTS),
        "mat": data.startswith(b"MATLAB") and data[126:128] in (b"IM", b"MI"),
        "bmp": data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in BMP_HEADERS,
        "mp3": data.startswith(b"\xff") and data[1:2] in MP3_FRAMES,
    }
    return next((key for key, test in tests.items() if test), "")


def encoding(data: bytes) -> str | None:
    """Name the encoding of a text by its beginning; None if the bytes are no text."""
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    head = data[:1000]
    zeros = (head[1::2].count(0), head[::2].count(0))
    if found := next((codec for mark, codec in marks.items() if data.startswith(mark)), ""):
        candidates = [found]
    elif max(zeros) > len(head) // 3:
        candidates = ["utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"]
    else:
        candidates = ["utf-8", "latin-1"]
    return next((codec for codec in candidates if _is_text(data[:HEAD], codec)), None)


def _is_text(head: bytes, codec: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return False
    return CONTROL.search(text) is None
