"""Collect: codes that are pasted and files that are dropped become the guesses of a class, against the truth."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from app import guesses
from app.figures import guesses as figure
from app.guesses import MOST_BYTES, Question, Tally
from app.handouts import OF_LESSON, Handout, Lesson
from app.i18n import Words, error_text, escaped
from app.widgets import frame
from app.widgets.handing import lesson_of
from drsn_core.errors import TooLarge

#: Files at once.
MOST_FILES = 300


def show(handout: Handout, words: Words) -> None:
    """The codes on the left, the class on the right."""
    found = asked(handout, words)
    if found is None:
        st.info(words("class.collect.none"))
        return
    question, text, options = found
    st.markdown(f":material/contact_support: **{escaped(text)}**")
    left, right = st.columns([2, 3], gap="large")
    with left:
        codes = [*written(words), *dropped(words)]
        lesson = lesson_of(handout, words) if handout.room.question.text == OF_LESSON else None
        truth = true_value(question, options, lesson, words)
    counted = guesses.tally(codes, question)
    with right:
        if not counted.values:
            st.info(words("class.collect.empty"))
        else:
            outcome(question, options, counted, truth, words)
    with left:
        account(counted, words)


def asked(handout: Handout, words: Words) -> tuple[Question, str, tuple[str, ...]] | None:
    """The question that was handed out, as it is told to learners."""
    question = handout.room.question
    if question is None:
        return None
    if question.text != OF_LESSON:
        return question, question.text, question.options
    lesson = lesson_of(handout, words)
    if lesson is None or lesson.question is None:
        return None
    return lesson.question, lesson.asked, tuple(text for _, text in lesson.choices)


def written(words: Words) -> Iterator[str]:
    """Codes that were pasted."""
    text = st.text_area(
        words("class.codes"),
        value=st.session_state.get("class-codes-kept", ""),
        max_chars=MOST_BYTES // 4,
        height=180,
        placeholder="7K3M-Q0ZD-R5WX",
        key="class-codes",
        help=words("class.codes.hint"),
    )
    st.session_state["class-codes-kept"] = text
    yield from guesses.pasted(text)


def dropped(words: Words) -> Iterator[str]:
    """Codes in files."""
    uploads = st.file_uploader(
        words("class.files"), type=["csv", "txt"], accept_multiple_files=True, key="class-upload", max_upload_size=1
    )
    for upload in uploads[:MOST_FILES]:
        if upload.size > MOST_BYTES:
            st.error(error_text(words, TooLarge(upload.name, upload.size, MOST_BYTES, "bytes")))
        else:
            yield from guesses.in_file(upload.getvalue())


def known(lesson: Lesson | None) -> float | None:
    """The answer to the question of a lesson, as the course computes it; None where it does not know."""
    if lesson is None or not lesson.key:
        return None
    try:
        from app.lessons.answers import ANSWERS, answer
    except ModuleNotFoundError:  # the course is not installed
        return None
    if lesson.key not in ANSWERS:
        return None
    found = answer(lesson.key)
    keys = [key for key, _ in lesson.choices]
    return float(keys.index(found)) if keys else float(found)


def fill_in(key: str, lesson: Lesson, whole: bool) -> None:
    """Put the answer of a lesson into the widget ``key``, from within a callback."""
    found = known(lesson)
    if found is not None:
        st.session_state[key] = int(found) if whole else found


def true_value(question: Question, options: tuple[str, ...], lesson: Lesson | None, words: Words) -> float | None:
    """What is right; the learners' link does not hold it."""
    key = f"class-truth-{question.mark}"
    if lesson is not None and known(lesson) is not None:
        st.button(words("class.truth.lesson"), "class-fill", on_click=fill_in, args=(key, lesson, bool(options)))
    if options:
        place = st.selectbox(
            words("class.truth"),
            range(len(options)),
            index=None,
            format_func=lambda i: options[i],
            placeholder=words("class.truth.choose"),
            key=key,
            help=words("class.truth.hint"),
        )
        return None if place is None else float(place)
    return st.number_input(
        f"{words('class.truth')} {f'({question.unit})' if question.unit else ''}".strip(),
        value=None,
        format="%.4g",
        placeholder=words("class.truth.type"),
        key=key,
        help=words("class.truth.hint"),
    )


def outcome(question: Question, options: tuple[str, ...], counted: Tally, truth: float | None, words: Words) -> None:
    """The figure of the class with its sentence, and the table to take home."""
    look = {"words": words, "theme": frame.theme()}
    if options:
        drawn = figure.bars(counted, options, None if truth is None else int(truth), **look)
    else:
        drawn = figure.histogram(counted, truth, question.unit, **look)
    frame.put(drawn, "guesses", figure.sentence(counted, options, truth, question.unit, words))
    st.download_button(
        words("download.csv"),
        guesses.to_file(Question(question.text, options, question.unit), [(v, "") for v in counted.values]),
        "drsn-guesses.csv",
        "text/csv",
        key="class-table",
        on_click="ignore",
        icon=":material/download:",
    )


def account(counted: Tally, words: Words) -> None:
    """Say what was not counted, and why."""
    if counted.again:
        st.caption(words("class.again", count=counted.again))
    if counted.foreign:
        st.warning(words("class.foreign", count=counted.foreign))
    if counted.broken:
        st.warning(words("class.broken", count=len(counted.broken)))
        st.text(" · ".join(counted.broken[:12]))
