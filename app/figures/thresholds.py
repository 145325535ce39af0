"""Where every method drew the line: thresholds of subbands and of network blocks, on one ruler."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.figures import style
from app.figures.blocks import Block, blocks, hover_pattern, middle
from app.figures.grids import Props, Sheet
from app.figures.style import ROLES, Float32Array, Role, Theme
from app.figures.written import Written
from app.i18n import Words
from drsn_core.data import FloatArray
from drsn_core.method import Family
from drsn_core.trace import Trace

ObjectArray = NDArray[np.object_]
Ruler = Literal["absolute", "noise"]
#: A method's name as the page shows it, its family, and its trace.
Traced = tuple[str, Family, Trace]

HEIGHT = 640
#: Texts of the legend in their order, which is that of the figure from top to bottom.
LEGEND = ("subband", "channel", "typical", "level", "zeroed", "alpha")
#: A shared axis reaches as far as this share of all thresholds; the few above it stand at its top as triangles.
SHOWN_PERCENT = 98.0


def legend(key: str, words: Words) -> dict[str, str | int]:
    """Name and place of an entry of ``LEGEND``."""
    return {"name": words(f"thresholds.legend.{key}"), "legendrank": LEGEND.index(key) + 1}


class Panel(NamedTuple):
    """One column of the figure."""

    label: str
    family: Family
    blocks: Sequence[Block]

    def values(self, ruler: Ruler) -> list[FloatArray]:
        return [block.ratio if ruler == "noise" else block.threshold for block in self.blocks]


def side_by_side(
    traces: Sequence[Traced], *, words: Words, theme: Theme, ruler: Ruler = "noise", unit: str = ""
) -> Written:
    """Draw a column for every method: its thresholds above, below what share of the values they set to zero.

    Parameters
    ----------
    traces : label, family and trace of each method, see `Traced`
    ruler : "noise" divides every τ by the noise level of its subband or channel and gives all columns one axis;
        "absolute" shows τ as it is used, in ``unit`` for wavelets and in feature units for networks
    """
    panels = [Panel(label, family, blocks(trace, words)) for label, family, trace in traces]
    columns = len(panels)
    weights = [math.sqrt(max(len(panel.blocks), 4)) for panel in panels]
    sheet = Sheet(
        2,
        columns,
        theme,
        HEIGHT,
        shared_xaxes="columns",
        shared_yaxes=ruler == "noise",
        row_heights=[0.62, 0.38],
        vertical_spacing=0.05,
        horizontal_spacing=(0.03 if ruler == "noise" else 0.09) if columns > 1 else 0,
        column_widths=[weight / sum(weights) for weight in weights],
    )
    tops = [_top(panel.values(ruler)) for panel in panels]
    if ruler == "noise":
        tops = [max(tops, default=1.0)] * columns
    seen: set[str] = set()
    for column, (panel, top) in enumerate(zip(panels, tops, strict=True), start=1):
        for trace in _thresholds(panel, ruler, top, words) + _shares(panel, words):
            sheet.add({**trace, "showlegend": trace["name"] not in seen}, 2 if trace["meta"] == "share" else 1, column)
            seen.add(trace["name"])
        _axes(sheet, panel, column, ruler=ruler, top=top, unit=unit, words=words)
        sheet.caption(panel.label, ROLES[panel.family].color, 1, column)
        if ruler == "noise":
            _noise_level(sheet, column, words)
    sheet.layout |= {
        "bargap": 0.3,
        "boxgap": 0.1,
        "legend": {
            "x": 0,
            "xanchor": "left",
            "yref": "container",  # makes room for itself, however many lines it needs
            "y": 1 - style.TOOLBAR_HEIGHT / HEIGHT,
            "yanchor": "top",
            "borderwidth": 4,
            "bordercolor": "rgba(0,0,0,0)",
        },
    }
    return sheet.figure()


def takeaway(traces: Sequence[Traced], words: Words) -> str:
    """Say in one sentence how high each method drew its line; caption and alternative text of the figure."""
    parts = [_said(label, family, blocks(trace, words), words) for label, family, trace in traces]
    return words("thresholds.takeaway.end", sentence=words("thresholds.takeaway.join").join(parts))


def _said(label: str, family: Family, found: Sequence[Block], words: Words) -> str:
    if not found:
        return words("thresholds.takeaway.none", label=label)
    part = found[:1] if family == "wavelet" else found  # the first subband is the finest
    ratio = middle(np.concatenate([block.ratio for block in part]))
    zeroed = float(np.mean([block.zeroed.mean() for block in part]))
    if ratio is None:
        return words("thresholds.takeaway.silent", label=label, zeroed=zeroed)
    if family == "wavelet":
        return words("thresholds.takeaway.wavelet", label=label, finest=ratio, zeroed=zeroed)
    return words("thresholds.takeaway.learned", label=label, typical=ratio, zeroed=zeroed)


def _top(values: list[FloatArray]) -> float:
    """Where the axis of these thresholds ends."""
    flat = np.concatenate(values) if values else np.empty(0)
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        return 1.0
    medians = [m for m in map(middle, values) if m is not None]
    reached = 1.1 * max(float(np.percentile(finite, SHOWN_PERCENT)), *medians)
    return reached if reached > 0 else 1.0


def _thresholds(panel: Panel, ruler: Ruler, top: float, words: Words) -> list[Props]:
    look = ROLES[panel.family]
    points = _Points.of(panel, panel.values(ruler), words)
    over = points.values > top
    entry = legend("subband" if panel.family == "wavelet" else "channel", words)
    several = len(points.values) > len(panel.blocks)
    drawn = [_dots(points.some(~over), words, entry=entry, look=look, spread=several)]
    if over.any():
        high = points.some(over)
        drawn.append(
            _marks(high.marks, np.full(high.values.size, 0.98 * top, np.float32))
            | high.told(words)
            | {"marker": {"symbol": "triangle-up", "color": look.color, "size": 9}, "meta": "threshold"}
            | entry
        )
    medians = [(block, middle(v)) for block, v in zip(panel.blocks, panel.values(ruler), strict=True)]
    typical = [(block, m) for block, m in medians if m is not None]
    line = {"color": ROLES["threshold"].color, "width": ROLES["threshold"].width}
    drawn.append(
        _marks(
            [block.mark for block, _ in typical],
            np.array([m for _, m in typical], np.float32),
        )
        | _texts([_hover(block, words("thresholds.hover.typical", value=f"{m:.3g}")) for block, m in typical])
        | {"marker": {"symbol": "line-ew", "size": 16, "line": line}, "meta": "threshold"}
        | legend("typical", words)
    )
    return drawn


def _shares(panel: Panel, words: Words) -> list[Props]:
    """Bars for what became zero and, in networks, the attention weight: what part of mean|x| the threshold is."""
    zeroed = np.array([block.zeroed.mean() for block in panel.blocks], np.float32)
    bars = {
        "type": "bar",
        "x": [block.mark for block in panel.blocks],
        "y": zeroed,
        "marker": {"color": ROLES["removed"].color, "line": {"width": 0}},
        "opacity": 0.75,
        "meta": "share",
        **_texts(
            [
                _hover(block, words("thresholds.hover.zeroed", zeroed=f"{share:.0f}"))
                for block, share in zip(panel.blocks, zeroed, strict=True)
            ]
        ),
        **legend("zeroed", words),
    }
    weighed = [(block, np.percentile(block.alpha, (10, 50, 90))) for block in panel.blocks if block.alpha is not None]
    if not weighed:
        return [bars]
    low, middles, high = (100 * np.stack([spread for _, spread in weighed], axis=1)).astype(np.float32)
    said = [_hover(block, words("thresholds.hover.alpha", alpha=f"{spread[1]:.2f}")) for block, spread in weighed]
    alpha = _marks([block.mark for block, _ in weighed], middles) | {
        "error_y": {"array": high - middles, "arrayminus": middles - low, "thickness": 1.5, "width": 0},
        "marker": {"symbol": "diamond", "size": 8, "color": ROLES["threshold"].color},
        "meta": "share",
    }
    return [bars, alpha | _texts(said) | legend("alpha", words)]


def _hover(block: Block, said: str) -> str:
    return f"{html.escape(block.name)}<br>{said}"


def _texts(hovers: list[str]) -> Props:
    """A text for each mark."""
    return {"hovertext": hovers, "hoverinfo": "text"}


def _marks(x: ObjectArray | list[str], y: Float32Array) -> Props:
    return {"type": "scatter", "x": x, "y": y, "mode": "markers"}


def _noise_level(sheet: Sheet, column: int, words: Words) -> None:
    """A line over the width of a panel, where a threshold is as high as the noise."""
    number = sheet.number(1, column)
    line = {"color": style.INK[sheet.theme], "width": 1.5, "dash": "dot"}
    across = {"type": "line", "xref": f"x{number} domain", "x0": 0, "x1": 1, "yref": f"y{number}", "y0": 1, "y1": 1}
    sheet.layout.setdefault("shapes", []).append(
        across | {"line": line, "showlegend": column == 1} | legend("level", words)
    )


class _Points(NamedTuple):
    """The channels of a panel whose value is finite: mark and value, and what hovering tells of them."""

    marks: ObjectArray
    values: Float32Array
    labels: ObjectArray
    numbers: Float32Array

    @classmethod
    def of(cls, panel: Panel, values: list[FloatArray], words: Words) -> _Points:
        found = panel.blocks
        marks = np.array([block.mark for block in found for _ in block.channels], dtype=object)
        labels = np.array([label for block in found for label in block.labels(words)], dtype=object)
        numbers = np.concatenate([block.numbers for block in found]) if found else np.empty((0, 5))
        flat = np.concatenate(values) if values else np.empty(0)
        every = cls(marks, flat.astype(np.float32), labels, numbers.astype(np.float32))
        return every.some(np.isfinite(flat))

    def some(self, which: NDArray[np.bool_]) -> _Points:
        return _Points(*(column[which] for column in self))

    def told(self, words: Words) -> Props:
        """Numbers as numbers, and once the text that they stand in: a network has hundreds of channels."""
        kinds = [*map(tuple, np.isfinite(self.numbers[:, 1:3]).tolist())]  # noise level and attention weight known?
        patterns = {kind: hover_pattern(words, *kind) for kind in set(kinds)}
        pattern = patterns.popitem()[1] if len(patterns) == 1 else [patterns[kind] for kind in kinds]
        return {"text": self.labels, "customdata": self.numbers, "hovertemplate": pattern}


def _dots(points: _Points, words: Words, *, entry: dict[str, str | int], look: Role, spread: bool) -> Props:
    """One mark for every channel, those of a block spread sideways: a box plot without the box."""
    return {
        "type": "box",
        "x": points.marks,
        "y": points.values,
        "boxpoints": "all",
        "jitter": 1 if spread else 0,
        "pointpos": 0,
        "marker": {"color": look.color, "symbol": look.symbol, "size": 6 if spread else 10, "opacity": 0.8},
        "line": {"width": 0, "color": "rgba(0,0,0,0)"},
        "fillcolor": "rgba(0,0,0,0)",
        "hoveron": "points",
        "meta": "threshold",
        **points.told(words),
        **entry,
    }


def _axes(sheet: Sheet, panel: Panel, column: int, *, ruler: Ruler, top: float, unit: str, words: Words) -> None:
    order = [block.mark for block in panel.blocks]
    kind = "subbands" if panel.family == "wavelet" else "blocks"
    for row in (1, 2):
        sheet.xaxis(row, column).update(
            type="category", categoryarray=order, tickangle=0, showgrid=False, fixedrange=True
        )
    below = f"{words(f'thresholds.axis.{kind}')}<br>{words(f'thresholds.axis.{kind}.order')}"
    sheet.xaxis(2, column)["title"] = {"text": below}
    sheet.yaxis(1, column).update(range=[0, top], nticks=7)
    sheet.yaxis(2, column).update(range=[0, 100], dtick=50)
    if column == 1:
        sheet.yaxis(2)["title"] = {"text": words("thresholds.axis.share")}
    if ruler == "absolute":
        sheet.yaxis(1, column)["title"] = {"text": _own_unit(panel.family, unit, words)}
    elif column == 1:
        sheet.yaxis(1)["title"] = {"text": words("thresholds.axis.noise")}


def _own_unit(family: Family, unit: str, words: Words) -> str:
    if family == "learned":
        return words("thresholds.axis.absolute.learned")
    return words("thresholds.axis.absolute", unit=unit) if unit else words("thresholds.axis.absolute.plain")
