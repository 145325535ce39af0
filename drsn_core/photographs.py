"""Photographs that come with scikit-image, for those who have none at hand; nothing is downloaded."""

from __future__ import annotations

import numpy as np

from drsn_core.data import Image
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
