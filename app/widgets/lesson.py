"""One step of a lesson: its text, its live figure, its question or check."""

from __future__ import annotations

import re

import streamlit as st

from app.figures import lessons as figures
from app.i18n import Words, error_text
from app.lessons import content, printed, progress
from app.lessons.blanks import fill
from app.lessons.content import CHECK, QUESTION, Lesson, Step
from app.lessons.kind import sentence
from app.lessons.kinds import KINDS
from app.lessons.observed import Observed
from app.lessons.observing import observe
from app.widgets import frame, lesson_controls, lesson_question, lesson_work
from drsn_core.errors import DrsnError


def show(lesson: Lesson, step: Step, words: Words) -> None:
    """The text on the left, the figure that it speaks of on the right; on a phone one above the other."""
    left, right = st.columns([5, 8], gap="large")
    try:
        seen = observe(lesson.figure_of(step), progress.now(lesson, step))
    except DrsnError as error:  # a state that this figure cannot show; the controls lead out of it
        seen = None
        right.error(error_text(words, error))
    with left:
        if seen is not None:
            said(lesson, step, seen, words)
    with right:
        spot = st.empty()
        if seen is not None:
            with spot.container():
                figure(lesson, step, seen, words)
        lesson_controls.show(lesson, step, words)
        bar = lesson_work.offer(lesson, step, words)
    for place, more in zip(st.columns([5, 8], gap="large"), (vocabulary, for_teachers), strict=True):
        with place:
            more(lesson, words)
    if bar is not None:
        lesson_work.go_on(lesson, step, bar, spot, words)


def figure(lesson: Lesson, step: Step, seen: Observed, words: Words) -> None:
    """Draw the live figure, with what the step speaks of standing out."""
    kind = lesson.figure_of(step)
    drawn = figures.emphasised(KINDS[kind].draw(seen, words, frame.theme()), step.highlight)
    frame.put(drawn, f"lesson-{lesson.slug}", sentence(kind, seen, words))


def said(lesson: Lesson, step: Step, seen: Observed, words: Words) -> None:
    """The text of a step, whose numbers are those of its own state, whatever the learner has moved since."""
    text = content.prose(lesson, words.lang)
    facts = observe(lesson.figure_of(step), progress.start_of(lesson, step)).facts
    if step.id == QUESTION:
        st.markdown(f":blue[:material/help:] **{words('learn.question')}**")
    elif step.id == CHECK:
        st.markdown(f":green[:material/task_alt:] **{words('learn.check')}**")
    asked = facts if step.id != QUESTION else observe(lesson.figure_of(step), lesson.state_of(step)).facts
    st.markdown(fill(text.sections[step.id], asked, words))
    if step.id == QUESTION:
        lesson_question.show(lesson, facts, words)
    if step.done is not None:
        goal(lesson, step, seen, words)
    if step is lesson.steps[-1]:
        simplified = fill(text.sections["simplifies"], facts, words)
        st.caption(f":material/filter_alt: **{words('learn.simplifies')}** {simplified}")


def goal(lesson: Lesson, step: Step, seen: Observed, words: Words) -> None:
    """Whether what the step asks for is reached; once reached it stays so."""
    if step.done is not None and step.done.met(seen.facts):
        progress.progress().reached.add((lesson.slug, step.id))
    if (lesson.slug, step.id) in progress.progress().reached:
        st.success(words("learn.check.reached"), icon=lesson_question.RIGHT)
    else:
        st.info(words("learn.check.open"), icon=":material/arrow_forward:")


def for_teachers(lesson: Lesson, words: Words) -> None:
    """The guide of the lesson, to read here and to print."""
    with st.expander(words("learn.guide"), icon=":material/co_present:"):
        text = lesson.guide(words.lang)
        st.download_button(
            words("learn.guide.print"),
            printed.page(text, words.lang, words("app.name")),
            f"{lesson.slug}-{words.lang}.html",
            "text/html",
            key="learn-guide",
            icon=":material/print:",
            help=words("learn.guide.hint"),
            on_click="ignore",
        )
        st.markdown(re.sub(r"^#+ (.+)$", r"**\1**", text, flags=re.MULTILINE))


def vocabulary(lesson: Lesson, words: Words) -> None:
    """The words of the lesson with their meaning, and how the other language says them."""
    with st.expander(words("learn.words"), icon=":material/book_2:"):
        other = Words("en" if words.lang == "zh" else "zh")
        for term in lesson.words:
            key = f"glossary.{term}"
            st.markdown(f"**{words(key)}** ({other(key)}): {words(f'{key}.meaning')}")
