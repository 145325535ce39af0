"""The controls that a step of a lesson offers."""

from __future__ import annotations

import streamlit as st

from app import state
from app.components import bars
from app.figures.style import ROLES
from app.i18n import Words
from app.lessons import progress
from app.lessons.content import Lesson, State, Step, Value
from app.lessons.controls import Bars, Choice, Slider
from app.lessons.kinds import KINDS


def show(lesson: Lesson, step: Step, words: Words) -> None:
    """Let the learner move what this step offers; what is moved is remembered for this step alone."""
    if not step.controls:
        return
    shown = KINDS[lesson.figure_of(step)].complete(progress.now(lesson, step))
    drawn = [name for name in step.controls if isinstance(KINDS[lesson.figure_of(step)].controls[name], Bars)]
    for name in drawn:
        control(lesson, step, name, shown, words, 1)
    others = [name for name in step.controls if name not in drawn]
    for column, name in zip(st.columns(len(others)) if others else [], others, strict=True):
        with column:
            control(lesson, step, name, shown, words, len(others))
    if progress.progress().moved.get((lesson.slug, step.id)):
        st.button(
            words("learn.give-back"),
            key="learn-give-back",
            type="tertiary",
            icon=":material/undo:",
            on_click=progress.give_back,
            args=(lesson, step),
        )


def control(lesson: Lesson, step: Step, name: str, shown: State, words: Words, beside: int) -> None:
    """One control, which shows its value; ``beside`` controls share the width."""
    kind, label = KINDS[lesson.figure_of(step)].controls[name], words(f"learn.control.{name}")
    key = state.key(f"lesson-{lesson.slug}-{step.id}-{name}-{st.session_state.get('learn-looks', 0)}")

    def moved() -> None:
        value: Value | None = st.session_state[key]
        if value is not None:
            progress.move(lesson, step, name, value)

    value = shown[name]
    if isinstance(kind, Slider):
        digits = "%g" if kind.step >= 1 else "%.2f"
        percent = kind.unit.replace("%", "%%")
        st.slider(
            label,
            kind.low,
            kind.high,
            float(value),  # type: ignore[arg-type]
            kind.step,
            format=f"{digits} {percent}".strip(),
            key=key,
            on_change=moved,
        )
    elif isinstance(kind, Choice):
        many = len(kind.options) * beside > 6
        pick = st.selectbox if many else st.segmented_control
        more = {"index": kind.options.index(str(value))} if many else {"default": value, "required": True}
        pick(
            label,
            kind.options,
            format_func=lambda option: words(f"{kind.names}.{option}"),
            key=key,
            on_change=moved,
            **more,  # type: ignore[arg-type]
        )
    else:
        st.caption(f"{label}: {words('learn.bars.hint')}")
        bars.show(
            value,  # type: ignore[arg-type]
            low=kind.low,
            high=kind.high,
            step=kind.step,
            label=label,
            each=words("learn.bars.each"),
            color=ROLES["noisy"].color,
            key=key,
            changed=lambda numbers: progress.move(lesson, step, name, numbers),
        )
