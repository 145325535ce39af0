"""A teacher's question above a page: the learner's guess becomes a code to pass on."""

from __future__ import annotations

import secrets

import streamlit as st

from app import classroom, guesses, handouts
from app.guesses import WHO, Question
from app.handouts import OF_LESSON
from app.i18n import Words, error_text, escaped
from drsn_core.errors import BadParameter

#: What is drawn for a learner, once a session, and the widget in which a guess is made.
_WHO, _GUESS = "guess-who", "guess-made"


def ask(words: Words) -> None:
    """Show the question of the room, if there is one, and turn the guess into a code."""
    found = asked(words)
    if found is None:
        return
    question, text, options = found
    with st.container(border=True, key="class-question"):
        st.markdown(f":material/contact_support: **{escaped(text)}**")
        mine: tuple[str, float] | None = st.session_state.get(f"guess-{question.mark}")
        refused: BadParameter | None = st.session_state.pop("guess-refused", None)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            pick(question, options, words)
            st.button(words("ask.code"), key="ask-code", on_click=keep, args=(question,))
            if mine is not None:
                hand_over(question, *mine, words)
        if refused is not None:
            st.error(error_text(words, refused))
        if mine is None:
            st.caption(words("ask.hint"))
        else:
            guess = options[int(mine[1])] if options else f"{mine[1]:g} {question.unit}".strip()
            st.caption(words("ask.told", guess=escaped(guess)))


def hand_over(question: Question, code: str, value: float, words: Words) -> None:
    """The code, to be copied or read aloud, and the same as a file."""
    st.code(code, language=None, width="content")
    st.download_button(
        words("ask.file"),
        guesses.to_file(question, [(value, code)]),
        f"guess-{code}.csv",
        "text/csv",
        key="guess-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def asked(words: Words) -> tuple[Question, str, tuple[str, ...]] | None:
    """The question of the room, its text and its choices, those of a lesson in the reader's language."""
    question = classroom.current().question
    if question is None:
        return None
    slug = question.unit
    if question.text != OF_LESSON:
        return question, question.text, question.options
    lesson = next((one for one in handouts.lessons(words.lang) if one.slug == slug), None)
    if lesson is None or lesson.question is None:
        return None
    return lesson.question, lesson.asked, tuple(text for _, text in lesson.choices)


def pick(question: Question, options: tuple[str, ...], words: Words) -> None:
    """Choose or type a guess; it is kept under `_GUESS`."""
    if question.options:
        st.radio(
            words("ask.guess"),
            range(len(options)),
            index=None,
            format_func=lambda i: escaped(options[i]),
            key=_GUESS,
            horizontal=max(map(len, options)) < 30,
            label_visibility="collapsed",
        )
        return
    unit = f"({question.unit})" if question.unit else ""
    st.number_input(f"{words('ask.guess')} {escaped(unit)}".strip(), value=None, format="%.4g", key=_GUESS, width=240)


def keep(question: Question) -> None:
    """Make the code of the guess, from within a callback; whoever guesses again is still the same."""
    guess = st.session_state[_GUESS]
    if guess is None:
        return
    who = st.session_state.setdefault(_WHO, secrets.randbelow(2**WHO))
    try:
        code = guesses.encode(question, guess, who)
    except BadParameter as error:
        st.session_state["guess-refused"] = error
        return
    found = guesses.read(code)
    assert found is not None
    st.session_state[f"guess-{question.mark}"] = (code, found.value)
