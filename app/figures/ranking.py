"""All methods on one signal: where each comes closest, and what each made of it."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.figures import style
from app.figures.style import Theme
from app.figures.waveforms import clock, value_title
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.method import Family


class Entry(NamedTuple):
    """A method in the comparison.

    Parameters
    ----------
    label, score : its name, and its numbers as they are written over its panel
    at, line : numbers of the samples drawn, and the estimate there
    errors : mean squared error in equal stretches of the signal; None where the clean signal is not known
    """

    label: str
    family: Family
    score: str
    at: FloatArray
    line: FloatArray
    errors: FloatArray | None


#: Methods that get a row of their own where they win; pixels of a row, of the signal over them, and of the time axis.
MOST_ROWS = 8
ROW, SIGNAL, FOOT = 44, 190, 56

#: Small multiples: columns, pixels of a panel and of a line of its caption, letters that fit over a panel on a phone,
#: points of the clean line.
COLUMNS = 2
PANEL, CAPTION_LINE = 112, 18
LONGEST = 22
POINTS = 300


def closest(entries: Sequence[Entry]) -> NDArray[np.intp]:
    """Number of the entry with the least error, for every stretch; of equal ones the first."""
    return np.argmin(np.stack([entry.errors for entry in entries if entry.errors is not None]), axis=0)


def shares(entries: Sequence[Entry]) -> FloatArray:
    """Per entry in how much of the signal it comes closest, in per cent."""
    best = closest(entries)
    return 100 * np.bincount(best, minlength=len(entries)) / best.size


def winners(
    noisy: FloatArray,
    clean: FloatArray,
    entries: Sequence[Entry],
    *,
    rate_hz: float,
    unit: str,
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw the signal and, under it, a row for every method that comes closest somewhere, with bars where it does.

    Parameters
    ----------
    noisy, clean : (length,), in ``unit``
    entries : with errors, see `Entry`; all of the same number of stretches
    """
    best, share = closest(entries), shares(entries)
    shown = [int(k) for k in np.argsort(-share, kind="stable") if share[k] > 0][:MOST_ROWS]
    below = ROW * len(shown) + 10
    figure = make_subplots(
        2, 1, shared_xaxes=True, row_heights=[SIGNAL, below], vertical_spacing=style.CAPTION_HEIGHT / (SIGNAL + below)
    )
    time = clock(noisy.size, rate_hz, words)
    t = np.arange(noisy.size) * (time.per_second / rate_hz)
    for role, samples in (("noisy", noisy), ("clean", clean)):
        look = style.role(role, theme)
        x, y = style.decimate(t, samples, style.POINTS // 2)
        figure.add_scatter(
            x=x,
            y=y,
            name=words(f"figure.{role}"),
            mode="lines",
            line={"color": look.color, "width": look.width, "dash": "dash" if role == "clean" else "solid"},
            hovertemplate="%{x:.4g} · %{y:.4g}<extra></extra>",
            row=1,
            col=1,
        )
    edges = np.linspace(t[0], t[-1], best.size + 1)
    for row, k in enumerate(shown):
        steps = np.diff(np.concatenate([[False], best == k, [False]]).astype(np.int8))
        starts, ends = (edges[np.flatnonzero(steps == step)].astype(np.float32) for step in (1, -1))
        look = style.ROLES[entries[k].family]
        label = words("compare.row", label=entries[k].label, share=share[k])
        figure.add_bar(
            orientation="h",
            base=starts,
            x=ends - starts,
            y=np.full(starts.size, row + 0.2, np.float32),
            width=0.36,
            marker={"color": look.color, "line": {"width": 0}},
            name=label,
            showlegend=False,
            hovertext=[f"{html.escape(label)}<br>{a:.4g} – {b:.4g}" for a, b in zip(starts, ends, strict=True)],
            hoverinfo="text",
            row=2,
            col=1,
        )
        figure.add_annotation(
            text=html.escape(label, quote=False),
            xref="x2 domain",
            yref="y2",
            x=0,
            y=row - 0.02,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
        )
    style.layout(figure, theme, SIGNAL + below + style.HEAD + FOOT)
    style.caption(figure, words("figure.noisy"), style.ROLES["noisy"].color, 1)
    figure.update_layout(barmode="overlay", legend={"y": 1.0})
    figure.update_yaxes(title_text=value_title(unit, words), nticks=5, row=1)
    figure.update_yaxes(range=[len(shown) - 0.5, -0.5], visible=False, fixedrange=True, row=2)
    figure.update_xaxes(range=[float(t[0]), float(t[-1])])
    figure.update_xaxes(title_text=time.title, row=2)
    return figure


def multiples(
    entries: Sequence[Entry],
    clean: FloatArray | None,
    *,
    length: int,
    rate_hz: float,
    unit: str,
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw a small panel for every method, all on one scale, with the clean signal dashed where it is known."""
    rows = -(-len(entries) // COLUMNS)
    wrapped = [textwrap.wrap(entry.label, LONGEST) for entry in entries]
    captions = CAPTION_LINE * (2 + max(map(len, wrapped)))
    height = (PANEL + captions) * rows
    figure = make_subplots(
        rows,
        COLUMNS,
        shared_xaxes=True,
        shared_yaxes=True,
        vertical_spacing=captions / height if rows > 1 else 0,
        horizontal_spacing=0.04,
    )
    style.layout(figure, theme, height + style.TOOLBAR_HEIGHT + FOOT)
    time = clock(length, rate_hz, words)
    scale = time.per_second / rate_hz
    truth = None if clean is None else style.decimate(np.arange(length) * scale, clean, POINTS)
    low = min([float(e.line.min()) for e in entries] + ([] if truth is None else [float(truth[1].min())]))
    high = max([float(e.line.max()) for e in entries] + ([] if truth is None else [float(truth[1].max())]))
    ink = style.role("clean", theme)
    for number, entry in enumerate(entries):
        place = {"row": number // COLUMNS + 1, "col": number % COLUMNS + 1}
        look = style.ROLES[entry.family]
        if truth is not None:
            figure.add_scatter(
                x=truth[0],
                y=truth[1],
                mode="lines",
                name=words("figure.clean"),
                line={"color": ink.color, "width": 1, "dash": "dash"},
                showlegend=number == 0,
                hoverinfo="skip",
                **place,
            )
        figure.add_scatter(
            x=(entry.at * scale).astype(np.float32),
            y=entry.line.astype(np.float32),
            mode="lines",
            name=entry.label,
            line={"color": look.color, "width": look.width},
            showlegend=False,
            hovertemplate="%{x:.4g} · %{y:.4g}<extra></extra>",
            **place,
        )
        name, *rest = wrapped[number]
        style.caption(figure, name, look.color, **place, below=(*rest, entry.score), size=style.TEXT_SIZE)
    margin = 0.04 * (high - low) or 1.0
    figure.update_yaxes(range=[low - margin, high + margin], matches="y", nticks=4)
    figure.update_xaxes(range=[0.0, (length - 1) * scale], matches="x", nticks=5)
    figure.update_yaxes(title_text=value_title(unit, words), row=(rows + 1) // 2, col=1)
    last = {1: rows, 2: rows if len(entries) % COLUMNS == 0 or rows == 1 else rows - 1}
    for column, row in last.items():
        figure.update_xaxes(title_text=time.title, showticklabels=True, row=row, col=column)
    if len(entries) < rows * COLUMNS:  # the place that stays empty
        figure.update_xaxes(visible=False, row=rows, col=COLUMNS)
        figure.update_yaxes(visible=False, row=rows, col=COLUMNS)
    figure.update_layout(
        margin={"t": style.TOOLBAR_HEIGHT + captions - CAPTION_LINE // 2}, legend={"yref": "container", "y": 1}
    )
    return figure


def takeaway(entries: Sequence[Entry], words: Words) -> str:
    """Say in one sentence where the methods come closest; caption and alternative text of `winners`."""
    share = shares(entries)
    first, *others = (int(k) for k in np.argsort(-share, kind="stable") if share[k] > 0)
    said = {"label": entries[first].label, "share": share[first]}
    if not others:
        return words("compare.takeaway.one", label=said["label"])
    second = {"other": entries[others[0]].label, "rest": share[others[0]], "count": len(others) + 1}
    return words("compare.takeaway", **said, **second)
