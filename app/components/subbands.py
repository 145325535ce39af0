"""The subband view: coefficients of every level with a threshold line that can be dragged."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components.mount import component

_MOUNT = component("subbands", "bands")


def show(picture: str, key: str, changed: Callable[[list[float | None]], None]) -> None:
    """Draw ``picture``, that of `app.figures.levels` as JSON; call ``changed`` with thresholds that the reader has set.

    The list has an entry per level; None where the rule's own threshold is wanted.
    """

    def heard() -> None:
        wish = st.session_state[key].get("thresholds")
        if wish is not None:
            changed([None if value is None else float(value) for value in wish])

    _MOUNT(data=picture, key=key, on_thresholds_change=heard)
