"""The page Class: a teacher hands out a page with a question, and sees what the class guessed."""

from __future__ import annotations

import streamlit as st

from app import compute, handouts, state
from app.handouts import Handout
from app.i18n import Words
from app.widgets import collecting, frame, handing

TASKS = ("hand-out", "collect")


def page() -> None:
    """Read aloud: what is handed out is set, or what came back is counted; the link of this page holds the former."""
    words = Words(state.view().lang)
    start()
    frame.tools(frame.heading("class", words), words, undo=False)
    task = st.segmented_control(
        words("class.title"),
        TASKS,
        default=st.session_state["class-task"],
        required=True,
        format_func=lambda key: words(f"class.task.{key}"),
        key=state.key("class-task-choice"),
        label_visibility="collapsed",
    )
    st.session_state["class-task"] = task
    st.caption(words(f"class.task.{task}.hint"))
    handout: Handout = st.session_state["handout"]
    if task == "hand-out":
        handout = handing.offer(handout, words)
        st.session_state["handout"] = handout
    else:
        collecting.show(handout, words)
    remember(handout)
    compute.warm_up()


def start() -> None:
    """Begin with what the teacher's own link holds."""
    first = state.is_first_run()
    if "handout" in st.session_state:
        return
    handout, problems = handouts.from_query(st.query_params.to_dict() if first else {})
    st.session_state["handout"] = handout
    st.session_state.setdefault("class-task", TASKS[0])
    st.session_state["problems"] = [*st.session_state["problems"], *problems]


def remember(handout: Handout) -> None:
    """Put the handout into the link of this page, beside the experiment that it hands out."""
    query = state.link_parts(state.recipe(), state.view()) | handouts.to_query(handout)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
