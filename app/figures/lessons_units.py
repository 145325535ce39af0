"""A unit of a network as a chart of boxes, each with the numbers that are in it just now.

On the left what happens to the signal, from top to bottom; on the right, where there is one, the sub-network that looks
at it and sets weights or thresholds; along the left edge the shortcut.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.data import FloatArray

#: Pixels of a row, points of a wave in a box, and how boxes lie: left edges, width, and height as a share of the row.
ROW, POINTS = 104, 260
LEFT, WIDTH, TALL = (0.1, 1.25), 1.0, 0.82
#: Share of a box that its title takes, and where the shortcut runs.
TITLE, PAST = 0.36, 0.02
#: A wave is drawn up to this quantile of its size, and somewhat beyond; rare spikes are cut.
QUANTILE, ROOM = 0.99, 1.3


class Box(NamedTuple):
    """One stage: its place (column, row), the text in it, the role of its colour, and its numbers."""

    key: str
    column: int
    row: int
    role: str
    values: FloatArray
    bars: bool = False


def boxes(drawn: Any) -> list[Box]:
    """The stages of a unit in their places; the sub-network stands beside the branch that it looks at."""
    waves, bars = drawn.waves, drawn.bars
    found = [
        Box("input", 0, 0, "noisy", waves["input"]),
        Box("first", 0, 1, "noisy", waves["first"]),
        Box("branch", 0, 2, "noisy", waves["branch"]),
    ]
    below = 3
    if bars:
        side = [("pooled", "noisy"), ("z", "noisy"), ("alpha", "threshold")] + (
            [("tau", "threshold")] if "tau" in bars else []
        )
        found += [Box(key, 1, 2 + i, role, bars[key], True) for i, (key, role) in enumerate(side)]
        below = 2 + len(side) - 1
        found.append(Box("scaled" if drawn.net == "se" else "shrunk", 0, below, "learned", waves["kept"]))
        below += 1
    return [*found, Box("output", 0, below, "yours", waves["output"])]


def unit(seen: Any, words: Words, theme: Theme) -> go.Figure:
    """Draw ``seen.drawn``, `app.lessons.experiments.units.Drawn`."""
    drawn, facts = seen.drawn, seen.facts
    found = boxes(drawn)
    rows = max(box.row for box in found) + 1
    figure = go.Figure()
    for box in found:
        _box(figure, box, drawn, words, facts, theme)
    column = [box for box in found if box.column == 0]
    for above, below in pairwise(column):
        _arrow(figure, (_middle(0), _low(above.row)), (_middle(0), _high(below.row)), theme)
    side = [box for box in found if box.column == 1]
    if side:
        _arrow(figure, (LEFT[0] + WIDTH, _centre(2)), (LEFT[1], _centre(2)), theme)
        for above, below in pairwise(side):
            _arrow(figure, (_middle(1), _low(above.row)), (_middle(1), _high(below.row)), theme)
        _arrow(figure, (LEFT[1], _centre(side[-1].row)), (LEFT[0] + WIDTH, _centre(side[-1].row)), theme)
    _shortcut(figure, rows, theme)
    style.layout(figure, theme, rows * ROW + style.TOOLBAR_HEIGHT + 10)
    right = LEFT[1] + WIDTH if side else LEFT[0] + WIDTH
    figure.update_xaxes(visible=False, range=[-0.02, right + 0.01], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-rows + 0.02, 0.02], fixedrange=True)
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": style.TOOLBAR_HEIGHT, "b": 4}, showlegend=False, bargap=0, barmode="overlay"
    )
    return figure


def _high(row: int) -> float:
    return -row - (1 - TALL) / 2


def _low(row: int) -> float:
    return -row - 1 + (1 - TALL) / 2


def _centre(row: int) -> float:
    return -row - 0.5


def _middle(column: int) -> float:
    return LEFT[column] + WIDTH / 2


def _box(figure: go.Figure, box: Box, drawn: Any, words: Words, facts: Any, theme: Theme) -> None:
    left, top, bottom = LEFT[box.column], _high(box.row), _low(box.row)
    color = ROLES[box.role].color
    figure.add_shape(
        type="rect",
        x0=left,
        x1=left + WIDTH,
        y0=bottom,
        y1=top,
        line={"color": color, "width": 2},
        layer="below",
        fillcolor=style.PAPER[theme],
    )
    figure.add_annotation(
        x=left,
        y=top,
        xanchor="left",
        yanchor="top",
        xshift=4,
        yshift=-1,
        showarrow=False,
        align="left",
        text=words(f"learn.unit.{box.key}", **facts),
        font={"size": 13},
    )
    room = (top - bottom) * (1 - TITLE)
    x0, y0 = left + 0.04, bottom + 0.06 * room
    wide, tall = WIDTH - 0.08, 0.88 * room
    if box.bars:
        _bars(figure, box, drawn, (x0, y0, wide, tall), color, theme)
    else:
        _wave(figure, box, drawn, (x0, y0, wide, tall), color, theme)


def _wave(
    figure: go.Figure, box: Box, drawn: Any, place: tuple[float, float, float, float], color: str, theme: Theme
) -> None:
    x0, y0, wide, tall = place
    seen = drawn.waves["branch"] if box.key in ("shrunk", "scaled") else box.values  # one scale before and after
    reach = max(float(np.quantile(np.abs(seen), QUANTILE)) * ROOM, 2 * abs(drawn.tau) if seen is not box.values else 0)
    reach = reach or 1.0

    def up(values: FloatArray) -> FloatArray:
        return y0 + tall * (np.clip(values / reach, -1, 1) + 1) / 2

    t, y = style.decimate(np.linspace(0.0, 1.0, box.values.size), box.values, POINTS)
    if box.key == "branch" and "tau" in drawn.bars:
        for sign in (-1, 1):
            level = float(up(np.array([sign * drawn.tau]))[0])
            figure.add_scatter(
                x=[x0, x0 + wide],
                y=[level, level],
                mode="lines",
                hoverinfo="skip",
                meta="threshold",
                line={"color": ROLES["threshold"].color, "width": 1.5, "dash": "dot"},
            )
    figure.add_scatter(
        x=x0 + wide * t,
        y=up(y.astype(float)),
        mode="lines",
        meta=box.key,
        line={"color": color, "width": 1.3},
        customdata=y,
        hovertemplate="%{customdata:.3g}<extra></extra>",
    )


def _bars(
    figure: go.Figure, box: Box, drawn: Any, place: tuple[float, float, float, float], color: str, theme: Theme
) -> None:
    """One bar for each channel, that of the channel that is drawn filled; below the zero line where negative."""
    x0, y0, wide, tall = place
    low, high = min(0.0, float(box.values.min())), max(0.0, float(box.values.max())) or 1.0
    if box.key == "alpha":
        low, high = 0.0, 1.0
    unit = tall / (high - low)
    each = wide / box.values.size
    zero = y0 - low * unit
    figure.add_scatter(
        x=[x0, x0 + wide],
        y=[zero, zero],
        mode="lines",
        hoverinfo="skip",
        meta=box.key,
        line={"color": style.FAINT[theme], "width": 1},
    )
    chosen = np.arange(box.values.size) == drawn.channel
    figure.add_bar(
        x=x0 + each * (np.arange(box.values.size) + 0.5),
        y=box.values * unit,
        base=zero,
        width=0.78 * each,
        meta=box.key,
        customdata=np.stack([np.arange(1, box.values.size + 1), box.values], axis=1),
        hovertemplate="%{customdata[0]}: %{customdata[1]:.3g}<extra></extra>",
        marker={
            "color": color,
            "line": {"color": style.INK[theme], "width": np.where(chosen, 2.0, 0.0)},
            "opacity": np.where(chosen, 1.0, 0.55),
        },
    )


def _arrow(figure: go.Figure, start: tuple[float, float], end: tuple[float, float], theme: Theme) -> None:
    figure.add_annotation(
        x=end[0],
        y=end[1],
        ax=start[0],
        ay=start[1],
        xref="x",
        yref="y",
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowsize=1.1,
        arrowwidth=1.6,
        arrowcolor=style.FAINT[theme],
    )


def _shortcut(figure: go.Figure, rows: int, theme: Theme) -> None:
    """The way around: from the input down the left edge to the sum."""
    top, end = _centre(0), _centre(rows - 1)
    figure.add_scatter(
        x=[LEFT[0], PAST, PAST],
        y=[top, top, end],
        mode="lines",
        meta="shortcut",
        hoverinfo="skip",
        line={"color": ROLES["yours"].color, "width": 3},
    )
    figure.add_annotation(
        x=LEFT[0],
        y=end,
        ax=PAST,
        ay=end,
        xref="x",
        yref="y",
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowsize=1,
        arrowwidth=3,
        arrowcolor=ROLES["yours"].color,
    )
