"""Training classifiers as a stream: ``for epoch in fit(config)``, with the paper's optimiser and schedule."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from drsn_core.errors import BadRecipe, BadWeights
from drsn_core.nn.classifier import PaperNetwork, paper_recipe
from drsn_core.nn.kinds import build
from drsn_core.tasks import TASKS
from drsn_core.train.classconfig import STEPS, ClassifierConfig, LabelledData
from drsn_core.train.labelled import LOADERS, STREAMS, Labelled, Wanted, prepared, with_noise

CHECKPOINT = "training.pt"

#: Windows a step when nothing is learned.
LOOKED_AT = 256


@dataclass(frozen=True)
class Epoch:
    """One report of a running training; ``network`` is that being trained, in eval mode until the next report.

    ``loss`` and ``accuracy`` are means over the epoch's training windows, as they went by; ``validation`` is the share
    of validation windows that are classified right.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    validation: float
    cpu_seconds: float
    curve: tuple[tuple[float, ...], ...]
    network: PaperNetwork


def clean_part(data: LabelledData, part: str, seed: int = 0) -> Labelled:
    """The windows of one part, without noise."""
    groups = data.train_groups if part == "train" else (data.test_groups or data.train_groups)
    if data.task == "speech":
        groups = data.test_groups
    return LOADERS[data.task](data.folder, Wanted(part, data.fold, data.count, groups, data.leaky), seed)


def noisy_part(data: LabelledData, part: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Windows as the network takes them, noise added once and for all, and their classes."""
    windows = clean_part(data, part, seed)
    rng = np.random.default_rng((seed, data.fold, STREAMS[part]))
    raw = with_noise(windows, data.noise, data.snr_db, data.clean, rng)
    return torch.from_numpy(prepared(raw, data.task)), torch.from_numpy(windows.label)


@torch.inference_mode()
def logits_of(network: PaperNetwork, x: Tensor) -> Tensor:
    """Logits of many windows, a few at a time."""
    network.eval()
    return torch.cat([network(part) for part in torch.split(x, LOOKED_AT)])


def fit(
    config: ClassifierConfig,
    folder: Path | None = None,
    parts: tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None,
) -> Iterator[Epoch]:
    """Train a network on the windows of its recipe, report after every epoch.

    The last epoch counts, not the best one: nothing is chosen by looking at validation or test. With a ``folder`` a
    checkpoint is left there after each epoch and a stopped run goes on from it, to the same weights.

    Parameters
    ----------
    parts : training and validation windows, where the caller has them already (networks that share them)

    Raises
    ------
    BadData
        If the recipe's folder lacks the files.
    BadRecipe, BadWeights
        If the loss is no longer finite, or the folder holds another training.
    """
    training = config.training
    torch.set_num_threads(training.threads)
    train, validation = parts or tuple(noisy_part(config.data, part, training.seed) for part in ("train", "validation"))
    x, y = train
    random = torch.Generator().manual_seed(training.seed)
    network = cast("PaperNetwork", build({**config.network.model_dump(), "generator": random}))
    optimizer = paper_recipe(network).optimizer
    first, curve, spent = _resume(config, folder, network, optimizer)
    began = time.process_time() - spent
    for epoch in range(first, training.epochs):
        rate = training.learning_rate * 0.1 ** sum(epoch >= share * training.epochs for share in STEPS)
        for group in optimizer.param_groups:
            group["lr"] = rate
        network.train()
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(training.seed * 10_007 + epoch))
        loss_sum, right = 0.0, 0
        for batch in torch.split(order, training.batch):
            if len(batch) == 1:
                continue  # batch norm needs two
            logits = network(x[batch])
            loss = cross_entropy(logits, y[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            loss_sum += loss.item() * len(batch)
            right += int((logits.argmax(1) == y[batch]).sum())
        if not math.isfinite(loss_sum):
            raise BadRecipe(config.name, f"the loss is not finite after epoch {epoch + 1}; lower learning_rate")
        held_out = (logits_of(network, validation[0]).argmax(1) == validation[1]).float().mean().item()
        spent = time.process_time() - began
        curve.append((epoch + 1, round(loss_sum / len(x), 4), round(right / len(x), 4), round(held_out, 4)))
        if folder:
            _write(config, folder, network, optimizer, curve, spent)
        yield Epoch(
            epoch + 1,
            training.epochs,
            loss_sum / len(x),
            right / len(x),
            held_out,
            spent,
            tuple(curve),
            network,
        )


def _write(config: ClassifierConfig, folder: Path, network: Any, optimizer: Any, curve: Any, spent: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / (CHECKPOINT + ".part")
    state = {"recipe": config.model_dump_json(), "curve": curve, "spent": spent}
    torch.save({**state, "network": network.state_dict(), "optimizer": optimizer.state_dict()}, beside)
    beside.replace(folder / CHECKPOINT)


def _resume(
    config: ClassifierConfig, folder: Path | None, network: PaperNetwork, optimizer: torch.optim.Optimizer
) -> tuple[int, list[tuple[float, ...]], float]:
    """Epochs done, their curve, and processor seconds spent; fills in network and optimizer."""
    if folder is None or not (folder / CHECKPOINT).exists():
        return 0, [], 0.0
    try:
        saved: dict[str, Any] = torch.load(folder / CHECKPOINT, weights_only=True)
        before = ClassifierConfig.model_validate_json(saved["recipe"])
    except Exception as exc:
        raise BadWeights(CHECKPOINT, "it is no checkpoint of a classifier's training") from exc
    if before != config:
        raise BadRecipe(config.name, f"{folder} holds another training; take another folder or remove it")
    network.load_state_dict(saved["network"])
    optimizer.load_state_dict(saved["optimizer"])
    curve = [tuple(point) for point in saved["curve"]]
    return len(curve), curve, float(saved["spent"])


def confusion(truth: Tensor, guess: Tensor, classes: int) -> list[list[int]]:
    """How often windows of the class of the row were taken for that of the column."""
    counts: list[list[int]] = torch.bincount(truth * classes + guess, minlength=classes**2).view(classes, -1).tolist()
    return counts


def card(config: ClassifierConfig, epoch: Epoch) -> dict[str, Any]:
    """What a card says of a network trained so far; `drsn_core.hub.save` adds checksum and size."""
    data = config.data
    about = TASKS[data.task]
    return {
        "name": config.name,
        "summary": config.note or f"Classifier {config.network.name} of Table II for the task {data.task}.",
        "licence": "MIT",
        "task": data.task,
        "classes": list(about.classes),
        "network": config.network.model_dump(mode="json"),
        "training": {
            "data": data.folder.rsplit("/", 1)[-1] or "simulated by drsn_core.synth.rig",
            "split": f"fold {data.fold}" + (", leaky" if data.leaky else ""),
            "noise": list(data.noise),
            "snr_db": list(data.snr_db),
            "share_without_noise": data.clean,
            "epochs": epoch.step,
            "seed": config.training.seed,
            "cpu_minutes": round(epoch.cpu_seconds / 60, 2),
            "curve": "; ".join(f"{e:g} {loss:.3f} {a:.3f} {v:.3f}" for e, loss, a, v in epoch.curve[::3]),
        },
        "scores": {"validation_accuracy": round(epoch.validation, 4)},
        "limits": config.limits,
        "sources": config.sources,
    }


#: The card of a classifier has its accuracy on the test part at these SNRs, in Gaussian noise.
SCORED_DB = (-5.0, 0.0, 5.0)


def finish(config: ClassifierConfig, folder: Path) -> None:
    """Measure a trained network on its test part and on what it has learned from, and complete its card."""
    from drsn_core import hub, likeness

    network = cast("PaperNetwork", hub.load_folder(folder))
    data, about = config.data, TASKS[config.data.task]
    test = clean_part(data, "test", config.training.seed)
    truth = torch.from_numpy(test.label)
    scores = dict(hub.read_card(folder).scores)
    for name, ratio in (("clean", None), *((f"gaussian_{db:g}_db", db) for db in SCORED_DB)):
        rng = np.random.default_rng((config.training.seed, STREAMS["test"], 11))
        raw = test.raw if ratio is None else with_noise(test, ("gaussian",), (ratio, ratio), 0.0, rng)
        guess = logits_of(network, torch.from_numpy(prepared(raw, data.task))).argmax(1)
        scores[f"test_accuracy_{name}"] = round((guess == truth).float().mean().item(), 4)
        if ratio is None:
            rows = confusion(truth, guess, len(about.classes))
            scores["test_confusion_clean"] = "; ".join(" ".join(map(str, row)) for row in rows)
    scores["test_windows"] = len(truth)
    known = noisy_part(data, "train", config.training.seed)[0]
    held_out = noisy_part(data, "validation", config.training.seed)[0]
    judge = likeness.learn(network, known, held_out)
    likeness.save(judge, folder)
    card_now = hub.read_card(folder)
    said = {k: v for k, v in vars(card_now).items() if k not in ("sha256", "parameters")}
    said |= {"scores": scores, "likeness": {"threshold": judge.threshold, "false_alarms": judge.false_alarms}}
    hub.save(network, folder, said)  # type: ignore[arg-type]
