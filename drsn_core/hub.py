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
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from drsn_core import bundle
from drsn_core.errors import BadWeights, TooLarge, UnknownName, quote

if TYPE_CHECKING:
    from drsn_core.nn.classifier import PaperNetwork
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


#: Bytes of a stranger's card and weights.
CARD_BYTES, WEIGHTS_BYTES = 64 * 2**10, 8 * 2**20

#: What a stranger's card says beside the table ``network``, if it likes.
_PLAIN: dict[str, type] = {"name": str, "summary": str, "sha256": str, "licence": str, "limits": str, "sources": str}
_PLAIN |= {"task": str, "classes": list, "training": dict, "scores": dict}


def read_network(card: bytes, weights: bytes, name: str = "network") -> tuple[Card, Network | PaperNetwork]:
    """Build a network from a stranger's two files: a card in TOML, and weights as safetensors.

    Parameters
    ----------
    card : what `save` and ``drsn train`` write; of it only the table ``network`` must be there, for example

        .. code-block:: toml

            [network]
            kind = "classifier"
            name = "drsn-cw"
            n_classes = 8
    weights : a safetensors file, never a pickle
    name : what to call the network where the card does not say

    Returns
    -------
    Card, network
        The card with what was found filled in, and the network in eval mode.

    Raises
    ------
    TooLarge
        Beyond `CARD_BYTES` and `WEIGHTS_BYTES`.
    BadWeights, UnknownName, BadParameter
        If a file is not what it should be, the two do not belong together, or the network would be unreasonably large.
    """
    import safetensors.torch

    from drsn_core.nn.claimed import build_claimed

    for what, data, limit in ((f"card of {name}", card, CARD_BYTES), (f"weights of {name}", weights, WEIGHTS_BYTES)):
        if len(data) > limit:
            raise TooLarge(what, len(data), limit, "bytes")
    said = _said(card, name)
    name = quote(said.get("name") or name)
    if weights[:2] == b"PK" or weights[:1] == b"\x80":
        raise BadWeights(name, "its weights are a pickle, which can run code; save them with safetensors instead")
    try:
        tensors = safetensors.torch.load(weights)
    except Exception as exc:  # several kinds, some without a name of their own
        raise BadWeights(name, "its weights are no safetensors file, or a damaged one") from exc
    checksum = hashlib.sha256(weights).hexdigest()
    if said.get("sha256") not in (None, "", checksum):
        raise BadWeights(name, "its weights differ from the checksum on its card")
    network = build_claimed(name, said["network"], tensors)
    full = {"summary": "", "licence": "", "training": {}, "scores": {}, **said, "name": name, "sha256": checksum}
    full["classes"] = tuple(quote(str(one)) for one in said.get("classes", ())[:MOST_CLASSES])
    return Card(**full, parameters=sum(p.numel() for p in network.parameters())), cast("Network", network)


#: Names of classes that are read from a card.
MOST_CLASSES = 512


def _said(card: bytes, name: str) -> dict[str, Any]:
    """Everything on a stranger's card that we know, of the kind that it should be."""
    try:
        said = tomllib.loads(card.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise BadWeights(name, "its card is no TOML file") from exc
    if not isinstance(said.get("network"), dict):
        raise BadWeights(name, "its card has no table [network] that says of what it is made")
    known = {key: said[key] for key, kind in _PLAIN.items() if isinstance(said.get(key), kind)}
    return known | {"network": said["network"]}


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
