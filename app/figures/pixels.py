"""Pictures as a browser shows them: whole, enlarged, and as differences around grey.

Files for the eye: 8 bit, clipped to 0..1, large ones averaged down. Scores and downloads use the pixels themselves.
"""

from __future__ import annotations

import base64
import io
import math
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image as pillow

from app.figures import style
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.data import FloatArray

#: Pixels on the longer side of a picture that is shown whole, and of an enlarged part at least.
SHOWN, ENLARGED = 1200, 420

#: Values up to which nothing is lost in sending; larger pictures are sent as JPEG of this quality.
LOSSLESS, QUALITY = 1_000_000, 92

#: How much a difference is magnified.
GAIN = 4

#: Smaller pictures are shown with square pixels.
SQUARE = 400


class Part(NamedTuple):
    """Rows and columns of a picture that are enlarged."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, pixels: FloatArray) -> FloatArray:
        """Cut the part out of (channels, height, width)."""
        return pixels[:, self.top : self.bottom, self.left : self.right]

    def frame(self, shape: tuple[int, ...]) -> dict[str, float]:
        """Where it lies, in per cent of the sides of a picture of this shape."""
        height, width = shape[-2:]
        return {
            "left": 100 * self.left / width,
            "top": 100 * self.top / height,
            "width": 100 * (self.right - self.left) / width,
            "height": 100 * (self.bottom - self.top) / height,
        }


def part(shape: tuple[int, ...], x: float, y: float, zoom: float) -> Part:
    """A square around a place in per cent of the sides: the shorter side over ``zoom``, moved into the picture."""
    height, width = shape[-2:]
    side = min(max(8, round(min(height, width) / zoom)), height, width)
    top, left = (min(max(0, round(size * at / 100 - side / 2)), size - side) for size, at in ((height, y), (width, x)))
    return Part(top, top + side, left, left + side)


def smaller(pixels: FloatArray, longest: int) -> FloatArray:
    """Average blocks of pixels until the longer side is at most ``longest``; edges that fill no block are cut."""
    factor = math.ceil(max(pixels.shape[1:]) / longest)
    if factor <= 1:
        return pixels
    channels, height, width = pixels.shape[0], pixels.shape[1] // factor, pixels.shape[2] // factor
    if not height or not width:  # thinner than a block
        return pixels[:, :: factor if height else 1, :: factor if width else 1]
    cut = pixels[:, : height * factor, : width * factor]
    means: FloatArray = cut.reshape(channels, height, factor, width, factor).mean(axis=(2, 4))
    return means


def larger(pixels: FloatArray, least: int) -> FloatArray:
    """Repeat pixels until the shorter side has at least ``least``, so that each is a square that can be seen."""
    factor = math.ceil(least / min(pixels.shape[1:]))
    return pixels.repeat(factor, axis=1).repeat(factor, axis=2)


def around_grey(difference: FloatArray) -> FloatArray:
    """A difference made visible: grey where it is 0, `GAIN` times as strong."""
    return 0.5 + GAIN * difference


class File(NamedTuple):
    """A picture as bytes, with its media type."""

    data: bytes
    kind: str

    @property
    def format(self) -> Literal["PNG", "JPEG"]:
        """As Pillow and Streamlit call it; who does not tell Streamlit has a PNG made into a JPEG."""
        return "PNG" if self.kind == "image/png" else "JPEG"

    @property
    def address(self) -> str:
        """An address that holds all of it, for a page that asks no other machine."""
        return f"data:{self.kind};base64,{base64.b64encode(self.data).decode()}"


def encoded(pixels: FloatArray) -> File:
    """Pixels (channels, height, width) as PNG, or JPEG if they are many."""
    values = np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8)
    picture = pillow.fromarray(values[0] if len(values) == 1 else np.moveaxis(values, 0, 2))
    out = io.BytesIO()
    if values.size > LOSSLESS:
        picture.save(out, "JPEG", quality=QUALITY, subsampling=0)
        return File(out.getvalue(), "image/jpeg")
    picture.save(out, "PNG", compress_level=3)
    return File(out.getvalue(), "image/png")


class Version(NamedTuple):
    """One version of a picture: its name on the page, the role that colours it, and its address."""

    label: str
    role: str
    src: str


def wipe(
    first: Version, second: Version, shape: tuple[int, ...], lens: Part | None, *, words: Words, theme: Theme
) -> dict[str, Any]:
    """What the component `app.components.wipe` draws."""
    height, width = shape[-2:]

    def side(one: Version) -> dict[str, str]:
        color = ROLES[one.role].color if one.role in ROLES else style.INK[theme]
        return {"label": one.label, "color": color, "src": one.src}

    return {
        "first": side(first),
        "second": side(second),
        "aspect": width / height,
        "sharp": max(height, width) < SQUARE,
        "lens": lens.frame(shape) if lens else None,
        "alt": words("images.wipe.alt", first=first.label, second=second.label),
        "words": {
            "grip": words("images.wipe.grip", first=first.label, second=second.label),
            "value": words("images.wipe.value", first=first.label, percent="%s"),
        },
    }
