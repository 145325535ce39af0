"""How every figure looks: colours by role, ink by theme, and no more points than a screen can show."""

from __future__ import annotations

import functools
import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from drsn_core.data import FloatArray

Theme = Literal["light", "dark"]
Float32Array = NDArray[np.float32]


@dataclass(frozen=True)
class Role:
    """What a colour stands for, on every page; dash and symbol say it again to those who see no colours."""

    color: str
    dash: str = "solid"
    symbol: str = "circle"
    width: float = 1.6


#: Colours of Okabe and Ito, https://jfly.uni-koeln.de/color/. The clean signal is drawn in the ink of the theme.
ROLES: dict[str, Role] = {
    "noisy": Role("#8C8C8C", symbol="circle", width=1),
    "wavelet": Role("#E69F00", dash="longdash", symbol="square"),
    "filter": Role("#56B4E9", dash="5px,3px,1px,3px,1px,3px", symbol="triangle-up"),
    "learned": Role("#0072B2", dash="longdashdot", symbol="diamond"),
    "removed": Role("#CC79A7", dash="dashdot", symbol="cross", width=1),
    "yours": Role("#009E73", dash="dashdot", symbol="star"),
    "threshold": Role("#D55E00", dash="dot", symbol="line-ew", width=3),
}

#: Text and the clean signal; lines behind the data; the toolbar; the page itself, for what covers the figure.
INK: dict[Theme, str] = {"light": "#1F2933", "dark": "#E6E9ED"}
GRID: dict[Theme, str] = {"light": "rgba(31,41,51,0.12)", "dark": "rgba(230,233,237,0.16)"}
FAINT: dict[Theme, str] = {"light": "rgba(31,41,51,0.45)", "dark": "rgba(230,233,237,0.5)"}
PAPER: dict[Theme, str] = {"light": "#FFFFFF", "dark": "#14181D"}

FONT = "'Source Sans', 'Source Sans 3', system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
#: Readable from the back of a room.
TEXT_SIZE, TITLE_SIZE = 14, 16

#: Points that one figure may send to the browser, all lines together.
POINTS = 4000

#: Pixels over the highest caption: a strip for the toolbar, so that it covers nothing, and the caption itself.
TOOLBAR_HEIGHT, CAPTION_HEIGHT = 30, 28
HEAD = TOOLBAR_HEIGHT + CAPTION_HEIGHT

#: Every figure begins with a copy of Plotly's own look unless told otherwise, and then takes ours.
pio.templates.default = "none"

_THINNER = MinMaxLTTBDownsampler()


def role(name: str, theme: Theme) -> Role:
    """Return the look of ``name``: a key of ``ROLES``, or "clean"."""
    return Role(INK[theme], dash="dash", symbol="x", width=2) if name == "clean" else ROLES[name]


def decimate(x: FloatArray, y: FloatArray, points: int) -> tuple[Float32Array, Float32Array]:
    """Choose at most ``points`` of the samples so that the line looks the same, spikes included.

    Largest triangles among the extremes of each bin (MinMaxLTTB). What is short enough is not touched. The shape is
    chosen before rounding to float32, in which both come back.

    References
    ----------
    .. [1] J. Van Der Donckt et al., "MinMaxLTTB: leveraging MinMax-preselection to scale LTTB", IEEE VIS 2023.
    """
    if y.size > points:
        kept = _THINNER.downsample(np.ascontiguousarray(y), n_out=max(points, 4))
        x, y = x[kept], y[kept]
    return x.astype(np.float32), y.astype(np.float32)


def layout(figure: go.Figure, theme: Theme, height: int) -> go.Figure:
    """Give a figure the common look: transparent, in the ink of the theme, legend on top, small margins."""
    figure.layout.template = template(theme)
    figure.layout.height = height
    return figure


@functools.cache
def template(theme: Theme) -> go.layout.Template:
    """The common look as what a figure begins with: setting it axis by axis takes most of the time of a figure."""
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": TEXT_SIZE, "color": INK[theme]},
            "margin": {"l": 8, "r": 8, "t": HEAD, "b": 8},
            "hoverlabel": {"font": {"family": FONT, "size": TEXT_SIZE, "color": INK[theme]}, "bgcolor": PAPER[theme]},
            "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": FAINT[theme], "activecolor": INK[theme]},
            "dragmode": "zoom",
            "xaxis": {**axis(theme), "title_standoff": 8},
            "yaxis": {**axis(theme), "title_standoff": 6},
        }
    )


def axis(theme: Theme) -> dict[str, Any]:
    """The look of every axis, horizontal or vertical."""
    return {
        "gridcolor": GRID[theme],
        "zeroline": False,
        "linecolor": GRID[theme],
        "showline": True,
        "ticks": "",
        "automargin": True,
        "title_font_size": TITLE_SIZE,
    }


def caption(
    figure: go.Figure,
    text: str,
    color: str | None,
    row: int,
    col: int = 1,
    *,
    below: Sequence[str] = (),
    size: int = TITLE_SIZE,
) -> None:
    """Write ``text`` over the left end of a panel, after a square in the colour of what the panel shows.

    ``below`` are further lines between it and the panel.
    """
    panel = next(figure.select_yaxes(row=row, col=col))
    number = panel.plotly_name.removeprefix("yaxis")
    figure.add_annotation(written(number, (text, *below), color, size))


def written(number: str, lines: Sequence[str], color: str | None, size: int) -> dict[str, Any]:
    """The annotation of `caption`, for the panel whose axes are ``x<number>`` and ``y<number>``."""
    chip = f'<span style="color:{color}">■</span> ' if color else ""
    return {
        "text": chip + "<br>".join(html.escape(line, quote=False) for line in lines),
        "align": "left",
        "xref": f"x{number} domain",
        "yref": f"y{number} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": size},
    }


#: How much larger letters are where a class looks at a wall.
LARGER = 1.35


def enlarged(drawn: go.Figure) -> go.Figure:
    """A copy of a figure with larger letters and lines, for a class that sees it on a wall."""
    figure = go.Figure(drawn.to_dict())
    size = figure.layout.font.size or TEXT_SIZE
    figure.update_layout(font_size=LARGER * size, legend_font_size=LARGER * size)
    for axis_ in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis_.update(title_font_size=LARGER * TITLE_SIZE, tickfont_size=LARGER * (axis_.tickfont.size or size))
    figure.for_each_annotation(lambda note: note.update(font_size=LARGER * (note.font.size or size)))
    return figure.for_each_trace(_bolder, selector={"type": "scatter"})


def _bolder(line: go.Scatter) -> None:
    if line.line.width:
        line.update(line_width=LARGER * line.line.width)
    if line.textfont.size:
        line.update(textfont_size=LARGER * line.textfont.size)


def toolbar(name: str, picture: str = "png") -> dict[str, Any]:
    """The same menu on every figure, with a picture for print ("png" or "svg") as its export, for ``config=``."""
    return {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
        "plotlyServerURL": "",  # a reader's data stay on the reader's machine
        "toImageButtonOptions": {"format": picture, "filename": name, "scale": 3},
        "responsive": True,
    }
