"""An experiment has a name: source, noise, methods and seeds, as plain values.

A `Recipe` is the page's state, its cache key, the link that can be shared, and the script that repeats it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeVar

from drsn_core import catalog, noise, synth
from drsn_core.data import Image, Signal
from drsn_core.errors import BadParameter, DrsnError, quote
from drsn_core.method import Report, Result, Value, ignore
from drsn_core.metrics import Scores, scores
from drsn_core.photographs import PHOTOGRAPHS
from drsn_core.picture_noise import PICTURE_KINDS
from drsn_core.synth.curves import EXAMPLE, decode

Opened = TypeVar("Opened", Signal, Image)

#: Version of the link format; a link of another version is read as far as its parts are understood.
VERSION = "1"

#: Standard deviations of noise offered for pictures, on the 0..255 scale.
SIGMA_RANGE = (0.0, 100.0)

#: Lengths offered for synthetic signals; one that is not a power of two is as good as any other.
LENGTHS = (16, 65_536)
SNR_RANGE = (-20.0, 40.0)
SEEDS = (0, 999_999)
FASTEST_HZ = 1e9


@dataclass(frozen=True)
class Source:
    """Where the signal or picture comes from.

    Parameters
    ----------
    kind : "synth" for a signal of `drsn_core.synth`, "drawn" for a curve drawn by hand, "file" for one that the user
        brings; "picture" and "picture-file" for pictures, see `drsn_core.pictures`
    name : key of the synthetic signal, of the picture, or the file's name
    length : samples of a synthetic or a drawn signal
    curve : of a drawn signal, see `drsn_core.synth.curves`
    column : of a file with several; "" takes the first
    digest : first 16 hexadecimal digits of the SHA-256 of the file, so that a link knows which file it means
    rate_hz : samples a second of a file that does not say so itself; 0 takes what the file says
    """

    kind: Literal["synth", "drawn", "file", "picture", "picture-file"] = "synth"
    name: str = "doppler"
    length: int = 2048
    column: str = ""
    digest: str = ""
    rate_hz: float = 0.0
    curve: str = ""

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURE_SOURCES

    @property
    def is_file(self) -> bool:
        return self.kind.endswith("file")


PICTURE_SOURCES = ("picture", "picture-file")


def drawn(curve: str, length: int = Source.length) -> Source:
    """A curve drawn by hand as the source of a recipe."""
    return Source("drawn", "drawn", length, curve=curve)


@dataclass(frozen=True)
class Noise:
    """Noise to add: ``kind`` a key of `drsn_core.noise.KINDS` or "none", SNR in dB, seed.

    On pictures, ``kind`` is a key of `drsn_core.picture_noise.PICTURE_KINDS`, and ``sigma`` its standard deviation on
    the 0..255 scale; at 0 the SNR says how strong it is.
    """

    kind: str = "gaussian"
    snr_db: float = 5.0
    seed: int = 0
    sigma: float = 0.0


@dataclass(frozen=True)
class Choice:
    """A method and those of its parameters that differ from its defaults, sorted by name."""

    method: str
    parameters: tuple[tuple[str, Value], ...] = ()

    @property
    def values(self) -> dict[str, Value]:
        return dict(self.parameters)


def choose(method: str, values: Mapping[str, object] | None = None) -> Choice:
    """Make a checked `Choice`: parameters at their defaults are left out.

    Raises
    ------
    UnknownName, BadParameter
    """
    known = catalog.info(method).parameters
    catalog.make(method, **(values or {}))  # refuses unknown names
    checked = {name: known[name].check(value) for name, value in (values or {}).items()}
    return Choice(method, tuple(sorted((n, v) for n, v in checked.items() if v != known[n].default)))


@dataclass(frozen=True)
class Recipe:
    """A whole experiment: one noisy signal, two methods."""

    source: Source = Source()
    noise: Noise = Noise()
    a: Choice = Choice("ebayes")
    b: Choice = Choice("drsn-cw")

    @property
    def choices(self) -> tuple[Choice, Choice]:
        return self.a, self.b


#: The first example on a picture: the best quick rule beside the network.
FIRST_PICTURE = Recipe(Source("picture", "camera"), Noise(sigma=25.0), Choice("bivariate"), Choice("drsn-image"))


class LinkProblem(NamedTuple):
    """A part of a link that was not understood, and what is used instead."""

    part: str
    value: str
    used: str


def to_query(recipe: Recipe) -> dict[str, str]:
    """Write the recipe as the parts of a link; `from_query` reads them back."""
    source, noise_ = recipe.source, recipe.noise
    query = {"v": VERSION, "source": source.kind, "name": source.name}
    if source.kind in ("synth", "drawn"):
        query["n"] = str(source.length)
        query |= {"curve": source.curve} if source.curve else {}
    elif source.is_file:
        query["file"] = source.digest
        query |= {"column": source.column} if source.column else {}
        query |= {"rate": f"{source.rate_hz:g}"} if source.rate_hz else {}
    query |= {"noise": noise_.kind, "snr": f"{noise_.snr_db:g}", "seed": str(noise_.seed)}
    if source.is_picture:
        query["sigma"] = f"{noise_.sigma:g}"
    for slot, choice in zip("ab", recipe.choices, strict=True):
        query[slot] = choice.method
        query |= {f"{slot}.{name}": "auto" if value is None else str(value) for name, value in choice.parameters}
    return query


def from_query(query: Mapping[str, str]) -> tuple[Recipe, list[LinkProblem]]:
    """Read a recipe from the parts of a link, whatever they hold.

    Parts that are missing take their defaults. Parts that are not understood take their defaults too, and each is
    reported. Parts whose names belong to nothing here are left to the caller.
    """
    reader = LinkReader(query)
    default = FIRST_PICTURE if query.get("source") in PICTURE_SOURCES else Recipe()
    kind = reader.one_of("source", ("synth", "drawn", "file", *PICTURE_SOURCES), default.source.kind)
    kinds: tuple[str, ...] = tuple(PICTURE_KINDS) if default.source.is_picture else tuple(noise.KINDS)
    if kind == "picture":
        source = Source("picture", reader.one_of("name", (*PHOTOGRAPHS, *synth.IMAGES), default.source.name))
    elif kind == "synth":
        source = Source(
            name=reader.one_of("name", tuple(synth.SIGNALS), default.source.name),
            length=int(reader.number("n", default.source.length, *LENGTHS, whole=True)),
        )
    elif kind == "drawn":
        source = drawn(reader.curve("curve"), int(reader.number("n", default.source.length, *LENGTHS, whole=True)))
    else:
        source = Source(
            kind="picture-file" if default.source.is_picture else "file",
            name=query.get("name", ""),
            column=query.get("column", ""),
            digest=query.get("file", ""),
            rate_hz=reader.number("rate", default.source.rate_hz, 0.0, FASTEST_HZ),
        )
    noise_ = Noise(
        kind=reader.one_of("noise", ("none", *kinds), default.noise.kind),
        snr_db=reader.number("snr", default.noise.snr_db, *SNR_RANGE),
        seed=int(reader.number("seed", default.noise.seed, *SEEDS, whole=True)),
        sigma=reader.number("sigma", default.noise.sigma, *SIGMA_RANGE) if default.source.is_picture else 0.0,
    )
    takes = Image if default.source.is_picture else Signal
    recipe = Recipe(source, noise_, reader.choice("a", default.a, takes), reader.choice("b", default.b, takes))
    return recipe, reader.problems


class LinkReader:
    """Reads parts of a link one by one, and remembers in ``problems`` what it could not read."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.query = query
        self.problems: list[LinkProblem] = []

    def _problem(self, part: str, used: object) -> None:
        self.problems.append(LinkProblem(part, self.query[part], str(used)))

    def one_of(self, part: str, legal: tuple[str, ...], default: str) -> str:
        """One of the legal words."""
        value = self.query.get(part, default)
        if value in legal:
            return value
        self._problem(part, default)
        return default

    def curve(self, part: str) -> str:
        """A drawn curve."""
        curve = self.query.get(part, EXAMPLE)
        try:
            decode(curve)
        except BadParameter:
            self.problems.append(LinkProblem(part, quote(curve), "example"))
            return EXAMPLE
        return curve

    def number(self, part: str, default: float, low: float, high: float, whole: bool = False) -> float:
        """A number within limits; a whole one if that is asked for."""
        try:
            value = float(self.query.get(part, default))
        except ValueError:
            value = float("nan")
        if low <= value <= high and not (whole and value != int(value)):
            return value
        self._problem(part, default)
        return default

    def choice(self, slot: str, default: Choice, takes: type) -> Choice:
        """The method of a slot, with its parameters."""
        method = self.one_of(slot, catalog.taking(takes), default.method)
        result = Choice(method)
        for part, text in self.query.items():
            if not part.startswith(f"{slot}."):
                continue
            name = part.removeprefix(f"{slot}.")
            try:
                result = choose(method, {**result.values, name: text})
            except BadParameter:
                known = catalog.info(method).parameters
                used = known[name].default if name in known else "-"
                self._problem(part, "auto" if used is None else used)
        return result


def digest(data: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Experiment:
    """What a recipe gave: ``clean`` is None where it is not known (a file to which no noise was added)."""

    recipe: Recipe
    clean: Signal | None
    noisy: Signal
    results: tuple[Result, ...] = ()

    def scores(self) -> list[Scores | None]:
        """Per result, how close it is to the clean signal; None where that is not known."""
        if self.clean is None:
            return [None] * len(self.results)
        return [scores(self.clean.samples, self.noisy.samples, r.estimate.samples) for r in self.results]


def needed(source: Source, file: Opened | None) -> Opened:
    """The file of a source that is one; `DrsnError` if it has not been opened."""
    if file is None:
        raise DrsnError(detail=f"this recipe needs the file {source.name}; open it first")
    return file


def prepare(recipe: Recipe, file: Signal | None = None) -> Experiment:
    """Make the noisy signal of a recipe; no method runs.

    Parameters
    ----------
    file : the signal read from the user's file, if the source is one

    Raises
    ------
    DrsnError
        If the source is a file and none is given, or the noise cannot be made.
    """
    source = recipe.source
    if source.is_file:
        file = needed(source, file)
        signal = replace(file, rate_hz=source.rate_hz) if source.rate_hz else file
    else:
        made = source.kind == "synth"
        signal = synth.signal(source.name, source.length) if made else synth.drawn(source.curve, source.length)
    if recipe.noise.kind == "none":
        return Experiment(recipe, None if source.is_file else signal, signal)
    noisy = noise.add_noise(signal, recipe.noise.kind, recipe.noise.snr_db, seed=recipe.noise.seed)
    return Experiment(recipe, signal, noisy)


def denoise(experiment: Experiment, choice: Choice, report: Report = ignore) -> Result:
    """Run one method of a recipe on its noisy signal."""
    parameters: dict[str, Any] = choice.values
    return catalog.denoise(experiment.noisy, choice.method, report=report, **parameters)


def run(recipe: Recipe, file: Signal | None = None, report: Report = ignore) -> Experiment:
    """Run a whole recipe."""
    experiment = prepare(recipe, file)
    return replace(experiment, results=tuple(denoise(experiment, choice, report) for choice in recipe.choices))
