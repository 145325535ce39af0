"""What shrinkage costs: the networks of Table II against their ResNet twin, everything measured in one run.

Each round runs every contestant once, in turn, so that what else the machine does hits all alike; a ratio is that of
two neighbours in a round, and the median of the ratios of all rounds is reported, with the middle half beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

import torch
from torch import Tensor, nn

from drsn_core.errors import UnknownName
from drsn_core.nn import RSBU, fold, paper_network
from drsn_core.nn.classifier import PaperNetwork

#: Axes: the size of a sample. The features of the first units are about as many in both.
SPACES = {1: (2048,), 2: (96, 96)}
#: The paper's widths, and those of a network of common size.
WIDTHS = {"paper": (4, 8, 16), "wide": (32, 64, 128)}
BATCHES = (1, 64)


class NaiveRSBU(RSBU):
    """Shrinkage as it is mostly written: sign times maximum of a difference, all by broadcasting."""

    def forward(self, x: Tensor) -> Tensor:
        x_branch = self.branch(x)
        magnitude, alpha = self.threshold(x_branch)
        tau = (alpha * magnitude).reshape(*magnitude.shape, *(1,) * (x.ndim - 2))
        shrunk = torch.sign(x_branch) * torch.max(torch.abs(x_branch) - tau, torch.zeros_like(x_branch))
        return shrunk + self.shortcut(x)


class NumberRSBU(RSBU):
    """PyTorch's own soft threshold, which takes a number: no sub-network, the same threshold for all. A lower bound."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.softshrink(self.branch(x), 0.1) + self.shortcut(x)


def disguised(network: PaperNetwork, kind: type[RSBU]) -> PaperNetwork:
    """Let the units of ``network`` run as ``kind``."""
    for block in network.blocks:
        block.__class__ = kind
        if kind is NumberRSBU:
            block.threshold = nn.Identity()
    return network


#: Contestants: made of (widths, ndim). "resnet" is the twin that the others are divided by.
CONTESTANTS: dict[str, Callable[[Sequence[int], int], PaperNetwork]] = {
    "resnet": lambda widths, ndim: paper_network("resnet", ndim=ndim, widths=widths),
    "drsn-cw": lambda widths, ndim: paper_network("drsn-cw", ndim=ndim, widths=widths),
    "drsn-cs": lambda widths, ndim: paper_network("drsn-cs", ndim=ndim, widths=widths),
    "drsn-cw naive": lambda widths, ndim: disguised(paper_network("drsn-cw", ndim=ndim, widths=widths), NaiveRSBU),
    "softshrink(0.1)": lambda widths, ndim: disguised(paper_network("drsn-cw", ndim=ndim, widths=widths), NumberRSBU),
}
#: Those that are also measured folded, for inference.
FOLDED = ("resnet", "drsn-cw", "drsn-cs")


@dataclass(frozen=True)
class Row:
    """One contestant in one setting.

    ``ratio`` is its time over that of the plain ResNet twin, ``quarter`` and ``three_quarters`` the middle half of the
    rounds; ``same_path`` is a folded network's time over that of the folded twin (else equal to ``ratio``).
    """

    setting: str
    network: str
    milliseconds: float
    ratio: float
    quarter: float
    three_quarters: float
    same_path: float


def measure(methods: Sequence[str] = (), rounds: int = 40) -> Iterator[Row]:
    """Yield a row per contestant and setting; ``methods`` picks settings by their words, as "batch 1" or "2-D"."""
    settings = {
        f"{'train' if training else 'infer'}, {ndim}-D, {size}, batch {batch}": (training, ndim, size, batch)
        for ndim in SPACES
        for size in WIDTHS
        for training, batch in ((False, 1), (False, 64), (True, 64))
    }
    chosen = {name: setting for name, setting in settings.items() if all(word in name for word in methods)}
    if not chosen:
        raise UnknownName("setting", " ".join(methods), settings)
    for name, (training, ndim, size, batch) in chosen.items():
        x = torch.randn(batch, 1, *SPACES[ndim], generator=torch.Generator().manual_seed(0))
        heavy = size == "wide" and batch > 1
        yield from _compare(name, training, ndim, WIDTHS[size], x, max(5, rounds // 5) if heavy else rounds)


def _compare(setting: str, training: bool, ndim: int, widths: Sequence[int], x: Tensor, rounds: int) -> Iterator[Row]:
    networks: dict[str, nn.Module] = {name: make(widths, ndim) for name, make in CONTESTANTS.items()}
    if not training:
        networks |= {f"{name} folded": fold(networks[name]) for name in FOLDED}
    runs = {name: _step(network.train(training), x, training) for name, network in networks.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 2):  # two to warm up
        for name, run in runs.items():
            began = perf_counter()
            run()
            if turn >= 2:
                times[name].append(perf_counter() - began)
    for name, seconds in times.items():
        ratios = [a / b for a, b in zip(seconds, times["resnet"], strict=True)]
        twin = times["resnet folded" if name.endswith(" folded") else "resnet"]
        same = median(a / b for a, b in zip(seconds, twin, strict=True))
        first, middle, third = quantiles(ratios, n=4)
        yield Row(setting, name, 1000 * median(seconds), middle, first, third, same)


def _step(network: nn.Module, x: Tensor, training: bool) -> Callable[[], None]:
    def learn() -> None:
        network.zero_grad()
        network(x).square().mean().backward()

    def infer() -> None:
        with torch.inference_mode():
            network(x)

    return learn if training else infer
