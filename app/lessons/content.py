"""Lessons as data: read from ``texts/lessons/<nn-slug>/``, checked, and handed out.

``lesson.toml`` holds the steps, ``en.md`` and ``zh.md`` the prose, ``guide.en.md`` and ``guide.zh.md`` what a teacher
may want to know. A section of the prose begins with ``## <id>``; both languages have the same ids:

- one for each step,
- ``right``, said after the question was answered, and ``a-<choice>`` for each of its choices,
- ``simplifies``, one line.

Before the first section stand the title (``# ...``) and the idea of the lesson in one sentence.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.i18n import TEXTS, Language

FOLDER = TEXTS / "lessons"

#: A value of a figure's state: what a slider or a choice holds, or the numbers of bars that can be dragged.
Value = float | str | tuple[float, ...]
State = dict[str, Value]

#: Steps with these ids have a role: the first asks to predict, the second to do something.
QUESTION, CHECK = "question", "check"


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(Strict):
    """When a step is done: a fact of its figure lies between two bounds, which belong to it."""

    fact: str
    at_least: float = float("-inf")
    at_most: float = float("inf")

    def met(self, facts: Mapping[str, object]) -> bool:
        value = facts[self.fact]
        return isinstance(value, int | float) and self.at_least <= value <= self.at_most


class Step(Strict):
    """One screen of a lesson.

    Parameters
    ----------
    state : what it sets in the figure, on top of the state of the lesson
    controls : what the learner may move
    figure : another kind than the lesson's; "" for the same
    highlight : a part of the figure that the text speaks of; "" for all of it
    done : what is to be reached; None where reading is enough
    solution : a state of the controls that meets ``done``, for the teacher and the test
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    state: State = {}
    controls: tuple[str, ...] = Field(default=(), max_length=3)
    figure: str = ""
    highlight: str = ""
    done: Condition | None = None
    solution: State = {}


class Question(Strict):
    """Predict, then reveal.

    Parameters
    ----------
    answer : key of `app.lessons.answers.ANSWERS`, which computes what is right
    choices : ids of what can be chosen; none where a number is asked for
    within : how far a number may be from the right one
    low, high, step : of the number that can be entered
    reveal : what the figure shows once the guess is made, on top of the state of its step
    """

    answer: str
    choices: tuple[str, ...] = ()
    within: float = 0.0
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0
    reveal: State = {}

    def right(self, guess: float | str, answer: float | str) -> bool:
        """Whether a guess counts as right."""
        if self.choices:
            return guess == answer
        return abs(float(guess) - float(answer)) <= self.within + 1e-9


class Lesson(Strict):
    """A lesson without its prose; ``number`` and ``slug`` are those of its folder, "03-soft" being number 3.

    Parameters
    ----------
    figure : key of `app.lessons.kinds.KINDS`
    minutes : that it takes a class
    part : under which heading it stands in the list; a key of the texts ``learn.part``
    words : terms of the glossary
    """

    number: int
    slug: str
    figure: str
    part: str
    minutes: int = Field(ge=1, le=60)
    words: tuple[str, ...]
    state: State = {}
    steps: tuple[Step, ...] = Field(min_length=3, max_length=8)
    question: Question

    def __hash__(self) -> int:
        return hash(self.slug)

    @property
    def folder(self) -> Path:
        return FOLDER / f"{self.number:02d}-{self.slug}"

    def figure_of(self, step: Step) -> str:
        """Which kind of figure a step shows."""
        return step.figure or self.figure

    def state_of(self, step: Step, revealed: bool = False) -> State:
        """What the figure shows when a step begins, or when its question has been answered."""
        more = self.question.reveal if revealed and step.id == QUESTION else {}
        own = self.state if self.figure_of(step) == self.figure else {}
        return {**own, **step.state, **more}

    def guide(self, lang: Language) -> str:
        """Two pages for the teacher, as Markdown."""
        return (self.folder / f"guide.{lang}.md").read_text(encoding="utf-8")


class Prose(NamedTuple):
    """The text of a lesson in one language, with its blanks not yet filled in."""

    title: str
    idea: str
    sections: Mapping[str, str]


_FOLDER_NAME = re.compile(r"(\d\d)-([a-z][a-z0-9-]*)")


@functools.cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons in their order.

    Raises
    ------
    pydantic.ValidationError
        If a file is not as it should be; a mistake of ours, which the tests look for.
    """
    found = []
    for folder in sorted(FOLDER.iterdir()):
        if match := _FOLDER_NAME.fullmatch(folder.name):
            plain = tomllib.loads((folder / "lesson.toml").read_text(encoding="utf-8"))
            found.append(Lesson.model_validate({"number": int(match[1]), "slug": match[2], **plain}))
    return tuple(found)


def find(slug: str) -> Lesson | None:
    """The lesson of a link, if there is one."""
    return next((lesson for lesson in lessons() if lesson.slug == slug), None)


@functools.cache
def prose(lesson: Lesson, lang: Language) -> Prose:
    """Read the text of a lesson."""
    head, *parts = re.split(r"^## ", (lesson.folder / f"{lang}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    title, _, idea = head.strip().partition("\n")
    sections = {}
    for part in parts:
        name, _, text = part.partition("\n")
        sections[name.strip()] = text.strip()
    return Prose(title.removeprefix("# ").strip(), idea.strip(), sections)
