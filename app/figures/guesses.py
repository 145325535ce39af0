"""The guesses of a class against the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.style import Theme
from app.guesses import Tally
from app.i18n import Words

#: Pixels.
HEIGHT, BAR = 380, 54

#: Numbers count as near within this share of the truth.
NEAR = 0.1


def bars(tally: Tally, options: Sequence[str], truth: int | None, *, words: Words, theme: Theme) -> go.Figure:
    """How many chose what; the right choice is hatched and says so."""
    counts = tally.counts(len(options))
    mine = style.ROLES["yours"].color
    names = [words("class.right.mark", option=one) if i == truth else one for i, one in enumerate(options)]
    figure = go.Figure(
        go.Bar(
            y=[_wrapped(name) for name in names],
            x=counts,
            orientation="h",
            text=counts,
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": mine,
                "opacity": [1.0 if truth in (None, i) else 0.45 for i in range(len(options))],
                "line": {"color": style.INK[theme], "width": [2.5 if i == truth else 0 for i in range(len(options))]},
            },
            hoverinfo="skip",
        )
    )
    style.layout(figure, theme, style.TOOLBAR_HEIGHT + BAR * len(options) + 60)
    figure.update_layout(margin={"t": style.TOOLBAR_HEIGHT, "l": 8, "r": 8, "b": 8}, bargap=0.3)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=style.TITLE_SIZE)
    most = max([1, *counts])
    figure.update_xaxes(
        title_text=words("class.axis.count"), range=[0, 1.15 * most], dtick=1 if most <= 10 else None, tickformat="d"
    )
    return figure


def histogram(tally: Tally, truth: float | None, unit: str, *, words: Words, theme: Theme) -> go.Figure:
    """How the numbers are spread, with a line where the truth is."""
    values = np.array(tally.values)
    known = values if truth is None else np.append(values, truth)
    low, high = float(known.min()), float(known.max())
    room = 0.06 * (high - low) or max(0.5, abs(high) * 0.1)
    bins = int(np.clip(2 * np.sqrt(values.size), 6, 30))
    counts, edges = np.histogram(values, bins=bins, range=(low - room, high + room))
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges) * 0.94,
            marker={"color": style.ROLES["yours"].color},
            hovertemplate="%{x:.4g}: %{y}<extra></extra>",
        )
    )
    style.layout(figure, theme, HEIGHT)
    if truth is not None:
        ink = style.role("clean", theme)
        figure.add_vline(x=truth, line={"color": ink.color, "width": 3, "dash": "dash"})
        figure.add_annotation(
            x=truth,
            y=1,
            yref="paper",
            yanchor="bottom",
            showarrow=False,
            text=words("class.truth.mark", truth=f"{truth:.4g}"),
            font={"size": style.TITLE_SIZE},
        )
    figure.update_xaxes(
        title_text=words("class.axis.guess", unit=unit) if unit else words("class.axis.guess.plain"),
        range=[low - room, high + room],
    )
    most = int(counts.max(initial=1))
    figure.update_yaxes(
        title_text=words("class.axis.count"), range=[0, 1.1 * most], dtick=1 if most <= 10 else None, tickformat="d"
    )
    return figure


def _wrapped(text: str, width: int = 34) -> str:
    """A label on several lines, safe to show."""
    import html
    import textwrap

    return "<br>".join(html.escape(part, quote=False) for part in textwrap.wrap(text, width)[:3]) + " "


def sentence(tally: Tally, options: Sequence[str], truth: float | None, unit: str, words: Words) -> str:
    """Say how the class guessed."""
    count = len(tally.values)
    if options:
        counts = tally.counts(len(options))
        most = int(np.argmax(counts))
        facts = {"count": count, "option": options[most], "share": 100 * counts[most] / count}
        said = words("class.sentence.options", **facts)
        if truth is None:
            return said
        right = counts[int(truth)]
        told = words("class.sentence.options.truth", right=right, share=100 * right / count, option=options[int(truth)])
        return f"{said} {told}"
    low, middle, high = np.percentile(tally.values, [25, 50, 75])
    facts = {"count": count, "middle": middle, "low": low, "high": high, "unit": f" {unit}" if unit else ""}
    said = words("class.sentence.numbers", **facts)
    if truth is None:
        return said
    near = sum(abs(value - truth) <= NEAR * abs(truth) + 1e-12 for value in tally.values)
    told = words("class.sentence.numbers.truth", truth=truth, near=near, unit=facts["unit"])
    return f"{said} {told}"
