"""What a training recipe may say: the tables of its TOML file, checked while they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from drsn_core.errors import BadRecipe
from drsn_core.noise import KINDS

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0)]
Recipe = TypeVar("Recipe", bound=BaseModel)

#: Kinds of tables; they are no places in the file, so no message names them.
TAGS = ("denoiser", "unet", "wavelet", "signals", "pictures")


class _Table(BaseModel):
    """A table that refuses unknown keys: a misspelt setting must not be ignored in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _ScalesNetwork(_Table):
    """What both encoder-decoders have."""

    kind: str
    widths: tuple[Positive, ...] = (16, 24, 32, 40, 48, 48, 48)
    depths: tuple[Positive, ...] = (1, 1, 1, 1, 1, 1, 2)
    mode: Literal["cs", "cw", "none", "se"] = "cw"
    kernel_size: Positive = 5
    factor: Positive = 1

    @model_validator(mode="after")
    def _one_depth_a_width(self) -> Self:
        if len(self.widths) != len(self.depths):
            raise ValueError("widths and depths must have the same number of entries, one a scale")
        if self.kernel_size % 2 == 0:
            raise ValueError("kernel_size must be odd")
        return self


class DenoiserNetwork(_ScalesNetwork):
    """The shape of `drsn_core.nn.denoiser.Denoiser`."""

    kind: Literal["denoiser"] = "denoiser"
    approximations: bool = False
    around: Annotated[int, Field(ge=0, le=512)] = 0


class UNetNetwork(_ScalesNetwork):
    """The shape of `drsn_core.nn.unet.ShrinkageUNet`."""

    kind: Literal["unet"] = "unet"
    mode: Literal["cs", "cw"] = "cw"
    kernel_size: Positive = 3
    ndim: Literal[1, 2] = 1
    factor: Positive = 4
    strides: tuple[Positive, ...] = ()
    channels: Positive = 1


class WaveletNetwork(_Table):
    """The shape of `drsn_core.nn.wavelet.WaveletAttention`."""

    kind: Literal["wavelet"] = "wavelet"
    bases: tuple[str, ...] = ("sym8",)
    levels: Positive = 8
    hidden: Positive = 32
    reach: Annotated[float, Field(gt=0)] = 6.0
    shrink: Literal["soft", "garrote"] = "soft"


class Recordings(_Table):
    """Real signals to cut training stretches from: ``files`` is a pattern below the data's ``folder``.

    ``key`` names the array of an npz file, of shape (..., samples); wav files need none.
    """

    files: str
    key: str = ""


class Faint(_Table):
    """Signals at an SNR of less than ``below_db`` are of these ``families`` alone, in these shares.

    What can still be seen under strong noise is slow; to learn from others there is to learn to see nothing. The share
    ``rest`` of them begins and ends at rest, as what stands out of silence does: noise hides ends first.
    """

    below_db: float
    families: Annotated[dict[str, Share], Field(min_length=1)]
    rest: Annotated[float, Field(ge=0, le=1, description="share that is flat at both ends")] = 0.0


class Signals(_Table):
    """A stream of noisy signals; see `drsn_core.train.batches`.

    ``families`` gives families of synthetic signals other shares than they have in `drsn_core.train.batches.FAMILIES`.
    The share ``joined`` of the synthetic signals ends where it began.
    """

    kind: Literal["signals"] = "signals"
    length: Annotated[int, Field(ge=256, description="samples a signal")] = 2048
    batch: Annotated[int, Field(ge=2, description="signals a step")] = 24
    snr_db: tuple[float, float] = (-8.0, 22.0)
    noise: Annotated[tuple[str, ...], Field(min_length=1, description="keys of `drsn_core.noise.KINDS`")] = (
        "gaussian",
    )
    folder: str = ""
    recordings: tuple[Recordings, ...] = ()
    recorded: Annotated[float, Field(ge=0, le=1, description="share of real signals")] = 0.0
    families: dict[str, Share] = {}
    joined: Annotated[float, Field(ge=0, le=1, description="share that ends where it began")] = 0.0
    faint: Faint | None = None

    @field_validator("noise")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(kinds) - set(KINDS):
            raise ValueError(f"no such noise: {min(unknown)}; there are {', '.join(KINDS)}")
        return kinds


class Pictures(_Table):
    """A stream of noisy patches; see `drsn_core.train.pictures`.

    With the ``loss`` "absolute" (mean absolute error) strong noise counts more than weak noise, with "decibels" (the
    logarithm of the mean squared error of each patch) all levels count alike, as they do in a table of PSNR.
    """

    kind: Literal["pictures"] = "pictures"
    patch: Annotated[int, Field(ge=16, description="pixels a side")] = 64
    batch: Annotated[int, Field(ge=2, description="patches a step")] = 16
    sigma: tuple[float, float] = (0.0, 75.0)
    skew: Annotated[float, Field(gt=0, description="1 draws sigma uniformly, more draws weak noise more often")] = 1.0
    colour: bool = False
    loss: Literal["absolute", "decibels"] = "absolute"
    folder: str
    files: tuple[str, ...]


class Training(_Table):
    """Length and pace of the training, and where it starts.

    ``start`` names a shipped network whose weights it begins with: the same network, or one with fewer units
    a scale, fewer scales, no approximations, or nothing laid around the signal.
    With ``precision`` "bfloat16" the network computes in it while weights, loss and averages stay in float32.
    """

    start: str = ""
    steps: Positive = 12_000
    epoch_steps: Annotated[int, Field(gt=0, description="steps between two reports")] = 250
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    warmup_steps: Annotated[int, Field(ge=0)] = 200
    ema: Annotated[float, Field(ge=0, lt=1, description="decay of the averaged weights")] = 0.998
    seed: int = 0
    threads: Positive = 1
    precision: Literal["float32", "bfloat16"] = "float32"


def _kind(default: str) -> Discriminator:
    """Tell tables apart by their ``kind``; one without is of the kind ``default``."""
    return Discriminator(
        lambda table: table.get("kind", default) if isinstance(table, dict) else getattr(table, "kind", default)
    )


Network = Annotated[
    Annotated[DenoiserNetwork, Tag("denoiser")]
    | Annotated[UNetNetwork, Tag("unet")]
    | Annotated[WaveletNetwork, Tag("wavelet")],
    _kind("denoiser"),
]
Data = Annotated[Annotated[Signals, Tag("signals")] | Annotated[Pictures, Tag("pictures")], _kind("signals")]


class Config(_Table):
    """A whole recipe.

    It has a ``name``, what its card will say (``note``, ``limits``, ``sources``), and the tables ``[network]``,
    ``[data]`` and ``[training]``.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    note: str = ""
    limits: str = ""
    sources: str = ""
    network: Network = DenoiserNetwork()
    data: Data = Signals()
    training: Training = Training()


def load(path: Path) -> Config:
    """Read the recipe of a denoiser; see `parsed`."""
    return parsed(path, Config)


def parsed(path: Path, kind: type[Recipe]) -> Recipe:
    """Read a training recipe of the given kind.

    Raises
    ------
    BadRecipe
        If the file is missing, is not TOML, or says something that a recipe cannot say; names the place.
    """
    try:
        return kind.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as exc:
        raise BadRecipe(path.name, exc.strerror or "it cannot be read") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BadRecipe(path.name, f"it is not TOML ({exc})") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part not in TAGS) or "recipe"
        raise BadRecipe(path.name, f"{place}: {first['msg']}") from exc
