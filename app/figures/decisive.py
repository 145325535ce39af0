"""What the answer hangs on: blocks that are worth most, factors at which a class changes, and the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.blocks import marks, names
from app.figures.style import ROLES, Theme
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.response import Tip

HEIGHT = 420


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
