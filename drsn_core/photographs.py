"""Photographs that come with scikit-image, for those who have none at hand; nothing is downloaded."""

from __future__ import annotations

import numpy as np

from drsn_core.data import FloatArray, Image
from drsn_core.errors import UnknownName

#: Pictures inside the package of scikit-image itself, by the name of its function; grey ones first.
PHOTOGRAPHS = (
    "camera",
    "coins",
    "brick",
    "grass",
    "moon",
    "page",
    "cell",
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
)

#: Gray ones of which there is a `small` picture, and its side: small enough for an answer within a second.
SMALL = ("camera", "coins", "moon", "brick")
SIDE = 256


def photograph(name: str) -> Image:
    """A clean picture in its own size: (1, height, width) of grey ones, (3, height, width) of colour, in 0..1.

    Raises
    ------
    UnknownName

    Examples
    --------
    >>> photograph("coins").pixels.shape, photograph("chelsea").channels
    ((1, 303, 384), 3)
    """
    from skimage import data

    if not isinstance(name, str) or name not in PHOTOGRAPHS:
        raise UnknownName("picture", name, PHOTOGRAPHS)
    return Image(np.asarray(getattr(data, name)()) / 255.0, name)


def small(name: str) -> Image:
    """A gray picture of `SIDE` x `SIDE` pixels: large ones are averaged over 2 x 2 pixels, others cut.

    Raises
    ------
    UnknownName

    Examples
    --------
    >>> small("camera").pixels.shape
    (1, 256, 256)
    """
    if name not in SMALL:
        raise UnknownName("picture", name, SMALL)
    pixels: FloatArray = photograph(name).pixels[0]
    if min(pixels.shape) >= 2 * SIDE:
        pixels = pixels[: 2 * SIDE, : 2 * SIDE].reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))
    return Image(pixels[:SIDE, :SIDE], name)
