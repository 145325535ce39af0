"""Which networks the page Inside opens, and what each takes and answers; one of the visitor's own among them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from drsn_core import hub
from drsn_core.errors import BadWeights, quote
from drsn_core.hub import Card
from drsn_core.recipe import digest
from drsn_core.samples import SAMPLES
from drsn_core.tasks import TASKS, Task

#: Those that a reader meets first; further denoisers and the classifiers follow.
FIRST = ("drsn-cw", "drsn-cs", "wavelet-attention", "drsn-image")

#: What a network of the visitor's own is called: by the first digits of its checksum.
OWN = r"own-[0-9a-f]{16}"


@dataclass(frozen=True)
class Shape:
    """What a network takes and answers.

    Parameters
    ----------
    ndim : 1 for signals, 2 for pictures
    classes : names of what a classifier tells apart; empty for a denoiser
    task : what a shipped classifier was trained for; None for the others
    """

    ndim: int = 1
    classes: tuple[str, ...] = ()
    task: Task | None = None

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples of its task; a bearing's are in the gallery of all pages, so none here."""
        return SAMPLES[self.task.key] if self.task and self.task.key != "bearing" else ()


@dataclass(frozen=True, eq=False)
class OwnNetwork:
    """A network that a visitor has brought: it lives as long as the visitor's session."""

    name: str
    card: Card
    module: Any


def own() -> OwnNetwork | None:
    """The visitor's own network, if there is one."""
    found: OwnNetwork | None = st.session_state.get("own-network")
    return found


def keep(network: OwnNetwork) -> None:
    """Keep one network a session: the last that could be read."""
    st.session_state["own-network"] = network


def is_own(name: str) -> bool:
    """Whether it is a visitor's network, be it here or not."""
    return name.startswith("own-")


def networks() -> tuple[str, ...]:
    """All networks that can be opened, the visitor's own first."""
    mine = own()
    return (*((mine.name,) if mine else ()), *_shipped())


@functools.cache
def _shipped() -> tuple[str, ...]:
    """Those of the hub that shrink: denoisers of one channel, then classifiers."""
    cards = hub.cards()
    denoisers = [n for n, card in cards.items() if not card.task and card.network.get("channels", 1) == 1]
    first = [name for name in FIRST if name in denoisers]
    shrinking = [n for n, card in cards.items() if card.task in TASKS and "drsn" in str(card.network.get("name", ""))]
    return (*first, *(name for name in denoisers if name not in first), *shrinking)


def shape(name: str) -> Shape:
    """What the network ``name`` takes; of one that is not there, what most take."""
    mine = own()
    if mine is not None and mine.name == name:
        return _shape(mine.card, getattr(mine.module, "ndim", 1), mine.module)
    return _shipped_shape(name)


@functools.cache
def _shipped_shape(name: str) -> Shape:
    cards = hub.cards()
    if name not in cards:
        return Shape()
    card = cards[name]
    task = TASKS.get(card.task)
    if task is not None:
        return Shape(task.ndim, task.classes, task)
    return Shape(int(card.network.get("ndim", 1)))


def _shape(card: Card, ndim: int, module: Any) -> Shape:
    """Of a visitor's network: classes as its card names them, else their numbers."""
    head = getattr(module, "head", None)
    if card.network.get("kind") != "classifier" or head is None:
        return Shape(ndim)
    count = int(head.out_features)
    classes = card.classes if len(card.classes) == count else tuple(str(i) for i in range(1, count + 1))
    return Shape(ndim, classes)


#: What a stranger's names may hold: nothing that acts where Markdown is shown. And how long they may be.
_PLAIN, LONGEST = re.compile(r"[^\w .-]"), 40


def admit(card: bytes, weights: bytes, name: str) -> OwnNetwork:
    """Read a visitor's two files.

    Raises
    ------
    DrsnError
        If they are no network, or one that this page cannot open.
    """
    from drsn_core import whatif

    found, module = hub.read_network(card, weights, name)
    plain = [_PLAIN.sub("", one)[:LONGEST].strip() for one in (found.name, *found.classes)]
    found = replace(found, name=plain[0] or "?", classes=tuple(plain[1:]), task="")
    ndim, channels = getattr(module, "ndim", 1), found.network.get("channels", found.network.get("in_channels", 1))
    if not whatif.shrinks_of(module):
        raise BadWeights(found.name, "nothing in it shrinks, so there are no thresholds to see")
    if ndim not in (1, 2) or channels != 1:
        raise BadWeights(found.name, "it takes several channels or volumes; accepted are signals and grey pictures")
    try:
        answer = whatif.run(module, np.random.default_rng(0).standard_normal((1, *(64,) * ndim))).output
    except Exception as exc:  # a card may describe what can be built and does not run
        raise BadWeights(found.name, f"it does not run ({quote(str(exc))})") from exc
    if not np.isfinite(answer).all():
        raise BadWeights(found.name, "what it answers are no finite numbers")
    return OwnNetwork(name_of(card, weights), found, module.requires_grad_(False))


def name_of(card: bytes, weights: bytes) -> str:
    """What a link calls the network of two files."""
    return f"own-{digest(card + weights)}"


def network(name: str) -> Any:
    """The network itself, which is only ever read: a shipped one is shared by all.

    Raises
    ------
    UnknownName
        If it is not there.
    """
    from drsn_core.learned import network_of

    mine = own()
    return mine.module if mine is not None and mine.name == name else network_of(name)


def around(name: str, length: int) -> int:
    """Samples of the other end that a network lays before and behind a signal; its feature maps begin with them."""
    from drsn_core.nn.denoiser import margin

    return margin(getattr(network(name), "around", 0), length)
