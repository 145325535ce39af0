"""Training as a stream: ``for epoch in fit(config)``; nothing is printed, and only a checkpoint is saved."""

from __future__ import annotations

import copy
import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from drsn_core import hub
from drsn_core.errors import BadRecipe
from drsn_core.nn.blocks import RBU
from drsn_core.nn.kinds import Network, build
from drsn_core.nn.unet import PlainUnit
from drsn_core.train import checkpoint
from drsn_core.train.config import Config, Training
from drsn_core.train.task import Batch, Task, in_words, task

#: A card keeps about this many points of the training curve, each "step loss held-out-SNR".
CURVE_POINTS = 24

#: A unit added to a trained network begins with this share of the size its branch would have.
QUIET = 0.05


@dataclass(frozen=True)
class Epoch:
    """One report of a running training; ``network`` has the averaged weights, in eval mode until the next report."""

    step: int
    steps: int
    loss: float
    validation_snr_db: float
    alphas: tuple[float, ...]
    seconds: float
    cpu_seconds: float
    curve: tuple[tuple[float, ...], ...]
    network: Network


def learning_rate(step: int, training: Training) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    if step < training.warmup_steps:
        return training.learning_rate * (step + 1) / training.warmup_steps
    done = (step - training.warmup_steps) / max(1, training.steps - training.warmup_steps)
    return training.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def optimiser(network: nn.Module, training: Training) -> torch.optim.AdamW:
    """AdamW that decays weights of convolutions and dense layers only, not biases or batch norms."""
    parameters = list(network.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": training.weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=training.learning_rate,
        fused=True,  # of many small tensors: a fifth of the time
    )


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move ``average`` toward ``network``: an exponential mean of the weights, quicker in the first steps."""
    share = 1 - min(decay, (1 + step) / (10 + step))
    pairs = list(zip(_tensors(average), _tensors(network), strict=True))
    floats = [(mine, theirs) for mine, theirs in pairs if mine.is_floating_point()]
    torch._foreach_lerp_([mine for mine, _ in floats], [theirs for _, theirs in floats], share)
    for mine, theirs in pairs:
        if not mine.is_floating_point():
            mine.copy_(theirs)


def _tensors(network: nn.Module) -> Iterator[Tensor]:
    return itertools.chain(network.parameters(), network.buffers())


def fit(config: Config, folder: Path | None = None) -> Iterator[Epoch]:
    """Train a network on an endless stream, report every ``epoch_steps`` steps.

    The generator owns the networks; stop iterating to stop the training. With a ``folder`` it leaves a checkpoint
    there before each report and begins where the last one ended. The same recipe and the same number of threads give
    the same weights on the same machine, whether interrupted or not.

    Raises
    ------
    BadData
        If the recipe's folder lacks the recordings or pictures it names.
    BadRecipe, BadWeights
        If the folder holds another training, or no readable one; if the network to start from is another one; if
        the loss is no longer finite.
    """
    training = config.training
    torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    aim = task(config.data)
    network = _beginning(config)
    network.to(memory_format=aim.memory_format)  # type: ignore[call-overload]
    average = copy.deepcopy(network).requires_grad_(False)
    optimizer = optimiser(network, training)
    path = folder / checkpoint.FILE if folder else None
    state = checkpoint.resume(path, config, network, average, optimizer) if path else checkpoint.State()
    stream = aim.stream(training.seed, state.step)
    began, began_cpu = time.perf_counter() - state.seconds, time.process_time() - state.cpu_seconds
    losses: list[float] = []
    network.train()
    for step in range(state.step, training.steps):
        losses.append(_step(network, optimizer, aim, next(stream), learning_rate(step, training), training.precision))
        if not math.isfinite(losses[-1]):
            raise BadRecipe(config.name, f"the loss is not finite after step {step + 1}; lower learning_rate")
        follow(average, network, training.ema, step)
        if (step + 1) % training.epoch_steps == 0 or step + 1 == training.steps:
            snr_db, alphas = validate(average, aim)
            point = [step + 1, round(sum(losses) / len(losses), 4), round(snr_db, 3)]
            state = replace(
                state,
                step=step + 1,
                seconds=time.perf_counter() - began,
                cpu_seconds=time.process_time() - began_cpu,
                curve=[*state.curve, point],
            )
            if path:
                checkpoint.write(path, config, state, network, average, optimizer)
            curve = tuple(map(tuple, state.curve))
            yield Epoch(
                step=step + 1,
                steps=training.steps,
                loss=sum(losses) / len(losses),
                validation_snr_db=snr_db,
                alphas=alphas,
                seconds=state.seconds,
                cpu_seconds=state.cpu_seconds,
                curve=curve,
                network=average,
            )
            losses.clear()


def _beginning(config: Config) -> Network:
    """The network before its first step: with random weights, or with those of the shipped network it starts from."""
    network: Network = build(config.network.model_dump())
    if config.training.start:
        try:
            grow(network, hub.load(config.training.start))
        except (RuntimeError, ValueError) as exc:
            raise BadRecipe(config.name, f"training.start: {config.training.start} is another network") from exc
    return network


@torch.no_grad()
def grow(network: nn.Module, trained: nn.Module) -> None:
    """Give ``network`` the weights of ``trained``; what it has beyond them begins almost as the identity.

    That is: further units, coarser scales, approximations, and the mark of what is laid around a signal, which begins
    at zero. The branch of such a unit, and what the others add, are scaled down by `QUIET`; at zero units would be
    stuck, as soft thresholding has no slope there. So a trained network goes on with more parts from about where it
    stood.

    Raises
    ------
    RuntimeError
        If the shapes differ, or ``trained`` has a part that ``network`` lacks.
    ValueError
        If ``network`` lacks weights outside of these parts.
    """
    coarser = len(getattr(network, "encoder", ())) - len(getattr(trained, "encoder", ()))
    weights = {_place(key, coarser): value for key, value in trained.state_dict().items()}
    if getattr(network, "around", 0) and not getattr(trained, "around", 0):
        known = weights["stem.weight"]
        weights["stem.weight"] = torch.cat([known, torch.zeros_like(known)], dim=1)
    found = network.load_state_dict(weights, strict=False)
    if found.unexpected_keys:
        raise ValueError(f"no place for {found.unexpected_keys[0]}")
    quiet = {f"{name}.": part.conv2 for name, part in network.named_modules() if isinstance(part, (RBU, PlainUnit))}
    quiet |= {f"merge.{scale}.": part for scale, part in enumerate(getattr(network, "merge", ())) if scale < coarser}
    quiet |= {f"approximation.{scale}.": part for scale, part in enumerate(getattr(network, "approximation", ()))}
    missing = set(found.missing_keys)
    for name, part in quiet.items():
        if {key for key, _ in network.named_parameters() if key.startswith(name)} <= missing:
            for values in part.parameters():
                values.mul_(QUIET)
            missing = {key for key in missing if not key.startswith(name)}
    if missing:
        raise ValueError(f"no weights for {min(missing)}")


def _place(key: str, coarser: int) -> str:
    """Where a weight lies in a network of so many coarser scales: the decoder counts them from the coarsest."""
    part, _, rest = key.partition(".")
    if part not in ("decoder", "merge"):
        return key
    scale, _, rest = rest.partition(".")
    return f"{part}.{int(scale) + coarser}.{rest}"


def _step(
    network: Network, optimizer: torch.optim.Optimizer, aim: Task, batch: Batch, rate: float, precision: str
) -> float:
    """One update of the weights; returns the loss."""
    noisy, clean = map(torch.from_numpy, batch)
    y, shift, scale = aim.scaled(noisy)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        estimate = network(y.contiguous(memory_format=aim.memory_format))
    loss = aim.loss(estimate.float(), (clean - shift) / scale)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def validate(network: Network, aim: Task) -> tuple[float, tuple[float, ...]]:
    """Mean output SNR in dB over held-out pairs, and the mean alpha of every unit."""
    network.eval()
    snrs: list[Tensor] = []
    alphas: list[Tensor] = []
    for pair in aim.held_out:
        noisy, clean = map(torch.from_numpy, pair)
        y, shift, scale = aim.scaled(noisy)
        estimate, decisions = network.traced(y)
        power, error = (x.square().flatten(1).sum(-1) for x in (clean, estimate * scale + shift - clean))
        snrs.append(10 * torch.log10(power / error.clamp_min(1e-12)))
        alphas.append(torch.tensor([decision.alpha.mean() for decision in decisions]))
    return torch.cat(snrs).mean().item(), tuple(torch.stack(alphas).mean(0).tolist())


def card(config: Config, epoch: Epoch) -> dict[str, Any]:
    """What a card says of a network trained so far; `drsn_core.hub.save` adds checksum and size."""
    training = config.training
    every = max(1, len(epoch.curve) // CURVE_POINTS)
    return {
        "name": config.name,
        "summary": config.note,
        "licence": "MIT",
        "network": config.network.model_dump(mode="json"),
        "training": {
            **in_words(config.data),
            **config.data.model_dump(mode="json", include={"snr_db", "length", "sigma", "patch", "batch"}),
            **config.data.model_dump(
                mode="json", include={"skew", "families", "joined", "faint"}, exclude_defaults=True
            ),
            **training.model_dump(mode="json", include={"start", "precision"}, exclude_defaults=True),
            "steps": epoch.step,
            "steps_planned": training.steps,
            "seed": training.seed,
            "cpu_minutes": round(epoch.cpu_seconds / 60, 1),
            "curve": "; ".join(f"{step:g} {loss:.3f} {snr:.2f}" for step, loss, snr in epoch.curve[::-every][::-1]),
        },
        "scores": {"held_out_snr_db": round(epoch.validation_snr_db, 2)},
        "limits": config.limits,
        "sources": config.sources,
    }
