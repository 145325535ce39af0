"""The networks that can be trained and shipped, by the kind that their card names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from drsn_core.errors import UnknownName
from drsn_core.nn.classifier import PaperNetwork, paper_network
from drsn_core.nn.denoiser import Denoiser
from drsn_core.nn.unet import ShrinkageUNet
from drsn_core.nn.wavelet import WaveletAttention

Network = Denoiser | ShrinkageUNet | WaveletAttention

KINDS: dict[str, Callable[..., Network | PaperNetwork]] = {
    "denoiser": Denoiser,
    "unet": ShrinkageUNet,
    "wavelet": WaveletAttention,
    "classifier": paper_network,
}


def build(shape: Mapping[str, Any]) -> Any:
    """Build the untrained network of a card's or recipe's ``network`` table; without a ``kind`` it is a `Denoiser`.

    A `Network`, or for "classifier" a `PaperNetwork`: which one is known only where it is asked for.
    """
    arguments = dict(shape)
    kind = cast("str", arguments.pop("kind", "denoiser"))
    if kind not in KINDS:
        raise UnknownName("kind of network", kind, KINDS)
    return KINDS[kind](**arguments)
