"""What of a network is looked at, and what was changed in it: one selection for every view of the page Inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from app.networks import OWN, Shape, networks, shape
from drsn_core.errors import BadParameter, quote
from drsn_core.photographs import SMALL
from drsn_core.question import AS_LEARNED, WhatIf, parse
from drsn_core.recipe import LinkProblem

#: Views of the page, in the order of a lesson: why this threshold, per sample, what it is good for, can it be trusted.
SECTIONS = ("why", "samples", "noise", "worth", "rulers", "error", "trust")

#: Whose thresholds a change concerns.
SCOPES = ("channel", "block", "all")

#: How many steps "undo" remembers.
UNDO_DEPTH = 50

#: Stands for the signal of all pages where a network has samples of its own.
DESK = "desk"


@dataclass(frozen=True)
class Selection:
    """One selection: network, block, channel, position, the view, and what was changed.

    Blocks, channels and positions count from 0 here and from 1 in the link, as readers do. ``channel`` None takes the
    one that loses most energy; ``position`` is a number along the feature map (row by row of a picture's), None for
    none. ``other``, ``other_db`` and ``other_net`` are signal, SNR and network of the second fingerprint; "" and None
    take the same signal, 10 dB more noise, the same network. ``picture`` is what networks for pictures are shown,
    ``state`` what a classifier is shown: one of its `app.networks.SAMPLES`, `DESK`, or "" for the first of them.
    """

    net: str = "drsn-cw"
    block: int = 2
    channel: int | None = None
    position: int | None = None
    see: str = "why"
    scope: str = "channel"
    asked: WhatIf = AS_LEARNED
    other: str = ""
    other_db: float | None = None
    other_net: str = ""
    picture: str = "camera"
    state: str = ""

    @property
    def shape(self) -> Shape:
        """What the network takes and answers."""
        return shape(self.net)

    @property
    def takes_pictures(self) -> bool:
        """Whether the network is shown a photograph."""
        return self.shape.ndim == 2 and not self.shape.samples

    @property
    def sample(self) -> str:
        """Which of its task's samples a classifier is shown; "" for the signal of all pages, or a photograph."""
        samples = self.shape.samples
        if not samples or (self.state == DESK and self.shape.ndim == 1):
            return ""
        return self.state if self.state in samples else samples[0]


#: Parts of the link by the field they hold.
PARTS = {
    "net": "net",
    "block": "block",
    "channel": "channel",
    "position": "position",
    "see": "see",
    "scope": "scope",
    "asked": "if",
    "other": "other",
    "other_db": "other-snr",
    "other_net": "other-net",
    "picture": "picture",
    "state": "state",
}
_CHOICES = {"see": SECTIONS, "scope": SCOPES, "picture": SMALL}
_COUNTED = {"block": 9999, "channel": 9999, "position": 999_999}


def to_query(selection: Selection) -> dict[str, str]:
    """Write what differs from a fresh page as parts of a link."""
    plain, query = Selection(), {}
    for field in fields(Selection):
        value = getattr(selection, field.name)
        if value != getattr(plain, field.name):
            counted = field.name in _COUNTED
            text = str(value + 1) if counted else f"{value:g}" if isinstance(value, float) else str(value)
            query[PARTS[field.name]] = text
    return query


def from_query(query: Mapping[str, str], signals: tuple[str, ...]) -> tuple[Selection, list[LinkProblem]]:
    """Read a selection; what is not understood takes its default and is reported."""
    plain, values, problems = Selection(), {}, []
    for name, part in PARTS.items():
        if part not in query:
            continue
        try:
            values[name] = _read(name, query[part], signals)
        except (BadParameter, ValueError):
            used = getattr(plain, name)
            problems.append(LinkProblem(part, quote(query[part]), str(used) if used not in (None, "") else "-"))
    return replace(plain, **values), problems


def _read(name: str, text: str, signals: tuple[str, ...]) -> Any:
    if name == "asked":
        return parse(text)
    if name in _COUNTED:
        number = int(text)
        if not 1 <= number <= _COUNTED[name]:
            raise ValueError(text)
        return number - 1
    if name == "other_db":
        value = float(text)
        if not -20 <= value <= 40:
            raise ValueError(text)
        return value
    if name in ("net", "other_net"):
        if text not in networks() and not re.fullmatch(OWN, text):
            raise ValueError(text)
        return text
    samples = {one for net in networks() for one in shape(net).samples}
    legal = {"other": {*signals, *SMALL, *samples}, "state": {DESK, *samples}}
    if text not in legal.get(name, _CHOICES.get(name, ())):
        raise ValueError(text)
    return text


def current() -> Selection:
    """The selection as it stands."""
    found: Selection = st.session_state.get("selection", Selection())
    return found


def take(selection: Selection) -> None:
    """Take over another selection; what was changed in the network before can be had back with `undo`."""
    now = current()
    if selection.asked != now.asked:
        st.session_state["asked-before"] = [*st.session_state.get("asked-before", []), now.asked][-UNDO_DEPTH:]
    st.session_state["selection"] = selection


def can_undo() -> bool:
    return bool(st.session_state.get("asked-before"))


def undo() -> None:
    """Take the last change to the network back."""
    past: list[WhatIf] = st.session_state.get("asked-before", [])
    if past:
        st.session_state["selection"] = replace(current(), asked=past[-1])
        st.session_state["asked-before"] = past[:-1]
