"""Bytes in, a signal or an image out; and back.

Size, then signature, then declared dimensions, then decoding, then finiteness. Decoding happens in another process
(`isolate`), so that a file that crashes, hangs or swells its decoder costs its sender an error, and nobody else
anything. Nothing is unpickled, no name is used as a path, and what was found is told in ``origin``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TypeVar

from drsn_core.data import GAPS, Image, Origin, Signal
from drsn_core.errors import UnknownName
from drsn_core.io import isolate
from drsn_core.io.formats import READABLE, SUFFIXES, recognise
from drsn_core.io.parsed import clean
from drsn_core.io.writers import IMAGES, SIGNALS

#: Suffixes that `write` takes; the first four for signals, and the last five for images.
WRITABLE: tuple[str, ...] = tuple(dict.fromkeys((*SIGNALS, *IMAGES)))

Writer = TypeVar("Writer")

__all__ = ["READABLE", "WRITABLE", "read", "write"]


def read(data: bytes, name: str, *, column: str | int | None = None, gaps: str = "refuse") -> Signal | Image:
    r"""Read a signal or an image from the bytes of a file.

    Parameters
    ----------
    data : the whole file, at most 50 MB
    name : what its owner calls it, for titles and messages; the content decides the format
        Any text is safe here: it is cut to a printable base name of 80 characters, and never used as a path.
    column : a column, channel or array by name, or a column or channel by number from 0; None for all
        Of several arrays, None stands for the largest that could be a signal.
    gaps : "refuse" raises `NotFinite` where values are missing (NaN, empty cells); "fill" bridges them and says where
        they were in ``gaps`` of the signal, see `drsn_core.data.bridge`

    Returns
    -------
    Signal or Image
        ``rate_hz`` is 1.0 where the file does not tell; ``origin`` says what was found and how it was understood.
        Integers keep their values, except in sound (-1..1) and pictures (0..1).

    Raises
    ------
    FileProblem, TooLarge
        The bytes are no data that we read, damaged, unsafe, or over a limit of `drsn_core.io.limits`.
    NotFinite, ComplexData, TooShort, BadData
        There are numbers, but no method could work on them.
    UnknownName
        There is no such column, or no such way with gaps.

    Examples
    --------
    >>> signal = read(b"t [ms];acc [g]\n0;1,5\n2;2,5\n4;0,5\n", "example.csv")
    >>> signal.rate_hz, signal.unit, signal.samples.tolist()
    (500.0, 'g', [[1.5, 2.5, 0.5]])
    """
    if gaps not in GAPS:
        raise UnknownName("gaps", gaps, GAPS)
    name = clean(name)
    suffix = suffix_of(name)
    form = recognise(data, name, suffix)
    found = isolate.parse(data, name, form, column).data(name, gaps)
    if suffix in SUFFIXES[form]:
        return found
    origin = found.origin or Origin(form, "", ())
    return replace(
        found, origin=replace(origin, notes=(*origin.notes, ("content-decides", f"not {suffix or 'named'}")))
    )


def write(data: Signal | Image, name: str) -> bytes:
    """Write a signal or an image in the format that the suffix of ``name`` says.

    CSV, NPZ and NPY keep every bit of the samples, WAV and TIFF those of float32, PNG 16 (grey) or 8 (colour) after
    clipping to 0..1. CSV, NPZ and WAV keep the rate, WAV rounded to a whole number of hertz. Gaps are NaN, except in
    WAV and PNG, which hold what bridges them.

    Parameters
    ----------
    name : only its suffix matters: .csv .npz .npy .wav for signals, .png .tif .tiff .npz .npy for images

    Raises
    ------
    UnknownName
        The suffix is not one of these.
    """
    suffix = suffix_of(clean(name))
    if isinstance(data, Signal):
        return _writer(SIGNALS, suffix)(data)
    return _writer(IMAGES, suffix)(data)


def _writer(table: dict[str, Writer], suffix: str) -> Writer:
    if suffix not in table:
        raise UnknownName("file type", suffix or "(none)", table)
    return table[suffix]


def suffix_of(name: str) -> str:
    """The last suffix in lower case, with its dot; empty if there is none."""
    return PurePosixPath(name).suffix.lower()
