"""Guesses of a class without accounts: each is a short code that its maker passes on; codes are counted together.

A code holds which question it answers, the guess, a number drawn for its maker, and a checksum: twelve signs such as
``7K3M-Q0ZD-R5WX``, easy to read aloud. Nothing is stored anywhere but in the code.

======  ====  ==========================================================================================
bits    name  meaning
======  ====  ==========================================================================================
11      mark  digest of the question: a code for another question is noticed
1       kind  0 a choice, 1 a number
19      what  the place of the choice; or sign (1), exponent of ten (4, from -8) and digits (14, 0 to 9999)
19      who   drawn for every learner, so that two who guess the same are two, and who guesses again is one
10      crc   of the bits before it: every mistyped sign and every swap of neighbours is noticed
======  ====  ==========================================================================================
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drsn_core.errors import BadParameter, quote

#: Digits of base 32 without I, L, O and U, which are misread: D. Crockford, https://www.crockford.com/base32.html
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ = {sign: place for place, sign in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
SIGNS, GROUP = 12, 4

MARK, WHAT, WHO, CRC = 11, 19, 19, 10
#: x^10 + x^9 + x^5 + x^4 + x + 1 (CRC-10/ATM); the start is not zero, so that zeros alone are no code.
POLYNOMIAL, START = 0x233, 0x155
DIGITS, LOWEST = 9999, -8
MOST = DIGITS * 10.0 ** (LOWEST + 15)

#: Choices of a question, letters of its texts.
MOST_OPTIONS, LONGEST = 8, 200

#: What is read of what a teacher pastes or drops.
MOST_CODES, MOST_BYTES = 2000, 256_000


@dataclass(frozen=True)
class Question:
    """A question with a few choices, or one for a number in ``unit`` if it has none."""

    text: str
    options: tuple[str, ...] = ()
    unit: str = ""

    @property
    def mark(self) -> int:
        """A digest of all that is asked."""
        whole = "\x1f".join((self.text, *self.options, self.unit)).encode()
        return int.from_bytes(hashlib.sha256(whole).digest()[:2], "big") >> (16 - MARK)


@dataclass(frozen=True)
class Guess:
    """What a code says: the mark of its question, the place of a choice or a number, and who."""

    mark: int
    value: float
    who: int
    is_choice: bool


def checksum(value: int, bits: int) -> int:
    """The remainder of ``value``, most significant of its ``bits`` first, by `POLYNOMIAL`."""
    left = START
    for place in range(bits - 1, -1, -1):
        top = (left >> (CRC - 1)) ^ ((value >> place) & 1)
        left = ((left << 1) & ((1 << CRC) - 1)) ^ (POLYNOMIAL if top else 0)
    return left


def _packed(number: float) -> int:
    """Sign, exponent and four digits of a number.

    Raises
    ------
    BadParameter
        If the number is not finite or too large; what is too small becomes zero.
    """
    if not math.isfinite(number) or abs(number) > MOST:
        raise BadParameter("guess", f"{number:g}", f"-{MOST:,.0f} to {MOST:,.0f}")
    exponent = LOWEST
    while round(abs(number) / 10.0**exponent) > DIGITS:
        exponent += 1
    digits = round(abs(number) / 10.0**exponent)
    return (int(number < 0 and digits > 0) << 18) | ((exponent - LOWEST) << 14) | digits


def _unpacked(what: int) -> float:
    digits, exponent = what & 0x3FFF, ((what >> 14) & 0xF) + LOWEST
    return float(f"{'-' if what >> 18 else ''}{digits}e{exponent}")


def encode(question: Question, value: float, who: int) -> str:
    """Write a guess as a code.

    Parameters
    ----------
    value : the place of the choice, from 0, or a number, of which four digits are kept
    who : a number drawn for the learner, 0 to 2^19 - 1

    Raises
    ------
    BadParameter

    Examples
    --------
    >>> code = encode(Question("How much?", unit="dB"), 12.5, who=77)
    >>> code, read(code).value
    ('HY9G-KH00-2DNY', 12.5)
    """
    if question.options:
        if value not in range(len(question.options)):
            raise BadParameter("guess", value, f"0 to {len(question.options) - 1}")
        kind, what = 0, int(value)
    else:
        kind, what = 1, _packed(value)
    bits = (((((question.mark << 1) | kind) << WHAT) | what) << WHO) | (who & ((1 << WHO) - 1))
    whole = (bits << CRC) | checksum(bits, MARK + 1 + WHAT + WHO)
    signs = "".join(ALPHABET[(whole >> (5 * place)) & 31] for place in range(SIGNS - 1, -1, -1))
    return "-".join(signs[start : start + GROUP] for start in range(0, SIGNS, GROUP))


def read(code: str) -> Guess | None:
    """Read a code, whatever its case, blanks and dashes; None if it is none or was mistyped."""
    signs = re.sub(r"[\s\-–—]", "", code[:60]).upper()
    if len(signs) != SIGNS or any(sign not in _READ for sign in signs):
        return None
    whole = 0
    for sign in signs:
        whole = (whole << 5) | _READ[sign]
    bits, crc = whole >> CRC, whole & ((1 << CRC) - 1)
    if checksum(bits, MARK + 1 + WHAT + WHO) != crc:
        return None
    what = (bits >> WHO) & ((1 << WHAT) - 1)
    is_choice = not (bits >> (WHAT + WHO)) & 1
    if not is_choice and what & 0x3FFF > DIGITS:
        return None
    value = float(what) if is_choice else _unpacked(what)
    return Guess(bits >> (WHAT + WHO + 1), value, bits & ((1 << WHO) - 1), is_choice)


@dataclass(frozen=True)
class Tally:
    """The guesses of a class.

    Parameters
    ----------
    values : one per learner, the last that each made; places of choices, or numbers
    again : guesses that were replaced by later ones of the same learner, or came twice
    foreign : codes for other questions
    broken : what looks like a code and is none, as it was written, shortened
    """

    values: tuple[float, ...]
    again: int
    foreign: int
    broken: tuple[str, ...]

    def counts(self, options: int) -> list[int]:
        """How many chose each of so many choices."""
        return [sum(value == place for value in self.values) for place in range(options)]


def tally(codes: Iterable[str], question: Question) -> Tally:
    """Count codes together; at most `MOST_CODES` of them."""
    last: dict[int, float] = {}
    broken: list[str] = []
    again = foreign = 0
    for _, code in zip(range(MOST_CODES), codes, strict=False):
        guess = read(code)
        if guess is None:
            broken.append(quote(code)[:24])
            continue
        fits = guess.is_choice == bool(question.options) and guess.mark == question.mark
        if not fits or (guess.is_choice and guess.value >= len(question.options)):
            foreign += 1
            continue
        again += guess.who in last
        last[guess.who] = guess.value
    return Tally(tuple(last.values()), again, foreign, tuple(broken))


def pasted(text: str) -> Iterator[str]:
    """Codes in a text that a teacher pastes: anything between blanks, commas, semicolons or line ends."""
    return (word for word in re.split(r"[\s,;|]+", text[:MOST_BYTES]) if word)


#: The column of a CSV file in which the code is.
COLUMN = "code"


def in_file(data: bytes) -> Iterator[str]:
    """Codes in a CSV file: those in the column `COLUMN` if it has one, else every cell that is a code."""
    text = data[:MOST_BYTES].decode("utf-8-sig", errors="replace").replace("\0", "")
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        rows = [list(pasted(line)) for line in text.splitlines()]
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    if COLUMN in names:
        place = names.index(COLUMN)
        yield from (row[place].strip() for row in rows[1:] if len(row) > place and row[place].strip())
    else:
        yield from (cell for row in rows for cell in row if read(cell) is not None)


def to_file(question: Question, rows: Iterable[tuple[float, str]]) -> bytes:
    """Guesses as CSV, with what was asked; for one learner or for many. Cells that a spreadsheet would run are not."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["question", "guess", "unit", COLUMN])
    for value, code in rows:
        guess = question.options[int(value)] if question.options else f"{value:g}"
        writer.writerow([*map(_inert, (question.text, guess)), _inert(question.unit), code])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    try:
        float(cell)
    except ValueError:
        return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell
    return cell
