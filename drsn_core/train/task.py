"""What a network is trained for: where its batches come from, the scale it sees them in, and what counts as error."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from drsn_core.learned_images import CONTRAST, MIDDLE
from drsn_core.train.batches import pairs
from drsn_core.train.config import Data, Pictures, Signals
from drsn_core.train.pictures import patches

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]

#: The validation stream draws from seeds that no training run uses.
VALIDATION_SEED = 2**31

#: Errors of pictures that nobody sees, as a mean square at the network's scale: 0.6 of 255 gray levels.
UNSEEN = 1e-4


def standardise(noisy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shift and scale each signal (last axis) to mean 0 and standard deviation 1; return it, mean and scale."""
    mean = noisy.mean(dim=-1, keepdim=True)
    scale = noisy.std(dim=-1, keepdim=True, correction=0).clamp_min(torch.finfo(noisy.dtype).tiny)
    return (noisy - mean) / scale, mean, scale


def fixed_scale(noisy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shift and scale pictures by `MIDDLE` and `CONTRAST`: their brightness and contrast mean something."""
    middle, contrast = noisy.new_tensor(MIDDLE), noisy.new_tensor(CONTRAST)
    return (noisy - middle) / contrast, middle, contrast


def log_mse(estimate: Tensor, clean: Tensor, floor: float = 1e-8) -> Tensor:
    """Mean over samples of ln(``floor`` + mean squared error): every decibel counts the same, at any noise level."""
    return (estimate - clean).square().flatten(1).mean(dim=-1).add(floor).log().mean()


def mean_absolute(estimate: Tensor, clean: Tensor) -> Tensor:
    """Mean absolute error: strong noise counts more than weak noise, but less than by its square."""
    return (estimate - clean).abs().mean()


Loss = Callable[[Tensor, Tensor], Tensor]

#: Losses of pictures by their name in a recipe, each with what a card calls it.
PICTURE_LOSSES: dict[str, tuple[Loss, str]] = {
    "absolute": (mean_absolute, "mean absolute error"),
    "decibels": (functools.partial(log_mse, floor=UNSEEN), "mean over patches of ln(mean squared error)"),
}


@dataclass(frozen=True)
class Task:
    """``stream(seed, first)`` yields batches of shape (batch, ..., *space) from number ``first`` on."""

    stream: Callable[[int, int], Iterator[Batch]]
    held_out: list[Batch]
    scaled: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
    loss: Loss
    memory_format: torch.memory_format


def task(data: Data) -> Task:
    """The task that a recipe's ``data`` table stands for."""
    if isinstance(data, Signals):
        one_channel: Callable[[Batch], Batch] = lambda batch: (batch[0][:, None], batch[1][:, None])  # noqa: E731
        return Task(
            stream=lambda seed, first: map(one_channel, pairs(data, seed, first)),
            held_out=[one_channel(batch) for batch in itertools.islice(pairs(data, VALIDATION_SEED), 8)],
            scaled=standardise,
            loss=log_mse,
            memory_format=torch.contiguous_format,
        )
    assert isinstance(data, Pictures)
    return Task(
        stream=lambda seed, first: patches(data, seed, first),
        held_out=list(itertools.islice(patches(data, VALIDATION_SEED, held_out=True), 8)),
        scaled=fixed_scale,
        loss=PICTURE_LOSSES[data.loss][0],
        # Measured on a processor: a tenth less time a step than with channels first.
        memory_format=torch.channels_last,
    )


def in_words(data: Data) -> dict[str, str]:
    """What a card says of the data and of the loss."""
    if isinstance(data, Pictures):
        colour = ", in colour" if data.colour else ""
        return {
            "data": ", ".join(data.files) + f"{colour}; white Gaussian noise",
            "loss": PICTURE_LOSSES[data.loss][1],
        }
    recorded = "".join(f", {recordings.files}" for recordings in data.recordings) if data.recorded else ""
    noise = "white Gaussian noise" if data.noise == ("gaussian",) else f"noise mixed of {', '.join(data.noise)}"
    return {
        "data": f"random synthetic signals of drsn_core.train.batches{recorded}; {noise}",
        "loss": "mean over signals of ln(mean squared error)",
    }
