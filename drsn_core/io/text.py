"""Tables of numbers in text: whichever separator, decimal mark and header they have.

What is found is noted, so that the reader sees it: a guess that nobody sees is how wrong numbers arise. Only Python's
csv module and ``float`` read here; pandas takes quadratic time over a row of equal names, and eats a first row of
numbers as header.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from math import isnan

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import Origin
from drsn_core.errors import DamagedFile, NoNumbers, TooLarge, quote
from drsn_core.io import limits
from drsn_core.io.formats import encoding
from drsn_core.io.parsed import Parsed, label, shown
from drsn_core.io.timeline import is_time, rate_of, seconds_in, split_unit

#: In order of preference where several explain the text equally well; "" is one number a line.
LAYOUTS = (
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
COMMENTS = ("#", "%", "//")
GAPS = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "?"})
GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?|[+-]?\d{1,3}([ '\u00a0\u202f]\d{3})+(\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}([.]\d{3})+(,\d*)?|[+-]?\d{1,3}([ '\u00a0\u202f]\d{3})+(,\d*)?"),
}
LONG = re.compile(rf"[0-9.]{{{limits.MAX_NUMBER + 1},}}")
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
RATE = re.compile(
    r"(?:\bfs|\brate(?:_hz)?|\bsr|sampl(?:e|ing)[ _](?:rate|frequency))\s*(?:[\[(]?Hz[\])]?)?\s*[:=]\s*([\d.eE+]+)",
    re.I,
)
#: Lines looked at for the layout, and characters of each.
SAMPLE_LINES, SAMPLE_WIDTH = 200, 4000
SHORTEST_GRID = 4
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


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read a table; its columns are channels, but for a time column, which sets the rate."""
    codec = encoding(data) or "latin-1"
    text = data.decode(codec)
    if (long := LONG.search(text)) is not None:
        raise TooLarge("A number", long.end() - long.start(), limits.MAX_NUMBER, "characters")
    stated = RATE.search(text[:SAMPLE_WIDTH])
    del text
    layout = _layout(_preview(_lines(data, codec)), name)
    rows = _numbers(islice(_lines(data, codec), layout.first, None), layout, name)
    notes = _notes(layout, codec)
    shape = (len(rows), layout.width)
    names = [layout.header[j] if layout.header else str(place) for place, j in enumerate(layout.numeric)]
    if layout.header is None and (len(rows) == 1 or len(rows) <= limits.MAX_CHANNELS < rows.shape[1]):
        rows, names = rows.T, [str(j) for j in range(len(rows))]
        notes.append(("channels", "the rows of the table"))
    kept = [j for j in range(rows.shape[1]) if not np.isnan(rows[:, j]).all()]
    rate = _rate(stated[1]) if stated else None
    if rate is not None:
        notes.append(("rate-from", stated[0] if stated else ""))
    time = _time_column(rows, names, kept, layout)
    if time is not None:
        kept.remove(time)
        found = rate_of(rows[:, time], seconds_in(names[time]))
        notes.append(("time-column", label(names[time])) if found else ("time-not-even", label(names[time])))
        rate = found or rate
        notes += [("rate-from", "time column")] if found else []
    kept = [j for j in kept if j not in {place for place, k in enumerate(layout.numeric) if k in layout.dates}]
    if not kept:
        raise NoNumbers(name, "its only column is the time")
    if layout.header is None and "channels" not in dict(notes):
        names = [str(kept.index(j)) if j in kept else names[j] for j in range(len(names))]
    origin = Origin(_form(layout), "text", shape, tuple(label(names[j]) for j in kept), tuple(notes))
    parsed = Parsed("signal", rows[:, kept].T, origin, rate or 1.0).channel(column)
    units = {split_unit(known)[1] for known in parsed.origin.columns}
    return replace(parsed, unit=units.pop()) if len(units) == 1 else parsed


def _lines(data: bytes, codec: str) -> Iterator[str]:
    """Lines that are neither empty nor comments, each no longer than the limit."""
    for line in io.TextIOWrapper(io.BytesIO(data), codec, newline=None):
        if len(line) > limits.MAX_LINE:
            raise TooLarge("A line", len(line), limits.MAX_LINE, "characters")
        bare = line.strip()
        if bare and not bare.startswith(COMMENTS):
            yield line.rstrip("\n")


def _preview(lines: Iterator[str]) -> list[str]:
    """The first lines, enough to see how the table is written."""
    seen, characters = [], 0
    for line in islice(lines, SAMPLE_LINES):
        seen.append(line)
        characters += len(line)
        if characters > 50 * SAMPLE_WIDTH and len(seen) > 2:
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


def _number(cell: str, decimal: str) -> float | None:
    """Value of a cell; NaN for a gap, seconds since 1970 for a date, None for other text."""
    cell = cell.strip().replace("\u2212", "-")
    if cell.lower() in GAPS:
        return np.nan
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
        value = _number(cell, decimal)
        if value is None:
            score -= 0.5
        elif not isnan(value):
            score += 0.9 if GROUPED[decimal].fullmatch(cell.strip()) else 1
    return score


def _marks(sample: list[str]) -> tuple[str, str]:
    """The separator and decimal mark that explain most of the text."""
    best = max(LAYOUTS, key=lambda layout: sum(_score(_split(line, layout[0]), layout[1]) for line in sample))
    if best == (",", "."):
        # "1,05" is either 1.05 or the pair (1, 05); nobody writes 05, nor -0, for an integer.
        pairs = [cells for line in sample if len(cells := _split(line, ",")) == 2]
        whole = len(pairs) == len(sample) and all(
            cell.strip().lstrip("+-").isdigit() for pair in pairs for cell in pair
        )
        if whole and any(a.strip() == "-0" or (b[:1] == "0" and len(b) > 1) for a, b in pairs):
            return "", ","
    return best


def _layout(lines: list[str], name: str) -> Layout:
    separator, decimal = _marks([line[:SAMPLE_WIDTH] for line in lines[-50:]])
    rows = [_split(line, separator) for line in lines]
    widest = max(map(len, rows), default=0)
    if widest > limits.MAX_COLUMNS:
        raise TooLarge("The table", widest, limits.MAX_COLUMNS, "columns")
    values = [[_number(cell, decimal) for cell in row] for row in rows]
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
    names = [_unescaped(cell.strip()) for cell in names] + [""] * (width - len(names))
    return tuple(names[:width])


def _has_units(above: list[list[str]], width: int) -> bool:
    """Say whether the last line above the numbers is units, and the one before it names."""
    if width < 2 or len(above) < 2 or len(above[-2]) != len(above[-1]):
        return False
    return all(cell.strip() for cell in above[-2]) and all(len(cell) <= WIDEST_UNIT for cell in above[-1])


def _unescaped(cell: str) -> str:
    """Take off the mark that keeps spreadsheets from running a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _numbers(lines: Iterator[str], layout: Layout, name: str) -> NDArray[np.float64]:
    """All rows as (rows, numeric columns); gaps are NaN.

    Raises
    ------
    DamagedFile, TooLarge
        A row of another length, or text where a number should be.
    """
    values = array("d")
    width, numeric = layout.width, layout.numeric
    quick = float if layout.decimal == "." else _comma
    for count, row in enumerate(_rows(lines, layout.separator, name), 1):
        if len(row) != width and not (len(row) == width + 1 and not row[-1].strip()):
            raise DamagedFile(name, f"row {count:,} of the numbers has {len(row)} cells, not {width}")
        cells = row[:width] if len(numeric) == width else [row[j] for j in numeric]
        try:
            values.extend(list(map(quick, cells)))
        except ValueError:
            values.extend(_careful(cells, layout.decimal, count, name))
        if len(values) > limits.MAX_SAMPLES:
            raise TooLarge("The table", len(values), limits.MAX_SAMPLES, "numbers")
    return np.frombuffer(values, np.float64).reshape(-1, len(numeric))


def _rows(lines: Iterator[str], separator: str, name: str) -> Iterator[list[str]]:
    if not separator:
        yield from ([line] for line in lines)
    elif separator == " ":
        yield from map(str.split, lines)
    else:
        try:
            yield from csv.reader(lines, delimiter=separator)
        except csv.Error as exc:
            raise DamagedFile(name, "its quotation marks or separators make no sense") from exc


def _comma(cell: str) -> float:
    if "." in cell:
        raise ValueError(cell)
    return float(cell.replace(",", "."))


def _careful(cells: list[str], decimal: str, count: int, name: str) -> Iterator[float]:
    """Read a row with gaps, grouped digits or dates."""
    for cell in cells:
        value = _number(cell, decimal)
        if value is None:
            raise DamagedFile(name, f"row {count:,} of the numbers has {quote(cell)} in place of a number")
        yield value


def _time_column(rows: NDArray[np.float64], names: list[str], kept: list[int], layout: Layout) -> int | None:
    """The column of times among several: by its name or its dates, or the first if it grows evenly."""
    if len(kept) < 2 or len(names) != len(layout.numeric):
        return None
    for j in kept:
        if layout.numeric[j] in layout.dates or (layout.header and is_time(names[j])):
            return j
    even = len(rows) >= SHORTEST_GRID and rate_of(rows[:, kept[0]]) is not None
    return kept[0] if even else None


def _rate(text: str) -> float | None:
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if np.isfinite(rate) and rate > 0 else None


def _form(layout: Layout) -> str:
    return {"\t": "TSV", ",": "CSV", ";": "CSV"}.get(layout.separator, "text")


def _notes(layout: Layout, codec: str) -> list[tuple[str, str]]:
    words = {"": "none", " ": "space", "\t": "tab"}
    notes = [("separator", words.get(layout.separator, layout.separator))]
    notes.append(("header", ", ".join(shown(layout.header)) if layout.header else "none"))
    if layout.decimal == ",":
        notes.append(("decimal-comma", "1,5 is 1.5"))
    if codec not in ("utf-8", "utf-8-sig"):
        notes.append(("encoding", codec))
    above = layout.first - (layout.header is not None)
    if above:
        notes.append(("skipped-lines", str(above)))
    skipped = [j for j in range(layout.width) if j not in layout.numeric]
    if skipped:
        notes.append(
            ("skipped-columns", ", ".join(shown(layout.header[j] if layout.header else str(j) for j in skipped)))
        )
    return notes
