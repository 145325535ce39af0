"""A training as it goes: loss, accuracy, and how the attention weights of every block move from epoch to epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import Theme
from app.figures.verdicts import look
from app.i18n import Words
from drsn_core.train.race import Lap, Race

#: Pixels of the curves, and of a block in the maps below them.
CURVES, BLOCK, FRAME = 300, 18, 150


def course(race: Race, laps: Sequence[Lap], chance: float, *, words: Words, theme: Theme) -> go.Figure:
    """Draw loss and accuracy against epochs, and below the mean α of every block for networks that have some.

    Parameters
    ----------
    race : whose axes reach to its last epoch from the start
    laps : those that have been run
    chance : share that blind guessing gets right
    """
    of = {model: [lap for lap in laps if lap.model == model] for model in race.models}
    shrinking = [model for model in race.models if model.startswith("drsn")]
    rows = 2 if shrinking else 1
    layout = [[{}, {}]] + ([[{}, {}] if len(shrinking) == 2 else [{"colspan": 2}, None]] if shrinking else [])
    figure = subplots(
        rows,
        2,
        specs=layout,
        row_heights=[0.55, 0.45] if shrinking else None,
        vertical_spacing=0.2,
        horizontal_spacing=0.09,
    )
    for model, mine in of.items():
        drawn = look(model, theme)
        epochs = [lap.epoch for lap in mine]
        common = {
            "x": epochs,
            "name": words(f"diagnose.model.{model}"),
            "legendgroup": model,
            "line": {"color": drawn.color, "dash": drawn.dash, "width": drawn.width},
            "marker": {"symbol": drawn.symbol, "size": 8},
            "mode": "lines+markers",
        }
        figure.add_scatter(y=[lap.loss for lap in mine], **common, row=1, col=1)
        figure.add_scatter(y=[100 * lap.validation for lap in mine], **common, showlegend=False, row=1, col=2)
    style.layout(figure, theme, CURVES + FRAME + (BLOCK * 12 + 90 if shrinking else 0))
    figure.add_hline(y=100 * chance, line={"color": style.FAINT[theme], "dash": "dot", "width": 1}, row=1, col=2)
    for column, model in enumerate(shrinking, start=1):
        mine = of[model]
        alphas = np.array([lap.alphas for lap in mine]).T if mine else np.zeros((0, 0))
        figure.add_heatmap(
            x=[lap.epoch for lap in mine],
            y=list(range(1, len(alphas) + 1)),
            z=alphas.astype(np.float32),
            zmin=0,
            zmax=1,
            colorscale="Cividis",
            colorbar={"title": {"text": "α"}, "thickness": 12, "len": 0.4, "y": 0.16},
            xgap=1,
            ygap=1,
            hovertemplate="b%{y}, %{x}: α = %{z:.3f}<extra></extra>",
            row=2,
            col=column,
        )
        figure.update_yaxes(title_text=words("train.axis.block"), range=[12.5, 0.5], showgrid=False, row=2, col=column)
        figure.update_xaxes(title_text=words("train.axis.epoch"), showgrid=False, row=2, col=column)
        style.caption(figure, words("train.panel.alpha", model=words(f"diagnose.model.{model}")), None, 2, column)
    figure.update_xaxes(range=[0.5, race.epochs + 0.5])
    figure.update_yaxes(title_text=words("train.axis.loss"), rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text=words("train.axis.accuracy"), range=[0, 102], row=1, col=2)
    figure.update_xaxes(title_text=words("train.axis.epoch"), row=1)
    style.caption(figure, words("train.panel.loss"), None, 1, 1)
    style.caption(figure, words("train.panel.accuracy"), None, 1, 2)
    figure.update_layout(legend={"y": -0.08 if shrinking else -0.25, "yanchor": "top", "x": 0, "xanchor": "left"})
    return figure


def standing(race: Race, laps: Sequence[Lap], words: Words) -> str:
    """Say in one sentence where the networks stand."""
    last = {lap.model: lap for lap in laps}
    if len(last) < len(race.models):
        return words("train.said.begin")
    facts = [
        words(
            "train.said.one",
            model=words(f"diagnose.model.{model}"),
            epoch=last[model].epoch,
            right=100 * last[model].validation,
        )
        for model in race.models
    ]
    joined = words("train.said.join").join(facts) if len(facts) > 1 else facts[0]
    return words("train.said", networks=joined, windows=last[race.models[0]].windows[1])
