"""The drawing pad: a curve drawn with mouse, finger or keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.mount import component

_MOUNT = component("pad", "pad")


def show(picture: dict[str, Any], key: str, drawn: Callable[[str], None]) -> None:
    """Show the curve of ``picture`` (see `app.widgets.pad`); call ``drawn`` with the text of one that was drawn."""

    def heard() -> None:
        curve = st.session_state[key].get("curve")
        if curve is not None:
            drawn(str(curve))

    _MOUNT(data=picture, key=key, on_curve_change=heard)
