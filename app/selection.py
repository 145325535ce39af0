"""What of a network is looked at, and what was changed in it: one selection for every view of the page Inside."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from drsn_core import hub
from drsn_core.errors import BadParameter, quote
from drsn_core.photographs import SMALL
from drsn_core.question import AS_LEARNED, WhatIf, parse
from drsn_core.recipe import LinkProblem
from drsn_core.synth import STATES
from drsn_core.tasks import TASKS, Task

#: Denoisers that can be opened, by the method key that runs them; classifiers are asked of the hub.
DENOISERS = ("drsn-cw", "drsn-cs", "wavelet-attention", "drsn-image")

#: Those that take pictures.
FOR_PICTURES = ("drsn-image",)


#: Tasks of which there is a sample at hand: the bearing signals of the gallery, and the test rig.
WITH_SAMPLES = ("bearing", "rig")


@functools.cache
def classifiers() -> dict[str, Task]:
    """Trained classifiers that shrink, with what they predict: without thresholds there would be nothing to see."""
    found = {}
    for name, card in hub.cards().items():
        about = TASKS.get(card.task)
        if about is not None and about.key in WITH_SAMPLES and str(card.network.get("name", "")).startswith("drsn-"):
            found[name] = about
    return found


def networks() -> tuple[str, ...]:
    """All networks that can be opened."""
    return (*DENOISERS, *classifiers())


#: Views of the page, in the order of a lesson: why this threshold, per sample, what it is good for, can it be trusted.
SECTIONS = ("why", "samples", "noise", "worth", "rulers", "error", "trust")

#: Whose thresholds a change concerns.
SCOPES = ("channel", "block", "all")

#: How many steps "undo" remembers.
UNDO_DEPTH = 50


@dataclass(frozen=True)
class Selection:
    """One selection: network, block, channel, the view, and what was changed.

    Blocks and channels count from 0 here and from 1 in the link, as readers do. ``channel`` None takes the one that
    loses most energy. ``other``, ``other_db`` and ``other_net`` are signal, SNR and network of the second
    fingerprint; "" and None take the same signal, 10 dB more noise, the same network. ``picture`` is
    what networks for pictures are shown, ``state`` that of the test rig.
    """

    net: str = "drsn-cw"
    block: int = 2
    channel: int | None = None
    see: str = "why"
    scope: str = "channel"
    asked: WhatIf = AS_LEARNED
    other: str = ""
    other_db: float | None = None
    other_net: str = ""
    picture: str = "camera"
    state: str = "inner-race"

    @property
    def takes_pictures(self) -> bool:
        return self.net in FOR_PICTURES

    @property
    def on_rig(self) -> bool:
        """Whether the network is shown the test rig, which has states where signals have names."""
        return self.net in classifiers() and classifiers()[self.net].key == "rig"


#: Parts of the link by the field they hold.
PARTS = {
    "net": "net",
    "block": "block",
    "channel": "channel",
    "see": "see",
    "scope": "scope",
    "asked": "if",
    "other": "other",
    "other_db": "other-snr",
    "other_net": "other-net",
    "picture": "picture",
    "state": "state",
}
_CHOICES = {"see": SECTIONS, "scope": SCOPES, "picture": SMALL, "state": STATES}


def to_query(selection: Selection) -> dict[str, str]:
    """Write what differs from a fresh page as parts of a link."""
    plain, query = Selection(), {}
    for field in fields(Selection):
        value = getattr(selection, field.name)
        if value != getattr(plain, field.name):
            counted = field.name in ("block", "channel")
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
    if name in ("block", "channel"):
        number = int(text)
        if not 1 <= number <= 9999:
            raise ValueError(text)
        return number - 1
    if name == "other_db":
        value = float(text)
        if not -20 <= value <= 40:
            raise ValueError(text)
        return value
    if name == "other":
        legal: tuple[str, ...] = (*signals, *SMALL, *STATES)
    else:
        legal = networks() if name in ("net", "other_net") else _CHOICES[name]
    if text not in legal:
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
