"""Who stands where: a few SNRs on one line, and how guesses by chance would be spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from app.figures import style
from app.figures.style import Theme
from app.i18n import Words

#: Pixels of a rung, and of the axis below.
RUNG, FOOT = 38, 60
CHANCES_HEIGHT = 250

#: So many trials have room in the picture of chances from the start.
FEWEST = 10


class Rung(NamedTuple):
    """One who stands on the ladder: name, role (see `style.ROLES`; "clean" for the oracle), and SNR in dB."""

    name: str
    role: str
    snr_db: float


def ladder(rungs: Sequence[Rung], *, words: Words, theme: Theme) -> go.Figure:
    """Draw everybody's SNR as a mark on a line of its own, highest on top."""
    order = sorted(rungs, key=lambda one: one.snr_db)
    figure = go.Figure()
    low, high = order[0].snr_db, order[-1].snr_db
    room = 0.16 * (high - low) or 1.0
    for place, one in enumerate(order):
        look = style.role(one.role, theme)
        figure.add_scatter(
            x=[low - room, one.snr_db],
            y=[place, place],
            mode="lines+markers+text",
            line={"color": look.color, "width": 3, "dash": "dash" if one.role == "clean" else "solid"},
            marker={"symbol": look.symbol, "size": [0, 15], "color": look.color, "opacity": 1},
            text=["", f" {words('score.value.db', value=round(one.snr_db, 1) + 0.0)}"],
            textposition="middle right",
            textfont={"size": style.TITLE_SIZE},
            showlegend=False,
            hoverinfo="skip",
            cliponaxis=False,
        )
    style.layout(figure, theme, RUNG * len(order) + FOOT + style.TOOLBAR_HEIGHT)
    figure.update_layout(margin={"t": style.TOOLBAR_HEIGHT, "l": 8, "r": 8, "b": 8})
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(order))),
        ticktext=[f"{one.name} " for one in order],
        tickfont={"size": style.TITLE_SIZE},
        range=[-0.6, len(order) - 0.4],
        showgrid=False,
    )
    figure.update_xaxes(range=[low - room, high + 1.6 * room], title_text=words("play.axis.snr"))
    return figure


def chances(right: int, trials: int, *, words: Words, theme: Theme) -> go.Figure:
    """Draw how often every number of right answers comes by guessing, what was reached and what is better filled."""
    counts = list(range(trials + 1))
    shares = [100 * math.comb(trials, k) / 2**trials for k in counts]
    mine = style.ROLES["yours"].color
    figure = go.Figure(
        go.Bar(
            x=counts,
            y=shares,
            marker={
                "color": [mine if k >= right else "rgba(0,0,0,0)" for k in counts],
                "line": {"color": [mine if k >= right else style.FAINT[theme] for k in counts], "width": 1.5},
                "pattern": {"shape": ["/" if k >= right else "" for k in counts], "fgcolor": style.PAPER[theme]},
            },
            hovertemplate="%{x}: %{y:.1f} %<extra></extra>",
        )
    )
    style.layout(figure, theme, CHANCES_HEIGHT)
    figure.update_layout(margin={"t": style.TOOLBAR_HEIGHT, "l": 8, "r": 8, "b": 8}, bargap=0.15)
    last = max(trials, FEWEST)
    figure.update_xaxes(title_text=words("play.axis.right"), range=[-0.6, last + 0.6], dtick=1 if last <= 20 else None)
    figure.update_yaxes(title_text=words("play.axis.chance"), rangemode="tozero")
    return figure
