"""What shrinkage costs: the networks of Table II against their ResNet twin, everything measured in one run.

Each round runs every contestant once, in turn, so that what else the machine does hits all alike; a ratio is that of
two neighbours in a round, and the median of the ratios of all rounds is reported, with the middle half beside it.
Processor time is measured as well: what other programs take is not in it.

A batch of one is also measured on the paths that take less time there: folded and compiled (where there is a C++
compiler with the headers of Python), and folded, as ONNX, in onnxruntime (where that is installed).
"""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import torch
from torch import Tensor, nn

from drsn_core.errors import UnknownName
from drsn_core.export import recorded
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
#: Those that are also measured on other paths, for inference.
PREPARED = ("resnet", "drsn-cw", "drsn-cs")


def compiler() -> bool:
    """Whether ``torch.compile`` finds what it needs: a C++ compiler, and the headers of Python."""
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    return headers.exists() and any(map(shutil.which, ("g++", "clang++", "c++")))


def folded(network: nn.Module, x: Tensor) -> Callable[[], Any]:
    """The network with its batch norms folded away."""
    quick = fold(network)
    return lambda: quick(x)


def compiled(network: nn.Module, x: Tensor) -> Callable[[], Any]:
    """Folded, and compiled to machine code for the shape of ``x``."""
    quick = torch.compile(fold(network), dynamic=False)
    return lambda: quick(x)


def in_onnxruntime(network: nn.Module, x: Tensor) -> Callable[[], Any]:
    """Folded, exported, and run by onnxruntime on as many threads as PyTorch has."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    file = recorded(fold(network), x, (0,))
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    numbers = x.numpy()
    return lambda: session.run(None, {"x": numbers})


#: Ways to run a network that is not to be trained, in the order of the effort.
PATHS: dict[str, Callable[[nn.Module, Tensor], Callable[[], Any]]] = {
    "folded": folded,
    "compiled": compiled,
    "onnx": in_onnxruntime,
}


def paths(batch: int) -> tuple[str, ...]:
    """The paths that are measured for a batch: all that this machine has for a batch of one, else the first."""
    if batch > 1:
        return ("folded",)
    onnx = all(importlib.util.find_spec(package) for package in ("onnx", "onnxruntime"))
    return ("folded", *(["compiled"] if compiler() else []), *(["onnx"] if onnx else []))


@dataclass(frozen=True)
class Row:
    """One contestant in one setting.

    ``ratio`` is its time over that of the plain ResNet twin, ``quarter`` and ``three_quarters`` the middle half of the
    rounds; ``same_path`` is its time over that of the ResNet twin on the same path (folded, compiled ...), and
    ``same_path_cpu`` the same of processor time, that of all threads together.
    """

    setting: str
    network: str
    milliseconds: float
    ratio: float
    quarter: float
    three_quarters: float
    same_path: float
    same_path_cpu: float


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
    networks = {name: make(widths, ndim).train(training) for name, make in CONTESTANTS.items()}
    runs = {name: _step(network, x, training) for name, network in networks.items()}
    twins = dict.fromkeys(runs, "resnet")
    if not training:
        for path in paths(len(x)):
            for name in PREPARED:
                runs[f"{name} {path}"] = _inference(PATHS[path](networks[name], x))
                twins[f"{name} {path}"] = f"resnet {path}"
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for turn in range(rounds + 2):  # two to warm up
        for name, run in runs.items():
            began, began_cpu = perf_counter(), process_time()
            run()
            if turn >= 2:
                times[name].append((perf_counter() - began, process_time() - began_cpu))
    for name, took in times.items():
        ratios = [a[0] / b[0] for a, b in zip(took, times["resnet"], strict=True)]
        both = list(zip(took, times[twins[name]], strict=True))
        same, same_cpu = (median(a[i] / max(b[i], 1e-6) for a, b in both) for i in (0, 1))
        first, middle, third = quantiles(ratios, n=4)
        yield Row(setting, name, 1000 * median(t for t, _ in took), middle, first, third, same, same_cpu)


def _step(network: nn.Module, x: Tensor, training: bool) -> Callable[[], None]:
    def learn() -> None:
        network.zero_grad()
        network(x).square().mean().backward()

    return learn if training else _inference(lambda: network(x))


def _inference(call: Callable[[], Any]) -> Callable[[], None]:
    def infer() -> None:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of PyTorch about itself, while it compiles
            call()

    return infer
