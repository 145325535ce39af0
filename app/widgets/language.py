"""The language switch, on every page in the same place."""

import streamlit as st

from app import state
from app.i18n import LANGUAGES, Words


def switch(words: Words) -> None:
    """Change the language; everything else stays as it is."""
    st.segmented_control(
        words("app.language"),
        tuple(LANGUAGES),
        default=words.lang,
        required=True,
        format_func=LANGUAGES.__getitem__,
        key="language",
        on_change=lambda: state.speak(st.session_state["language"]),
        label_visibility="collapsed",
    )
