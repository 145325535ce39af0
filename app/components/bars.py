"""Numbers to draw with: bars that are dragged, or moved with the arrow keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st

from app.components.mount import component

_MOUNT = component("bars", "bars")


def show(
    values: Sequence[float],
    *,
    low: float,
    high: float,
    step: float,
    label: str,
    each: str,
    color: str,
    key: str,
    changed: Callable[[tuple[float, ...]], None],
) -> None:
    """Draw the bars; call ``changed`` with all numbers when one was moved.

    Parameters
    ----------
    label, each : what they are called together, and one of them, with "%s" for its number
    """

    def heard() -> None:
        wish = st.session_state[key].get("values")
        if not isinstance(wish, list) or len(wish) != len(values):
            return
        numbers = [float(value) for value in wish]
        if all(math.isfinite(value) for value in numbers):
            changed(tuple(min(max(value, low), high) for value in numbers))

    data = {
        "values": list(values),
        "low": low,
        "high": high,
        "step": step,
        "label": label,
        "each": each,
        "color": color,
    }
    _MOUNT(data=data, key=key, on_values_change=heard)
