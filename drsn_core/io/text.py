"""Tables of numbers in text, read by Python's csv module and ``float``.

Not by pandas: it takes quadratic time over a row of equal names, and eats a first row of numbers as header.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from drsn_core.data import Origin
from drsn_core.errors import DamagedFile, NoNumbers, TooLarge, quote
from drsn_core.io import limits
from drsn_core.io.formats import encoding
from drsn_core.io.layout import SAMPLE_WIDTH, Layout, find_layout, number
from drsn_core.io.parsed import Parsed, label, shown
from drsn_core.io.timeline import is_time, rate_of, seconds_in, split_unit

COMMENTS = ("#", "%", "//")
LONG = re.compile(rf"(?<![0-9.])[0-9.]{{{limits.MAX_NUMBER + 1},}}")
#: A rate that a comment or a line above the table states: "fs = 1000", "Sampling rate [Hz]: 360".
RATE = re.compile(
    r"(?:\bfs|\brate(?:_hz)?|\bsr|sampl(?:e|ing)[ _](?:rate|frequency))\s*(?:[\[(]?Hz[\])]?)?\s*[:=]\s*([\d.eE+]+)",
    re.I,
)
BLOCK = 10_000
#: A first column without a name is taken for times if at least so many values grow evenly.
SHORTEST_GRID = 4
Notes = list[tuple[str, str]]


@dataclass
class Table:
    """Numbers by row and column, what the columns are called, and which of them are dates."""

    rows: NDArray[np.float64]
    names: list[str]
    dates: set[int]
    has_header: bool

    def drop(self, keep: list[int]) -> Table:
        """The table with the columns ``keep`` only."""
        return Table(
            self.rows[:, keep],
            [self.names[j] for j in keep],
            {place for place, j in enumerate(keep) if j in self.dates},
            self.has_header,
        )


def parse(data: bytes, name: str, column: str | int | None) -> Parsed:
    """Read a table; its columns are channels, but for a time column, which sets the rate."""
    codec, above = _checked(data, name)
    layout = find_layout(_lines(data, codec), name)
    rows = _numbers(islice(_lines(data, codec), layout.first, None), layout, name)
    if len(rows) == 1 and len(layout.numeric) < layout.width:
        raise NoNumbers(name, "one line has numbers, among words")
    notes = _notes(layout, codec)
    table = _oriented(Table(rows, *_columns(layout)), notes)
    table = table.drop([j for j in range(len(table.names)) if not np.isnan(table.rows[:, j]).all()])
    table, rate = _timed(table, _stated_rate(above, notes), notes)
    if not table.names:
        raise NoNumbers(name, "its only column is the time")
    names = table.names if table.has_header else [str(j) for j in range(len(table.names))]
    origin = Origin(_form(layout), "text", (len(rows), layout.width), tuple(names), tuple(notes))
    parsed = Parsed("signal", table.rows.T, origin, rate or 1.0).channel(column)
    units = {split_unit(known)[1] for known in parsed.origin.columns}
    return replace(parsed, unit=units.pop()) if len(units) == 1 else parsed


def _checked(data: bytes, name: str) -> tuple[str, str]:
    """Decode once to look at the whole: the encoding, and the first characters."""
    codec = encoding(data) or "latin-1"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as exc:
        if codec != "utf-8":
            raise DamagedFile(name, f"it is cut off, or no {codec} text") from exc
        codec = "latin-1"
        text = data.decode(codec)
    if (count := text.count("\n")) > limits.MAX_SAMPLES:
        raise TooLarge("The table", count, limits.MAX_SAMPLES, "lines")
    if (long := LONG.search(text)) is not None:
        raise TooLarge("A number", long.end() - long.start(), limits.MAX_NUMBER, "characters")
    return codec, text[:SAMPLE_WIDTH]


def _columns(layout: Layout) -> tuple[list[str], set[int], bool]:
    names = [layout.header[j] if layout.header else str(j) for j in layout.numeric]
    return names, {place for place, j in enumerate(layout.numeric) if j in layout.dates}, layout.header is not None


def _oriented(table: Table, notes: Notes) -> Table:
    """Turn a table without header whose few rows are long: these are the channels."""
    length, width = table.rows.shape
    if table.has_header or width < 2 or not (length == 1 or length <= limits.MAX_CHANNELS < width):
        return table
    notes.append(("channels", "the rows of the table"))
    return Table(table.rows.T, [str(j) for j in range(length)], set(), False)


def _timed(table: Table, rate: float | None, notes: Notes) -> tuple[Table, float | None]:
    """Take the column of times out of several, and the rate from it if they are even."""
    time = _time_column(table)
    if time is not None:
        found = rate_of(table.rows[:, time], seconds_in(table.names[time]))
        notes.append(("time-column" if found else "time-not-even", label(table.names[time])))
        if found:
            rate = found
            notes.append(("rate-from", "time column"))
    keep = [j for j in range(len(table.names)) if j != time and j not in table.dates]
    return table.drop(keep), rate


def _time_column(table: Table) -> int | None:
    """The column of times among several: by its name or its dates, or the first if it grows evenly."""
    if len(table.names) < 2:
        return None
    for j, name in enumerate(table.names):
        if j in table.dates or (table.has_header and is_time(name)):
            return j
    even = len(table.rows) >= SHORTEST_GRID and rate_of(table.rows[:, 0]) is not None
    return 0 if even else None


def _stated_rate(above: str, notes: Notes) -> float | None:
    stated = RATE.search(above)
    try:
        rate = float(stated[1]) if stated else 0.0
    except ValueError:
        return None
    if not (stated and np.isfinite(rate) and rate > 0):
        return None
    notes.append(("rate-from", label(stated[0])))
    return rate


def _lines(data: bytes, codec: str) -> Iterator[str]:
    """Lines that are neither empty nor comments, each no longer than the limit."""
    for line in io.TextIOWrapper(io.BytesIO(data), codec, newline=None):
        if len(line) > limits.MAX_LINE:
            raise TooLarge("A line", len(line), limits.MAX_LINE, "characters")
        bare = line.lstrip()
        if bare and not bare.startswith(COMMENTS):
            yield line


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
    if not layout.separator:
        return _single(lines, quick, layout, name)
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


def _single(lines: Iterator[str], quick: Callable[[str], float], layout: Layout, name: str) -> NDArray[np.float64]:
    """One number a line, in blocks: such files have the most lines."""
    values = array("d")
    while block := list(islice(lines, BLOCK)):
        try:
            numbers = list(map(quick, block))
        except ValueError:
            numbers = [
                v for i, cell in enumerate(block, len(values) + 1) for v in _careful([cell], layout.decimal, i, name)
            ]
        values.extend(numbers)
        if len(values) > limits.MAX_SAMPLES:
            raise TooLarge("The table", len(values), limits.MAX_SAMPLES, "numbers")
    return np.frombuffer(values, np.float64).reshape(-1, 1)


def _rows(lines: Iterator[str], separator: str, name: str) -> Iterator[list[str]]:
    if separator == " ":
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
        value = number(cell, decimal)
        if value is None:
            raise DamagedFile(name, f"row {count:,} of the numbers has {quote(cell.strip())} in place of a number")
        yield value


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
