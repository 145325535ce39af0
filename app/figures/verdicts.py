"""Five networks asked about one recording: what each says on the whole, and window by window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures import style
from app.figures.grids import subplots
from app.figures.style import Role, Theme
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.prediction import Prediction

#: Dash and marker of the five networks: those with thresholds in the colour of what is learned, the others without.
NETWORKS: dict[str, Role] = {
    "convnet": Role("#8C8C8C", dash="dot", symbol="circle-open"),
    "resnet": Role("ink", dash="dash", symbol="square-open"),
    "se": Role("#56B4E9", dash="dashdot", symbol="triangle-up"),
    "drsn-cs": Role("#0072B2", dash="longdash", symbol="diamond-open"),
    "drsn-cw": Role("#0072B2", symbol="star", width=2.8),
}

#: Bars of networks that share a colour are told apart by what fills them.
FILLS = {"convnet": "/", "se": ".", "drsn-cs": "x"}

#: Pixels of a line of the table, and of what stands above and below it.
LINE, FRAME = 44, 130

#: The most windows whose fields have the number of their class written into them.
WRITTEN = 40

#: Shares above this stand on so much colour that they are written in the other ink.
STRONG = 0.55

#: From white, or from the page, to the colour of what has learned.
SCALES: dict[Theme, list[list[object]]] = {
    "light": [[0.0, "rgba(0,114,178,0.03)"], [1.0, "rgba(0,114,178,1)"]],
    "dark": [[0.0, "rgba(86,180,233,0.05)"], [1.0, "rgba(86,180,233,0.95)"]],
}

#: A colour for each class in the votes of the windows; where there are more classes than colours they come again.
CLASSES = ("#999999", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#AA4499", "#661100")


def look(model: str, theme: Theme) -> Role:
    """How a network is drawn; the plain residual one in the ink of the page."""
    role = NETWORKS[model]
    return replace(role, color=style.INK[theme]) if role.color == "ink" else role


def add_curve(
    figure: go.Figure,
    model: str,
    x: Sequence[float],
    y: Sequence[float],
    hover: str,
    *,
    column: int,
    words: Words,
    theme: Theme,
) -> None:
    """Draw the curve of a network in one of the panels side by side; its name is in the legend once."""
    drawn = look(model, theme)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=words(f"diagnose.model.{model}"),
        legendgroup=model,
        showlegend=column == 1,
        line={"color": drawn.color, "dash": drawn.dash, "width": drawn.width},
        marker={"symbol": drawn.symbol, "size": 8},
        hovertemplate=f"{hover}<extra>%{{fullData.name}}</extra>",
        row=1,
        col=column,
    )


def percent(share: float) -> str:
    """A share in per cent as it is written into a field: nothing below a half per cent."""
    return f"{100 * share:.0f}" if share >= 0.005 else ""


def fields(
    figure: go.Figure,
    shares: FloatArray,
    full: float,
    *,
    x: list[Any],
    y: list[str],
    about: NDArray[Any],
    hover: str,
    size: int,
    theme: Theme,
) -> None:
    """Add a field for every share, coloured by it, with its per cents written into it in an ink that can be read.

    Parameters
    ----------
    shares : (lines, columns), from 0 to ``full``, which is 1 or 100
    about, hover : what the pointer tells of a field, and how
    """
    for strong, ink in ((False, style.INK[theme]), (True, "#FFFFFF" if theme == "light" else "#10151A")):
        mine = (shares > STRONG * full) == strong
        figure.add_heatmap(
            x=x,
            y=y,
            z=np.where(mine, shares, np.nan),
            text=[
                [percent(share / full) if here else "" for share, here in zip(*row, strict=True)]
                for row in zip(shares, mine, strict=True)
            ],
            texttemplate="%{text}",
            textfont={"size": size, "color": ink},
            customdata=about,
            hovertemplate=hover,
            hoverongaps=False,
            zmin=0,
            zmax=full,
            colorscale=SCALES[theme],
            showscale=False,
            xgap=2,
            ygap=2,
        )


def table(
    found: Mapping[str, Prediction], classes: Sequence[str], truth: str | None, *, words: Words, theme: Theme
) -> go.Figure:
    """Draw a line for every network: the mean probability of every class, in per cent; its vote is framed.

    Parameters
    ----------
    found : by network, in the order of the lines
    classes : names in the reader's language
    truth : the class that is right, as `Prediction` names it; None where it is not known
    """
    shares = np.stack([one.mean for one in found.values()])
    names = [words(f"diagnose.model.{model}") for model in found]
    figure = go.Figure()
    fields(
        figure,
        shares,
        1.0,
        x=list(range(len(classes))),
        y=names,
        about=np.broadcast_to(np.array(list(classes), dtype=object), shares.shape),
        hover="%{y} · %{customdata}: %{z:.1%}<extra></extra>",
        size=style.TITLE_SIZE,
        theme=theme,
    )
    style.layout(figure, theme, LINE * len(names) + FRAME)
    figure.update_layout(margin_t=style.TOOLBAR_HEIGHT)
    for line, row in enumerate(shares):
        vote = int(row.argmax())
        figure.add_shape(
            type="rect",
            x0=vote - 0.48,
            x1=vote + 0.48,
            y0=line - 0.46,
            y1=line + 0.46,
            line={"color": style.INK[theme], "width": 2.5},
        )
    right = next(iter(found.values())).classes.index(truth) if truth else -1
    figure.update_xaxes(
        tickvals=list(range(len(classes))),
        ticktext=[f"<b>✓ {name}</b>" if number == right else name for number, name in enumerate(classes)],
        side="bottom",
        showgrid=False,
        autotickangles=[0, -30, -90],
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def windows(
    found: Mapping[str, Prediction],
    model: str,
    samples: FloatArray,
    rate_hz: float,
    classes: Sequence[str],
    chosen: int,
    *,
    unit: str,
    words: Words,
    theme: Theme,
) -> go.Figure:
    """Draw the recording, below it what every network takes each window for, below it the chosen one's probabilities.

    Parameters
    ----------
    samples : (length,), in ``unit``, at ``rate_hz``
    chosen : number of the window whose thresholds are shown
    """
    one = found[model]
    figure = subplots(
        3, 1, shared_xaxes=True, vertical_spacing=0.085, row_heights=[0.24, 0.34, 0.42]
    )  # captions stand in the gaps
    t, y = style.decimate(np.arange(samples.size) / rate_hz, samples, style.POINTS // 2)
    figure.add_scatter(x=t, y=y, mode="lines", line={"color": style.ROLES["noisy"].color, "width": 1}, showlegend=False)
    edges = np.append(one.starts, one.starts[-1] + one.window_s)
    votes = np.stack([each.votes for each in found.values()])
    names = [words(f"diagnose.model.{each}") for each in found]
    written = len(one.starts) <= WRITTEN
    figure.add_heatmap(
        x=edges,
        y=names,
        z=votes,
        zmin=0,
        zmax=len(classes) - 1,
        colorscale=_steps(len(classes)),
        showscale=False,
        xgap=2 if written else 0,
        ygap=2,
        text=(votes + 1).astype(str) if written else None,
        texttemplate="%{text}" if written else None,
        textfont={"size": style.TEXT_SIZE, "color": "#10151A"},
        customdata=np.array(list(classes), dtype=object)[votes],
        hovertemplate="%{y}, %{x:.2f} s: %{customdata}<extra></extra>",
        row=2,
        col=1,
    )
    figure.add_heatmap(
        x=edges,
        y=[f"{name} <b>{number}</b>" for number, name in enumerate(classes, start=1)],
        z=one.probabilities.T.astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=SCALES[theme],
        showscale=False,
        xgap=1 if written else 0,
        ygap=1,
        hovertemplate="%{y}, %{x:.2f} s: %{z:.1%}<extra></extra>",
        row=3,
        col=1,
    )
    style.layout(figure, theme, 360 + 22 * len(classes) + 24 * len(names))
    begin = float(one.starts[chosen])
    figure.add_vrect(
        x0=begin,
        x1=begin + one.window_s,
        line={"color": style.ROLES["yours"].color, "width": 2},
        fillcolor="rgba(0,0,0,0)",
    )
    figure.update_yaxes(title_text=unit or None, nticks=4, row=1, col=1)
    figure.update_yaxes(autorange="reversed", showgrid=False, row=2, col=1)
    figure.update_yaxes(autorange="reversed", showgrid=False, row=3, col=1)
    figure.update_xaxes(title_text=words("diagnose.axis.time"), row=3, col=1)
    for row, key in enumerate(("recording", "votes", "probabilities"), start=1):
        style.caption(figure, words(f"diagnose.panel.{key}", model=words(f"diagnose.model.{model}")), None, row)
    return figure


def _steps(count: int) -> list[list[object]]:
    """A scale of ``count`` flat steps for the numbers 0 to count - 1."""
    edges = np.linspace(0, 1, count + 1)
    return [
        [float(edge), CLASSES[number % len(CLASSES)]]
        for number in range(count)
        for edge in (edges[number], edges[number + 1])
    ]


def disagreements(found: Mapping[str, Prediction]) -> list[int]:
    """Numbers of the windows that not all networks take for the same."""
    votes = np.stack([one.votes for one in found.values()])
    return np.flatnonzero((votes != votes[0]).any(axis=0)).tolist()


def verdict(found: Mapping[str, Prediction], names: Mapping[str, str], truth: str | None, words: Words) -> str:
    """Say in one sentence what the networks say together."""
    labels = {model: one.label for model, one in found.items()}
    said = sorted(set(labels.values()), key=lambda label: -list(labels.values()).count(label))
    first = next(iter(found.values()))
    facts = {"windows": len(first.starts), "label": names[said[0]]}
    if len(said) == 1:
        key = "all" if truth is None else "all.right" if said[0] == truth else "all.wrong"
    else:
        facts |= {
            "who": ", ".join(words(f"diagnose.model.{m}") for m, label in labels.items() if label != said[0]),
            "count": sum(label == said[0] for label in labels.values()),
        }
        key = "most" if truth is None else "most.right" if said[0] == truth else "most.wrong"
    facts["truth"] = names.get(truth or "", "")
    return words(f"diagnose.said.{key}", **facts)
