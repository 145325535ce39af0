"""What a teacher's link does to a page: controls that are hidden or locked, larger type, a question to answer.

Hiding a control leaves its value as the link sets it, and never hides what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from app.guesses import LONGEST, MOST_OPTIONS, Question
from drsn_core.errors import quote
from drsn_core.recipe import LinkProblem

#: Controls that can be hidden: signal or picture, noise, the two methods, and all that is behind "More".
CONTROLS = ("source", "noise", "a", "b", "more")

#: What can be shown and yet not changed.
LOCKS = ("noise", "seed")

#: Parts of the link.
PARTS = ("hide", "lock", "big", "ask", "options", "unit")
SEPARATOR = "|"


@dataclass(frozen=True)
class Room:
    """How pages are seen in a class."""

    hide: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    big: bool = False
    question: Question | None = None


OPEN = Room()


def to_query(room: Room) -> dict[str, str]:
    """Write what differs from a page outside of a class."""
    query = {"hide": ",".join(room.hide), "lock": ",".join(room.lock), "big": "1" if room.big else ""}
    if room.question is not None:
        query["ask"] = room.question.text
        query["options"] = SEPARATOR.join(room.question.options)
        query["unit"] = room.question.unit
    return {part: value for part, value in query.items() if value}


def from_query(query: Mapping[str, str]) -> tuple[Room, list[LinkProblem]]:
    """Read a room from a link, whatever it holds; what is not understood is left out and reported."""
    problems: list[LinkProblem] = []

    def some(part: str, legal: tuple[str, ...]) -> tuple[str, ...]:
        asked = [name for name in query.get(part, "").split(",") if name]
        problems.extend(LinkProblem(part, quote(name), "-") for name in asked[:9] if name not in legal)
        return tuple(name for name in legal if name in asked)

    big = query.get("big", "0")
    if big not in ("0", "1"):
        problems.append(LinkProblem("big", quote(big), "0"))
    question = None
    if query.get("ask", "").strip():
        question = asked(query["ask"], query.get("options", "").split(SEPARATOR), query.get("unit", ""))
    return Room(some("hide", CONTROLS), some("lock", LOCKS), big == "1", question), problems


def asked(text: str, options: list[str], unit: str) -> Question | None:
    """A question from what somebody wrote: on one line, not too long; None if nothing is asked.

    One choice is none: then a number is asked for.
    """
    text = line(text)
    kept = tuple(dict.fromkeys(filter(None, (line(one) for one in options))))[:MOST_OPTIONS]
    if not text:
        return None
    return Question(text, kept) if len(kept) > 1 else Question(text, unit=line(unit)[:40])


def line(text: str) -> str:
    """A text on one line, at most `LONGEST` letters, without the sign that separates choices."""
    return " ".join(text.replace(SEPARATOR, "/").split())[:LONGEST]


def current() -> Room:
    """The room of this session; the open one where no link has said otherwise."""
    room: Room = st.session_state.get("room", OPEN)
    return room


def hides(control: str) -> bool:
    return control in current().hide


def locks(what: str) -> bool:
    return what in current().lock
