"""What all pages share: the heading with its tools, and a figure with its sentence."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from app import state
from app.figures import style
from app.i18n import Words
from app.state import UNUSED
from app.widgets import language


def heading(page: str, words: Words) -> None:
    """Title, one sentence for newcomers, undo, and what of the link was not understood."""
    title, tools = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.title(words(f"{page}.title"), anchor=False)
    with tools, st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            words("app.undo"), key="undo", on_click=state.undo, disabled=not state.can_undo(), icon=":material/undo:"
        )
        st.button(words("app.reset"), key="reset", on_click=state.reset, help=words("app.reset.hint"))
        language.switch(words)
    st.markdown(words(f"{page}.intro"))
    if state.problems():
        with st.container(border=True):
            st.markdown(f":material/link_off: **{words('link.title')}**")
            for problem in state.problems():  # as text: a stranger's link must not act as Markdown
                st.text(words("link.unknown" if problem.used == UNUSED else "link.problem", **problem._asdict()))


def put(figure: go.Figure, name: str, sentence: str) -> None:
    """Show a figure with its sentence, which also stands for it where it cannot be seen."""
    st.plotly_chart(figure, key=f"figure-{name}", config=style.toolbar(f"drsn-{name}"), theme=None, alt=sentence)
    st.caption(sentence)


def theme() -> style.Theme:
    return "dark" if st.context.theme.type == "dark" else "light"
