"""Pictures in, pictures out: values by what white is in the file, nothing hidden in palettes, opacity or metadata."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image as pillow

from drsn_core.data import Image
from drsn_core.errors import ComplexData, NotFinite, UnknownName
from drsn_core.io import read, write

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (30, 40), np.uint8)
GREY16 = RNG.integers(0, 65536, (30, 40), np.uint16)
COLOUR = RNG.integers(0, 256, (30, 40, 3), np.uint8)
few = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def image(data: bytes, name: str = "a.png", **options: str | int | None) -> Image:
    found = read(data, name, **options)  # type: ignore[arg-type]
    assert isinstance(found, Image)
    return found


def notes(found: Image) -> dict[str, str]:
    assert found.origin is not None
    return dict(found.origin.notes)


def saved(pixels: np.ndarray, form: str, mode: str = "", **options: object) -> bytes:
    out = io.BytesIO()
    picture = pillow.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(out, form, **options)
    return out.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **options)  # type: ignore[arg-type]
    return out.getvalue()


LOSSLESS = {
    "PNG": {},
    "BMP": {},
    "TIFF": {},
    "WEBP": {"lossless": True},
}


@pytest.mark.parametrize("form", LOSSLESS)
def test_8_bit_colour_is_divided_by_255(form: str) -> None:
    found = image(saved(COLOUR, form, **LOSSLESS[form]), f"a.{form.lower()}")
    np.testing.assert_array_equal(found.pixels, np.moveaxis(COLOUR, 2, 0) / 255)
    assert found.origin is not None
    assert found.origin.columns == ("red", "green", "blue")


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_8_bit_grey_is_divided_by_255(form: str) -> None:
    np.testing.assert_array_equal(image(saved(GREY, form), f"a.{form.lower()}").pixels, [GREY / 255])


@pytest.mark.parametrize(
    "data", [saved(GREY16, "PNG"), saved(GREY16, "TIFF"), tiff(GREY16), tiff(GREY16, byteorder=">")]
)
def test_16_bit_grey_is_divided_by_65535(data: bytes) -> None:
    np.testing.assert_array_equal(image(data).pixels, [GREY16 / 65535])


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_16_bit_colour_tiff_keeps_its_bits(compression: str | None, planar: str) -> None:
    pixels = RNG.integers(0, 65536, (30, 40, 3), np.uint16)
    stored = pixels if planar == "contig" else np.moveaxis(pixels, 2, 0)
    data = tiff(stored, photometric="rgb", planarconfig=planar, compression=compression)
    np.testing.assert_array_equal(image(data, "a.tif").pixels, np.moveaxis(pixels, 2, 0) / 65535)


def png16(pixels: np.ndarray, extra: bytes = b"") -> bytes:
    """A PNG of 16 bits a colour, every row with another of the four simpler filters."""
    rows = b""
    before = np.zeros(pixels[0].size * 2, np.uint8)
    step = 2 * pixels.shape[2]
    for number, row in enumerate(pixels.astype(">u2")):
        line = np.frombuffer(row.tobytes(), np.uint8)
        left = np.concatenate([np.zeros(step, np.uint8), line[:-step]])
        mean = ((left.astype(int) + before) // 2).astype(np.uint8)
        kind = number % 4
        rows += bytes([kind]) + (line - (np.zeros_like(line), left, before, mean)[kind]).tobytes()
        before = line
    head = struct.pack(">IIBBBBB", pixels.shape[1], len(pixels), 16, {3: 2, 4: 6}[pixels.shape[2]], 0, 0, 0)
    body = [(b"IHDR", head), *([(b"eXIf", extra)] if extra else []), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in body)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_16_bit_colour_png_keeps_its_bits() -> None:
    pixels = RNG.integers(0, 65536, (30, 40, 3), np.uint16)
    found = image(png16(pixels))
    np.testing.assert_array_equal(found.pixels, np.moveaxis(pixels, 2, 0) / 65535)
    assert notes(found) == {}
    exif = pillow.Exif()
    exif[0x0112] = 6  # the camera was held upright
    turned = image(png16(pixels, exif.tobytes().removeprefix(b"Exif\0\0")))
    np.testing.assert_array_equal(turned.pixels, np.rot90(np.moveaxis(pixels, 2, 0), -1, axes=(1, 2)) / 65535)


def test_16_bit_colour_png_with_opacity_lies_on_paper() -> None:
    pixels = RNG.integers(0, 65536, (30, 40, 4), np.uint16)
    opacity = pixels[..., 3:] / 65535
    blended = np.moveaxis(pixels[..., :3] / 65535 * opacity + 1 - opacity, 2, 0)
    found = image(png16(pixels))
    np.testing.assert_allclose(found.pixels, blended, atol=1 / 65535)
    assert notes(found) == {"opacity": "blended over white"}
    pixels[..., 3] = 65535
    solid = image(png16(pixels))
    np.testing.assert_array_equal(solid.pixels, np.moveaxis(pixels[..., :3], 2, 0) / 65535)
    assert notes(solid) == {"opacity": "dropped"}


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floating_point_tiff_is_kept_as_it_is(kind: type) -> None:
    pixels = RNG.normal(size=(30, 40)).astype(kind)
    np.testing.assert_array_equal(image(tiff(pixels), "a.tif").pixels, [pixels])


def test_jpeg_is_nearly_what_it_was() -> None:
    smooth = np.linspace(0, 255, 1200).reshape(30, 40).astype(np.uint8)
    np.testing.assert_allclose(image(saved(smooth, "JPEG", quality=95), "a.jpg").pixels, [smooth / 255], atol=0.03)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_packed_tiff_is_read(compression: str) -> None:
    np.testing.assert_array_equal(image(saved(GREY16, "TIFF", compression=compression)).pixels, [GREY16 / 65535])


def test_white_is_one_even_where_the_file_counts_from_white() -> None:
    data = tiff(np.zeros((30, 40), np.uint16), photometric="miniswhite")
    assert image(data, "a.tif").pixels.min() == 1


def test_a_palette_is_resolved() -> None:
    two = np.where(GREY > 127, 255, 0).astype(np.uint8)
    found = image(saved(two, "PNG", "P"))
    np.testing.assert_array_equal(found.pixels[1], two / 255)
    assert notes(found)["palette"] == "resolved"


def test_true_and_false_are_one_and_zero() -> None:
    np.testing.assert_array_equal(image(saved(GREY > 127, "PNG")).pixels, [GREY > 127])


def test_transparent_pixels_are_paper() -> None:
    layers = np.dstack([COLOUR, np.full((30, 40), 255, np.uint8)])
    assert notes(image(saved(layers, "PNG")))["opacity"] == "dropped"
    layers[:5, :, 3] = 0
    found = image(saved(layers, "PNG"))
    assert (found.pixels[:, :5] == 1).all()
    np.testing.assert_array_equal(found.pixels[:, 5:], np.moveaxis(COLOUR, 2, 0)[:, 5:] / 255)
    assert notes(found)["opacity"] == "blended over white"


def test_a_turned_camera_is_turned_back() -> None:
    exif = pillow.Exif()
    exif[274] = 6
    found = image(saved(GREY, "PNG", exif=exif))
    np.testing.assert_array_equal(found.pixels, [np.rot90(GREY, -1) / 255])


def test_metadata_do_not_survive() -> None:
    exif = pillow.Exif()
    exif[271] = "SECRET"
    assert b"SECRET" in saved(GREY, "PNG", exif=exif)
    found = image(saved(GREY, "PNG", exif=exif))
    assert all(b"SECRET" not in write(found, name) for name in ("a.png", "a.tif", "a.npz"))


def test_of_several_pages_the_first_is_read_and_that_is_said() -> None:
    pages = RNG.random((3, 30, 40)).astype(np.float32)
    found = image(tiff(pages, photometric="minisblack"), "a.tif")
    np.testing.assert_array_equal(found.pixels, pages[:1])
    assert notes(found)["first-page"] == "of 3"


def test_a_colour_is_chosen_by_name_or_number() -> None:
    for column in ("green", 1, "1"):
        np.testing.assert_array_equal(image(saved(COLOUR, "PNG"), column=column).pixels, [COLOUR[..., 1] / 255])
    with pytest.raises(UnknownName, match="red, green, blue"):
        image(saved(COLOUR, "PNG"), column="infrared")


def test_a_picture_with_gaps_or_complex_numbers_is_refused() -> None:
    with pytest.raises(NotFinite):
        read(tiff(np.full((30, 40), np.nan, np.float32)), "a.tif")
    with pytest.raises(ComplexData):
        read(tiff(np.ones((30, 40), np.complex64)), "a.tif")


def test_arrays_of_bytes_become_pictures_between_0_and_1() -> None:
    out = io.BytesIO()
    np.save(out, COLOUR.repeat(3, 0))
    np.testing.assert_array_equal(image(out.getvalue(), "a.npy").pixels, np.moveaxis(COLOUR.repeat(3, 0), 2, 0) / 255)


def test_a_large_picture_is_held_once_when_it_is_read_and_written() -> None:
    data = saved(RNG.integers(0, 256, (1500, 2000), np.uint8), "PNG")
    tracemalloc.start()
    found = image(data)
    _, read_peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    held, _ = tracemalloc.get_traced_memory()
    write(found, "a.png")
    _, write_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read_peak < 1.6 * found.pixels.nbytes
    assert write_peak - held < 1.1 * found.pixels.nbytes


def test_the_name_does_not_make_the_format() -> None:
    assert notes(image(saved(GREY, "PNG"), "holiday.jpg"))["content-decides"] == "not .jpg"


# --- round trips -------------------------------------------------------------------------------------------------

values = st.floats(-0.5, 1.5, width=32)
greys = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12), elements=values)
colours = st.integers(2, 12).flatmap(lambda h: arrays(np.float32, (3, h, 9), elements=values))


@few
@given(st.one_of(greys, colours))
def test_tiff_and_npz_keep_float32_pixels(pixels: np.ndarray) -> None:
    before = Image(pixels, "made")
    for name in ("a.tif", "a.tiff", "a.npz"):
        np.testing.assert_array_equal(image(write(before, name), name).pixels, before.pixels)


@few
@given(greys)
def test_png_keeps_grey_to_16_bits_within_0_and_1(pixels: np.ndarray) -> None:
    after = image(write(Image(pixels), "a.png"))
    np.testing.assert_allclose(after.pixels, [np.clip(pixels, 0, 1)], atol=0.5 / 65535 + 1e-9)


@few
@given(colours)
def test_png_keeps_colour_to_8_bits_within_0_and_1(pixels: np.ndarray) -> None:
    after = image(write(Image(pixels), "a.png"))
    np.testing.assert_allclose(after.pixels, np.clip(pixels, 0, 1), atol=0.5 / 255 + 1e-9)


@pytest.mark.parametrize("shape", [(1, 80, 70), (3, 80, 70), (3, 10, 12)])
def test_npy_keeps_pictures_that_no_one_would_take_for_signals(shape: tuple[int, ...]) -> None:
    before = Image(RNG.random(shape))
    np.testing.assert_array_equal(image(write(before, "a.npy"), "a.npy").pixels, before.pixels)


def test_equal_pictures_give_equal_bytes() -> None:
    for name in ("a.png", "a.tif", "a.npz", "a.npy"):
        assert write(Image(GREY / 255), name) == write(Image(GREY / 255), name)


def test_a_picture_is_no_sound() -> None:
    with pytest.raises(UnknownName, match=r"\.png, \.tif"):
        write(Image(GREY / 255), "a.wav")
