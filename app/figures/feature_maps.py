"""Features and pictures: one channel before and after its threshold, and pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import style
from app.figures.grids import subplots
from app.figures.tables import AID
from app.i18n import Words
from drsn_core.data import FloatArray

#: Marks say nothing of themselves.
QUIET = {"hoverinfo": "skip", "showlegend": False}

#: Positions of a picture's side that can be clicked, at most.
CLICKED = 64


def pictures(
    shown: Sequence[tuple[str, str, FloatArray]],
    *,
    words: Words,
    theme: style.Theme,
    signed: bool = False,
    pick: bool = False,
    at: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw pictures side by side with linked zoom, all on one scale.

    Parameters
    ----------
    shown : caption, role and pixels (height, width) of each
    signed : features around 0, in two colours; else intensities, black at 0 and white at 1
    pick : whether positions can be clicked; their number row by row is the ``customdata`` of the point
    at : row and column that are marked
    """
    figure = subplots(1, len(shown), horizontal_spacing=0.02, shared_xaxes="all", shared_yaxes="all")
    top = max(float(np.quantile(np.abs(pixels), 0.999)) for _, _, pixels in shown) or 1.0
    low, high = (-top, top) if signed else (0.0, 1.0)
    for column, (_, _, pixels) in enumerate(shown, start=1):
        # A byte a pixel: what a screen can show, and a quarter of the way to the browser.
        z = np.clip(np.round(255 * (pixels - low) / (high - low)), 0, 255).astype(np.uint8)
        figure.add_heatmap(
            z=z,
            zmin=0,
            zmax=255,
            colorscale="RdBu_r" if signed else "Greys_r",
            showscale=False,
            hoverinfo="skip",
            name=shown[column - 1][0],
            meta={"low": low, "high": high},
            row=1,
            col=column,
        )
        if pick:
            _to_click(figure, pixels, column)
        if at is not None:
            mark = {"symbol": "circle-open", "size": 16, "color": style.ROLES["threshold"].color, "line": {"width": 3}}
            figure.add_scatter(x=[at[1]], y=[at[0]], row=1, col=column, mode="markers", marker=mark, meta=AID, **QUIET)
    style.layout(figure, theme, 430)
    for column, (caption, role, _) in enumerate(shown, start=1):
        style.caption(figure, caption, style.role(role, theme).color, 1, column)
    if pick:
        figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=-1)
    figure.update_xaxes(visible=False, constrain="domain")
    height, width = shown[0][2].shape
    figure.update_xaxes(range=[-0.5, width - 0.5])
    figure.update_yaxes(visible=False, range=[height - 0.5, -0.5], constrain="domain", scaleanchor="x")
    return figure


def _to_click(figure: go.Figure, pixels: FloatArray, column: int) -> None:
    """Lay points that cannot be seen over a picture: heat maps cannot be selected."""
    step = -(-max(pixels.shape) // CLICKED)
    rows, columns = (axis.ravel() for axis in np.mgrid[0 : pixels.shape[0] : step, 0 : pixels.shape[1] : step])
    figure.add_scatter(
        x=columns,
        y=rows,
        customdata=rows * pixels.shape[1] + columns,
        text=[f"{value:.4g}" for value in pixels[rows, columns]],
        mode="markers",
        marker={"size": 8, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        showlegend=False,
        meta=AID,
        row=1,
        col=column,
    )


def features(
    before: FloatArray,
    after: FloatArray,
    learned_after: FloatArray | None,
    tau: float,
    at: int | None = None,
    *,
    words: Words,
    theme: style.Theme,
) -> go.Figure:
    """Draw one channel of a block before and after its threshold, with ± τ between.

    Parameters
    ----------
    before, after : (positions,)
    learned_after : what the learned threshold leaves of it, where the reader has changed it
    at : position that is marked; points of the lines can be clicked to choose one
    """
    figure = subplots(2, 1, shared_xaxes=True, shared_yaxes="all", vertical_spacing=0.12)
    x = np.arange(1, before.size + 1, dtype=np.float64)
    rows = [("noisy", before, 1, "before")]
    rows += [] if learned_after is None else [("learned", learned_after, 2, "ghost")]
    rows += [("learned" if learned_after is None else "yours", after, 2, "after")]
    for role, line, row, key in rows:
        places, drawn = style.decimate(x, line, style.POINTS // 3)
        look = style.ROLES[role]
        figure.add_scatter(
            x=places,
            y=drawn,
            mode="lines+markers",  # lines alone cannot be clicked
            marker={"size": 9, "opacity": 0},
            selected={"marker": {"opacity": 0}},
            unselected={"marker": {"opacity": 0}},
            line={"color": look.color, "width": look.width, "dash": "dot" if key == "ghost" else "solid"},
            name=words(f"inside.features.{key}"),
            showlegend=False,
            row=row,
            col=1,
            hovertemplate="%{x:.0f} · %{y:.4g}<extra></extra>",
        )
    if at is not None:
        for row, values in enumerate((before, after), start=1):
            figure.add_vline(at + 1, row=row, col=1, line={"color": style.FAINT[theme], "width": 1})
            dot = {"size": 11, "color": style.ROLES["threshold"].color, "line": {"width": 0}}
            figure.add_scatter(
                x=[at],
                y=[float(values[at])],
                mode="markers",
                marker=dot,
                hoverinfo="skip",
                showlegend=False,
                row=row,
                col=1,
            )
    style.layout(figure, theme, 360)
    for sign in (-1, 1):
        figure.add_hline(
            sign * tau, row=1, col=1, line={"color": style.ROLES["threshold"].color, "width": 2, "dash": "dot"}
        )
    style.caption(figure, words("inside.features.before"), style.ROLES["noisy"].color, 1)
    key, role = ("after", "learned") if learned_after is None else ("after.yours", "yours")
    style.caption(figure, words(f"inside.features.{key}"), style.ROLES[role].color, 2)
    figure.update_xaxes(title_text=words("inside.features.position"), row=2)
    figure.update_yaxes(nticks=5)
    figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=-1)
    return figure
