"""The subband view: coefficients of every level with a threshold line that can be dragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.mount import component

_MOUNT = component("subbands", "bands")


def show(picture: dict[str, Any], key: str, changed: Callable[[list[float | None]], None]) -> None:
    """Draw ``picture`` (see `app.figures.levels`); call ``changed`` with the thresholds that the reader has set.

    The list has an entry per level; None where the rule's own threshold is wanted.
    """

    def heard() -> None:
        wish = st.session_state[key].get("thresholds")
        if wish is not None:
            changed([None if value is None else float(value) for value in wish])

    _MOUNT(data=picture, key=key, on_thresholds_change=heard)
