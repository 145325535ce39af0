"""Where a learner is, what was moved, guessed and reached: kept for the session, apart from what other pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

from app.lessons import content
from app.lessons.content import QUESTION, Lesson, State, Step, Value
from drsn_core.recipe import LinkProblem

#: Parts of the link.
LESSON, STEP = "lesson", "step"


@dataclass(frozen=True)
class Place:
    """A lesson and one of its steps, from 0; no lesson is the list of all."""

    slug: str = ""
    step: int = 0

    @property
    def lesson(self) -> Lesson | None:
        return content.find(self.slug)

    def to_query(self) -> dict[str, str]:
        """As parts of a link, in which steps count from 1."""
        return {LESSON: self.slug, STEP: str(self.step + 1)} if self.slug else {}


@dataclass
class Progress:
    """Everything that is remembered of a learner, and nothing else: no recipe, no view.

    Parameters
    ----------
    moved : by lesson and step id what the learner has set in the figure
    guesses : by lesson what was guessed before the answer was shown
    reached : steps whose condition was met, as (lesson, step id)
    """

    moved: dict[tuple[str, str], State] = field(default_factory=dict)
    guesses: dict[str, float | str] = field(default_factory=dict)
    reached: set[tuple[str, str]] = field(default_factory=set)


def progress() -> Progress:
    """What is remembered of this learner."""
    if "learn" not in st.session_state:
        st.session_state["learn"] = Progress()
    found: Progress = st.session_state["learn"]
    return found


def from_query(query: Mapping[str, str]) -> tuple[Place, list[LinkProblem]]:
    """Read the place from a link; a lesson or step that there is not is reported, and the nearest taken."""
    slug, text = query.get(LESSON, ""), query.get(STEP, "1")
    lesson = content.find(slug)
    if lesson is None:
        return Place(), ([LinkProblem(LESSON, slug, "-")] if slug else [])
    count = len(lesson.steps)
    wanted = int(text) if text.isdecimal() and len(text) < 4 else 0
    if 1 <= wanted <= count:
        return Place(slug, wanted - 1), []
    return Place(slug), [LinkProblem(STEP, text[:20], "1")]


def place() -> Place:
    """Where the learner is; the link says it when the page is opened by one."""
    found: Place = st.session_state.get("learn-place", Place())
    return found


def go(to: Place) -> None:
    """Turn to another lesson or step, from within a callback."""
    st.session_state["learn-place"] = to


def turn(by: int) -> None:
    """One step on or back, no further than the lesson goes; from within a callback."""
    now = place()
    if now.lesson is not None:
        go(replace(now, step=min(max(0, now.step + by), len(now.lesson.steps) - 1)))


def revealed(lesson: Lesson) -> bool:
    """Whether the learner has guessed, so that the answer may be seen."""
    return lesson.slug in progress().guesses


def start_of(lesson: Lesson, step: Step) -> State:
    """What the figure shows before the learner moves anything."""
    return lesson.state_of(step, revealed(lesson))


def now(lesson: Lesson, step: Step) -> State:
    """What the figure shows: the state of the step, with what the learner has moved."""
    return {**start_of(lesson, step), **progress().moved.get((lesson.slug, step.id), {})}


def move(lesson: Lesson, step: Step, name: str, value: Value) -> None:
    """Remember what was set; it holds for this step only, and is still there when the learner comes back."""
    progress().moved.setdefault((lesson.slug, step.id), {})[name] = value


def give_back(lesson: Lesson, step: Step) -> None:
    """Set the figure of a step as it was at its beginning."""
    progress().moved.pop((lesson.slug, step.id), None)
    st.session_state["learn-looks"] = st.session_state.get("learn-looks", 0) + 1


def guess(lesson: Lesson, value: float | str) -> None:
    """Keep a guess; from now on the answer is shown, and the figure shows what belongs to it."""
    progress().guesses[lesson.slug] = value
    give_back(lesson, next(step for step in lesson.steps if step.id == QUESTION))


def ask_again(lesson: Lesson) -> None:
    """Forget the guess."""
    progress().guesses.pop(lesson.slug, None)
    give_back(lesson, next(step for step in lesson.steps if step.id == QUESTION))
