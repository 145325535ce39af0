"""The paper's experiment: the five twins trained alike under noise, on data split without leakage.

A cell is one network trained and tested at one noise, SNR and seed. The seed chooses initial values, noise, order and
the fold of the data, the same for all five networks: their differences are taken pair by pair.

Networks are trained one after the other. Stacking five of them by `torch.func.vmap` was tried and does not pay on a
processor: in three rounds a step took 1.4 to 2.0 times (ResNet) and 2.1 to 2.6 times (DRSN-CW) the processor time,
since memory, not calls, is the limit.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from drsn_core import bundle
from drsn_core.bench.pairs import Difference, difference
from drsn_core.errors import BadRecipe
from drsn_core.hub import replace_file
from drsn_core.tasks import MODELS

if TYPE_CHECKING:
    from drsn_core.nn.classifier import PaperNetwork
    from drsn_core.train.labelled import Labelled

#: Differences that the paper and its readers ask about: first minus second.
PAIRS = (("drsn-cw", "resnet"), ("drsn-cs", "resnet"), ("se", "resnet"), ("drsn-cw", "drsn-cs"), ("resnet", "convnet"))

#: The order that the paper reports, from the lowest accuracy to the highest.
PAPER_ORDER = ("convnet", "resnet", "drsn-cs", "drsn-cw")

#: Where networks are neither perfect nor lost, and where the data lie beside a checkout.
SNRS_DB = {"bearing": (-10.0, -6.0), "gearbox": (-15.0, -10.0), "rig": (-5.0, 0.0), "digits": (-10.0, -5.0)}
FOLDERS = {"bearing": "cwru_bearing", "gearbox": "spectraquest_gearbox", "digits": "mnist", "speech": "speech_digits"}


@dataclass(frozen=True)
class Experiment:
    """What to run; ``key`` fields and a cell's model, noise, SNR and seed tell results apart.

    Parameters
    ----------
    snr_db : one training for each; with ``varying`` one training over the range from lowest to highest, tested so too
    train_groups, test_groups : loads or speakers to learn from and to test on; empty for all
    leaky : split overlapping windows at random, to see what that claims
    budget : processor minutes, after which no further cell is begun; 0 for no limit
    """

    task: str
    folder: str = ""
    models: tuple[str, ...] = MODELS
    noises: tuple[str, ...] = ("gaussian",)
    snr_db: tuple[float, ...] = ()
    seeds: int = 3
    epochs: int = 20
    batch: int = 32
    count: int = 45
    varying: bool = False
    train_groups: tuple[str, ...] = ()
    test_groups: tuple[str, ...] = ()
    leaky: bool = False
    budget: float = 0.0


@dataclass(frozen=True)
class Cell:
    """One network, trained and tested; accuracies are shares of windows, times those of this processor.

    ``curve`` holds, after each epoch, the share of mistakes among the training windows as they went by and among the
    validation windows; None for the shipped networks, whose cards have it.
    """

    setting: str
    model: str
    noise: str
    snr_db: str
    seed: int
    accuracy: float
    train_accuracy: float
    confusion: list[list[int]]
    parameters: int
    train_cpu_s: float
    test_ms_a_window: float
    windows: tuple[int, int]
    mean_alpha: float | None = None
    curve: list[list[float]] | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return self.setting, self.model, self.noise, self.snr_db, self.seed


def setting(wanted: Experiment) -> str:
    """What distinguishes trainings besides noise, SNR and seed, in words."""
    words = [f"{wanted.count} windows a recording", f"{wanted.epochs} epochs", f"batch {wanted.batch}"]
    if wanted.train_groups or wanted.test_groups:
        words.append(f"trained on {'+'.join(wanted.train_groups) or 'all'}, tested on {'+'.join(wanted.test_groups)}")
    if wanted.leaky:
        words.append("leaky split")
    return ", ".join(words)


def ranges(wanted: Experiment) -> list[tuple[float, float]]:
    """The SNR ranges of the trainings: one a level, or one over all."""
    levels = wanted.snr_db or SNRS_DB.get(wanted.task, (0.0, 10.0))
    return [(min(levels), max(levels))] if wanted.varying else [(level, level) for level in levels]


def said(levels: tuple[float, float]) -> str:
    """An SNR range as text: "-5" or "-5 to 5"."""
    return f"{levels[0]:g}" if levels[0] == levels[1] else f"{levels[0]:g} to {levels[1]:g}"


def run(wanted: Experiment, done: list[Cell]) -> Iterator[tuple[Cell, int, int]]:
    """Train and test what ``done`` lacks; yield each cell with its number and how many there will be.

    Raises
    ------
    BadData
        If the folder lacks the files of the task.
    """
    from drsn_core.train.classconfig import recipe
    from drsn_core.train.classify import noisy_part

    known = {cell.key for cell in done}
    name = setting(wanted)
    trials = [
        (noise, levels, seed) for seed in range(wanted.seeds) for noise in wanted.noises for levels in ranges(wanted)
    ]
    total, number, began = len(trials) * len(wanted.models), 0, time.process_time()
    for noise, levels, seed in trials:
        missing = [m for m in wanted.models if (name, m, noise, said(levels), seed) not in known]
        number += len(wanted.models) - len(missing)
        parts: dict[str, Any] = {}
        for model in missing:
            if wanted.budget and time.process_time() - began > 60 * wanted.budget:
                return
            plain = recipe(wanted.task, model, folder=wanted.folder, seed=seed)
            data = plain.data.model_copy(
                update={
                    "count": wanted.count,
                    "fold": seed,
                    "noise": (noise,),
                    "snr_db": levels,
                    "clean": 0.0,
                    "train_groups": wanted.train_groups,
                    "test_groups": wanted.test_groups,
                    "leaky": wanted.leaky,
                }
            )
            pace = plain.training.model_copy(update={"epochs": wanted.epochs, "batch": wanted.batch})
            config = plain.model_copy(update={"data": data, "training": pace})
            parts = parts or {part: noisy_part(data, part, seed) for part in ("train", "validation", "test")}
            number += 1
            yield _cell(config, parts, name, model, noise, said(levels), seed), number, total


#: The setting of cells that are no training of their own but the shipped networks, trained once over a range of SNRs.
SHIPPED = "shipped networks"
SHIPPED_DB = (-15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True, eq=False)
class ShippedBed:
    """The shipped networks of a task by name, and the test part of their own recipe, without noise.

    ``seed`` is that of the recipe: each noise and SNR gives the same windows whoever asks for them.
    """

    task: str
    networks: dict[str, PaperNetwork]
    test: Labelled
    seed: int

    @classmethod
    def of(cls, wanted: Experiment) -> Self:
        """Load what ``wanted`` names; `BadData` if its folder lacks the files of the task."""
        from drsn_core import hub
        from drsn_core.train.classconfig import load
        from drsn_core.train.classify import clean_part

        recipe = load(bundle.folder("pretrained") / f"{wanted.task}-{wanted.models[0]}" / "recipe.toml")
        test = clean_part(recipe.data.model_copy(update={"folder": wanted.folder}), "test", recipe.training.seed)
        networks = {model: cast("PaperNetwork", hub.load(f"{wanted.task}-{model}")) for model in wanted.models}
        return cls(wanted.task, networks, test, recipe.training.seed)

    def noisy(self, noise: str, level_db: float) -> NDArray[np.float32]:
        """The test windows in this noise as networks take them, (n, 1, *shape)."""
        from drsn_core.train.labelled import prepared, with_noise

        rng = np.random.default_rng((self.seed, round(10 * level_db) + 1000))
        return prepared(with_noise(self.test, (noise,), (level_db, level_db), 0.0, rng), self.task)


def shipped(wanted: Experiment, done: list[Cell]) -> Iterator[tuple[Cell, int, int]]:
    """Test the shipped networks on the test part of their own recipe, at each noise and SNR that ``done`` lacks."""
    from drsn_core import hub

    known = {cell.key for cell in done}
    levels = wanted.snr_db or SHIPPED_DB
    total, number = len(wanted.noises) * len(levels) * len(wanted.models), 0
    cards, bed = hub.cards(), ShippedBed.of(wanted)
    for noise in wanted.noises:
        for level in levels:
            x = bed.noisy(noise, level)
            for model, network in bed.networks.items():
                number += 1
                if (SHIPPED, model, noise, f"{level:g}", bed.seed) not in known:
                    said = cards[f"{wanted.task}-{model}"].training
                    training = {"last_accuracy": float(said["curve"].split()[-2]), "windows": 0, **said}
                    yield (
                        _tested(network, x, bed.test.label, SHIPPED, model, noise, f"{level:g}", training),
                        number,
                        total,
                    )


def _tested(
    network: Any, x: Any, label: Any, name: str, model: str, noise: str, snr: str, training: dict[str, Any]
) -> Cell:
    """The cell of a network that was trained before."""
    import torch

    from drsn_core.train.classify import confusion, logits_of

    windows, truth = torch.from_numpy(x), torch.from_numpy(label)
    began = time.process_time()
    guess = logits_of(network, windows).argmax(1)
    milliseconds = 1000 * (time.process_time() - began) / len(windows)
    with torch.inference_mode():
        decisions = network.traced(windows[:256])[1]
    return Cell(
        setting=name,
        model=model,
        noise=noise,
        snr_db=snr,
        seed=training["seed"],
        accuracy=round((guess == truth).float().mean().item(), 4),
        train_accuracy=round(float(training["last_accuracy"]), 4),
        confusion=confusion(truth, guess, network.head.out_features),
        parameters=sum(p.numel() for p in network.parameters()),
        train_cpu_s=round(60 * float(training["cpu_minutes"]), 1),
        test_ms_a_window=round(milliseconds, 3),
        windows=(int(training["windows"]), len(windows)),
        mean_alpha=round(float(np.mean([d.alpha.mean().item() for d in decisions])), 4) if decisions else None,
        curve=training.get("errors"),
    )


def _cell(config: Any, parts: dict[str, Any], name: str, model: str, noise: str, snr: str, seed: int) -> Cell:
    from drsn_core.train.classify import fit

    *_, last = fit(config, parts=(parts["train"], parts["validation"]))
    training = {
        "seed": seed,
        "cpu_minutes": last.cpu_seconds / 60,
        "windows": len(parts["train"][0]),
        "last_accuracy": last.accuracy,
        "errors": [[round(1 - right, 4), round(1 - held_out, 4)] for _, _, right, held_out in last.curve],
    }
    x, truth = parts["test"]
    return _tested(last.network, x.numpy(), truth.numpy(), name, model, noise, snr, training)


@dataclass(frozen=True)
class Summary:
    """All cells of one setting, noise and SNR: accuracies in %, {model: (mean, standard deviation, seeds)}."""

    setting: str
    noise: str
    snr_db: str
    accuracy: dict[str, tuple[float, float, int]]
    differences: tuple[Difference, ...]

    @property
    def order_holds(self) -> bool | None:
        """Whether the means follow the paper's order; None unless all four networks are there, with two seeds each."""
        if any(self.accuracy.get(model, (0.0, 0.0, 0))[2] < 2 for model in PAPER_ORDER):
            return None
        means = [self.accuracy[model][0] for model in PAPER_ORDER]
        return all(a < b for a, b in itertools.pairwise(means))


def paired(cells: list[Cell], first: str, second: str) -> Difference | None:
    """Compare two networks, in points of accuracy, over the seeds that both have; None with fewer than two."""
    of = {model: {cell.seed: 100 * cell.accuracy for cell in cells if cell.model == model} for model in (first, second)}
    return difference(first, second, of[first], of[second])


def summaries(cells: list[Cell]) -> list[Summary]:
    """One summary for each setting, noise and SNR, in the order in which they were first met."""
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.setting, cell.noise, cell.snr_db), []).append(cell)
    found: list[Summary] = []
    for (name, noise, snr_db), members in groups.items():
        accuracy: dict[str, tuple[float, float, int]] = {}
        for model in MODELS:
            values = [100 * cell.accuracy for cell in members if cell.model == model]
            if values:
                spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
                accuracy[model] = (float(np.mean(values)), spread, len(values))
        differences = tuple(d for pair in PAIRS if (d := paired(members, *pair)) is not None)
        found.append(Summary(name, noise, snr_db, accuracy, differences))
    return found


def write(path: Path, head: dict[str, Any], cells: list[Cell]) -> None:
    """Keep results: a JSON file with what made them and one line a cell."""
    lines = ",\n".join(json.dumps(asdict(cell)) for cell in cells)
    replace_file(path, f'{{"made": {json.dumps(head)},\n"cells": [\n{lines}\n]}}\n'.encode())


def read(path: Path) -> tuple[dict[str, Any], list[Cell]]:
    """Read what `write` kept; nothing where there is no file.

    Raises
    ------
    BadRecipe
        If the file holds something else.
    """
    if not path.exists():
        return {}, []
    try:
        kept = json.loads(path.read_text("utf-8"))
        return kept["made"], [Cell(**{**cell, "windows": tuple(cell["windows"])}) for cell in kept["cells"]]
    except (ValueError, KeyError, TypeError) as exc:
        raise BadRecipe(path.name, "it holds no results of this bench") from exc


def stored(task: str) -> tuple[dict[str, Any], list[Cell]]:
    """The results that come with the package: what made them, and their cells; empty where none were run."""
    return read(bundle.folder("pretrained") / "results" / f"{task}.json")
