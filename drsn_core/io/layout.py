"""How a table of numbers is written in text: separator, decimal mark, header, columns.

The layout that explains most of the first lines wins. It is noted with the data, since a guess that nobody sees is how
wrong numbers arise.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import isnan, nan

from drsn_core.errors import NoNumbers, TooLarge
from drsn_core.io import limits
from drsn_core.io.parsed import label

#: Separator and decimal mark, the preferred first where several explain the text equally well; "" is one number a line.
MARKS = (
    ("", "."),
    (";", "."),
    (";", ","),
    ("\t", "."),
    ("\t", ","),
    ("|", "."),
    ("|", ","),
    (",", "."),
    (" ", "."),
    (" ", ","),
)
GAPS = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "?"})
#: Numbers with grouped digits, by their decimal mark: 1,234.5 and 1 234.5; 1.234,5 and 1 234,5.
GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?|[+-]?\d{1,3}([ '\u00a0\u202f]\d{3})+(\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?|[+-]?\d{1,3}([ '\u00a0\u202f]\d{3})+(,\d*)?"),
}
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
#: Lines looked at; the last of them, cut to a width, for the marks.
SAMPLE_LINES, MARK_LINES, SAMPLE_WIDTH = 200, 50, 4000
WIDEST_UNIT = 12


@dataclass(frozen=True)
class Layout:
    """How a table is written: marks, the columns that hold numbers, where they start, what they are called."""

    separator: str
    decimal: str
    width: int
    numeric: tuple[int, ...]
    dates: frozenset[int]
    first: int
    header: tuple[str, ...] | None


def find_layout(lines: Iterator[str], name: str) -> Layout:
    """Look at the first lines of a text.

    Raises
    ------
    NoNumbers, TooLarge
        No line, or no column, is numbers; there are too many columns.
    """
    sample = _sample(lines)
    separator, decimal = _marks([line[:SAMPLE_WIDTH] for line in sample[-MARK_LINES:]])
    rows = [_split(line, separator) for line in sample]
    widest = max(map(len, rows), default=0)
    if widest > limits.MAX_COLUMNS:
        raise TooLarge("The table", widest, limits.MAX_COLUMNS, "columns")
    values = [[number(cell, decimal) for cell in row] for row in rows]
    widths = Counter(len(row) for row in values if any(v is not None and not isnan(v) for v in row))
    if not widths:
        raise NoNumbers(name, "no line of it is numbers")
    width = widths.most_common(1)[0][0]
    alike = [i for i, row in enumerate(values) if len(row) == width]
    numeric = tuple(j for j in range(width) if _is_numeric([values[i][j] for i in alike]))
    first = next((i for i in alike if numeric and all(values[i][j] is not None for j in numeric)), None)
    if first is None:
        raise NoNumbers(name, "no column of it is numbers")
    dates = frozenset(j for j in numeric if DATE.fullmatch(rows[first][j].strip()))
    return Layout(separator, decimal, width, numeric, dates, first, _header(rows[:first], width))


def _sample(lines: Iterator[str]) -> list[str]:
    """The first lines, enough to see how the table is written."""
    seen, characters = [], 0
    for line in islice(lines, SAMPLE_LINES):
        seen.append(line)
        characters += len(line)
        if characters > MARK_LINES * SAMPLE_WIDTH and len(seen) > 2:
            break
    return seen


def _split(line: str, separator: str) -> list[str]:
    if not separator:
        return [line]
    if separator == " ":
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def number(cell: str, decimal: str) -> float | None:
    """Value of a cell; NaN for a gap, seconds since 1970 for a date, None for other text."""
    cell = cell.strip().replace("\u2212", "-")
    if cell.lower() in GAPS:
        return nan
    if GROUPED[decimal].fullmatch(cell):
        cell = re.sub(r"[,'\s]" if decimal == "." else r"[.'\s]", "", cell)
    if ("," if decimal == "." else ".") in cell or "_" in cell:
        return None
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return _date(cell)


def _date(cell: str) -> float | None:
    if not DATE.fullmatch(cell):
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _score(cells: Sequence[str], decimal: str) -> float:
    """How well a layout explains a line: numbers count for it, text against it.

    Grouped digits count a little less: "1,234;5,678" has decimal commas, since nobody needs the semicolon otherwise.
    """
    score = 0.0
    for cell in cells:
        value = number(cell, decimal)
        if value is None:
            score -= 0.5
        elif not isnan(value):
            score += 0.9 if GROUPED[decimal].fullmatch(cell.strip()) else 1
    return score


def _marks(sample: list[str]) -> tuple[str, str]:
    """The separator and decimal mark that explain most of the text."""
    best = max(MARKS, key=lambda marks: sum(_score(_split(line, marks[0]), marks[1]) for line in sample))
    if best == (",", "."):
        # "1,05" is either 1.05 or the pair (1, 05); nobody writes 05, nor -0, for an integer.
        pairs = [cells for line in sample if len(cells := _split(line, ",")) == 2]
        whole = len(pairs) == len(sample) and all(
            cell.strip().lstrip("+-").isdigit() for pair in pairs for cell in pair
        )
        if whole and any(a.strip() == "-0" or (b[:1] == "0" and len(b) > 1) for a, b in pairs):
            return "", ","
    return best


def _is_numeric(column: list[float | None]) -> bool:
    values = [value for value in column if value is not None]
    return not all(map(isnan, values)) and len(values) >= len(column) - len(values)


def _header(above: list[list[str]], width: int) -> tuple[str, ...] | None:
    """Names of the columns from the line above the numbers, with units if these have a line of their own."""
    if not above or abs(len(above[-1]) - width) > 1:
        return None
    names = above[-1]
    if _has_units(above, width):
        units = [cell.strip().strip("()[]") for cell in names]
        names = [f"{cell.strip()} [{unit}]" if unit else cell for cell, unit in zip(above[-2], units, strict=True)]
    names = [_unescaped(label(cell)) for cell in names] + [""] * (width - len(names))
    return tuple(names[:width])


def _has_units(above: list[list[str]], width: int) -> bool:
    """Say whether the last line above the numbers is units, and the one before it names."""
    if width < 2 or len(above) < 2 or len(above[-2]) != len(above[-1]):
        return False
    return all(cell.strip() for cell in above[-2]) and all(len(cell) <= WIDEST_UNIT for cell in above[-1])


def _unescaped(cell: str) -> str:
    """Take off the mark that keeps spreadsheets from running a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell
