"""Before and after: two versions of a picture with a line between them that can be moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.mount import component

_MOUNT = component("wipe", "wipe")


def show(picture: dict[str, Any], key: str, clicked: Callable[[float, float], None]) -> None:
    """Draw ``picture`` (see `app.figures.pixels.wipe`); call ``clicked`` with the place in per cent of both sides."""

    def heard() -> None:
        place = st.session_state[key].get("place")
        if place is not None:
            clicked(float(place[0]), float(place[1]))

    _MOUNT(data=picture, key=key, on_place_change=heard)
