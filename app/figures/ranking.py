"""All methods on one signal: where each comes closest, and what each made of it."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures import style
from app.figures.grids import subplots
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

#: Small multiples: columns and the gap between them as a share of the width, pixels of a panel and of a line of its
#: caption, letters that fit over a panel on a phone, points of the clean line.
COLUMNS, GUTTER = 2, 0.04
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
    figure = subplots(
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
    time = clock(length, rate_hz, words)
    scale = time.per_second / rate_hz
    truth = None if clean is None else style.decimate(np.arange(length) * scale, clean, POINTS)
    drawn = [entry.line for entry in entries] + ([] if truth is None else [truth[1]])
    low, high = min(float(y.min()) for y in drawn), max(float(y.max()) for y in drawn)
    margin = 0.04 * (high - low) or 1.0
    # Written out rather than made by plotly's subplots, which take a second for twenty panels.
    inner, width = rows * (PANEL + captions) - captions, (1 - (COLUMNS - 1) * GUTTER) / COLUMNS
    look = style.axis(theme)
    axes: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for place, entry in enumerate(entries):
        number = "" if place == 0 else str(place + 1)
        row, column = divmod(place, COLUMNS)
        lowest = place + COLUMNS >= len(entries)
        left, top = column * (width + GUTTER), 1 - row * (PANEL + captions) / inner
        axes[f"xaxis{number}"] = look | {
            "anchor": f"y{number}",
            "domain": [left, left + width],
            "range": [0.0, (length - 1) * scale],
            "nticks": 5,
            "showticklabels": lowest,
            "title_standoff": 8,
            **({"title_text": time.title} if lowest else {}),
            **({"matches": "x"} if place else {}),
        }
        axes[f"yaxis{number}"] = look | {
            "anchor": f"x{number}",
            "domain": [max(0.0, top - PANEL / inner), top],
            "range": [low - margin, high + margin],
            "nticks": 4,
            "showticklabels": column == 0,
            "title_standoff": 6,
            **({"title_text": value_title(unit, words)} if (row, column) == ((rows - 1) // 2, 0) else {}),
            **({"matches": "y"} if place else {}),
        }
        here = {"type": "scatter", "mode": "lines", "xaxis": f"x{number}", "yaxis": f"y{number}"}
        if truth is not None:
            ink = style.role("clean", theme).color
            traces.append(
                here
                | {"x": truth[0], "y": truth[1], "name": words("figure.clean"), "hoverinfo": "skip"}
                | {"line": {"color": ink, "width": 1, "dash": "dash"}, "showlegend": place == 0}
            )
        line = style.ROLES[entry.family]
        traces.append(
            here
            | {"x": (entry.at * scale).astype(np.float32), "y": entry.line.astype(np.float32), "name": entry.label}
            | {"line": {"color": line.color, "width": line.width}, "showlegend": False}
            | {"hovertemplate": "%{x:.4g} · %{y:.4g}<extra></extra>"}
        )
        notes.append(style.written(number, (*wrapped[place], entry.score), line.color, style.TEXT_SIZE))
    head = style.TOOLBAR_HEIGHT + captions - CAPTION_LINE // 2
    common = style.layout(go.Figure(), theme, inner + head + FOOT)
    common.update_layout(margin={"t": head}, legend={"yref": "container", "y": 1})
    return go.Figure(traces, common.layout.to_plotly_json() | axes | {"annotations": notes})


def takeaway(entries: Sequence[Entry], words: Words) -> str:
    """Say in one sentence where the methods come closest; caption and alternative text of `winners`."""
    share = shares(entries)
    first, *others = (int(k) for k in np.argsort(-share, kind="stable") if share[k] > 0)
    said = {"label": entries[first].label, "share": share[first]}
    if not others:
        return words("compare.takeaway.one", label=said["label"])
    second = {"other": entries[others[0]].label, "rest": share[others[0]], "count": len(others) + 1}
    return words("compare.takeaway", **said, **second)
