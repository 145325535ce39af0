"""Numbers in the prose: blanks that are filled with what the core computed, never typed.

A blank is ``{{name}}``, or ``{{name:.2f}}`` with a format; two braces, because formulas have single ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.i18n import Words

BLANK = re.compile(r"\{\{(\w+)(?::([^{}]+))?\}\}")

#: What a figure tells of itself: numbers, and keys of texts for what has a name.
Facts = Mapping[str, float | int | str]


def fill(text: str, facts: Facts, words: Words) -> str:
    """Put facts into their blanks.

    Raises
    ------
    KeyError
        If the figure has no such fact; a mistake of ours, which the tests look for.

    Examples
    --------
    >>> fill("at {{snr_db:g}} dB: $x={{x:.1f}}$", {"snr_db": 5.0, "x": 2 / 3}, Words("en"))
    'at 5 dB: $x=0.7$'
    """

    def one(match: re.Match[str]) -> str:
        value = facts[match[1]]
        return said(value, words) if isinstance(value, str) else number(value, match[2] or "g")

    return BLANK.sub(one, text)


def number(value: float, form: str) -> str:
    """Write a number for a reader: with a minus that is no hyphen."""
    written = format(value, form)
    return "−" + written[1:] if written.startswith("-") else written


def said(fact: str, words: Words) -> str:
    """What a fact that is no number goes by: the text of this key."""
    return words(fact)


def named(facts: Facts, words: Words) -> dict[str, float | int | str]:
    """Facts with the names of what has one, for a sentence."""
    return {name: said(value, words) if isinstance(value, str) else value for name, value in facts.items()}


def blanks(text: str) -> Iterator[str]:
    """Names of the facts that a text asks for."""
    return (match[1] for match in BLANK.finditer(text))
