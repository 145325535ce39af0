"""What the recipe of a classifier may say: the tables of its TOML file, checked while they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from drsn_core.noise import KINDS
from drsn_core.tasks import MODELS, TASKS
from drsn_core.train.config import Positive, _Table, parsed

#: Shares of the epochs after which the learning rate falls to a tenth: the paper's 40 and 80 of 100.
STEPS = (0.4, 0.8)


class ClassifierNetwork(_Table):
    """The arguments of `drsn_core.nn.classifier.paper_network`."""

    kind: Literal["classifier"]
    name: Literal["convnet", "resnet", "se", "drsn-cs", "drsn-cw"] = "drsn-cw"
    n_classes: Positive = 8
    ndim: Literal[1, 2] = 1


class LabelledData(_Table):
    """Windows with a class; see `drsn_core.train.labelled`.

    ``noise`` kinds take turns; ``clean`` is the share of windows without; ``test_groups`` are kept out of training and
    tested on (loads, speakers); ``leaky`` splits overlapping windows at random, to show what that claims.
    """

    kind: Literal["labelled"] = "labelled"
    task: str
    folder: str = ""
    count: Positive = 60
    fold: Annotated[int, Field(ge=0)] = 4
    noise: tuple[str, ...] = ("gaussian", "laplacian", "pink")
    snr_db: tuple[float, float] = (-10.0, 20.0)
    clean: Annotated[float, Field(ge=0, le=1)] = 0.2
    train_groups: tuple[str, ...] = ()
    test_groups: tuple[str, ...] = ()
    leaky: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}")
        if not self.noise or not set(self.noise) <= set(KINDS):
            raise ValueError(f"noise must be some of {', '.join(KINDS)}")
        return self


class ClassifierTraining(_Table):
    """The paper's optimiser; its 100 epochs, rate steps after 40 and 80 of them, shortened in proportion.

    The paper takes 128 windows a step, of 25,920; with far fewer windows smaller batches leave it enough steps.
    """

    epochs: Positive = 30
    learning_rate: Annotated[float, Field(gt=0)] = 0.1
    batch: Annotated[int, Field(ge=2)] = 128
    seed: Annotated[int, Field(ge=0)] = 0
    threads: Positive = 1


class ClassifierConfig(_Table):
    """A whole recipe: ``name``, what its card will say, and the tables ``[network]``, ``[data]``, ``[training]``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    note: str = ""
    limits: str = ""
    sources: str = ""
    network: ClassifierNetwork
    data: LabelledData
    training: ClassifierTraining = ClassifierTraining()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        about = TASKS[self.data.task]
        if (self.network.n_classes, self.network.ndim) != (len(about.classes), about.ndim):
            raise ValueError(
                f"task {about.key} has {len(about.classes)} classes and ndim = {about.ndim}, and so must the network"
            )
        return self


def recipe(task: str, model: str, *, folder: str = "", seed: int = 0) -> ClassifierConfig:
    """A recipe with defaults for one of `MODELS` and one of the tasks."""
    about = TASKS[task]
    assert model in MODELS
    return ClassifierConfig(
        name=f"{task}-{model}",
        network=ClassifierNetwork(
            kind="classifier",
            name=model,  # type: ignore[arg-type]
            n_classes=len(about.classes),
            ndim=about.ndim,  # type: ignore[arg-type]
        ),
        data=LabelledData(task=task, folder=folder),
        training=ClassifierTraining(seed=seed),
    )


def is_classifier(path: Path) -> bool:
    """Whether the file is the recipe of a classifier; false also for what cannot be read."""
    try:
        return bool(tomllib.loads(path.read_text("utf-8")).get("network", {}).get("kind") == "classifier")
    except (OSError, ValueError, AttributeError):
        return False


def load(path: Path) -> ClassifierConfig:
    """Read the recipe of a classifier; `BadRecipe` names the place of what it cannot say."""
    return parsed(path, ClassifierConfig)
