"""The numbers of a chart as a table: what is drawn, a row for every point."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures.written import unpacked

#: ``meta`` of traces that only help the eye or the hand, such as points to be clicked.
AID = "aid"


def table(figure: go.Figure) -> bytes:
    """Write every trace of a chart as CSV (UTF-8 with a mark, as spreadsheets like it).

    Columns are the series, x and y as on the axes, and z, the value of a heat map's cell. Bars that do not begin at 0
    give the end that is drawn. Lines hold the points that are drawn, which for long recordings are fewer than samples.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(("series", "x", "y", "z"))
    for place, trace in enumerate(figure.data, start=1):
        if trace.meta != AID:
            writer.writerows(_rows(trace, str(trace.name or trace.legendgroup or place)))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _rows(trace: Any, name: str) -> Iterator[tuple[Any, ...]]:
    if trace.type == "heatmap":
        z = np.asarray(unpacked(trace.z), dtype=np.float64)
        if isinstance(trace.meta, dict):  # drawn with a byte a pixel: back into the unit
            z = trace.meta["low"] + z / 255 * (trace.meta["high"] - trace.meta["low"])
        x = _values(unpacked(trace.x), z.shape[1])
        y = _values(unpacked(trace.y), z.shape[0])
        for row, line in zip(y, z, strict=True):
            for column, value in zip(x, line, strict=True):
                if np.isfinite(value):
                    yield name, column, row, f"{value:.7g}"
        return
    along, across = unpacked(trace.x), unpacked(trace.y)
    count = max(len(values) for values in (along, across) if values is not None)
    x, y = _values(along, count), _values(across, count)
    base = getattr(trace, "base", None) if trace.type == "bar" else None
    for a, b in zip(x, y, strict=True):
        yield name, a, b + base if isinstance(base, int | float) else b, ""


def _values(values: Any, count: int) -> list[Any]:
    """Plain numbers, short, or words; positions where there are no values."""
    if values is None:
        return list(range(count))
    return [float(f"{v:.7g}") if isinstance(v, int | float | np.number) else _plain(v) for v in values]


def _plain(word: Any) -> str:
    return str(word).replace("<br>", " ")
