"""Live figures of the lessons: what can be moved in them, what the core computes for that, and what draws it.

To add a kind: a module in `experiments` that observes, a function in `app.figures` that draws, a line in
`app.lessons.kinds.KINDS`, a sentence ``learn.figure.<kind>``, and names for controls that are new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from app.figures.style import Theme
from app.i18n import Words
from app.lessons import blanks
from app.lessons.content import State
from app.lessons.controls import Control, checked
from app.lessons.observed import Observed

Draw = Callable[[Observed, Words, Theme], go.Figure]


@dataclass(frozen=True)
class Kind:
    """One kind of live figure.

    Parameters
    ----------
    controls : everything that can be set in it, with its range; a step offers at most three
    observe : computes what it shows, from a complete state; knows no words
    draw : makes the figure, from what was observed
    work : for figures that take long: yields part after part, when the learner wishes so; ``observe`` then
        tells what is seen before
    worked : what is seen after some parts
    """

    controls: Mapping[str, Control]
    observe: Callable[..., Observed]
    draw: Draw
    work: Callable[..., Iterator[Any]] | None = None
    worked: Callable[[list[Any], State], Observed] | None = None

    def complete(self, state: State) -> State:
        """Every control with its value: that of ``state``, else its own.

        Raises
        ------
        DrsnError
            If a value is none that the control can take, or there is no such control.
        """
        return checked(self.controls, state)


def sentence(kind: str, seen: Observed, words: Words) -> str:
    """Say in one sentence what a figure shows: its caption and its alternative text."""
    return words(f"learn.figure.{seen.said or kind}", **blanks.named(seen.facts, words))
