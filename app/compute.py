"""All caching and all heavy work: what a page shows is computed here, once."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from cachetools import LRUCache

from app import first_picture, state
from drsn_core import catalog
from drsn_core import recipe as recipes
from drsn_core.data import FloatArray
from drsn_core.io import isolate
from drsn_core.method import Family, Progress, Result, ignore
from drsn_core.recipe import Choice, Experiment, Recipe

#: Results of gallery signals are shared by all visitors; those of files stay in their visitor's session.
SHARED_BYTES = 200_000_000
OWN_BYTES = 150_000_000

#: Long recordings that are worked on at the same time; the others wait.
WORKERS = threading.Semaphore(2)

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


def _size(value: Any) -> int:
    if isinstance(value, Experiment):
        return int(2 * value.noisy.samples.nbytes)
    return int(value.estimate.samples.nbytes)


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
    opened = state.file()
    if recipe.source.kind == "file" and opened:
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
            return recipes.denoise(experiment, choice, report)

    return _once(_key(recipe, choice), recipe.source.kind == "file", make)


def quick(experiment: Experiment, choice: Choice) -> Result | None:
    """The result of a method that answers at once, without PyTorch; None for the others."""
    learned = catalog.info(choice.method).family == "learned"
    if experiment.noisy.length > LONG or (learned and first_picture.result(experiment.recipe, choice) is None):
        return None
    return result(experiment, choice, ignore)


def stop(recipe: Recipe) -> None:
    """The visitor stopped the work on ``recipe``: the run under way ends at its next step, none starts anew."""
    st.session_state["stopped"] = recipe


def resume() -> None:
    """The visitor wants the stopped work after all."""
    st.session_state["stopped"] = None


def stopped(recipe: Recipe) -> bool:
    return bool(st.session_state.get("stopped") == recipe)


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
