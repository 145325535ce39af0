"""Figures, and texts about them, that are made once: what a class looks at, or one visitor again, is not built anew.

Most of the time of a page without computation goes into building its figures, a quarter of a second or more each; a
class that opens the page in one minute sees the same ones. They are kept where the results are, see `app.shelves`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import plotly.graph_objects as go

from app import compute
from app.figures.written import Written
from drsn_core import recipe as recipes
from drsn_core.recipe import Recipe


def once(recipe: Recipe, about: tuple[object, ...], make: Callable[[], go.Figure]) -> Written:
    """The figure that ``make`` draws of a recipe, or the one that it has drawn before.

    Parameters
    ----------
    about : all else that it depends on, as plain values: what is shown and how, language, light or dark
    """

    def drawing() -> compute.Kept:
        figure = Written.of(make())
        return compute.Kept(figure, figure.nbytes)

    # A file may be long; what all others are drawn of is done before another page could have had its turn.
    turn = compute.TURNS.turn if recipe.source.kind == "file" else contextlib.nullcontext
    return _once(recipe, about, drawing, turn).value  # type: ignore[no-any-return]


def texts(recipe: Recipe, about: tuple[object, ...], make: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Texts that ``make`` writes about a recipe, or those that it has written before; ``about`` as for `once`."""

    def written() -> compute.Kept:
        found = make()
        return compute.Kept(found, 100 + 2 * sum(map(len, found)))

    return _once(recipe, about, written).value  # type: ignore[no-any-return]


def _once(
    recipe: Recipe,
    about: tuple[object, ...],
    make: Callable[[], Any],
    turn: compute.Turning = contextlib.nullcontext,
) -> Any:
    parts = urlencode({**recipes.to_query(recipe), "drawn": repr(about)})
    return compute.once(f"{compute.key_of(recipe)}&{parts}", recipe.source.kind == "file", make, turn)
