"""How a network responds: fingerprints of two samples, more and less noise, blocks switched off, errors, residuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures import style
from app.figures.blocks import names
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.residual import Residual
from drsn_core.response import ErrorParts, Fingerprint, Tip

HEIGHT = 420


def marks(found: Sequence[str], words: Words) -> list[str]:
    """Short names of blocks, as they stand under an axis; numbers where two would be the same."""
    short = [names(name, words)[0] for name in found]
    return short if len(set(short)) == len(short) else [str(i) for i in range(1, len(short) + 1)]


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
    figure = make_subplots(1, 3, shared_yaxes=True, horizontal_spacing=0.03)
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
            hovertemplate=f"%{{x}} · {words('inside.axis.channel')} %{{y}}: %{{z:.3f}}<extra></extra>",
            row=1,
            col=column,
        )
    style.layout(figure, theme, HEIGHT + 100)
    for column, label in enumerate(("A", "B", "B − A"), start=1):  # short: a phone has three of them in a row
        style.caption(figure, label, None, 1, column)
    figure.update_xaxes(title_text=words("thresholds.axis.blocks"), type="category", showgrid=False, tickangle=0)
    figure.update_yaxes(autorange="reversed", showgrid=False)
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
    figure = make_subplots(1, 2, horizontal_spacing=0.1)
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


def worth(gains: FloatArray, found: Sequence[str], block: int, *, words: Words, theme: Theme) -> go.Figure:
    """Bars: decibels that are lost when one block does not shrink; negative where it would be better so."""
    figure = go.Figure()
    colors = [ROLES["learned"].color] * len(found)
    figure.add_bar(
        x=marks(found, words),
        y=gains.astype(np.float32),
        marker={"color": colors, "line": {"width": [3 if b == block else 0 for b in range(len(found))]}},
        hovertext=[f"{names(n, words)[1]}: {g:+.2f} dB" for n, g in zip(found, gains, strict=True)],
        hoverinfo="text",
    )
    style.layout(figure, theme, HEIGHT)
    figure.update_traces(marker_line_color=ROLES["threshold"].color)
    figure.add_hline(0, line={"color": style.INK[theme], "width": 1})
    figure.update_xaxes(title_text=words("thresholds.axis.blocks"), type="category", tickangle=0, showgrid=False)
    figure.update_yaxes(title_text=words("inside.worth.axis"))
    return figure


def worth_sentence(gains: FloatArray, found: Sequence[str], words: Words) -> str:
    """Say which block is worth most, and whether some do harm here."""
    most = int(np.argmax(gains))
    return words(
        "inside.worth.sentence",
        block=names(found[most], words)[1],
        gain=float(gains[most]),
        harm=int((gains < -0.05).sum()),
        count=len(found),
    )


def tips(found: Sequence[Tip], block: int, *, words: Words, theme: Theme) -> go.Figure:
    """For every block, and for all together, the factor at which the class changes; nothing where none does."""
    each = [tip for tip in found if tip.block is not None]
    columns = [words("inside.tip.all"), *marks([tip.name for tip in each], words)]
    ordered = [*(tip for tip in found if tip.block is None), *each]
    figure = go.Figure()
    tipping = [(c, tip) for c, tip in zip(columns, ordered, strict=True) if tip.factor is not None]
    for column, tip in tipping:  # a bar from 1, what was learned, to where it tips
        figure.add_bar(
            x=[column],
            y=[float(tip.factor or 0) - 1],
            base=1,
            marker={"color": ROLES["threshold" if tip.block == block else "learned"].color, "line": {"width": 0}},
            hovertext=f"× {tip.factor:.3f}",
            hoverinfo="text",
            showlegend=False,
        )
    style.layout(figure, theme, HEIGHT)
    figure.add_hline(1, line={"color": style.INK[theme], "width": 2})
    figure.update_xaxes(
        title_text=words("thresholds.axis.blocks"),
        type="category",
        categoryorder="array",
        categoryarray=columns,
        range=[-0.5, len(columns) - 0.5],
        tickangle=0,
        showgrid=False,
    )
    figure.update_yaxes(title_text=words("inside.tip.axis"), range=[0, 3], dtick=0.5)
    return figure


def tip_sentence(found: Sequence[Tip], label: str, classes: Sequence[str], words: Words) -> str:
    """Say which block decides, that is, whose thresholds need the smallest factor."""
    able = [tip for tip in found if tip.factor is not None]
    if not able:
        return words("inside.tip.none", label=label)
    nearest = min(able, key=lambda tip: abs(float(tip.factor or 0) - 1))
    single = [tip for tip in able if tip.block is not None]
    first = min(single, key=lambda tip: abs(float(tip.factor or 0) - 1)) if single else nearest
    return words(
        "inside.tip.sentence",
        block=words("inside.tip.together") if first.block is None else names(first.name, words)[1],
        factor=float(first.factor or 0),
        label=label,
        becomes=classes[int(first.becomes or 0)],
        count=len(single),
        of=len(found) - 1,
    )


def shares(
    learned: FloatArray, yours: FloatArray | None, classes: Sequence[str], *, words: Words, theme: Theme
) -> go.Figure:
    """Bars for the probability of each class, as learned and with the reader's changes."""
    figure = go.Figure()
    both = [("learned", learned)] + ([] if yours is None else [("yours", yours)])
    for role, values in both:
        figure.add_bar(
            y=list(classes),
            x=(100 * values).astype(np.float32),
            orientation="h",
            name=words("inside.line.ghost" if role == "learned" else "inside.yours"),
            marker={"color": ROLES[role].color, "line": {"width": 0}},
            hovertemplate="%{x:.1f} %<extra></extra>",
        )
    style.layout(figure, theme, 140 + 44 * len(classes))
    figure.update_xaxes(title_text=words("inside.class.axis"), range=[0, 100])
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_layout(showlegend=yours is not None)
    return figure


def share_sentence(learned: FloatArray, yours: FloatArray | None, classes: Sequence[str], words: Words) -> str:
    """Say which class it is, and what the changes did to that."""
    before = int(learned.argmax())
    if yours is None:
        return words("inside.class.learned", label=classes[before], share=100 * float(learned[before]))
    now = int(yours.argmax())
    if now == before:
        facts = {"before": 100 * float(learned[before]), "share": 100 * float(yours[before])}
        return words("inside.class.same", label=classes[before], **facts)
    return words("inside.class.other", was=classes[before], label=classes[now], share=100 * float(yours[now]))


def error(
    parts: ErrorParts,
    marked: Mapping[str, float],
    axis: str,
    *,
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw the error against the threshold with its two parts: the U and what it is made of.

    Parameters
    ----------
    marked : name and place on the axis of what is marked: the learned threshold, rules, the reader's
    axis : its title
    """
    figure = go.Figure()
    lines = (
        ("lost", parts.lost, ROLES["removed"].color, "dash", 2.5),
        ("left", parts.left, ROLES["noisy"].color, "dot", 2.5),
        ("mse", parts.mse, style.INK[theme], "solid", 3),
    )
    for key, values, color, dash, width in lines:
        figure.add_scatter(
            x=parts.factors,
            y=np.where(values > 0, values, np.nan).astype(np.float32),
            mode="lines",
            line={"color": color, "dash": dash, "width": width},
            name=words(f"inside.error.{key}"),
            hovertemplate="%{x:.2f} · %{y:.4g}<extra></extra>",
        )
    best = parts.best
    places = [(words("inside.error.best"), float(parts.factors[best]), ROLES["yours"].color)]
    places += [(name, at, ROLES["threshold"].color) for name, at in marked.items()]
    floor, top = float(parts.mse.min()) / 30, float(parts.mse.max())
    style.layout(figure, theme, HEIGHT)
    for step, (name, at, color) in enumerate(sorted(places, key=lambda place: place[1])):
        figure.add_vline(min(at, float(parts.factors[-1])), line={"color": color, "width": 2, "dash": "dot"})
        figure.add_annotation(
            x=min(at, float(parts.factors[-1])),
            yref="y domain",
            y=0.99 - 0.07 * (step % 4),
            yanchor="top",
            text=name,
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"size": 13, "color": color},
            bgcolor=style.PAPER[theme],
        )
    figure.update_xaxes(title_text=axis)
    figure.update_yaxes(title_text=words("inside.error.axis"), type="log", dtick=1)
    figure.update_yaxes(
        range=[float(np.log10(floor or 1e-12)), float(np.log10(top or 1.0)) + 0.5], exponentformat="power"
    )
    return figure


def error_sentence(parts: ErrorParts, now: float, words: Words) -> str:
    """Say where the least error is, of what it is made, and how far the threshold in use is from it."""
    best = parts.best
    at_now = float(np.interp(now, parts.factors, parts.mse))
    return words(
        "inside.error.sentence",
        best=float(parts.factors[best]),
        share=100 * float(max(parts.lost[best], 0) / parts.mse[best]) if parts.mse[best] else 0.0,
        now=now,
        extra=10 * float(np.log10(max(at_now, 1e-300) / max(float(parts.mse[best]), 1e-300))),
    )


def autocorrelation(found: Residual, *, words: Words, theme: Theme) -> go.Figure:
    """Bars of the autocorrelation of what was removed, and the band in which white noise stays."""
    figure = go.Figure()
    lags = np.arange(1, found.autocorrelation.size + 1)
    outside = np.abs(found.autocorrelation) > found.band
    figure.add_bar(
        x=lags,
        y=found.autocorrelation.astype(np.float32),
        marker={
            "color": [ROLES["removed"].color if o else ROLES["noisy"].color for o in outside],
            "line": {"width": 0},
        },
        hovertemplate="%{x}: %{y:.3f}<extra></extra>",
    )
    style.layout(figure, theme, 320)
    figure.add_hrect(-found.band, found.band, fillcolor=style.GRID[theme], line={"width": 0})
    reach = max(0.15, 1.15 * float(np.abs(found.autocorrelation).max()))
    figure.update_yaxes(title_text=words("inside.leak.axis"), range=[-reach, reach], nticks=7)
    figure.update_xaxes(title_text=words("inside.leak.lag"), dtick=2)
    return figure
