"""PNG, JPEG, TIFF, BMP and WebP: depths, palettes, opacity, turns, print colours, and headers that lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
import tifffile
from PIL import Image as pillow

from drsn_core.errors import ComplexData, DamagedFile, DrsnError, NotFinite, TooLarge, TooShort, UnknownFormat
from tests.core.odd.case import Make, Odd, bad, good, patched, saved

HEIGHT, WIDTH = 20, 30
GREY = (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) * 7 % 256).astype(np.uint8)
DEEP = GREY.astype(np.uint16) * 257
SMOOTH = np.add.outer(np.arange(HEIGHT) * 6, np.arange(WIDTH) * 4).astype(np.uint8)
COLOUR = np.dstack([SMOOTH, SMOOTH[::-1], SMOOTH[:, ::-1]])
PLANES = np.moveaxis(COLOUR, 2, 0) / 255


def picture(pixels: np.ndarray, form: str, mode: str = "", **options: object) -> bytes:
    made = pillow.fromarray(pixels)
    return saved((made.convert(mode) if mode else made).save, form, **options)


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    return saved(tifffile.imwrite, pixels, **options)


def turned(tag: int, form: str) -> bytes:
    exif = pillow.Exif()
    exif[274] = tag
    return picture(GREY, form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))


#: What a camera's note of orientation asks for.
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda x: x,
    2: np.fliplr,
    3: lambda x: np.rot90(x, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda x: np.rot90(x, -1),
    7: lambda x: np.rot90(x, 2).T,
    8: np.rot90,
}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, bits: int = 8, colour: int = 0, body: bytes | None = None, more: bytes = b"") -> bytes:
    """A PNG with any header."""
    body = zlib.compress(bytes(height * (1 + width)), 9) if body is None else body
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def large_png() -> bytes:
    """41 megapixels, all black, in some kilobytes."""
    pack = zlib.compressobj(9)
    body = b"".join(pack.compress(bytes(8201)) for _ in range(5000)) + pack.flush()
    return png(8200, 5000, body=body)


def tags(*entries: tuple[int, int, int, int]) -> bytes:
    """A TIFF of nothing but tags: (number, type, count, value)."""
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", *e) for e in entries)
        + bytes(4)
    )


def huge_tiff() -> bytes:
    return tags(
        (256, 4, 1, 400_000),
        (257, 4, 1, 400_000),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, 400_000),
        (279, 4, 1, 100),
    )


def circle_of_pages() -> bytes:
    data = tiff(GREY)
    first = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[first : first + 2])[0]
    return patched(data, first + 2 + 12 * count, struct.pack("<I", first))


def palette(form: str, **options: object) -> bytes:
    indexed = pillow.fromarray(GREY // 64).convert("L")
    indexed.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    return saved(indexed.save, form, **options)


INDEX = GREY // 64
PALETTE = np.stack([INDEX == 1, INDEX == 2, INDEX == 3]).astype(float)
LAYERS = np.dstack([COLOUR, np.full((HEIGHT, WIDTH), 255, np.uint8)])
HOLED = LAYERS.copy()
HOLED[:5, :, 3] = 0
HOLED_PLANES = PLANES.copy()
HOLED_PLANES[:, :5] = 1
MIRRORED: Make = lambda: patched(d := picture(GREY, "BMP"), 22, struct.pack("<i", -struct.unpack("<i", d[22:26])[0]))  # noqa: E731

CASES: dict[str, Odd] = {
    "PNG, grey": good("a.png", picture(GREY, "PNG"), [GREY / 255]),
    "PNG, grey of 16 bits": good("a.png", picture(DEEP, "PNG"), [DEEP / 65535]),
    "PNG, grey of 1 bit": good("a.png", picture(GREY > 99, "PNG"), [GREY > 99]),
    "PNG, grey of 2 bits": good(
        "a.png", png(4, 2, 2, body=zlib.compress(b"\0\x1b\0\xe4")), [np.array([[0, 1, 2, 3], [3, 2, 1, 0]]) / 3]
    ),
    "PNG, grey of 4 bits": good("a.png", png(2, 2, 4, body=zlib.compress(b"\0\x0f\0\xf0")), [[[0, 1], [1, 0]]]),
    "PNG, colour": good("a.png", picture(COLOUR, "PNG"), PLANES),
    "PNG, colour of 16 bits": good(
        "a.png", png(2, 2, 16, 2, zlib.compress((b"\0" + bytes(6) + b"\xff" * 6) * 2)), [[[0, 1]] * 2] * 3
    ),
    "PNG, a palette": good("a.png", lambda: palette("PNG"), PALETTE),
    "PNG, a palette of 2 bits": good("a.png", lambda: palette("PNG", bits=2), PALETTE),
    "PNG, opaque layers": good("a.png", picture(LAYERS, "PNG"), PLANES),
    "PNG, holes": good("a.png", picture(HOLED, "PNG"), HOLED_PLANES),
    "PNG, grey with opacity": good("a.png", picture(np.dstack([GREY, np.full_like(GREY, 255)]), "PNG"), [GREY / 255]),
    "PNG, words in it": good(
        "a.png", patched(d := picture(GREY, "PNG"), 33, chunk(b"tEXt", b"Title\0<script>") + d[33:]), [GREY / 255]
    ),
    "PNG, zeros behind its end": good("a.png", picture(GREY, "PNG") + bytes(100), [GREY / 255]),
    "JPEG, grey": good("a.jpg", picture(SMOOTH, "JPEG", quality=98), [SMOOTH / 255], 0.02),
    "JPEG, colour": good("a.jpeg", picture(COLOUR, "JPEG", quality=98, subsampling=0), PLANES, 0.03),
    "JPEG, progressive": good("a.jpg", picture(SMOOTH, "JPEG", quality=98, progressive=True), [SMOOTH / 255], 0.02),
    "JPEG, print colours": good(
        "a.jpg", picture(np.zeros((16, 16, 3), np.uint8), "JPEG", "CMYK", quality=98), np.zeros((3, 16, 16)), 0.03
    ),
    "TIFF, print colours": good(
        "a.tif", picture(np.full((16, 16, 3), 255, np.uint8), "TIFF", "CMYK"), np.ones((3, 16, 16)), 0.01
    ),
    "TIFF, grey of 16 bits": good("a.tif", tiff(DEEP), [DEEP / 65535]),
    "TIFF, big-endian": good("a.tif", tiff(DEEP, byteorder=">"), [DEEP / 65535]),
    "TIFF, BigTIFF": good("a.tif", tiff(DEEP, bigtiff=True), [DEEP / 65535]),
    "TIFF, tiles": good("a.tif", tiff(DEEP, tile=(16, 16)), [DEEP / 65535]),
    "TIFF, strips": good("a.tif", tiff(DEEP, rowsperstrip=3), [DEEP / 65535]),
    "TIFF, float32": good("a.tif", tiff(SMOOTH.astype(np.float32) / 8 - 5), [SMOOTH / 8 - 5]),
    "TIFF, float64": good("a.tif", tiff(SMOOTH / 8), [SMOOTH / 8]),
    "TIFF, float16": good("a.tif", tiff((SMOOTH / 8).astype(np.float16)), [SMOOTH / 8]),
    "TIFF, signed": good("a.tif", tiff(SMOOTH.astype(np.int16) - 100), [SMOOTH - 100.0]),
    "TIFF, white is zero": good("a.tif", tiff(GREY, photometric="miniswhite"), [1 - GREY / 255], 1e-12),
    "TIFF, a palette": good("a.tif", lambda: palette("TIFF"), PALETTE),
    "TIFF, deflate": good("a.tif", tiff(DEEP, compression="zlib", predictor=True), [DEEP / 65535]),
    "TIFF, LZW": good("a.tif", picture(GREY, "TIFF", compression="tiff_lzw"), [GREY / 255]),
    "TIFF, packbits": good("a.tif", picture(GREY, "TIFF", compression="packbits"), [GREY / 255]),
    "TIFF, CCITT": good("a.tif", picture(GREY > 99, "TIFF", compression="group4"), [GREY > 99]),
    "TIFF, planes of 16 bits": good(
        "a.tif",
        tiff(np.moveaxis(COLOUR.astype(np.uint16) * 257, 2, 0), photometric="rgb", planarconfig="separate"),
        PLANES,
    ),
    "TIFF, first of three pages": good(
        "a.tif", tiff(np.stack([GREY, GREY // 2, GREY // 3]), photometric="minisblack"), [GREY / 255]
    ),
    "BMP, grey": good("a.bmp", picture(GREY, "BMP"), [GREY / 255]),
    "BMP, colour": good("a.bmp", picture(COLOUR, "BMP"), PLANES),
    "BMP, 1 bit": good("a.bmp", picture(GREY > 99, "BMP"), [GREY > 99]),
    "BMP, a palette": good("a.bmp", lambda: palette("BMP"), PALETTE),
    "BMP, upside down": good("a.bmp", MIRRORED, [np.flipud(GREY) / 255]),
    "WebP, lossless": good("a.webp", picture(COLOUR, "WEBP", lossless=True), PLANES),
    "WebP, lossy": good("a.webp", picture(COLOUR, "WEBP", quality=95), PLANES, 0.1),
    "WebP, holes": good("a.webp", picture(HOLED, "WEBP", lossless=True, exact=True), HOLED_PLANES),
    **{
        f"PNG, turned by note {tag}": good("a.png", turned(tag, "PNG"), [turn(GREY) / 255])
        for tag, turn in TURNS.items()
    },
    "JPEG, turned": good(
        "a.jpg", lambda: picture(SMOOTH, "JPEG", quality=98, exif=_note(6)), [np.rot90(SMOOTH, -1) / 255], 0.02
    ),
    "WebP, turned": good("a.webp", turned(8, "WEBP"), [np.rot90(GREY) / 255] * 3),
    "TIFF, turned": good(
        "a.tif", lambda: saved(pillow.fromarray(GREY).save, "TIFF", tiffinfo={274: 6}), [np.rot90(GREY, -1) / 255]
    ),
    "PNG called jpg": good("a.jpg", picture(GREY, "PNG"), [GREY / 255]),
    "one pixel": bad("a.png", png(1, 1), TooShort),
    "one row": bad("a.png", png(40, 1), TooShort),
    "PNG, no pixels": bad("a.png", png(0, 5), DrsnError),
    "PNG, 41 megapixels": bad("a.png", large_png, TooLarge),
    "PNG, four billion pixels a side": bad("a.png", png(2**31 - 1, 2**31 - 1, body=b""), TooLarge),
    "PNG, fewer rows than stated": bad("a.png", png(20, 20, body=zlib.compress(bytes(100))), DamagedFile),
    "PNG, a wrong sum": bad("a.png", patched(picture(GREY, "PNG"), 29, bytes(4)), DamagedFile),
    "PNG, half": bad("a.png", (whole := picture(COLOUR, "PNG"))[: len(whole) // 2], DamagedFile),
    "PNG, without its end": bad("a.png", picture(GREY, "PNG")[:-12], DamagedFile),
    "PNG, the signature": bad("a.png", b"\x89PNG\r\n\x1a\n", DamagedFile),
    "PNG, a depth that does not exist": bad("a.png", png(4, 4, bits=7), DamagedFile),
    "PNG, words that swell": bad(
        "a.png", png(4, 4, more=chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(100_000_000), 1))), DamagedFile
    ),
    "JPEG, half": bad("a.jpg", picture(COLOUR, "JPEG")[:400], DamagedFile),
    "JPEG, the signature": bad("a.jpg", b"\xff\xd8\xff\xe0", DamagedFile),
    "JPEG, 65535 pixels a side": bad("a.jpg", lambda: _jpeg_size(65535, 65535), TooLarge),
    "TIFF, half": bad("a.tif", tiff(DEEP)[:500], DamagedFile),
    "TIFF, the signature": bad("a.tif", b"II*\0", DamagedFile),
    "TIFF, no pages": bad("a.tif", b"II*\0\0\0\0\0", DamagedFile),
    "TIFF, no tags": bad("a.tif", tags(), DamagedFile),
    "TIFF, 160 gigapixels": bad("a.tif", huge_tiff, TooLarge),
    "TIFF, pages in a circle": bad("a.tif", circle_of_pages, DamagedFile),
    "TIFF, strips beyond the end": bad(
        "a.tif",
        tags(
            (256, 4, 1, 30),
            (257, 4, 1, 20),
            (258, 3, 1, 16),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, 2**31),
            (277, 3, 1, 1),
            (278, 4, 1, 20),
            (279, 4, 1, 1200),
        ),
        DamagedFile,
    ),
    "TIFF, NaN": bad("a.tif", tiff(np.full((9, 9), np.nan, np.float32)), NotFinite),
    "TIFF, complex": bad("a.tif", tiff(np.ones((9, 9), np.complex64)), ComplexData),
    "BMP, half": bad("a.bmp", picture(GREY, "BMP")[:900], DamagedFile),
    "BMP, four billion pixels a side": bad(
        "a.bmp", patched(picture(GREY, "BMP"), 18, b"\xff\xff\xff\x7f\xff\xff\xff\x7f"), TooLarge
    ),
    "WebP, half": bad("a.webp", picture(COLOUR, "WEBP")[:100], DamagedFile),
    "GIF": bad("a.gif", picture(GREY, "GIF"), UnknownFormat),
    "PostScript": bad("a.eps", picture(GREY, "EPS"), DrsnError),
    "PostScript called png": bad("a.png", picture(GREY, "EPS"), DamagedFile),
    "JPEG 2000": bad("a.jp2", picture(GREY, "JPEG2000"), UnknownFormat),
    "SVG": bad("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', DrsnError),
}


def _note(tag: int) -> bytes:
    exif = pillow.Exif()
    exif[274] = tag
    return exif.tobytes()


def _jpeg_size(height: int, width: int) -> bytes:
    data = picture(COLOUR, "JPEG")
    return patched(data, data.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))
