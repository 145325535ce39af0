"""The paper's experiment, repeated: accuracy at each SNR with its spread over seeds, and errors epoch by epoch."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import Theme
from app.figures.verdicts import NETWORKS, add_curve, look
from app.i18n import Words
from drsn_core.bench.diagnosis import Cell, Summary
from drsn_core.bench.findings import Course, split_of

HEIGHT = 420

#: Letters in a line below a group, and their size.
LINE, SMALL = 10, 13


def split_said(setting: str, words: Words) -> str:
    """How the data of a setting were split, where that is not by time, and that they were few; else nothing."""
    split = split_of(setting)
    said: list[str] = []
    if split.new:  # loads go by numbers
        groups = "transfer" if split.new.replace("+", "").isdigit() else "voices"
        said.append(words(f"diagnose.paper.{groups}", known=split.known, new=split.new))
    if split.few:
        said.append(words("diagnose.paper.few-windows", count=split.few))
    if split.leaky:
        said.append(words("diagnose.paper.leaky"))
    return words("diagnose.paper.join").join(said)


def place(one: Summary, words: Words) -> str:
    """Noise and SNR of a row, and how it was split where that is not by time."""
    there = words("diagnose.paper.place", noise=words(f"noise.kind.{one.noise}"), snr=one.snr_db.replace(" to ", "…"))
    return words("diagnose.paper.join").join(part for part in (there, split_said(one.setting, words)) if part)


def level(one: Summary, words: Words) -> str:
    """SNR of a row of one kind of noise, and how it was split where that is not by time."""
    there = words("diagnose.paper.level", snr=one.snr_db.replace(" to ", "…"))
    return words("diagnose.paper.join").join(part for part in (there, split_said(one.setting, words)) if part)


def order(one: Summary) -> tuple[int, float]:
    """Rows of one kind of noise from left to right: split by time before other splits, much noise before little."""
    return split_of(one.setting).rank, float(one.snr_db.split()[0])


def _lines(text: str, words: Words) -> str:
    """What stands below a group, in lines so short that four groups fit on a phone."""
    parts = text.split(words("diagnose.paper.join"))
    return "<br>".join(line for part in parts for line in textwrap.wrap(html.escape(part, quote=False), LINE))


def accuracies(rows: Sequence[Summary], cells: Sequence[Cell], *, words: Words, theme: Theme) -> go.Figure:
    """Draw what each network reaches at each SNR: the mean, its standard deviation, and each training as a dot.

    Parameters
    ----------
    rows : of one kind of noise, from left to right
    cells : of the experiment, those of the rows among them
    """
    figure = go.Figure()
    places = [_lines(level(row, words), words) for row in rows]
    members = {(row.setting, row.noise, row.snr_db): spot for row, spot in zip(rows, places, strict=True)}
    for model in NETWORKS:
        drawn, name = look(model, theme), words(f"diagnose.model.{model}")
        single = [
            (members[key], 100 * cell.accuracy, cell.seed)
            for cell in cells
            if cell.model == model and (key := (cell.setting, cell.noise, cell.snr_db)) in members
        ]
        figure.add_scatter(
            x=[spot for spot, _, _ in single],
            y=[share for _, share, _ in single],
            customdata=[seed for _, _, seed in single],
            mode="markers",
            marker={"color": drawn.color, "size": 5, "opacity": 0.55},
            name=words("diagnose.paper.single", model=name),
            legendgroup=model,
            offsetgroup=model,
            showlegend=False,
            hovertemplate="%{y:.1f} %<extra>%{fullData.name} %{customdata}</extra>",
        )
        known = [(spot, row.accuracy[model]) for row, spot in zip(rows, places, strict=True) if model in row.accuracy]
        figure.add_scatter(
            x=[spot for spot, _ in known],
            y=[mean for _, (mean, _, _) in known],
            error_y={"type": "data", "array": [spread for _, (_, spread, _) in known], "thickness": 1.5, "width": 5},
            mode="markers",
            marker={
                "color": drawn.color,
                "symbol": drawn.symbol,
                "size": 12,
                "line": {"color": drawn.color, "width": 2},
            },
            name=name,
            legendgroup=model,
            offsetgroup=model,
            hovertemplate="%{y:.1f} ± %{error_y.array:.1f} %<extra>%{fullData.name}</extra>",
        )
    style.layout(figure, theme, HEIGHT)
    for number in range(1, len(places), 2):
        figure.add_vrect(x0=number - 0.5, x1=number + 0.5, fillcolor=style.GRID[theme], opacity=0.5, line_width=0)
    low = [mean - spread for row in rows for mean, spread, _ in row.accuracy.values()]
    low += [100 * cell.accuracy for cell in cells if (cell.setting, cell.noise, cell.snr_db) in members]
    figure.update_yaxes(
        title_text=words("diagnose.paper.axis"), range=[max(0.0, 10 * np.floor((min(low) - 2) / 10)), 101]
    )
    figure.update_xaxes(categoryorder="array", categoryarray=places, range=[-0.5, len(places) - 0.5])
    figure.update_xaxes(showgrid=False, tickangle=0, tickfont_size=SMALL)
    figure.update_layout(scattermode="group", scattergap=0.25, legend={"x": 0, "xanchor": "left"})
    return figure


def errors(course: Course, *, words: Words, theme: Theme) -> go.Figure:
    """Draw the share of mistakes after each epoch, of training windows and of validation windows, as Fig. 10 does.

    Vertical lines stand where the learning rate falls to a tenth.
    """
    figure = subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.05)
    style.layout(figure, theme, HEIGHT)
    epochs = list(range(1, course.epochs + 1))
    for column, of_model in enumerate((course.training, course.validation), start=1):
        for model in (model for model in NETWORKS if model in of_model):
            shares = (100 * of_model[model]).tolist()
            add_curve(figure, model, epochs, shares, "%{x}: %{y:.1f} %", column=column, words=words, theme=theme)
        for step in course.steps:
            figure.add_vline(x=step + 0.5, line={"color": style.FAINT[theme], "dash": "dot", "width": 1}, col=column)
        figure.update_xaxes(title_text=words("diagnose.paper.epoch"), row=1, col=column)
        key = ("training", "validation")[column - 1]
        style.caption(figure, words(f"diagnose.paper.errors.{key}"), None, 1, column)
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title_text=words("diagnose.paper.mistakes"), row=1, col=1)
    figure.update_layout(legend={"y": -0.22, "yanchor": "top", "x": 0, "xanchor": "left"})
    return figure
