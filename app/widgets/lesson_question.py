"""Predict, then reveal: the guess comes first, then what the core computes."""

from __future__ import annotations

import streamlit as st

from app import state
from app.i18n import Words
from app.lessons import answers, content, progress
from app.lessons.blanks import Facts, fill, number
from app.lessons.content import Lesson

#: What stands before the answer: right, and not.
RIGHT, WRONG = ":material/check_circle:", ":material/lightbulb:"


def show(lesson: Lesson, facts: Facts, words: Words) -> None:
    """Ask, and after the guess say what is right and why.

    Parameters
    ----------
    facts : of the figure as it is once the answer is shown, for the blanks
    """
    if progress.revealed(lesson):
        tell(lesson, facts, words)
    else:
        ask(lesson, facts, words)


def ask(lesson: Lesson, facts: Facts, words: Words) -> None:
    """Take a guess; the answer stays hidden until there is one."""
    question, text = lesson.question, content.prose(lesson, words.lang)
    key = state.key(f"guess-{lesson.slug}")
    guess: float | str | None
    if question.choices:
        guess = st.radio(
            words("learn.question.choose"),
            question.choices,
            index=None,
            format_func=lambda choice: fill(text.sections[f"a-{choice}"], facts, words),
            key=key,
        )
    else:
        guess = st.number_input(
            words("learn.question.number"),
            question.low,
            question.high,
            None,
            question.step,
            key=key,
            placeholder=words("learn.question.placeholder"),
        )
    st.button(
        words("learn.question.reveal"),
        key="learn-reveal",
        type="primary",
        disabled=guess is None,
        on_click=progress.guess,
        args=(lesson, guess),
        help=words("learn.question.first") if guess is None else None,
    )


def tell(lesson: Lesson, facts: Facts, words: Words) -> None:
    """The guess, what is right, and why."""
    question, text = lesson.question, content.prose(lesson, words.lang)
    guess, right = progress.progress().guesses[lesson.slug], answers.answer(question.answer)

    def named(value: float | str) -> str:
        return fill(text.sections[f"a-{value}"], facts, words) if question.choices else number(float(value), ".4g")

    if question.right(guess, right):
        st.success(words("learn.question.right", answer=named(right)), icon=RIGHT)
    else:
        st.info(words("learn.question.wrong", guess=named(guess), answer=named(right)), icon=WRONG)
    st.markdown(fill(text.sections["right"], facts, words))
    st.button(
        words("learn.question.again"),
        key="learn-ask-again",
        type="tertiary",
        icon=":material/replay:",
        on_click=progress.ask_again,
        args=(lesson,),
    )
