"""Training as a stream: ``for epoch in fit(config)``; nothing is printed, nothing is saved here."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from drsn_core.nn.denoiser import Denoiser
from drsn_core.train.batches import pairs
from drsn_core.train.config import Config, Training

Array = NDArray[np.float32]

#: The validation stream draws from seeds that no training run uses.
VALIDATION_SEED = 2**31


@dataclass(frozen=True)
class Epoch:
    """One report of a running training; ``network`` is the live network, in eval mode until the next report."""

    step: int
    steps: int
    loss: float
    validation_snr_db: float
    alphas: tuple[float, ...]
    seconds: float
    cpu_seconds: float
    network: Denoiser


def standardise(noisy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shift and scale each signal (last axis) to mean 0 and standard deviation 1; return it, mean and scale."""
    mean = noisy.mean(dim=-1, keepdim=True)
    scale = noisy.std(dim=-1, keepdim=True, correction=0).clamp_min(torch.finfo(noisy.dtype).tiny)
    return (noisy - mean) / scale, mean, scale


def log_mse(estimate: Tensor, clean: Tensor) -> Tensor:
    """Mean over signals of ln(mean squared error): every decibel counts the same, at any noise level."""
    return (estimate - clean).square().mean(dim=-1).add(1e-8).log().mean()


def learning_rate(step: int, training: Training) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    if step < training.warmup_steps:
        return training.learning_rate * (step + 1) / training.warmup_steps
    done = (step - training.warmup_steps) / max(1, training.steps - training.warmup_steps)
    return training.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def optimiser(network: Denoiser, training: Training) -> torch.optim.AdamW:
    """AdamW that decays weights of convolutions and dense layers only, not biases or batch norms."""
    parameters = list(network.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": training.weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=training.learning_rate,
    )


def fit(config: Config) -> Iterator[Epoch]:
    """Train a `Denoiser` on random signals, report every ``epoch_steps`` steps.

    The generator owns the network; stop iterating to stop the training. The same recipe and the same number of
    threads give the same weights on the same machine.
    """
    training = config.training
    torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    network = Denoiser(**config.network.model_dump())
    stream = pairs(config.data, training.seed)
    held_out = [next(pairs(config.data, VALIDATION_SEED + i)) for i in range(8)]
    optimizer = optimiser(network, training)
    began, began_cpu = time.perf_counter(), time.process_time()
    losses: list[float] = []
    for step in range(training.steps):
        network.train()
        noisy, clean = map(torch.from_numpy, next(stream))
        y, mean, scale = standardise(noisy)
        loss = log_mse(network(y.unsqueeze(1)).squeeze(1), (clean - mean) / scale)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, training)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % training.epoch_steps == 0 or step + 1 == training.steps:
            snr_db, alphas = validate(network, held_out)
            yield Epoch(
                step=step + 1,
                steps=training.steps,
                loss=sum(losses) / len(losses),
                validation_snr_db=snr_db,
                alphas=alphas,
                seconds=time.perf_counter() - began,
                cpu_seconds=time.process_time() - began_cpu,
                network=network,
            )
            losses.clear()


@torch.inference_mode()
def validate(network: Denoiser, batches: list[tuple[Array, Array]]) -> tuple[float, tuple[float, ...]]:
    """Mean output SNR in dB over held-out pairs, and the mean alpha of every unit."""
    network.eval()
    snrs: list[Tensor] = []
    alphas: list[Tensor] = []
    for pair in batches:
        noisy, clean = map(torch.from_numpy, pair)
        y, mean, scale = standardise(noisy)
        estimate, decisions = network.traced(y.unsqueeze(1))
        error = estimate.squeeze(1) * scale + mean - clean
        snrs.append(10 * torch.log10(clean.square().sum(-1) / error.square().sum(-1).clamp_min(1e-12)))
        alphas.append(torch.stack([decision.alpha.mean() for decision in decisions]))
    return torch.cat(snrs).mean().item(), tuple(torch.stack(alphas).mean(0).tolist())


def card(config: Config, epoch: Epoch) -> dict[str, Any]:
    """What a card says of a network trained so far; `drsn_core.hub.save` adds checksum and size."""
    data, training = config.data, config.training
    return {
        "name": config.name,
        "summary": config.note,
        "licence": "MIT",
        "network": config.network.model_dump(mode="json"),
        "training": {
            "data": "random synthetic signals of drsn_core.train.batches, white Gaussian noise",
            "snr_db": list(data.snr_db),
            "length": data.length,
            "batch": data.batch,
            "steps": epoch.step,
            "steps_planned": training.steps,
            "seed": training.seed,
            "cpu_minutes": round(epoch.cpu_seconds / 60, 1),
            "loss": "mean over signals of ln(mean squared error)",
        },
        "scores": {"held_out_snr_db": round(epoch.validation_snr_db, 2)},
    }
