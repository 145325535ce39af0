"""What a learner can move in a live figure: sliders, choices, and bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.lessons.content import State, Value
from drsn_core.errors import BadParameter, UnknownName


@dataclass(frozen=True)
class Slider:
    """A number between two ends; ``unit`` is a sign behind it, "" for none."""

    default: float
    low: float
    high: float
    step: float
    unit: str = ""

    def fit(self, name: str, value: Value) -> Value:
        if not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise BadParameter(name, value, f"{self.low:g} to {self.high:g}")
        return float(value)


@dataclass(frozen=True)
class Choice:
    """One of several things; their names are texts under ``names``."""

    default: str
    options: tuple[str, ...]
    names: str

    def fit(self, name: str, value: Value) -> Value:
        if value not in self.options:
            raise UnknownName(name, value, self.options)
        return value


@dataclass(frozen=True)
class Bars:
    """Several numbers, each a bar that can be dragged or moved with the arrow keys."""

    default: tuple[float, ...]
    low: float
    high: float
    step: float

    def fit(self, name: str, value: Value) -> Value:
        if not isinstance(value, tuple | list) or len(value) != len(self.default):
            raise BadParameter(name, value, f"{len(self.default)} numbers")
        if not all(self.low <= one <= self.high for one in value):
            raise BadParameter(name, value, f"numbers from {self.low:g} to {self.high:g}")
        return tuple(float(one) for one in value)


Control = Slider | Choice | Bars


def checked(controls: Mapping[str, Control], state: State) -> State:
    """Complete and check a state; see `app.lessons.kinds.Kind.complete`."""
    for name in state:
        if name not in controls:
            raise UnknownName("control", name, controls)
    return {name: control.fit(name, state.get(name, control.default)) for name, control in controls.items()}
