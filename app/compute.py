"""All caching and all heavy work: what a page shows is computed here, once."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from cachetools import LRUCache

from app import first_picture, state
from app.figures import levels as levels_
from app.figures import pixels as pixels_
from app.figures import style
from app.figures.levels import Level
from drsn_core import catalog, metrics, pictures
from drsn_core import recipe as recipes
from drsn_core.data import FloatArray, Image, Signal
from drsn_core.errors import DrsnError
from drsn_core.io import isolate
from drsn_core.method import Family, Progress, Result, ignore
from drsn_core.metrics import Scores
from drsn_core.pictures import PictureExperiment, PictureScores
from drsn_core.recipe import Choice, Experiment, Recipe

#: Results of gallery signals are shared by all visitors; those of files stay in their visitor's session.
SHARED_BYTES = 200_000_000
OWN_BYTES = 150_000_000

#: Long recordings that are worked on at the same time; the others wait.
WORKERS = threading.Semaphore(2)

#: Stretches of the signal in which the page Compare looks for the best method, and points it draws of an estimate.
PARTS = 64
DRAWN = 400

#: Longer recordings show a progress bar and a way to stop.
LONG = 2**18


@dataclass(frozen=True, eq=False)
class Shown:
    """A result with its place on the page: slot "a" or "b", and the name it goes by there."""

    slot: str
    label: str
    family: Family
    result: Result

    @property
    def samples(self) -> FloatArray:
        """The estimate as one row."""
        row: FloatArray = self.result.estimate.samples[0]
        return row


@dataclass(frozen=True, eq=False)
class Contender:
    """What the page Compare keeps of a method's result: the same little for a long recording as for a short one.

    Parameters
    ----------
    scores, errors : None where the clean signal is not known; errors as `metrics.local_errors` gives them
    noise_left : noise level of the estimate; ``removed`` the root mean square of what was taken away
    at, line : numbers of the samples that are drawn, and the estimate there
    """

    choice: Choice
    family: Family
    scores: Scores | None
    errors: FloatArray | None
    noise_left: float
    removed: float
    seconds: float
    at: FloatArray
    line: FloatArray


@dataclass(frozen=True)
class Failure:
    """A method that could not run on this signal, and why."""

    choice: Choice
    error: DrsnError


def _size(value: Any) -> int:
    if isinstance(value, list):  # of levels
        return 24 * levels_.STICKS * len(value)
    if isinstance(value, Contender | Failure):
        return 8 * (PARTS + 2 * DRAWN)
    if isinstance(value, Experiment | PictureExperiment):
        noisy = value.noisy
        return int(2 * (noisy.pixels if isinstance(noisy, Image) else noisy.samples).nbytes)
    if isinstance(value, str | PictureScores):
        return sys.getsizeof(value)
    estimate = value.estimate
    return int((estimate.pixels if isinstance(estimate, Image) else estimate.samples).nbytes)


@st.cache_resource
def _shared() -> tuple[LRUCache[str, Any], threading.Lock]:
    return LRUCache(SHARED_BYTES, _size), threading.Lock()


def _own() -> tuple[LRUCache[str, Any], threading.Lock]:
    if "results" not in st.session_state:
        st.session_state["results"] = (LRUCache(OWN_BYTES, _size), threading.Lock())
    mine: tuple[LRUCache[str, Any], threading.Lock] = st.session_state["results"]
    return mine


def _once(key: str, private: bool, make: Callable[[], Any]) -> Any:
    """Return what is kept under ``key``, or make and keep it (if it is not too large to keep)."""
    cache, lock = _own() if private else _shared()
    with lock:
        if key in cache:
            return cache[key]
    value = make()
    with lock, contextlib.suppress(ValueError):  # a value larger than the whole cache is not kept
        cache[key] = value
    return value


def experiment(recipe: Recipe) -> Experiment:
    """The clean and the noisy signal of a recipe; no method has run."""
    opened = state.file()
    private = recipe.source.kind == "file"

    def make() -> Experiment:
        return recipes.prepare(recipe, opened.chosen(recipe.source.column) if private and opened else None)

    made: Experiment = _once(_key(recipe), private, make)
    return replace(made, recipe=recipe)  # another recipe, with other methods, may have made the same signals


def _key(recipe: Recipe, choice: Choice | None = None) -> str:
    query = recipes.to_query(recipe)
    noisy = {part: value for part, value in query.items() if part not in ("a", "b") and part[:2] not in ("a.", "b.")}
    opened = state.picture() if recipe.source.is_picture else state.file()
    if recipe.source.is_file and opened:
        noisy["file"] = opened.digest  # what is open, whatever a link or an undone step may have named
    return urlencode(noisy | ({"method": choice.method, **choice.values} if choice else {}))


def result(experiment: Experiment, choice: Choice, report: Callable[[Progress], None]) -> Result:
    """Run one method, or find that it has run already."""
    recipe = experiment.recipe
    shipped = first_picture.result(recipe, choice)
    if shipped is not None:
        return shipped

    def make() -> Result:
        with WORKERS:
            _load(choice.method)
            return recipes.denoise(experiment, choice, report)

    return _once(_key(recipe, choice), recipe.source.kind == "file", make)


@functools.cache
def _load(method: str) -> None:
    """Load what a method loads once, packages and weights, so that this is not counted as the time of its first run."""
    with contextlib.suppress(DrsnError):  # it will be told when the method really runs
        catalog.denoise(np.sin(np.arange(64.0)), method)


def quick(experiment: Experiment, choice: Choice) -> Result | None:
    """The result of a method that answers at once, without PyTorch; None for the others."""
    learned = catalog.info(choice.method).family == "learned"
    if experiment.noisy.length > LONG or (learned and first_picture.result(experiment.recipe, choice) is None):
        return None
    return result(experiment, choice, ignore)


def levels(experiment: Experiment, choice: Choice) -> list[Level]:
    """The wavelet coefficients of a method, thinned for drawing; none for methods without subbands of their own.

    Raises
    ------
    DrsnError
    """
    from drsn_core.classical.subbands import subbands
    from drsn_core.classical.wavelet import WaveletShrinkage

    method = catalog.make(choice.method, **choice.values)
    if not isinstance(method, WaveletShrinkage):
        return []

    def make() -> list[Level]:
        found = subbands(method, experiment.noisy.samples[0])
        return [levels_.thinned(b.name, b.before, b.after, b.threshold, b.sigma) for b in found]

    key = f"{_key(experiment.recipe, choice)}&kept=levels"
    made: list[Level] = _once(key, experiment.recipe.source.kind == "file", make)
    return made


def line_up(recipe: Recipe) -> list[Choice]:
    """All methods for signals: those of the page as they are set, the others with their defaults, quick ones first."""
    keys = [key for key, info in catalog.methods().items() if Signal in info.takes]
    keys.sort(key=lambda key: catalog.info(key).family == "learned")
    own = dict.fromkeys(recipe.choices)
    return [*own, *(Choice(key) for key in keys if Choice(key) not in own)]


def tried(recipe: Recipe, choice: Choice) -> Contender | Failure | None:
    """What is known already of a method on the signal of a recipe; nothing runs."""
    cache, lock = _own() if recipe.source.kind == "file" else _shared()
    with lock:
        found: Contender | Failure | None = cache.get(_contest_key(recipe, choice))
    return found


def contend(experiment: Experiment, choice: Choice, report: Callable[[Progress], None]) -> Contender | Failure:
    """Run a method for the page Compare, or find that it has run already."""
    recipe = experiment.recipe

    def make() -> Contender | Failure:
        try:
            return _summary(experiment, choice, result(experiment, choice, report))
        except DrsnError as error:
            return Failure(choice, error)

    found: Contender | Failure = _once(_contest_key(recipe, choice), recipe.source.kind == "file", make)
    return found


def _contest_key(recipe: Recipe, choice: Choice) -> str:
    return f"{_key(recipe, choice)}&kept=summary"


def _summary(experiment: Experiment, choice: Choice, result: Result) -> Contender:
    noisy, estimate = experiment.noisy.samples[0], result.estimate.samples[0]
    clean = None if experiment.clean is None else experiment.clean.samples[0]
    at, line = style.decimate(np.arange(noisy.size, dtype=np.float64), estimate, DRAWN)
    return Contender(
        choice,
        catalog.info(choice.method).family,
        None if clean is None else metrics.scores(clean, noisy, estimate),
        None if clean is None else metrics.local_errors(clean, estimate, PARTS),
        float(metrics.noise_level(estimate)),
        metrics.rmse(noisy, estimate),
        result.seconds,
        at,
        line,
    )


def stop(work: Hashable) -> None:
    """The visitor stopped the work on a recipe: the run under way ends at its next step, none starts anew."""
    st.session_state["stopped"] = work


def resume() -> None:
    """The visitor wants the stopped work after all."""
    st.session_state["stopped"] = None


def stopped(work: Hashable) -> bool:
    return bool(st.session_state.get("stopped") == work)


@st.cache_resource
def warm_up() -> threading.Thread:
    """Load, behind the first picture, PyTorch, the networks and the file reader, so that the first change is quick."""

    def load() -> None:
        recipes.run(Recipe(source=recipes.Source(length=1024)))
        isolate.warm()
        # Streamlit collects garbage after every run; what has been loaded by now never becomes garbage.
        gc.collect()
        gc.freeze()

    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread


# ---- the page Images

#: Pictures with more values show a progress bar and a way to stop.
LONG_PICTURE = 2**20


def scene(recipe: Recipe) -> PictureExperiment:
    """The clean and the noisy picture of a recipe; no method has run.

    Raises
    ------
    DrsnError
    """
    opened = state.picture()
    private = recipe.source.is_file

    def make() -> PictureExperiment:
        return pictures.prepare(recipe, opened.picture if private and opened else None)

    made: PictureExperiment = _once(_key(recipe), private, make)
    return replace(made, recipe=recipe)


def developed(experiment: PictureExperiment, choice: Choice, report: Callable[[Progress], None]) -> Result:
    """Run one method on a picture, or find that it has run already."""

    def make() -> Result:
        with WORKERS:
            _load_picture(choice.method)
            return pictures.denoise(experiment, choice, report)

    recipe = experiment.recipe
    found: Result = _once(_key(recipe, choice), recipe.source.is_file, make)
    return found


@functools.cache
def _load_picture(method: str) -> None:
    with contextlib.suppress(DrsnError):
        catalog.denoise(Image(np.sin(np.arange(32.0 * 32)).reshape(32, 32)), method)


def picture_score(experiment: PictureExperiment, choice: Choice | None, estimate: Image) -> PictureScores | None:
    """How close an estimate is, by the method that made it (None: the noisy picture itself), worked out once."""
    if experiment.clean is None:
        return None
    recipe = experiment.recipe
    key = f"{_key(recipe, choice)}&kept=score"
    found: PictureScores = _once(key, recipe.source.is_file, lambda: experiment.score(estimate))
    return found


def address(experiment: PictureExperiment, choice: Choice | None, pixels: FloatArray) -> str:
    """A whole picture for the browser (of a method, or the noisy one), encoded once."""

    def make() -> str:
        return pixels_.address(pixels_.smaller(pixels, pixels_.SHOWN))

    recipe = experiment.recipe
    found: str = _once(f"{_key(recipe, choice)}&kept=address", recipe.source.is_file, make)
    return found
