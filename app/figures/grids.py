"""Panels in rows and columns: laid out once for each arrangement, then copied, which takes a fifth of the time."""

from __future__ import annotations

import functools
import json
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures import style
from app.figures.style import Theme
from app.figures.written import Written

Props = dict[str, Any]


def subplots(rows: int, columns: int, **wishes: Any) -> go.Figure:
    """An empty figure of panels; ``wishes`` are the keywords of `plotly.subplots.make_subplots`."""
    return go.Figure(_empty(rows, columns, json.dumps(wishes)))


@functools.lru_cache(64)
def _empty(rows: int, columns: int, wishes: str) -> go.Figure:
    return make_subplots(rows, columns, **json.loads(wishes))


@functools.cache
def _template(theme: Theme) -> Props:
    plain: Props = style.template(theme).to_plotly_json()
    return plain


class Sheet:
    """A figure of panels that is written down, see `app.figures.written`; a test has Plotly check what is drawn so.

    That takes a tenth of the time that `go.Figure` takes to be changed property by property. It is for the figures that
    are drawn anew with every move of a slider.

    Parameters
    ----------
    height : pixels
    wishes : keywords of `plotly.subplots.make_subplots`
    """

    def __init__(self, rows: int, columns: int, theme: Theme, height: int, **wishes: Any) -> None:
        self.columns, self.theme = columns, theme
        self.traces: list[Props] = []
        self.layout: Props = _empty(rows, columns, json.dumps(wishes)).to_dict()["layout"]  # a copy
        self.layout |= {"height": height, "annotations": []}

    def number(self, row: int, column: int) -> str:
        """What the axes of a panel end in: "" for the first one, as "x" and "xaxis", then "2" ..."""
        place = (row - 1) * self.columns + column
        return "" if place == 1 else str(place)

    def add(self, trace: Props, row: int, column: int = 1) -> None:
        """Put a trace, with its ``type``, into a panel."""
        number = self.number(row, column)
        self.traces.append({**trace, "xaxis": f"x{number}", "yaxis": f"y{number}"})

    def xaxis(self, row: int, column: int = 1) -> Props:
        """Properties of an axis, to be changed."""
        return self.layout[f"xaxis{self.number(row, column)}"]  # type: ignore[no-any-return]

    def yaxis(self, row: int, column: int = 1) -> Props:
        """Properties of an axis, to be changed."""
        return self.layout[f"yaxis{self.number(row, column)}"]  # type: ignore[no-any-return]

    def caption(self, text: str, color: str | None, row: int, column: int = 1) -> None:
        """Write ``text`` over the left end of a panel, as `app.figures.style.caption` does."""
        number = self.number(row, column)
        self.layout["annotations"].append(style.written(number, (text,), color, style.TITLE_SIZE))

    def figure(self) -> Written:
        """The figure, in the common look."""
        return Written.down(self.traces, self.layout | {"template": _template(self.theme)})
