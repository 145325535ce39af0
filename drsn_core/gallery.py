"""Pictures that come with scikit-image, for those who have none at hand; nothing is downloaded."""

from __future__ import annotations

from drsn_core.data import FloatArray, Image
from drsn_core.errors import UnknownName

#: Side of the pictures: small enough for an answer within a second.
SIDE = 256

#: Gray pictures in the package of scikit-image itself, by the name of its function.
PICTURES = ("camera", "coins", "moon", "brick")


def picture(name: str) -> Image:
    """A gray picture of `SIDE` x `SIDE` pixels: large ones are averaged over 2 x 2 pixels, others cut.

    Raises
    ------
    UnknownName

    Examples
    --------
    >>> picture("camera").pixels.shape
    (1, 256, 256)
    """
    from skimage import data

    if name not in PICTURES:
        raise UnknownName("picture", name, PICTURES)
    pixels: FloatArray = getattr(data, name)() / 255.0
    if min(pixels.shape) >= 2 * SIDE:
        pixels = pixels[: 2 * SIDE, : 2 * SIDE].reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))
    return Image(pixels[:SIDE, :SIDE], name)
