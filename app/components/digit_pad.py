"""The pad for a digit: strokes drawn with mouse, finger or keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.mount import component

_MOUNT = component("digit_pad", "digit-pad")


def show(picture: dict[str, Any], key: str, drawn: Callable[[str], None]) -> None:
    """Show the strokes of ``picture`` (see `app.widgets.patient`); call ``drawn`` with the text of those drawn."""

    def heard() -> None:
        strokes = st.session_state[key].get("strokes")
        if strokes is not None:
            drawn(str(strokes))

    _MOUNT(data=picture, key=key, on_strokes_change=heard)
