"""Pictures made from formulas, each to show one thing that denoising does well or badly.

A picture is a function of u (to the right) and v (downwards), both in 0..1 at the centres of the pixels, and of a
generator if it leaves something to chance. To add one: a function, and a line in ``IMAGES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drsn_core.data import FloatArray, Image
from drsn_core.errors import BadParameter, UnknownName
from drsn_core.synth.signals import Rng, generator

SMALLEST, LARGEST = 16, 8192


@dataclass(frozen=True)
class Picture:
    """How a picture is made: ``shape`` of (u, v), or of (u, v, generator) if ``seeded``; values in 0..1."""

    shape: Callable[..., FloatArray]
    seeded: bool = False


def zone_plate(u: FloatArray, v: FloatArray) -> FloatArray:
    r"""Rings that grow finer outwards: :math:`\tfrac12 + \tfrac12 \cos(60 \pi r^2)`, r the distance to the middle.

    The frequency at r is 60 r periods a side, so that 256 pixels still resolve the corners: a Doppler of two
    dimensions. Where the rings have been averaged to grey, detail of that size is lost.
    """
    x: FloatArray = 0.5 + 0.5 * np.cos(60 * np.pi * (np.square(u - 0.5) + np.square(v - 0.5)))
    return x


def steps(u: FloatArray, v: FloatArray) -> FloatArray:
    r"""Eight flat bands, :math:`\lfloor 8 u \rfloor / 7`, cut by a horizon: below it 1 minus that.

    The blocks of two dimensions: edges must stay sharp, and nothing may ripple between them.
    """
    band = np.floor(np.minimum(u, 1 - 1e-9) * 8) / 7
    return np.asarray(np.where(v < 0.5, band, 1 - band))


#: Radii of the discs in sides of the picture, from left to right, and their contrasts, from top to bottom.
DISC_RADII = (0.05, 0.035, 0.025, 0.016, 0.01)
DISC_CONTRASTS = (0.4, 0.25, 0.15, 0.09, 0.05)


def discs(u: FloatArray, v: FloatArray) -> FloatArray:
    """A contrast-detail phantom: discs of five sizes and five contrasts on grey 0.4.

    From left to right they grow smaller, from top to bottom fainter. Which are still seen, before and after?

    References
    ----------
    .. [1] A. E. Burgess, "The Rose model, revisited", J. Opt. Soc. Am. A 16(3), 1999.
    """
    x = np.full(np.broadcast_shapes(u.shape, v.shape), 0.4)
    for column, radius in enumerate(DISC_RADII):
        for row, contrast in enumerate(DISC_CONTRASTS):
            away = np.hypot(u - (column + 0.5) / 5, v - (row + 0.5) / 5)
            x[away <= radius] += contrast
    return x


def weave(u: FloatArray, v: FloatArray) -> FloatArray:
    r"""Four fields of fine stripes at 0°, 30°, 60° and 90°: :math:`\tfrac12 + \tfrac14 \sin(2\pi \cdot 40\,d)`.

    d runs across the stripes. Regular texture, which looks like noise to a rule that judges every value by itself.
    """
    angle = np.radians(30.0) * ((u >= 0.5) + 2 * (v >= 0.5))
    x: FloatArray = 0.5 + 0.25 * np.sin(2 * np.pi * 40 * (u * np.cos(angle) + v * np.sin(angle)))
    return x


def stars(u: FloatArray, v: FloatArray, rng: Rng) -> FloatArray:
    r"""A dark sky with 150 stars: 0.05 + sum of :math:`b\,e^{-r^2 / 2 w^2}`, w = 0.004 sides, clipped to 1.

    Places are uniform, brightnesses b drawn as :math:`0.1 / (1 - 0.9\,q)`, q uniform: many faint, few bright ones. Each
    is hardly larger than a pixel of noise, and faint ones are easily taken for it.
    """
    x: FloatArray = np.full(np.broadcast_shapes(u.shape, v.shape), 0.05)
    for at_u, at_v, q in rng.random((150, 3)):
        x += 0.1 / (1 - 0.9 * q) * np.exp(-(np.square(u - at_u) + np.square(v - at_v)) / (2 * 0.004**2))
    return np.asarray(np.minimum(x, 1.0))


def blobs(u: FloatArray, v: FloatArray) -> FloatArray:
    r"""Smooth hills: :math:`0.2 + 0.4 u + 0.3 \sin^2(2 \pi u) \sin^2(2 \pi v)`; nothing fine that could be lost."""
    x: FloatArray = 0.2 + 0.4 * u + 0.3 * np.square(np.sin(2 * np.pi * u) * np.sin(2 * np.pi * v))
    return x


#: Every synthetic picture by its key.
IMAGES: dict[str, Picture] = {
    "zone-plate": Picture(zone_plate),
    "steps": Picture(steps),
    "discs": Picture(discs),
    "weave": Picture(weave),
    "stars": Picture(stars, seeded=True),
    "blobs": Picture(blobs),
}


def image(name: str, height: int = 256, width: int | None = None, seed: int = 0) -> Image:
    """Draw one of ``IMAGES``, without noise.

    Parameters
    ----------
    name : key in ``IMAGES``
    height, width : in pixels, 16 to 8192; without a width the picture is square
    seed : a whole number from 0; it matters where something is random (``IMAGES[name].seeded``)

    Returns
    -------
    Image
        (1, height, width), values in 0..1.

    Raises
    ------
    UnknownName, BadParameter

    Examples
    --------
    >>> image("steps", 64, 96).pixels.shape
    (1, 64, 96)
    """
    if not isinstance(name, str) or name not in IMAGES:
        raise UnknownName("picture", name, IMAGES)
    width = height if width is None else width
    for side, size in (("height", height), ("width", width)):
        if not isinstance(size, int | np.integer) or isinstance(size, bool) or not SMALLEST <= size <= LARGEST:
            raise BadParameter(side, size, f"a whole number from {SMALLEST} to {LARGEST:,}")
    picture, rng = IMAGES[name], generator(seed)
    u, v = (np.arange(width) + 0.5) / width, ((np.arange(height) + 0.5) / height)[:, None]
    pixels = picture.shape(u, v, rng) if picture.seeded else picture.shape(u, v)
    return Image(np.broadcast_to(pixels, (height, width)), name)
