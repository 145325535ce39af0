"""The first picture, shipped: what the network makes of the first example, so that nobody waits for PyTorch to load.

Made again by ``python -m app.first_picture`` whenever the weights or the first example change; a test compares it
with a live run.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np

from drsn_core import recipe as recipes
from drsn_core.method import Result
from drsn_core.recipe import Choice, Recipe
from drsn_core.trace import Trace

FILE = Path(__file__).with_name("first_picture.npz")


def result(recipe: Recipe, choice: Choice) -> Result | None:
    """Return the shipped result if it is the one asked for."""
    first = Recipe()
    same = (recipe.source, recipe.noise, choice) == (first.source, first.noise, first.b)
    return _read() if same and FILE.exists() else None


@functools.cache
def _read() -> Result:
    with np.load(FILE) as stored:
        about = json.loads(str(stored["about"]))
        noisy = recipes.prepare(Recipe()).noisy
        return Result(
            estimate=noisy.with_samples(stored["estimate"]),
            trace=Trace.from_dict(about["trace"]),
            seconds=about["seconds"],
            method=about["method"],
            parameters=about["parameters"],
        )


def write() -> None:
    """Run the first example and store the network's result."""
    first = Recipe()
    experiment = recipes.prepare(first)
    recipes.denoise(experiment, first.b)  # loading the network is not part of its time
    found = recipes.denoise(experiment, first.b)
    about = {
        "trace": found.trace.to_dict(),
        "seconds": found.seconds,
        "method": found.method,
        "parameters": found.parameters,
    }
    np.savez_compressed(FILE, estimate=found.estimate.samples, about=json.dumps(about))


if __name__ == "__main__":
    write()
