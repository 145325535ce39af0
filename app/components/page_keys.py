"""The arrow keys of the keyboard, for pages that have steps."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components.mount import component

_MOUNT = component("page_keys", "keys")


def listen(key: str, turned: Callable[[int], None]) -> None:
    """Call ``turned`` with 1 for the right arrow key and -1 for the left one."""

    def heard() -> None:
        by = st.session_state[key].get("turn")
        if by in (1, -1):
            turned(int(by))

    _MOUNT(data={}, key=key, on_turn_change=heard)
