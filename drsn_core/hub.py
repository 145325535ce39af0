"""Trained networks that come with the package: a card that says what they are, weights with a checksum.

::

    pretrained/<name>/card.toml            network, training data, scores, licence, SHA-256 of the weights
    pretrained/<name>/model.safetensors
    pretrained/<name>/recipe.toml          what `drsn train` needs to make it again
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from drsn_core import bundle
from drsn_core.errors import BadWeights, UnknownName

if TYPE_CHECKING:
    from drsn_core.nn.kinds import Network

WEIGHTS, CARD = "model.safetensors", "card.toml"


@dataclass(frozen=True)
class Card:
    """What is known about a trained network.

    ``network`` holds the arguments of the class that builds it, ``training`` the data and effort, ``scores``
    measured results with the command that measures them. ``limits`` says what it is not for, ``sources`` whose
    recordings or pictures it has learned from. A classifier also has its ``task`` and ``classes``, and ``likeness``:
    how strange a window must be to be called unlike what it has learned from (`drsn_core.likeness`).
    """

    name: str
    summary: str
    sha256: str
    parameters: int
    licence: str
    network: dict[str, Any]
    training: dict[str, Any]
    scores: dict[str, Any]
    limits: str = ""
    sources: str = ""
    task: str = ""
    classes: tuple[str, ...] = ()
    likeness: dict[str, Any] = field(default_factory=dict)


def cards() -> dict[str, Card]:
    """All networks of this installation by name; reads the cards, not the weights."""
    return {path.parent.name: read_card(path) for path in sorted(bundle.folder("pretrained").glob(f"*/{CARD}"))}


def read_card(where: Path) -> Card:
    """The card in a network's folder, or of a card's own path."""
    path = where / CARD if where.is_dir() else where
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        return Card(**{**said, "classes": tuple(said.get("classes", ()))})
    except (OSError, ValueError, TypeError) as exc:
        raise BadWeights(path.parent.name, "its card cannot be read") from exc


def load(name: str) -> Network:
    """Build the network ``name`` with its trained weights, in eval mode, a new one at each call.

    Raises
    ------
    UnknownName
        If no such network is installed; lists those that are.
    BadWeights
        If the weights do not have the card's checksum or do not fit the network.
    """
    known = cards()
    if name not in known:
        raise UnknownName("network", name, known)
    return load_folder(bundle.folder("pretrained") / name)


def load_folder(where: Path) -> Network:
    """Build the network whose card and weights lie in ``where``; see `load`."""
    import safetensors.torch

    from drsn_core.nn.kinds import build

    card = read_card(where / CARD)
    try:
        data = (where / WEIGHTS).read_bytes()
    except OSError as exc:
        raise BadWeights(card.name, "its weights are missing") from exc
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise BadWeights(card.name, "its weights differ from the checksum on its card")
    network: Network = build(card.network)
    try:
        network.load_state_dict(safetensors.torch.load(data))
    except RuntimeError as exc:
        raise BadWeights(card.name, "its weights do not fit the network on its card") from exc
    return network.eval()


def save(network: Network, where: Path, card: dict[str, Any]) -> Card:
    """Write weights and card into the folder ``where``; checksum and number of parameters are filled in here."""
    import safetensors.torch
    import tomli_w

    data = safetensors.torch.save({key: value.contiguous() for key, value in network.state_dict().items()})
    full = Card(
        **card,
        sha256=hashlib.sha256(data).hexdigest(),
        parameters=sum(p.numel() for p in network.parameters()),
    )
    where.mkdir(parents=True, exist_ok=True)
    replace_file(where / WEIGHTS, data)
    said = {key: value for key, value in vars(full).items() if value or key not in ("task", "classes", "likeness")}
    replace_file(where / CARD, tomli_w.dumps(said).encode())
    return full


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a reader never sees half of it, and nothing is left behind if it fails."""
    with whole_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that has another name until all of it is on the disk; an error leaves nothing of it."""
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
