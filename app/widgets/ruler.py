"""The heading above the thresholds, with the ruler that they are measured by."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import state
from app.i18n import Words
from app.state import RULERS, View


def pick(view: View, name: str, words: Words) -> View:
    """Choose the ruler; ``name`` is that of the widget."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(words("thresholds.title"), anchor=False)
        ruler = st.segmented_control(
            words("thresholds.ruler"),
            RULERS,
            default=view.ruler,
            required=True,
            format_func=lambda key: words(f"thresholds.ruler.{key}"),
            key=state.key(name),
            help=words("thresholds.ruler.hint"),
            label_visibility="collapsed",
        )
    st.caption(words("thresholds.intro"))
    return replace(view, ruler=ruler)
