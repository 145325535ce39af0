"""Windows in the plane of their principal components: do classes come apart, and is the recording among the known?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import Theme
from app.figures.tables import AID
from app.figures.verdicts import CLASSES
from app.i18n import Words
from drsn_core.bench.features import Features
from drsn_core.data import FloatArray

HEIGHT = 480

#: Small multiples: columns, pixels of a panel, of its three lines of caption and of what stands below it.
COLUMNS, PANEL, CAPTION, FOOT = 2, 250, 62, 30
SMALL = 12

#: A symbol for each class, for those who see no colours; its number stands at its centre besides.
SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "cross",
    "x",
    "pentagon",
    "star",
    "hourglass",
)

#: Names that are no wider than this, in Latin letters, stand in the panels themselves; of others their numbers, as in
#: the votes. What is no wider than `ROUND` stands in a ring of the colour of its class.
SHORT, ROUND = 5, 2

#: From here on a sign is as wide as two Latin letters.
WIDE = "\u2e80"


def width(name: str) -> int:
    """How wide a name is, in Latin letters."""
    return sum(2 if sign >= WIDE else 1 for sign in name)


def keys(classes: Sequence[str]) -> list[str]:
    """What stands for each class inside a panel: its name if all are short, else its number."""
    short = max(map(width, classes)) <= SHORT
    return [name if short else str(number) for number, name in enumerate(classes, start=1)]


def separation(
    found: Features,
    here: Mapping[str, FloatArray],
    classes: Sequence[str],
    *,
    picture: bool,
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw the test windows in the plane of each network, a symbol for each class, and the recording among them.

    Over each panel stands how many windows their neighbours name rightly, in all features and in the plane.

    Parameters
    ----------
    found : test windows as the networks see them
    here : (windows, 2) by network, the windows of the recording in the same plane
    classes : names in the reader's language
    picture : whether it is a picture rather than a recording
    """
    models = list(found.networks)
    rows = (len(models) + COLUMNS) // COLUMNS  # one place more than panels: there the classes are listed
    height = rows * (PANEL + CAPTION + FOOT) + style.TOOLBAR_HEIGHT
    figure = subplots(
        rows,
        COLUMNS,
        specs=[
            [{} if row * COLUMNS + column < len(models) else None for column in range(COLUMNS)] for row in range(rows)
        ],
        horizontal_spacing=0.04,
        vertical_spacing=(CAPTION + FOOT) / (height - style.TOOLBAR_HEIGHT - CAPTION),
    )
    style.layout(figure, theme, height)
    own = words(f"diagnose.features.{'picture' if picture else 'here'}")
    listed = [name if key == name else f"<b>{key}</b> {name}" for key, name in zip(keys(classes), classes, strict=True)]
    for place, model in enumerate(models):
        at = {"row": place // COLUMNS + 1, "col": place % COLUMNS + 1}
        seen, called = found.networks[model], words(f"diagnose.model.{model}")
        groups = [seen.points[found.labels == number] for number in range(len(classes))]
        marks = [*_marks(groups, theme), _recording(here[model], theme)]
        if place == 0:  # the list beside the panels: classes are switched in all of them
            for trace, name in zip(marks, (*listed, own), strict=True):
                figure.add_trace(go.Scatter(trace).update(x=[None], y=[None], name=name, meta=AID), **at)
        for trace, name in zip(marks, (*classes, own), strict=True):
            figure.add_trace(trace.update(name=f"{called}: {name}", showlegend=False), **at)
        for trace in _keys(groups, keys(classes), theme):
            figure.add_trace(trace, **at)
        below = (
            words("diagnose.features.all", share=100 * seen.apart),
            words("diagnose.features.plane", share=100 * seen.apart_in_plane),
        )
        style.caption(figure, called, None, **at, below=below, size=style.TEXT_SIZE)
    plain = {"showticklabels": False, "showgrid": False, "title_font_size": SMALL, "title_standoff": 4}
    figure.update_xaxes(title_text=words("diagnose.known.axis", number=1), **plain)
    figure.update_yaxes(**plain)
    figure.update_yaxes(title_text=words("diagnose.known.axis", number=2), col=1)
    figure.update_layout(
        margin_t=style.TOOLBAR_HEIGHT + CAPTION,
        legend={
            "orientation": "v",
            "x": 1 / COLUMNS + 0.03,
            "xanchor": "left",
            "y": 0,
            "yanchor": "bottom",
            "tracegroupgap": 1,
            "font_size": SMALL,
        },
    )
    return figure


def _marks(groups: Sequence[FloatArray], theme: Theme) -> Iterator[go.Scatter]:
    """The windows of each class."""
    for number, points in enumerate(groups):
        yield go.Scatter(
            x=points[:, 0],
            y=points[:, 1],
            mode="markers",
            marker={
                "symbol": SYMBOLS[number % len(SYMBOLS)],
                "size": 7,
                "color": CLASSES[number % len(CLASSES)],
                "opacity": 0.8,
                "line": {"color": style.FAINT[theme], "width": 0.8},
            },
            legendgroup=str(number),
            hovertemplate="%{fullData.name}<extra></extra>",
        )


def _recording(here: FloatArray, theme: Theme) -> go.Scatter:
    """The windows of the recording, unlike any class."""
    return go.Scatter(
        x=here[:, 0],
        y=here[:, 1],
        mode="markers",
        marker={
            "symbol": "diamond-tall",
            "size": 14,
            "color": style.INK[theme],
            "line": {"color": style.PAPER[theme], "width": 1.5},
        },
        legendgroup="here",
        hovertemplate="%{fullData.name}<extra></extra>",
    )


def _keys(groups: Sequence[FloatArray], texts: Sequence[str], theme: Theme) -> Iterator[go.Scatter]:
    """What stands for each class, in the middle of its windows; it comes and goes with them."""
    ring, halo = max(map(width, texts)) <= ROUND, ", ".join([f"0 0 3px {style.PAPER[theme]}"] * 4)
    for number, (points, text) in enumerate(zip(groups, texts, strict=True)):
        middle = np.median(points, axis=0)
        line = {"color": CLASSES[number % len(CLASSES)], "width": 2.5}
        yield go.Scatter(
            x=middle[:1],
            y=middle[1:],
            mode="markers+text" if ring else "text",
            marker={"symbol": "circle", "size": 18, "color": style.PAPER[theme], "line": line},
            text=[f"<b>{text}</b>"],
            textfont={"size": SMALL if ring else style.TEXT_SIZE, "color": style.INK[theme], "shadow": halo},
            legendgroup=str(number),
            showlegend=False,
            hoverinfo="skip",
            meta=AID,
        )


def neighbours(known: FloatArray, here: FloatArray, strange: FloatArray, *, words: Words, theme: Theme) -> go.Figure:
    """Draw windows among those that a network has learned from: like them blue, unlike them with a cross.

    Parameters
    ----------
    known, here : (windows, 2), along the two directions in which the known ones vary most
    strange : (windows,), above 1 a window is unlike
    """
    figure = go.Figure()
    gray = {"color": style.FAINT[theme], "size": 6, "symbol": "circle-open"}
    figure.add_scatter(
        x=known[:, 0],
        y=known[:, 1],
        mode="markers",
        marker=gray,
        name=words("diagnose.known.training"),
        hoverinfo="skip",
    )
    for unlike, role, symbol in ((False, "learned", "diamond"), (True, "threshold", "x")):
        mine = (strange > 1) == unlike
        if mine.any():
            figure.add_scatter(
                x=here[mine, 0],
                y=here[mine, 1],
                mode="markers",
                marker={"color": style.ROLES[role].color, "size": 11, "symbol": symbol},
                name=words(f"diagnose.known.{'unlike' if unlike else 'like'}"),
                customdata=strange[mine],
                hovertemplate="%{customdata:.2f}<extra>%{fullData.name}</extra>",
            )
    style.layout(figure, theme, HEIGHT)
    figure.update_xaxes(title_text=words("diagnose.known.axis", number=1))
    figure.update_yaxes(title_text=words("diagnose.known.axis", number=2))
    figure.update_layout(legend={"y": -0.18, "yanchor": "top", "x": 0, "xanchor": "left"})
    return figure
