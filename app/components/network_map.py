"""The map of a network: its blocks in order, of which one is chosen by a click or with the arrow keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent

_MOUNT = st.components.v2.component(
    "drsn_network_map",
    html='<div class="map">\n</div>',
    css=(_HERE / "network_map.css").read_text(encoding="utf-8"),
    js=(_HERE / "network_map.js").read_text(encoding="utf-8"),
)


def show(picture: dict[str, Any], key: str, chosen: Callable[[int], None]) -> None:
    """Draw ``picture`` (see `app.figures.network`); call ``chosen`` with the number of the block that was chosen."""

    def heard() -> None:
        block = st.session_state[key].get("block")
        if isinstance(block, int | float) and 0 <= block < len(picture["blocks"]):
            chosen(int(block))

    _MOUNT(data=picture, key=key, on_block_change=heard)
