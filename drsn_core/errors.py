"""Every error that a user can cause, as one family.

::

    DrsnError
    ├── FileProblem             the bytes cannot become data
    │   ├── EmptyFile
    │   ├── UnknownFormat
    │   ├── DamagedFile         truncated, inconsistent, not what its name says
    │   ├── UnsafeFile          would run code, reach other files, or hang the parser
    │   └── NoNumbers           readable, but nothing in it is a signal or an image
    ├── TooLarge                a file, a recording or a picture over a stated limit
    ├── BadData                 numbers that no method can work on
    │   ├── NotFinite
    │   ├── ComplexData
    │   ├── TooShort
    │   └── NoPower             a silent signal has no SNR
    ├── BadParameter            a value outside its range
    │   └── UnknownName         a key that is not in a table
    ├── Unsupported             a method that does not take this kind of data
    ├── MissingPackage          an optional package that a method needs
    ├── BadRecipe               a training recipe that cannot be read
    └── BadWeights              a shipped or trained network that is missing or altered

Each carries its facts as fields, so that a page can say them in another language; ``str(error)`` is one
English sentence (sometimes two) for the terminal: what was wrong, and what would be accepted.
"""

from __future__ import annotations

from collections.abc import Iterable

QUOTE_LIMIT = 60


def quote(value: object) -> str:
    """Show a value inside a message: one line, printable, short."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= QUOTE_LIMIT else text[: QUOTE_LIMIT - 1] + "…"


class DrsnError(Exception):
    """Base of the family. Subclasses name their facts in ``__init__`` and say them in ``sentence``."""

    sentence = "{detail}"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence.format(**facts))

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error cross a process border: facts, not arguments, make it again."""
        return _again, (type(self), self.facts)


def _again(kind: type[DrsnError], facts: dict[str, object]) -> DrsnError:
    error = kind.__new__(kind)
    vars(error).update((key, fact) for key, fact in facts.items() if isinstance(fact, int))  # as in TooLarge.limit
    DrsnError.__init__(error, **facts)
    return error


def rebuilt(kind: str, facts: dict[str, object]) -> DrsnError:
    """Make an error again from its class name and facts, as they arrive from another process."""
    known = globals()[kind]
    if not issubclass(known, DrsnError):
        raise TypeError(kind)
    return _again(known, facts)


class FileProblem(DrsnError):
    """The bytes cannot become data."""

    sentence = "The file {name} cannot be read: {detail}."

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name=quote(name), detail=detail)


class EmptyFile(FileProblem):
    """Zero bytes."""

    sentence = "The file {name} is empty; choose a file with at least two numbers in it."

    def __init__(self, name: str) -> None:
        super().__init__(name, "")


class UnknownFormat(FileProblem):
    """Neither signature nor name belongs to a format we read."""

    sentence = "The file {name} is in no format we read; accepted are {accepted}."

    def __init__(self, name: str, accepted: Iterable[str]) -> None:
        DrsnError.__init__(self, name=quote(name), accepted=", ".join(accepted))


class DamagedFile(FileProblem):
    """Truncated, inconsistent, or not what its name says."""

    sentence = "The file {name} is damaged or not what its name says ({detail}); save or export it again."


class UnsafeFile(FileProblem):
    """Reading it could run code, disclose other files, or exhaust the machine."""

    sentence = (
        "The file {name} was refused for safety ({detail}); save plain numbers instead, for example as CSV or NPY."
    )


class NoNumbers(FileProblem):
    """Readable, but holds nothing that could be a signal or an image."""

    sentence = "The file {name} holds no signal ({detail}); accepted are columns of numbers, one number a row at least."


class TooLarge(DrsnError):
    """Over a stated limit."""

    sentence = "{what} has {actual:,} {unit}; the limit is {limit:,}. Cut it into parts first."

    def __init__(self, what: str, actual: int, limit: int, unit: str) -> None:
        self.actual, self.limit = actual, limit
        super().__init__(what=what, actual=actual, limit=limit, unit=unit)


class BadData(DrsnError):
    """Numbers that no method can work on."""

    sentence = "The data cannot be used: {detail}."

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class NotFinite(BadData):
    """NaN or infinity among the samples."""

    sentence = "{count:,} of {total:,} values are NaN or infinite; fill or remove the gaps first."

    def __init__(self, count: int, total: int) -> None:
        self.count, self.total = count, total
        DrsnError.__init__(self, count=count, total=total)


class ComplexData(BadData):
    """Complex numbers."""

    sentence = "The data are complex numbers; accepted are real numbers (take the real part or the magnitude first)."

    def __init__(self) -> None:
        DrsnError.__init__(self)


class TooShort(BadData):
    """Fewer samples than anything can be said about."""

    sentence = "The signal has {actual} sample(s); at least {limit} are needed."

    def __init__(self, actual: int, limit: int) -> None:
        self.actual, self.limit = actual, limit
        DrsnError.__init__(self, actual=actual, limit=limit)


class NoPower(BadData):
    """Silence: no noise level gives it a finite SNR."""

    sentence = "The signal is zero everywhere, so no noise level gives it an SNR; choose a signal that is not silent."

    def __init__(self) -> None:
        DrsnError.__init__(self)


class BadParameter(DrsnError):
    """A value outside its range or of the wrong kind."""

    sentence = "{parameter} = {value} is not possible; accepted: {accepted}."

    def __init__(self, parameter: str, value: object, accepted: str) -> None:
        super().__init__(parameter=parameter, value=quote(value), accepted=accepted)


class UnknownName(BadParameter):
    """A key that is not in its table; lists the legal ones."""

    sentence = "There is no {parameter} called {value}; choose one of {accepted}."

    def __init__(self, parameter: str, value: object, accepted: Iterable[str]) -> None:
        super().__init__(parameter, value, ", ".join(accepted))


class Unsupported(DrsnError):
    """A method that does not take this kind of data."""

    sentence = "The method {method} does not take {data}; {accepted}."

    def __init__(self, method: str, data: str, accepted: str) -> None:
        super().__init__(method=method, data=data, accepted=accepted)


class MissingPackage(DrsnError):
    """A method works by a package that is not part of the plain install."""

    sentence = "The method {method} needs the package {package}, which is not installed; install it by: {command}."

    def __init__(self, method: str, package: str, command: str) -> None:
        super().__init__(method=method, package=package, command=command)


class BadRecipe(DrsnError):
    """A training recipe that cannot be read."""

    sentence = "The recipe {name} cannot be used: {detail}."

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name=quote(name), detail=detail)


class BadWeights(DrsnError):
    """A network whose weights are missing, altered, or do not fit."""

    sentence = "The network {name} cannot be loaded: {detail}."

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name=name, detail=detail)
