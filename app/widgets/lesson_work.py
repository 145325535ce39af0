"""Long work that a learner starts, sees going on, and can stop."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.i18n import Words
from app.lessons import progress
from app.lessons.content import Lesson, Step
from app.lessons.kind import sentence
from app.lessons.kinds import KINDS
from app.lessons.observing import work, worked
from app.widgets import frame

#: The figure is drawn anew after so many parts.
PARTS = 10

#: What of the session holds the state whose work is wanted.
WANTED = "learn-work-wanted"


def offer(lesson: Lesson, step: Step, words: Words) -> DeltaGenerator | None:
    """A button that starts the work, or a bar and a button that stops it; where the bar stands, if it goes on."""
    figure, state = lesson.figure_of(step), progress.now(lesson, step)
    if KINDS[figure].work is None or worked(figure, state):
        return None
    if st.session_state.get(WANTED) != (figure, state):
        st.button(
            words(f"learn.work.{figure}"),
            key="learn-work",
            type="primary",
            icon=":material/play_arrow:",
            on_click=want,
            args=((figure, state),),
        )
        return None
    bar = st.empty()
    st.button(words("progress.cancel"), key="learn-work-stop", on_click=want, args=(None,), icon=":material/stop:")
    return bar


def want(what: object) -> None:
    """Start the work on a state at the next run, or none."""
    st.session_state[WANTED] = what


def go_on(lesson: Lesson, step: Step, bar: DeltaGenerator, spot: DeltaGenerator, words: Words) -> None:
    """Do the work, with its figure growing in ``spot``; whatever the learner touches meanwhile ends it."""
    figure, state = lesson.figure_of(step), progress.now(lesson, step)
    for count, seen in enumerate(work(figure, state), start=1):
        done, steps = int(seen.facts["done"]), int(seen.facts["steps"])
        bar.progress(done / steps, words("learn.work.going", done=done, total=steps))
        if count % PARTS == 0:
            with spot.container():
                drawn = KINDS[figure].draw(seen, words, frame.theme())
                frame.put(drawn, f"lesson-{lesson.slug}-{count}", sentence(figure, seen, words))
    want(None)
    st.rerun()
