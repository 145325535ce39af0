"""What a network decides on other samples: fingerprints side by side, and the response to more and less noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.blocks import marks, names
from app.figures.grids import subplots
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.response import Fingerprint

HEIGHT = 420


#: With up to so many channels each has its number on the axis.
FEW = 8


def sheet(values: Sequence[FloatArray]) -> FloatArray:
    """Blocks of different width as one table (channels, blocks), NaN where a block has no such channel."""
    table = np.full((max(v.size for v in values), len(values)), np.nan)
    for column, v in enumerate(values):
        table[: v.size, column] = v
    return table


def fingerprints(a: Fingerprint, b: Fingerprint, *, words: Words, theme: Theme) -> go.Figure:
    """Two tables, block by channel, on one scale, and their difference on a scale of its own around 0."""
    one, two = sheet(a.ratio), sheet(b.ratio)
    gap = two - one
    top = float(np.nanmax([one, two])) or 1.0
    wide = float(np.nanmax(np.abs(gap))) or 1.0
    figure = subplots(1, 3, shared_yaxes=True, horizontal_spacing=0.03)
    columns = marks(a.names, words)
    places = {"orientation": "h", "thickness": 12, "y": -0.28, "yanchor": "top", "nticks": 5}
    figure.update_layout(
        coloraxis={"colorscale": "Cividis", "cmin": 0, "cmax": top, "colorbar": {**places, "x": 0.32, "len": 0.62}},
        coloraxis2={"colorscale": "RdBu_r", "cmin": -wide, "cmax": wide, "colorbar": {**places, "x": 0.84, "len": 0.3}},
    )
    for column, (table, axis) in enumerate(((one, "coloraxis"), (two, "coloraxis"), (gap, "coloraxis2")), start=1):
        figure.add_heatmap(
            x=columns,
            y=np.arange(1, len(table) + 1),
            z=table.astype(np.float32),
            coloraxis=axis,
            hoverongaps=False,
            name=("A", "B", "B − A")[column - 1],
            hovertemplate=f"%{{x}} · {words('inside.axis.channel')} %{{y}}: %{{z:.3f}}<extra></extra>",
            row=1,
            col=column,
        )
    style.layout(figure, theme, HEIGHT + 100)
    for column, label in enumerate(("A", "B", "B − A"), start=1):  # short: a phone has three of them in a row
        style.caption(figure, label, None, 1, column)
    figure.update_xaxes(title_text=words("thresholds.axis.blocks"), type="category", showgrid=False, tickangle=0)
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1 if len(one) <= FEW else None)
    figure.update_yaxes(title_text=words("inside.axis.channel"), col=1)
    figure.update_layout(margin_b=130)
    return figure


def fingerprint_sentence(a: Fingerprint, b: Fingerprint, labels: tuple[str, str], words: Words) -> str:
    """Say which block differs most between two samples."""
    gaps = [float(np.mean(np.abs(y - x))) for x, y in zip(a.ratio, b.ratio, strict=True)]
    most = int(np.argmax(gaps))
    means = [float(np.mean(np.concatenate(f.ratio))) for f in (a, b)]
    return words(
        "inside.fingerprint.sentence",
        a=labels[0],
        b=labels[1],
        mean_a=means[0],
        mean_b=means[1],
        block=names(a.names[most], words)[1],
        gap=gaps[most],
    )


def dose(
    levels: Sequence[float], found: Sequence[Fingerprint], block: int, here: float | None, *, words: Words, theme: Theme
) -> go.Figure:
    """Thresholds against the SNR: of the chosen block with the spread over its channels, of the others faintly."""
    figure = subplots(1, 2, horizontal_spacing=0.1)
    x = np.asarray(levels)
    for column, what in enumerate(("sigma", "ratio"), start=1):
        curves = np.array([[np.nanmedian(v) for v in getattr(one, what)] for one in found])
        spread = np.array([np.nanpercentile(getattr(one, what)[block], (10, 90)) for one in found])
        for other in range(curves.shape[1]):
            if other != block:
                figure.add_scatter(
                    x=x,
                    y=curves[:, other].astype(np.float32),
                    mode="lines",
                    line={"color": style.FAINT[theme], "width": 1},
                    opacity=0.5,
                    hoverinfo="text",
                    hovertext=names(found[0].names[other], words)[1],
                    name=words("inside.dose.others"),
                    legendgroup="others",
                    showlegend=column == 1 and other == int(block == 0),
                    row=1,
                    col=column,
                )
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([spread[:, 1], spread[::-1, 0]]).astype(np.float32),
            fill="toself",
            fillcolor="rgba(213,94,0,0.18)",
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name=words("inside.dose.spread"),
            legendgroup="spread",
            showlegend=column == 1,
            row=1,
            col=column,
        )
        figure.add_scatter(
            x=x,
            y=curves[:, block].astype(np.float32),
            mode="lines+markers",
            line={"color": ROLES["threshold"].color, "width": 3},
            marker={"size": 9},
            name=words("inside.dose.block"),
            legendgroup="block",
            showlegend=column == 1,
            hovertemplate="%{x:.3g} dB · %{y:.3g}<extra></extra>",
            meta="dose",
            row=1,
            col=column,
        )
        if here is not None and x[0] <= here <= x[-1]:
            figure.add_vline(here, line={"color": ROLES["yours"].color, "width": 2, "dash": "dash"}, row=1, col=column)
    style.layout(figure, theme, HEIGHT + 40)
    figure.update_layout(margin_t=style.HEAD + 60)
    style.caption(figure, words("inside.dose.sigma"), None, 1, 1)
    style.caption(figure, words("inside.dose.ratio"), None, 1, 2)
    figure.update_xaxes(title_text=words("inside.axis.snr"))
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        legend={"yref": "container", "y": 1, "yanchor": "top", "x": 0, "xanchor": "left"}, clickmode="event+select"
    )
    return figure


def dose_sentence(levels: Sequence[float], found: Sequence[Fingerprint], block: int, words: Words) -> str:
    """Say what was measured at the two ends: with more noise, do thresholds grow?"""
    first, last = found[0], found[-1]
    facts: dict[str, Any] = {"low": levels[0], "high": levels[-1], "block": names(first.names[block], words)[1]}
    for what in ("sigma", "ratio"):
        facts[f"{what}_low"] = float(np.nanmedian(getattr(first, what)[block]))
        facts[f"{what}_high"] = float(np.nanmedian(getattr(last, what)[block]))
    grows = sum(np.median(a) > np.median(b) for a, b in zip(first.ratio, last.ratio, strict=True))
    return words("inside.dose.sentence", grows=grows, count=len(first.ratio), **facts)
