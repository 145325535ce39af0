"""Why identity shortcuts: many units with and without them, from the same initial values, on the same data.

Small enough for a class: few channels, short windows of the simulated rig, two networks in under a minute on one core.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from drsn_core import synth
from drsn_core.data import FloatArray
from drsn_core.nn.blocks import CBU, RBU
from drsn_core.nn.classifier import paper_init
from drsn_core.noise import add_noise

#: States of the rig that are told apart, samples of a window, and windows cut from one recording.
STATES = ("inner-race", "ball", "pitting", "missing-tooth")
WINDOW, CUTS, SNR_DB = 256, 4, 5.0

#: Recordings of each state to train on and to test on.
RECORDINGS, TESTED = 20, 8

CHANNELS, BATCH, RATE, MOMENTUM = 8, 32, 0.05, 0.9

#: Units that are stacked, by name.
KINDS: dict[str, type[CBU]] = {"plain": CBU, "residual": RBU}


def network(kind: str, units: int, seed: int = 0) -> nn.Sequential:
    """A stem, ``units`` units of one kind (two convolutions each), norm, average, and a dense layer.

    Both kinds have the same layers and, from one seed, the same initial values: the shortcut has no weights.
    """
    generator = torch.Generator().manual_seed(seed)
    layers = nn.Sequential(
        nn.Conv1d(1, CHANNELS, 7, 2, 3),
        *(KINDS[kind](CHANNELS, CHANNELS) for _ in range(units)),
        nn.BatchNorm1d(CHANNELS),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(CHANNELS, len(STATES)),
    )
    paper_init(layers, generator)
    return layers


@functools.cache
def windows(recordings: int = RECORDINGS, first_seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noisy windows of the rig, mean 0 and deviation 1, (windows, 1, WINDOW), and the number of their state."""
    rows, states = [], []
    for label, state in enumerate(STATES):
        for seed in range(first_seed, first_seed + recordings):
            recording = add_noise(synth.rig(state, length=WINDOW * CUTS, seed=seed), "gaussian", SNR_DB, seed=seed)
            rows.append(recording.samples[0].reshape(CUTS, WINDOW))
            states += [label] * CUTS
    x = np.concatenate(rows)
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    return torch.from_numpy(x.astype(np.float32))[:, None], torch.tensor(states)


def gradients(kind: str, units: int, seed: int = 0) -> FloatArray:
    r"""Size of the gradient behind every unit before any training: :math:`\|\partial L / \partial h_k\|`, (units,).

    One batch, batch norm with the statistics of the batch, as in training.
    """
    layers = network(kind, units, seed).train()
    x, states = windows()
    batch = torch.linspace(0, len(x) - 1, BATCH).long()
    h, seen = layers[0](x[batch]), []
    for layer in list(layers)[1:]:
        h = layer(h)
        if isinstance(layer, CBU):
            h.retain_grad()
            seen.append(h)
    F.cross_entropy(h, states[batch]).backward()  # type: ignore[no-untyped-call]
    return np.array([float(one.grad.norm()) for one in seen if one.grad is not None])


@dataclass(frozen=True)
class Lap:
    """Where the two networks are after a step.

    Parameters
    ----------
    step : counted from 1
    losses : by kind, of this step's batch
    accuracy : by kind, share of the test windows that are told rightly; None between tests
    """

    step: int
    losses: dict[str, float]
    accuracy: dict[str, float] | None


def race(units: int, steps: int, seed: int = 0, tests: int = 5) -> Iterator[Lap]:
    """Train both kinds side by side, one step at a time, on the same batches; ``tests`` times they are tested.

    Stochastic gradient descent, rate 0.05, momentum 0.9, batches of 32.
    """
    networks = {kind: network(kind, units, seed) for kind in KINDS}
    optimizers = {kind: torch.optim.SGD(one.parameters(), lr=RATE, momentum=MOMENTUM) for kind, one in networks.items()}
    (x, states), (tested, truth) = windows(), windows(TESTED, 1000)
    draw = torch.Generator().manual_seed(seed)
    tested_at = set(np.linspace(0, steps, tests + 1).round().astype(int)[1:].tolist())
    for step in range(1, steps + 1):
        batch = torch.randint(0, len(x), (BATCH,), generator=draw)
        losses = {}
        for kind, one in networks.items():
            one.train()
            loss = F.cross_entropy(one(x[batch]), states[batch])
            optimizers[kind].zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizers[kind].step()
            losses[kind] = float(loss.detach())
        right = {kind: _right(one, tested, truth) for kind, one in networks.items()} if step in tested_at else None
        yield Lap(step, losses, right)


def _right(layers: nn.Module, x: Tensor, states: Tensor) -> float:
    layers.eval()
    with torch.inference_mode():
        return float((layers(x).argmax(dim=1) == states).float().mean())
