"""Before and after: two versions of a picture with a line between them that can be moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent

#: Declared once. The texts have many lines; Streamlit takes one that has none for the name of a file.
_MOUNT = st.components.v2.component(
    "drsn_wipe",
    html='<div class="wipe">\n</div>',
    css=(_HERE / "wipe.css").read_text(encoding="utf-8"),
    js=(_HERE / "wipe.js").read_text(encoding="utf-8"),
)


def show(picture: dict[str, Any], key: str, clicked: Callable[[float, float], None]) -> None:
    """Draw ``picture`` (see `app.figures.pixels.wipe`); call ``clicked`` with the place in per cent of both sides."""

    def heard() -> None:
        place = st.session_state[key].get("place")
        if place is not None:
            clicked(float(place[0]), float(place[1]))

    _MOUNT(data=picture, key=key, on_place_change=heard)
