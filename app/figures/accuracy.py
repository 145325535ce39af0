"""What the bench has found of the five shipped networks: accuracy against noise, and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import Theme
from app.figures.verdicts import NETWORKS, add_curve, fields
from app.i18n import Words
from drsn_core.bench.diagnosis import SHIPPED, Cell
from drsn_core.data import FloatArray

HEIGHT = 420


def cells_of(cells: Sequence[Cell], noise: str) -> list[Cell]:
    """Cells of the shipped networks for a kind of noise, or for gaussian noise where that kind was not tried."""
    mine = [cell for cell in cells if cell.setting == SHIPPED]
    return [cell for cell in mine if cell.noise == noise] or [cell for cell in mine if cell.noise == "gaussian"]


def against_noise(
    cells: Sequence[Cell],
    chance: float,
    here_db: float | None,
    levels_db: Sequence[float] = (),
    shares: Mapping[str, FloatArray] | None = None,
    *,
    label: str = "",
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw accuracy against SNR for every network, and beside it how sure each is of this very recording.

    Parameters
    ----------
    cells : of one kind of noise, see `cells_of`
    chance : share that blind guessing gets right
    here_db : SNR of the page; None where no noise is added
    levels_db, shares : mean probability of the class ``label`` at each level, by network
    """
    titles = [words("diagnose.curves.bench"), words("diagnose.curves.here", label=label)]
    columns = 2 if shares else 1
    figure = subplots(1, columns, shared_yaxes=True, horizontal_spacing=0.05)
    style.layout(figure, theme, HEIGHT)
    for model in NETWORKS:
        mine = sorted((float(c.snr_db), 100 * c.accuracy) for c in cells if c.model == model)
        lines = [([db for db, _ in mine], [share for _, share in mine])]
        if shares:
            lines.append((list(levels_db), (100 * shares[model]).tolist()))
        for column, (x, y) in enumerate(lines, start=1):
            add_curve(figure, model, x, y, "%{x:g} dB: %{y:.1f} %", column=column, words=words, theme=theme)
    for column in range(1, columns + 1):
        figure.add_hline(y=100 * chance, line={"color": style.FAINT[theme], "dash": "dot", "width": 1}, col=column)
        if here_db is not None:
            figure.add_vline(x=here_db, line={"color": style.ROLES["yours"].color, "width": 2}, col=column)
        figure.update_xaxes(title_text=words("diagnose.axis.snr"), row=1, col=column)
        style.caption(figure, titles[column - 1], None, 1, column)
    if here_db is not None:
        figure.add_annotation(
            x=here_db,
            y=2,
            xref="x",
            yref="y",
            text=words("diagnose.curves.you"),
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"color": style.ROLES["yours"].color},
        )
    figure.update_yaxes(range=[0, 102])
    figure.update_yaxes(title_text=words("diagnose.axis.accuracy"), row=1, col=1)
    figure.update_layout(legend={"y": -0.22, "yanchor": "top", "x": 0, "xanchor": "left"})
    return figure


def nearest(cells: Sequence[Cell], model: str, here_db: float | None) -> Cell | None:
    """The cell of a network whose SNR is nearest; without noise the one with the least."""
    mine = [cell for cell in cells if cell.model == model]
    if not mine:
        return None
    wanted = 100.0 if here_db is None else here_db
    return min(mine, key=lambda cell: abs(float(cell.snr_db) - wanted))


def worst(cell: Cell) -> tuple[int, int] | None:
    """Numbers of the class that is mistaken most often, and of what it is mistaken for; None if there is no mistake."""
    counts = np.array(cell.confusion)
    np.fill_diagonal(counts, 0)
    if not counts.any():
        return None
    truth, said = np.unravel_index(int(counts.argmax()), counts.shape)
    return int(truth), int(said)


def confusion(cell: Cell, classes: Sequence[str], *, words: Words, theme: Theme) -> go.Figure:
    """Draw what each class was taken for, in per cent of its windows; the truth is on the left."""
    counts = np.array(cell.confusion, dtype=float)
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure()
    fields(
        figure,
        share,
        100.0,
        x=list(classes),
        y=list(classes),
        about=counts,
        hover="%{y} → %{x}: %{customdata:.0f}, %{z:.1f} %<extra></extra>",
        size=style.TEXT_SIZE,
        theme=theme,
    )
    style.layout(figure, theme, 36 * len(classes) + 150)
    figure.update_yaxes(autorange="reversed", showgrid=False, title_text=words("diagnose.axis.truth"))
    figure.update_xaxes(showgrid=False, title_text=words("diagnose.axis.said"))
    return figure
