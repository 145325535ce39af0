"""What a training recipe may say: the tables of its TOML file, checked while they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drsn_core.errors import BadRecipe

Positive = Annotated[int, Field(gt=0)]


class _Table(BaseModel):
    """A table that refuses unknown keys: a misspelt setting must not be ignored in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Network(_Table):
    """The network's shape; see `drsn_core.nn.denoiser.Denoiser`."""

    widths: tuple[Positive, ...] = (16, 24, 32, 40, 48, 48, 48)
    depths: tuple[Positive, ...] = (1, 1, 1, 1, 1, 1, 2)
    mode: Literal["cs", "cw"] = "cw"
    kernel_size: Positive = 5

    @model_validator(mode="after")
    def _one_depth_a_width(self) -> Network:
        if len(self.widths) != len(self.depths):
            raise ValueError("widths and depths must have the same number of entries, one a scale")
        if self.kernel_size % 2 == 0:
            raise ValueError("kernel_size must be odd")
        return self


class Data(_Table):
    """The stream of training pairs; see `drsn_core.train.batches`."""

    length: Annotated[int, Field(ge=256, description="samples a signal")] = 2048
    batch: Annotated[int, Field(ge=2, description="signals a step")] = 24
    snr_db: tuple[float, float] = (-8.0, 22.0)


class Training(_Table):
    """Length and pace of the training."""

    steps: Positive = 12_000
    epoch_steps: Annotated[int, Field(gt=0, description="steps between two reports")] = 250
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    warmup_steps: Annotated[int, Field(ge=0)] = 200
    seed: int = 0
    threads: Positive = 1


class Config(_Table):
    """A whole recipe: ``name``, ``note`` and the tables ``[network]``, ``[data]``, ``[training]``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    note: str = ""
    network: Network = Network()
    data: Data = Data()
    training: Training = Training()


def load(path: Path) -> Config:
    """Read a training recipe.

    Raises
    ------
    BadRecipe
        If the file is missing, is not TOML, or says something that a recipe cannot say; names the place.
    """
    try:
        return Config.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as exc:
        raise BadRecipe(path.name, exc.strerror or "it cannot be read") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BadRecipe(path.name, f"it is not TOML ({exc})") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "recipe"
        raise BadRecipe(path.name, f"{place}: {first['msg']}") from exc
