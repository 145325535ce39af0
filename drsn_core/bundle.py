"""Where the files that come with the package lie: weights, the app, pictures.

In a checkout they are folders at its top level; the wheel carries copies of them inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "_bundle", _PACKAGE.parent)


def folder(name: str) -> Path:
    """Return the folder ``name`` ("pretrained", "app" or "assets") of this installation.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    for place in _PLACES:
        if (place / name).is_dir():
            return place / name
    raise FileNotFoundError(f"this installation of drsn has no folder {name!r}; install it again")
