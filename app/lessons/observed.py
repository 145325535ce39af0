"""What a live figure shows, computed by the core: facts with names, and whatever is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.lessons.blanks import Facts


@dataclass(frozen=True, eq=False)
class Observed:
    """The state of a figure, computed.

    Parameters
    ----------
    facts : numbers and names that prose, captions, conditions and answers may use
    drawn : what only the drawing function needs
    said : which sentence describes it, where a kind has several: ``learn.figure.<said>``
    """

    facts: Facts
    drawn: Any = field(default=None)
    said: str = ""
