"""A threshold to drag: the sizes of a channel's values as a histogram, the shrink curve, and τ as a line in both."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.mount import component

_MOUNT = component("threshold_line", "line")

#: What the reader can ask for: τ as a number, a multiple of the learned one, or the learned one back.
WISHES = ("tau", "times", "back")


def show(picture: dict[str, Any], key: str, wished: Callable[[str, float], None]) -> None:
    """Draw ``picture`` (see `app.figures.network`); call ``wished`` with one of `WISHES` and its number."""

    def heard() -> None:
        wish = st.session_state[key].get("wish")
        if not isinstance(wish, dict):
            return
        for kind in WISHES:
            if kind in wish and math.isfinite(float(wish[kind])):
                wished(kind, float(wish[kind]))

    _MOUNT(data=picture, key=key, on_wish_change=heard)
