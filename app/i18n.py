"""Every word that a reader sees, by key, in English and 中文.

The words are in ``texts/ui/*.toml``, a file for every page and one for what pages share, and in
``texts/glossary.toml``: a table with ``en`` and ``zh`` is one text, and its key is its path, so ``[source.title]`` is
read as ``words("source.title")``. Terms of the glossary are under ``glossary.``.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from drsn_core.errors import DrsnError

Language = Literal["en", "zh"]

LANGUAGES: dict[Language, str] = {"en": "English", "zh": "中文"}

TEXTS = Path(__file__).parent / "texts"


class MissingText(KeyError):
    """A key that no table has; a mistake of ours, which the tests look for."""

    def __str__(self) -> str:
        return f"there is no text {self.args[0]!r} in {TEXTS}"


def _leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every table that holds a text, with its path; texts and further tables may share one table."""
    here = {name: value for name, value in table.items() if isinstance(value, str)}
    if here:
        yield path, here
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}.{name}" if path else name)


@functools.cache
def catalog() -> Mapping[str, Mapping[str, str]]:
    """Every text in every language, by key; read from the package once."""
    texts = {key: text for file in sorted((TEXTS / "ui").glob("*.toml")) for key, text in tables(file)}
    return MappingProxyType(texts | dict(tables(TEXTS / "glossary.toml", "glossary")))


def tables(file: Path, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """The texts of one file, with their keys."""
    return _leaves(tomllib.loads(file.read_text(encoding="utf-8")), path)


@dataclass(frozen=True)
class Words:
    """All texts in one language; hashable, so that a figure can be cached with it.

    Examples
    --------
    >>> Words("zh")("noise.title")
    '噪声'
    >>> Words("en")("score.value.db", value=12.34)
    '12.3 dB'
    """

    lang: Language

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the text ``key`` with its ``facts`` put in, as by ``str.format``; raises `MissingText`."""
        if key not in catalog():
            raise MissingText(key)
        return catalog()[key][self.lang].format(**facts)

    def __contains__(self, key: str) -> bool:
        return key in catalog()


def first_guess(locale: str | None) -> Language:
    """Choose a language for a browser's locale, such as "zh-CN": Chinese for any Chinese, else English."""
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def escaped(text: str) -> str:
    """A stranger's text for a place that shows Markdown: no sign in it makes a link, a picture, a formula or HTML."""
    return re.sub(r"([\\`*_\[\]<>$~!:#|])", r"\\\1", text)


def error_text(words: Words, error: DrsnError) -> str:
    """Say an error in the reader's language.

    The text is that of the error's class, or of the nearest parent that has one. A fact whose value has a name is
    called by it: ``parameter="level"`` is shown as ``parameter.level``. Other text is `escaped`.
    """
    named = {
        fact: _called(fact, value, words) if isinstance(value, str) else value for fact, value in error.facts.items()
    }
    key = next(key for kind in type(error).__mro__ if (key := f"errors.{kind.__name__}") in words)
    return words(key, **({"detail": escaped(str(error))} | named))


def _called(fact: str, value: str, words: Words) -> str:
    return words(f"{fact}.{value}") if f"{fact}.{value}" in words else escaped(value)
