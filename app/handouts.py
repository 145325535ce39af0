"""What a teacher hands out: a link to a page or a lesson, as a picture too, with the room that learners find there."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app import classroom
from app.classroom import CONTROLS, OPEN, Room
from app.guesses import Question
from app.i18n import TEXTS, Language
from drsn_core.errors import quote
from drsn_core.recipe import LinkProblem

#: Pages that can be handed out, by their addresses; the one for signals is the first that a visitor meets.
PAGES = ("denoise", "images", "diagnose", "inside", "compare", "train", "play")
FIRST = "denoise"

#: Controls that a page has, of those that can be hidden; methods of pages with networks are these.
HAS = {
    "denoise": CONTROLS,
    "images": CONTROLS,
    "diagnose": ("source", "noise", "a", "more"),
    "inside": ("source", "noise", "a", "more"),
    "compare": ("source", "noise", "more"),
    "train": ("noise", "a", "b", "more"),
    "play": ("a", "b", "more"),
}

#: Lessons are handed out by this page.
LEARN = "learn"

#: Parts of the teacher's own link: those of the learners', with this before them, and the page.
PREFIX = "h."

#: Letters of a link that still fit into a picture of squares which a phone reads from a wall.
READABLE = 1200


@dataclass(frozen=True)
class Lesson:
    """What is to be known of a lesson here: its title and the choices of its question, in one language.

    Parameters
    ----------
    slug : name of its folder, without the number before it
    steps : ids of its steps
    key : of the answer to its question, "" if it has none
    asked : what the question asks
    choices : keys and texts; none if its question is for a number
    """

    slug: str
    title: str
    steps: tuple[str, ...]
    key: str = ""
    asked: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def question(self) -> Question | None:
        """Its question as one that a class answers; the same in every language, for codes name the lesson."""
        if not self.key:
            return None
        return Question(self.slug, tuple(key for key, _ in self.choices))


@functools.cache
def lessons(lang: Language) -> tuple[Lesson, ...]:
    """All lessons there are, in their order; none where the course is not installed."""
    folders = sorted((TEXTS / "lessons").glob("*/lesson.toml"))
    return tuple(_lesson(file.parent, tomllib.loads(file.read_text("utf-8")), lang) for file in folders)


def _lesson(folder: Any, table: Mapping[str, Any], lang: Language) -> Lesson:
    prose = (folder / f"{lang}.md").read_text("utf-8")
    title = re.search(r"^# (.+)$", prose, flags=re.MULTILINE)
    parts = re.split(r"^## +(\S+) *$", prose, flags=re.MULTILINE)
    sections = {name: _last(text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    question = table.get("question", {})
    slug = re.sub(r"^\d+-", "", folder.name)
    return Lesson(
        slug,
        title[1].strip() if title else slug,
        tuple(step["id"] for step in table.get("steps", [])),
        str(question.get("answer", "")),
        sections.get("question", ""),
        tuple((key, sections.get(f"a-{key}", key)) for key in question.get("choices", [])),
    )


def _last(section: str) -> str:
    """The last paragraph of a section, which asks, on one line; what the lesson fills in is left open."""
    paragraph = re.split(r"\n\s*\n", section.strip())[-1]
    return " ".join(re.sub(r"\{\{.*?\}\}", "…", paragraph).replace("**", "").split())


@dataclass(frozen=True)
class Handout:
    """A page, or a step of a lesson, and the room that learners find there."""

    page: str = FIRST
    lesson: str = ""
    step: int = 1
    room: Room = OPEN


#: The text of a question that stands for the one of the lesson.
OF_LESSON = "*"


def to_query(handout: Handout) -> dict[str, str]:
    """Write a handout as parts of the teacher's own link."""
    where = {"page": handout.page} if not handout.lesson else {"lesson": handout.lesson, "step": str(handout.step)}
    return {f"{PREFIX}{part}": value for part, value in (where | classroom.to_query(handout.room)).items()}


def from_query(query: Mapping[str, str]) -> tuple[Handout, list[LinkProblem]]:
    """Read a handout from the teacher's own link; what is not understood is left out and reported."""
    parts = {part.removeprefix(PREFIX): value for part, value in query.items() if part.startswith(PREFIX)}
    room, problems = classroom.from_query(parts)
    handout = Handout(room=room)
    known = {lesson.slug: lesson for lesson in lessons("en")}
    slug, page = parts.get("lesson", ""), parts.get("page", FIRST)
    if slug in known:
        step = parts.get("step", "1")
        good = step.isascii() and step.isdigit() and len(step) < 4 and 1 <= int(step) <= len(known[slug].steps)
        handout = replace(handout, lesson=slug, step=int(step) if good else 1)
    elif slug:
        problems.append(LinkProblem("lesson", quote(slug), "-"))
    if page in PAGES:
        handout = replace(handout, page=page)
    else:
        problems.append(LinkProblem("page", quote(page), FIRST))
    problems = [one._replace(part=PREFIX + one.part) for one in problems]
    return handout, problems


def link(handout: Handout, base: str, state: Mapping[str, str]) -> str:
    """The address that learners open.

    Parameters
    ----------
    base : address of the Studio, with a slash at its end
    state : parts of the link of the page itself: experiment, view, language
    """
    room = classroom.to_query(handout.room)
    if handout.lesson:
        parts = {"lang": state["lang"], "lesson": handout.lesson, "step": str(handout.step)}
        return f"{base}{LEARN}?{urlencode(parts | room)}"
    path = "" if handout.page == FIRST else handout.page
    return f"{base}{path}?{urlencode({**state, **room})}"


def squares(text: str) -> str | None:
    """A link as a QR code, an SVG picture of dark squares on white with the margin that readers need.

    None if the link is too long for one.
    """
    import segno  # needed on one page, after the first picture

    try:
        code = segno.make(text, micro=False, error="l", boost_error=True)
    except segno.DataOverflowError:
        return None
    picture: str = code.svg_inline(scale=8, border=4, dark="#000", light="#fff", omitsize=False)
    return picture
