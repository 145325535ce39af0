"""The one promise that every denoiser keeps, and how its parameters describe themselves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, cast

import numpy as np

from drsn_core.data import Data, FloatArray, Signal
from drsn_core.errors import BadParameter, UnknownName
from drsn_core.trace import BlockRecord, Trace

Value = str | int | float | None
Family = Literal["wavelet", "filter", "learned"]


@dataclass(frozen=True)
class Parameter:
    """One setting of a method: its range or choices, its unit, and what None stands for.

    Panels, the command line and the tests read these; the text that explains a parameter to a reader is
    looked up by ``name``.
    """

    name: str
    kind: Literal["choice", "integer", "number", "numbers"]
    default: Value
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    optional: bool = False

    def check(self, value: object) -> Value:
        """Return ``value`` in the parameter's own type.

        Raises
        ------
        BadParameter
            If it has the wrong kind or lies outside the range.
        """
        if self.optional and (value is None or value == "auto"):
            return None
        if self.kind == "choice":
            if value not in self.choices:
                raise UnknownName(self.name, value, self.choices)
            return str(value)
        if self.kind == "numbers":
            return self._numbers(str(value))
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise BadParameter(self.name, value, self.accepted()) from None
        whole = self.kind == "integer"
        if not self.low <= number <= self.high or (whole and number != int(number)):
            raise BadParameter(self.name, value, self.accepted())
        return int(number) if whole else number

    def _numbers(self, text: str) -> str | None:
        try:
            values = read_numbers(text)
        except ValueError:
            raise BadParameter(self.name, text, self.accepted()) from None
        if any(value is not None and not self.low <= value <= self.high for value in values):
            raise BadParameter(self.name, text, self.accepted())
        return write_numbers(values)

    def accepted(self) -> str:
        """The range in words: "1 to 12, or auto"."""
        if self.kind == "choice":
            words = ", ".join(self.choices)
        elif self.kind == "numbers":
            words = f"numbers of at least {self.low:g} {self.unit} with spaces between them, auto for some of them"
        elif math.isinf(self.high):
            words = f"a number of at least {self.low:g} {self.unit}".rstrip()
        else:
            words = f"{'a whole number' if self.kind == 'integer' else 'a number'} from {self.low:g} to {self.high:g}"
        return words + (", or auto" if self.optional else "")


def choice(default: str | None, choices: tuple[str, ...]) -> Any:
    """A dataclass field that takes one of ``choices``; None (shown as "auto") is accepted if it is the default."""
    return dataclasses.field(default=default, metadata={"kind": "choice", "choices": choices})


def integer(default: int | None, low: int, high: int) -> Any:
    """A whole-number field; None (shown as "auto") is accepted if it is the default."""
    return dataclasses.field(default=default, metadata={"kind": "integer", "low": low, "high": high})


def number(default: float | None, low: float, high: float = math.inf, unit: str = "") -> Any:
    """A real-number field; None (shown as "auto") is accepted if it is the default."""
    return dataclasses.field(default=default, metadata={"kind": "number", "low": low, "high": high, "unit": unit})


def numbers(low: float, high: float = math.inf, unit: str = "") -> Any:
    """A field for a list of numbers, kept as text so that it fits a link: "0.3 auto 0.2"; None if all are auto."""
    return dataclasses.field(default=None, metadata={"kind": "numbers", "low": low, "high": high, "unit": unit})


def read_numbers(text: str | None) -> tuple[float | None, ...]:
    """Read a list of numbers with spaces or commas between them; "auto" is None. `ValueError` if one is no number.

    Examples
    --------
    >>> read_numbers("0.3 auto, 2")
    (0.3, None, 2.0)
    """
    words = (text or "").replace(",", " ").split()
    return tuple(None if word == "auto" else float(word) for word in words)


def write_numbers(values: Sequence[float | None]) -> str | None:
    """Write what `read_numbers` reads, without the autos at the end; None if nothing is left.

    Examples
    --------
    >>> write_numbers([0.3, None, 2.0, None])
    '0.3 auto 2.0'
    """
    last = max((place for place, value in enumerate(values, start=1) if value is not None), default=0)
    return " ".join("auto" if value is None else repr(float(value)) for value in values[:last]) or None


def parameters_of(method: type) -> dict[str, Parameter]:
    """Read a method's parameters from the fields of its dataclass."""
    described = [(field.name, cast("Value", field.default), field.metadata) for field in dataclasses.fields(method)]
    return {
        name: Parameter(name, default=default, optional=default is None, **metadata)
        for name, default, metadata in described
        if metadata
    }


@dataclass(frozen=True)
class MethodInfo:
    """What a list of methods shows: key, family, the data it takes, its parameters, and its source.

    ``summary`` is one English sentence for the terminal; pages look their words up by ``key``.
    """

    key: str
    family: Family
    takes: tuple[type, ...]
    summary: str
    reference: str
    parameters: dict[str, Parameter]


@dataclass(frozen=True, eq=False)
class Result:
    """An estimate of the same kind and shape as the input, with the decisions that led to it.

    ``seconds`` is the time the method took, ``parameters`` what it was run with.
    """

    estimate: Any
    trace: Trace
    seconds: float
    method: str
    parameters: dict[str, Value]


@dataclass(frozen=True)
class Progress:
    """A step of long work: ``done`` of ``total`` parts of the current channel."""

    done: int
    total: int


Report = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Hear of progress and do nothing."""


def channel_by_channel(
    noisy: Data, one: Callable[[FloatArray], tuple[FloatArray, list[BlockRecord]]]
) -> tuple[Data, Trace]:
    """Run ``one`` on every channel; where there are several, records say whose they are: "channel 2, detail 1"."""
    rows = noisy.samples if isinstance(noisy, Signal) else noisy.pixels
    estimates: list[FloatArray] = []
    records: list[BlockRecord] = []
    for index, row in enumerate(rows):
        prefix = f"channel {index + 1}, " if len(rows) > 1 else ""
        estimate, found = one(row)
        estimates.append(estimate)
        records += [dataclasses.replace(r, name=prefix + r.name) for r in found] if prefix else found
    result = np.stack(estimates)
    data = noisy.with_samples(result) if isinstance(noisy, Signal) else noisy.with_pixels(result)
    return data, Trace(tuple(records))


class Method(Protocol):
    """A denoiser: a frozen dataclass of parameters, called on data of a kind that it ``takes``.

    It returns an estimate of the same kind and shape, and what it decided. Between parts of long work it calls
    ``report``; an exception raised there ends the work.
    """

    takes: ClassVar[tuple[type, ...]]

    def __call__(self, noisy: Data, report: Report = ignore) -> tuple[Data, Trace]: ...
