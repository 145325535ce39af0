"""PNG, JPEG, TIFF, BMP and WebP, by Pillow, and by tifffile where Pillow would lose bits.

Values become 0..1 by what white is in the file; floating-point TIFFs stay as they are. Metadata are dropped, but for
the orientation that a camera noted, which is applied.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from drsn_core.data import Origin
from drsn_core.errors import ComplexData, DamagedFile, NoNumbers, TooLarge, UnknownFormat
from drsn_core.io import limits
from drsn_core.io.arrays import COLOURS, full_scale
from drsn_core.io.formats import READABLE
from drsn_core.io.parsed import Parsed

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
#: What Pillow calls pictures whose numbers it gives as they are; "1" is true or false.
GREY = frozenset({"1", "L", "I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
#: PNGs with 16 bits a colour, of which Pillow has eight.
DEEP = frozenset({"RGB", "RGBA"})
OPACITY = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
Notes = tuple[tuple[str, str], ...]

Image.init()  # loads every format now: the parsing child cannot open modules
Image.MAX_IMAGE_PIXELS = None  # our own limit is smaller, and looked at as soon as the header is read


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read a picture; grey or colour, the first page of several."""
    if data.startswith((b"II", b"MM")):
        return _tiff(data, name).channel(column)
    return _pillow(data, name).channel(column)


def _pillow(data: bytes, name: str, notes: Notes = ()) -> Parsed:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_size(*picture.size)
            form, stored = picture.format or "", picture.mode
            shape = (picture.height, picture.width, len(picture.getbands()))
            picture.load()
            if form == "PNG" and not data.rstrip(b"\0").endswith(b"IEND\xaeB`\x82"):
                raise DamagedFile(name, "the end of the picture is missing")
            deep = form == "PNG" and data[24] == 16 and stored not in GREY
            if deep and stored in DEEP and "transparency" not in picture.info:
                pixels, remarks = _deep(data, picture)
            else:
                notes += (("depth", "16-bit colour read as 8-bit"),) if deep else ()
                pixels, remarks = _plain(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as exc:
        raise DamagedFile(name, "its header makes no sense") from exc
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as exc:
        raise DamagedFile(name, "the picture is cut off or cannot be decoded") from exc
    return _parsed(pixels, Origin(form, f"{stored} {pixels.dtype.name}", shape, (), notes + remarks))


def _deep(data: bytes, picture: Image.Image) -> tuple[NDArray[Any], Notes]:
    """Numbers of a PNG with 16 bits a colour as (height, width, 3), on white paper.

    Pillow keeps the higher byte of each number. Told that the lower one comes first, it keeps that instead.
    """
    with Image.open(io.BytesIO(data), formats=("PNG",)) as lower:
        lower.tile = [tile._replace(args=str(tile.args).replace("16B", "16L")) for tile in lower.tile]
        high, low = (np.asarray(ImageOps.exif_transpose(half)).astype(np.uint16) for half in (picture, lower))
    numbers = 256 * high + low
    colours = numbers[..., :3]
    if numbers.shape[2] == 3:
        return colours, ()
    opacity = numbers[..., 3:] / 65535
    if opacity.min() == 1:
        return colours, (("opacity", "dropped"),)
    return np.round(colours * opacity + 65535 * (1 - opacity)).astype(np.uint16), (("opacity", "blended over white"),)


def _plain(picture: Image.Image) -> tuple[NDArray[Any], Notes]:
    """Numbers of a picture as (height, width) or (height, width, 3): no palette, no opacity, no print colours."""
    mode = picture.mode
    if mode in GREY:
        return np.asarray(picture), ()
    grey = mode in ("LA", "La")
    notes: Notes = ()
    if mode in OPACITY or picture.has_transparency_data:
        layers = picture.convert("RGBA")
        if np.asarray(layers)[..., 3].min() < 255:
            paper = Image.new("RGBA", picture.size, "white")
            picture, notes = Image.alpha_composite(paper, layers), (("opacity", "blended over white"),)
        else:
            notes = (("opacity", "dropped"),)
    if mode == "P":
        notes = (("palette", "resolved"), *notes)
    return np.asarray(picture.convert("L" if grey else "RGB")), notes


def _parsed(pixels: NDArray[Any], origin: Origin) -> Parsed:
    white = full_scale(pixels)
    values = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, 2, 0)
    return Parsed("image", values, replace(origin, columns=COLOURS[len(values)]), full_scale=white)


def _check_size(*size: int) -> None:
    pixels = int(np.prod([int(length) for length in size], dtype=object))
    if pixels > limits.MAX_PIXELS:
        raise TooLarge("The picture", pixels, limits.MAX_PIXELS, "pixels")


def _tiff(data: bytes, name: str) -> Parsed:
    """Read the first page. Pillow has more kinds of compression, tifffile more kinds of numbers."""
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            _check_size(page.imagewidth, page.imagelength)
            pages = len(file.pages)
            _check_last(file, name)
            notes: Notes = (("first-page", f"of {pages}"),) if pages > 1 else ()
            kind, bits, bands = page.dtype, page.bitspersample, page.samplesperpixel
            if kind is None or bits in (1, 2, 4) or kind == np.uint8 or page.photometric not in (0, 1, 2):
                return _pillow(data, name, notes)
            if kind.kind == "c":
                raise ComplexData
            if kind.kind not in "fiu" or page.imagedepth != 1:
                raise NoNumbers(name, f"its pixels are {kind.name}, which is no picture")
            if page.compression not in (1, 8, 32946) and bands == 1:
                return _pillow(data, name, notes)
            pixels = page.asarray(maxworkers=1)
            stored = sum(page.databytecounts)
            if page.compression == 1 and stored < pixels.nbytes:
                raise DamagedFile(name, f"{stored:,} of {pixels.nbytes:,} bytes of the picture are there")
            if max(a + b for a, b in zip(page.dataoffsets, page.databytecounts, strict=True)) > len(data):
                raise DamagedFile(name, "the end of the picture is missing")
            inverted = page.photometric == 0
            form = Origin("TIFF", kind.name, tuple(page.shape), (), notes)
    except (
        tifffile.TiffFileError,
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        struct.error,
    ) as exc:
        raise DamagedFile(name, "its pages are broken, cut off, or packed in a way that we cannot read") from exc
    return _from_page(pixels, bands, inverted, form, name)


def _check_last(file: tifffile.TiffFile, name: str) -> None:
    """Look whether the last page that is there says that it is the last; tifffile ends in silence where one is lost."""
    form, handle, page = file.tiff, file.filehandle, file.pages[-1]
    handle.seek(page.offset)
    (tags,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    handle.seek(page.offset + form.tagnosize + tags * form.tagsize)
    (following,) = struct.unpack(form.offsetformat, handle.read(form.offsetsize))
    if following:
        raise DamagedFile(name, "a page is missing")


def _from_page(pixels: NDArray[Any], bands: int, inverted: bool, origin: Origin, name: str) -> Parsed:
    if pixels.ndim == 3 and pixels.shape[0] == bands != pixels.shape[2]:
        pixels = np.moveaxis(pixels, 0, 2)  # stored plane by plane
    if pixels.ndim == 3:
        if bands not in (1, 2, 3, 4):
            raise UnknownFormat(name, READABLE)
        pixels = pixels[..., 0] if bands in (1, 2) else pixels[..., :3]
    if inverted and pixels.dtype.kind == "u":
        pixels = np.iinfo(pixels.dtype).max - pixels
    return _parsed(pixels, origin)
