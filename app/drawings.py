"""Figures, and texts about them, that are made once: what a class looks at, or one visitor again, is not built anew.

Most of the time of a page without computation goes into building its figures, a quarter of a second or more each; a
class that opens the page in one minute sees the same ones. They are kept where the results are, see `app.shelves`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import plotly.graph_objects as go

from app import compute
from drsn_core import recipe as recipes
from drsn_core.recipe import Recipe


class Kept(go.Figure):
    """A figure that has been worked out and encoded: Plotly does both with another one anew for every visitor."""

    #: In memory, about: numbers of arrays are one text, all else are small objects.
    nbytes = 0

    def __init__(self, figure: go.Figure) -> None:
        super().__init__()
        encoded = figure.to_json(validate=False)
        self._plain: dict[str, Any] = orjson.loads(encoded)
        self.nbytes = 2 * len(encoded)

    def to_dict(self) -> dict[str, Any]:
        """What Streamlit and the page that is taken home ask for; nobody changes what is in it."""
        return {**self._plain, "layout": dict(self._plain["layout"])}

    @property
    def data(self) -> tuple[Any, ...]:
        """The traces, for tables: objects again, made when they are asked for."""
        return tuple(go.Figure(self._plain).data)


@dataclass(frozen=True, eq=False)
class Drawing(compute.Held):
    """A figure, which nobody changes, and about how many bytes it takes."""

    figure: go.Figure
    nbytes: int  # type: ignore[misc]


def once(recipe: Recipe, about: tuple[object, ...], make: Callable[[], go.Figure]) -> go.Figure:
    """The figure that ``make`` draws of a recipe, or the one that it has drawn before.

    Parameters
    ----------
    about : all else that it depends on, as plain values: what is shown and how, language, light or dark
    """

    def drawing() -> Drawing:
        figure = Kept(make())
        return Drawing(figure, figure.nbytes)

    return _once(recipe, about, drawing, compute.TURNS.turn).figure  # type: ignore[no-any-return]


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
