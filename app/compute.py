"""All caching and all heavy work: what a page shows is computed here, once."""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import os
import sys
import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from app import first_picture, state
from app.figures import levels as levels_
from app.figures import pixels as pixels_
from app.figures import style
from app.figures.levels import Level
from app.shelves import Room, Shelf
from app.turns import PAGES, Turns
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

#: Results of all visitors' own files together.
ALL_OWN_BYTES = 800_000_000

#: One core for each computation, as many at once as there are cores. Were all of them to use all cores, each would wait
#: at every step for the others' threads: a network that takes 26 ms took 964 ms beside two other busy processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # PyTorch looks when it is loaded, which is later

#: Makes the block within which something is computed.
Turning = Callable[[], contextlib.AbstractContextManager[object]]

#: One computation at a time for each core; of long ones not more than that are under way, for each holds its data.
TURNS = Turns(os.cpu_count() or 1, leaving=PAGES)
LONG_TURNS = Turns(os.cpu_count() or 1, leaving=PAGES)

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


class Held:
    """Something to keep that knows its size; see `_size`."""

    nbytes: int = 0


@dataclass(frozen=True, eq=False)
class Kept(Held):
    """A small result, of the size it says."""

    value: Any
    nbytes: int = 100_000


def _size(value: Any) -> int:
    if isinstance(value, list):  # of levels
        return 24 * levels_.STICKS * len(value)
    if isinstance(value, Contender | Failure):
        return 8 * (PARTS + 2 * DRAWN)
    if isinstance(value, Held):
        return int(value.nbytes)
    if isinstance(value, Experiment | PictureExperiment):
        noisy = value.noisy
        return int(2 * (noisy.pixels if isinstance(noisy, Image) else noisy.samples).nbytes)
    if isinstance(value, pixels_.File | PictureScores):
        return sum(map(sys.getsizeof, value)) if isinstance(value, tuple) else sys.getsizeof(value)
    estimate = value.estimate
    return int((estimate.pixels if isinstance(estimate, Image) else estimate.samples).nbytes)


@contextlib.contextmanager
def _resting() -> Iterator[None]:
    """Whoever waits for what another is making has no turn meanwhile: the other may need it.

    Turns are asked for again in the order of `long_turn`: two who hold one each and want the other's would wait for
    ever.
    """
    with TURNS.left(), LONG_TURNS.left(), PAGES.left():
        yield


_SHARED = Shelf(SHARED_BYTES, _size, resting=_resting)
_ROOM = Room(ALL_OWN_BYTES)


def shelf(private: bool) -> Shelf:
    """The shelf of all, or that of this visitor."""
    if not private:
        return _SHARED
    if "results" not in st.session_state:
        st.session_state["results"] = Shelf(OWN_BYTES, _size, _ROOM)
    mine: Shelf = st.session_state["results"]
    return mine


def once(key: str, private: bool, make: Callable[[], Any], turn: Turning = contextlib.nullcontext) -> Any:
    """Return what is kept under ``key``, or make and keep it (if it is not too large to keep).

    What all visitors share is made by one of them while the others wait; long work, which shows its progress and can be
    stopped, by each.
    """
    return shelf(private).once(key, make, turn, waits=not private and turn is not long_turn)


@contextlib.contextmanager
def long_turn() -> Iterator[None]:
    """A turn for long work: of that not more than there are cores is under way, for each holds its data."""
    with LONG_TURNS.turn(), TURNS.turn():
        yield


def _turn(long: bool) -> Turning:
    """What a computation waits for."""
    return long_turn if long else TURNS.turn


def _step(report: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Report a step of a long computation, and let others go first."""

    def step(progress: Progress) -> None:
        report(progress)
        TURNS.give_way()

    return step


def experiment(recipe: Recipe) -> Experiment:
    """The clean and the noisy signal of a recipe; no method has run."""
    opened = state.file()
    private = recipe.source.kind == "file"

    def make() -> Experiment:
        if not (private and opened):
            return recipes.prepare(recipe, None)
        with PAGES.left():  # another array of the file may have to be read
            chosen = opened.chosen(recipe.source.column)
        return recipes.prepare(recipe, chosen)

    made: Experiment = once(key_of(recipe), private, make)
    return replace(made, recipe=recipe)  # another recipe, with other methods, may have made the same signals


def key_of(recipe: Recipe, choice: Choice | None = None) -> str:
    """What the noisy signal of a recipe, or a method's result on it, is kept under; a file goes by its digest."""
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
        _load(choice.method)
        return recipes.denoise(experiment, choice, _step(report))

    long = experiment.noisy.length > LONG
    found: Result = once(key_of(recipe, choice), recipe.source.kind == "file", make, _turn(long))
    return found


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

    key = f"{key_of(experiment.recipe, choice)}&kept=levels"
    made: list[Level] = once(key, experiment.recipe.source.kind == "file", make)
    return made


def line_up(recipe: Recipe) -> list[Choice]:
    """All methods for signals: those of the page as they are set, the others with their defaults, quick ones first."""
    keys = [key for key, info in catalog.methods().items() if Signal in info.takes]
    keys.sort(key=lambda key: catalog.info(key).family == "learned")
    own = dict.fromkeys(recipe.choices)
    return [*own, *(Choice(key) for key in keys if Choice(key) not in own)]


def tried(recipe: Recipe, choice: Choice) -> Contender | Failure | None:
    """What is known already of a method on the signal of a recipe; nothing runs."""
    found: Contender | Failure | None = shelf(recipe.source.kind == "file").get(_contest_key(recipe, choice))
    return found


def contend(experiment: Experiment, choice: Choice, report: Callable[[Progress], None]) -> Contender | Failure:
    """Run a method for the page Compare, or find that it has run already."""
    recipe = experiment.recipe

    def make() -> Contender | Failure:
        try:
            return _summary(experiment, choice, result(experiment, choice, report))
        except DrsnError as error:
            return Failure(choice, error)

    found: Contender | Failure = once(_contest_key(recipe, choice), recipe.source.kind == "file", make)
    return found


def _contest_key(recipe: Recipe, choice: Choice) -> str:
    return f"{key_of(recipe, choice)}&kept=summary"


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


#: Set when all that visitors share has been loaded.
WARM = threading.Event()
_loading = threading.Lock()


def load() -> None:
    """Load PyTorch, the networks and the file reader, so that nobody's first change waits for them."""
    with _loading:
        if WARM.is_set():
            return
        recipes.run(Recipe(source=recipes.Source(length=1024)))
        isolate.warm()
        # Streamlit collects garbage after every run; what has been loaded by now never becomes garbage.
        gc.collect()
        gc.freeze()
        WARM.set()


def warm_up() -> None:
    """`load`, behind the first picture."""
    if not WARM.is_set() and not _loading.locked():
        behind(load)


def behind(work: Callable[[], None]) -> None:
    """Start ``work`` in a thread that the end of Python waits for.

    A daemon alone would be cut short there, and from the middle of C++ it would take the process down with it.
    """
    thread = threading.Thread(target=work, name="warm-up", daemon=True)
    thread.start()
    atexit.register(thread.join)


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

    size = opened.picture.pixels.nbytes if private and opened else 0
    made: PictureExperiment = _held(recipe, key_of(recipe), size, make)
    return replace(made, recipe=recipe)


def _held(recipe: Recipe, key: str, size: int, make: Callable[[], Any], turn: Turning = contextlib.nullcontext) -> Any:
    """`once`; what is too large to be kept with others is held until the visitor turns to another recipe.

    Else a large picture would go through a network again whenever it is looked at in another way.
    """
    if size <= OWN_BYTES // 4:
        return once(key, recipe.source.is_file, make, turn)
    wanted = [key_of(recipe), *(key_of(recipe, choice) for choice in recipe.choices)]
    return shelf(private=True).once(key, make, turn, wanted)


def developed(experiment: PictureExperiment, choice: Choice, report: Callable[[Progress], None]) -> Result:
    """Run one method on a picture, or find that it has run already."""

    def make() -> Result:
        _load_picture(choice.method)
        return pictures.denoise(experiment, choice, _step(report))

    recipe, pixels = experiment.recipe, experiment.noisy.pixels
    found: Result = _held(recipe, key_of(recipe, choice), pixels.nbytes, make, _turn(pixels.size > LONG_PICTURE))
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
    key = f"{key_of(recipe, choice)}&kept=score"
    found: PictureScores = once(key, recipe.source.is_file, lambda: experiment.score(estimate))
    return found


def seen(
    experiment: PictureExperiment, choice: Choice | None, what: str, pixels: Callable[[], FloatArray]
) -> pixels_.File:
    """A picture for the browser, of a method or (None) of no method, encoded once; ``what`` tells several apart."""

    def make() -> pixels_.File:
        return pixels_.encoded(pixels_.smaller(pixels(), pixels_.SHOWN))

    recipe = experiment.recipe
    found: pixels_.File = once(f"{key_of(recipe, choice)}&kept={what}", recipe.source.is_file, make)
    return found
