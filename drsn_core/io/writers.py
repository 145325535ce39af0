"""Signals and images as bytes, in formats that `read` takes back and other programs open."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np

from drsn_core.data import Data, Image, Signal
from drsn_core.io.timeline import split_unit

#: A spreadsheet runs a cell that starts so; behind an apostrophe it is text.
RUNS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(signal: Signal) -> bytes:
    """A column of times in seconds and one for each channel, every number with all its digits."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow([escaped(cell) for cell in ("time [s]", *headers(signal))])
    times = np.arange(signal.length) / signal.rate_hz
    table.writerows(zip(times.tolist(), *signal.values.tolist(), strict=True))
    return out.getvalue().encode()


def headers(signal: Signal) -> list[str]:
    """Channel names as they were read, else "channel 1", with the unit."""
    columns = signal.origin.columns if signal.origin else ()
    if len(columns) != signal.channels or any(name.isdigit() or not name for name in columns):
        columns = tuple(f"channel {i + 1}" for i in range(signal.channels))
    return [name if not signal.unit or split_unit(name)[1] else f"{name} [{signal.unit}]" for name in columns]


def escaped(cell: str) -> str:
    """A text cell that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{cell}" if cell.startswith(RUNS) else cell


def wav_bytes(signal: Signal) -> bytes:
    """32-bit float WAV: values are kept as they are, beyond ±1 too; the rate is rounded to a whole number >= 1.

    By SciPy: libsndfile would note the time of day in the file, and equal signals shall give equal bytes.
    """
    from scipy.io import wavfile

    out = io.BytesIO()
    wavfile.write(out, max(1, round(signal.rate_hz)), signal.samples.T.astype(np.float32))
    return out.getvalue()


def npy_bytes(data: Data) -> bytes:
    """The bare numbers: (length,) of one channel, (channels, length), (height, width) or (height, width, 3)."""
    out = io.BytesIO()
    values = data.values if isinstance(data, Signal) else np.moveaxis(data.values, 0, 2)
    np.save(out, np.ascontiguousarray(values[0] if len(values) == 1 and isinstance(data, Signal) else values))
    return out.getvalue()


def npz_bytes(data: Data) -> bytes:
    """Everything we know: ``samples``, ``rate_hz``, ``unit`` and ``name``; ``pixels`` and ``name`` of an image."""
    out = io.BytesIO()
    if isinstance(data, Signal):
        np.savez(out, samples=data.values, rate_hz=data.rate_hz, unit=data.unit, name=data.name)
    else:
        np.savez(out, pixels=data.values, name=data.name)
    return out.getvalue()


def png_bytes(image: Image) -> bytes:
    """16 bit of grey, 3 × 8 bit of colour; values are clipped to 0..1."""
    from PIL import Image as pillow

    grey = image.channels == 1
    levels = np.empty((*image.pixels.shape[1:], image.channels), np.uint16 if grey else np.uint8)
    for rows, row in zip(levels, np.moveaxis(image.pixels, 0, 2), strict=True):  # a large picture is not held twice
        rows[:] = np.round(np.clip(row, 0, 1) * np.iinfo(levels.dtype).max)
    picture = pillow.fromarray(levels[..., 0] if grey else levels)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def tiff_bytes(image: Image) -> bytes:
    """Float32, values as they are."""
    import tifffile

    values = image.values.astype(np.float32)
    grey = image.channels == 1
    out = io.BytesIO()
    tifffile.imwrite(
        out,
        values[0] if grey else np.moveaxis(values, 0, 2),
        photometric="minisblack" if grey else "rgb",
        metadata=None,
        software=False,
    )
    return out.getvalue()


SIGNALS: dict[str, Callable[[Signal], bytes]] = {
    ".csv": csv_bytes,
    ".npz": npz_bytes,
    ".npy": npy_bytes,
    ".wav": wav_bytes,
}
IMAGES: dict[str, Callable[[Image], bytes]] = {
    ".png": png_bytes,
    ".tif": tiff_bytes,
    ".tiff": tiff_bytes,
    ".npz": npz_bytes,
    ".npy": npy_bytes,
}
