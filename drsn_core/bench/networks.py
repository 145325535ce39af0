"""How long the trained denoisers take, as they are and on the paths that might be quicker, all in one run.

Each round runs every path of a network once, in turn, so that what else the machine does hits all alike; ratios are
those of neighbours in a round. Beside the time stands what a path changes in the estimate: its difference from that
of float32, in dB below the noise that was taken away.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from drsn_core import hub
from drsn_core.errors import UnknownName, Unsupported
from drsn_core.export import portable, to_onnx
from drsn_core.photographs import photograph
from drsn_core.synth import signal

#: Samples of the signal, and pixels a side of the picture; σ of the noise on them, signals at 5 dB.
LENGTH, SIDE, SIGMA = 4096, 512, 25 / 255

#: Seconds; a path that takes longer, as bfloat16 does where the processor has none, is run once.
SLOW = 3.0

Estimate = Callable[[], Tensor]


@dataclass(frozen=True)
class Row:
    """One network on one path.

    ``ratio`` is its time over that of float32, ``quarter`` and ``three_quarters`` the middle half of the rounds;
    ``difference_db`` is the energy of the difference from the estimate of float32 over that of the removed noise, in
    dB: −40 is a ten-thousandth.
    """

    network: str
    on: str
    path: str
    milliseconds: float
    ratio: float
    quarter: float
    three_quarters: float
    difference_db: float


def bed(network: nn.Module, channels: int, length: int = LENGTH) -> tuple[str, Tensor]:
    """What a network is given: Doppler of some ``length`` at 5 dB, or a photograph with noise; and how large it is."""
    rng = np.random.default_rng(0)
    if getattr(network, "ndim", 1) == 1:
        clean = signal("doppler", length=length).samples
        noisy = clean + clean.std() * 10 ** (-5 / 20) * rng.standard_normal(clean.shape)
        return f"{length} samples", torch.from_numpy(noisy.astype(np.float32))[None]
    pixels = photograph("astronaut" if channels == 3 else "camera").pixels[:channels, :SIDE, :SIDE]
    noisy = pixels + SIGMA * rng.standard_normal(pixels.shape)
    return f"{SIDE} x {SIDE} x {channels}", torch.from_numpy(noisy.astype(np.float32))[None]


def paths(name: str, network: nn.Module, x: Tensor) -> dict[str, Estimate]:
    """The ways to run a network on this machine: float32 and bfloat16 in PyTorch, and ONNX if onnxruntime is there."""

    def half() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            found: Tensor = network(x)
        return found.float()

    ways: dict[str, Estimate] = {"float32": lambda: network(x), "bfloat16": half}
    if all(importlib.util.find_spec(package) for package in ("onnx", "onnxruntime")):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(to_onnx(name), options, providers=["CPUExecutionProvider"])
        ways["onnx"] = lambda: torch.from_numpy(session.run(None, {"x": x.numpy()})[0])
    return ways


def measure(names: Sequence[str] = (), rounds: int = 20, length: int = LENGTH) -> Iterator[Row]:
    """Yield a row per network and path; all denoisers that can be exported unless some are named.

    Those of signals are given ``length`` samples.

    Raises
    ------
    UnknownName
    """
    known = [name for name, card in hub.cards().items() if not card.task]
    if unknown := set(names) - set(known):
        raise UnknownName("denoiser", unknown.pop(), known)
    for name in names or known:
        try:
            network = portable(name)
        except Unsupported:
            continue  # by the Fourier transform, which neither path has
        on, x = bed(hub.load(name), hub.cards()[name].network.get("channels", 1), length)
        yield from _turns(name, on, x, paths(name, network, x), rounds)


def _turns(name: str, on: str, x: Tensor, ways: dict[str, Estimate], rounds: int) -> Iterator[Row]:
    times: dict[str, list[float]] = {path: [] for path in ways}
    estimates: dict[str, Tensor] = {}
    with torch.inference_mode():
        for path, run in ways.items():  # to warm up
            began = perf_counter()
            estimates[path] = run()
            if perf_counter() - began > SLOW:
                times[path] = [perf_counter() - began] * rounds
        for _ in range(rounds):
            for path in (path for path in ways if len(times[path]) < rounds):
                began = perf_counter()
                estimates[path] = ways[path]()
                times[path].append(perf_counter() - began)
    plain = estimates["float32"]
    removed = float((x - plain).square().mean())
    for path, took in times.items():
        first, middle, third = quantiles([a / b for a, b in zip(took, times["float32"], strict=True)], n=4)
        off = float((estimates[path] - plain).square().mean())
        decibels = 10 * float(np.log10(off / removed)) if off > 0 else -np.inf
        yield Row(name, on, path, 1000 * median(took), middle, first, third, decibels)
