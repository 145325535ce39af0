"""Figures that are drawn once: what a class looks at, or one visitor looks at again, is not built anew.

Most of the time of a page without computation goes into building its figures, a quarter of a second or more each; a
class that opens the page in one minute sees the same ones. They are kept where the results are, see `app.shelves`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import plotly.graph_objects as go

from app import compute
from drsn_core import recipe as recipes
from drsn_core.recipe import Recipe


class Kept(go.Figure):
    """A figure that has been worked out: Plotly copies and encodes another one anew for every visitor."""

    def __init__(self, figure: go.Figure) -> None:
        super().__init__()
        self._plain = figure.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """What Streamlit and the page that is taken home ask for; nobody changes what is in it."""
        return {**self._plain, "layout": dict(self._plain["layout"])}


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
        return Drawing(figure, 2 * len(figure.to_json(validate=False)))

    parts = urlencode({**recipes.to_query(recipe), "drawn": repr(about)})
    made: Drawing = compute.once(
        f"{compute.key_of(recipe)}&{parts}", recipe.source.kind == "file", drawing, compute.TURNS.turn
    )
    return made.figure
