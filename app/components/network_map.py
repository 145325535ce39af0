"""The map of a network: its blocks in order, of which one is chosen by a click or with the arrow keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.mount import component

_MOUNT = component("network_map", "map")


def show(picture: dict[str, Any], key: str, chosen: Callable[[int], None]) -> None:
    """Draw ``picture`` (see `app.figures.network`); call ``chosen`` with the number of the block that was chosen."""

    def heard() -> None:
        block = st.session_state[key].get("block")
        if isinstance(block, int | float) and 0 <= block < len(picture["blocks"]):
            chosen(int(block))

    _MOUNT(data=picture, key=key, on_block_change=heard)
