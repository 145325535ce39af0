"""Experiments on pictures: a `Recipe` whose source is one, prepared, run and scored."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from drsn_core import catalog, noise, synth
from drsn_core.data import Image
from drsn_core.method import Report, Result, ignore
from drsn_core.metrics import psnr_db, ssim
from drsn_core.photographs import PHOTOGRAPHS, photograph
from drsn_core.recipe import Choice, Recipe, needed

SSIM_LARGEST = 2**24

#: Every picture that is at hand, by its key.
PICTURES: tuple[str, ...] = (*PHOTOGRAPHS, *synth.IMAGES)


@dataclass(frozen=True)
class PictureScores:
    """How close an estimate is to the clean picture: PSNR in dB, its gain over the noisy picture in dB, and SSIM."""

    psnr_db: float
    gain_db: float
    ssim: float


@dataclass(frozen=True, eq=False)
class PictureExperiment:
    """What a recipe gave: ``clean`` is None where it is not known (a file to which no noise was added)."""

    recipe: Recipe
    clean: Image | None
    noisy: Image
    results: tuple[Result, ...] = ()

    def score(self, estimate: Image) -> PictureScores | None:
        """How close ``estimate`` is to the clean picture; None where that is not known. Nothing is clipped.

        SSIM holds many copies of a picture; beyond `SSIM_LARGEST` values it is left out (NaN).
        """
        if self.clean is None:
            return None
        x = self.clean.pixels
        before, after = psnr_db(x, self.noisy.pixels), psnr_db(x, estimate.pixels)
        similar = ssim(x, estimate.pixels) if x.size <= SSIM_LARGEST else math.nan
        return PictureScores(after, 0.0 if before == after else after - before, similar)

    def scores(self) -> list[PictureScores | None]:
        """`score` of every result."""
        return [self.score(result.estimate) for result in self.results]


def picture(name: str) -> Image:
    """A picture of ``PICTURES``, clean; raises `UnknownName` if there is none of that name."""
    return synth.image(name) if name in synth.IMAGES else photograph(name)


def prepare(recipe: Recipe, file: Image | None = None) -> PictureExperiment:
    """Make the noisy picture of a recipe; no method runs.

    Parameters
    ----------
    file : the picture read from the user's file, if the source is one

    Raises
    ------
    DrsnError
        If the source is a file and none is given, or the noise cannot be made.
    """
    source, wanted = recipe.source, recipe.noise
    original = needed(source, file) if source.is_file else picture(source.name)
    if wanted.kind == "none":
        return PictureExperiment(recipe, None if source.is_file else original, original)
    strength: dict[str, Any] = {"sigma": wanted.sigma / 255} if wanted.sigma else {"snr_db": wanted.snr_db}
    noisy = noise.add_noise(original, wanted.kind, seed=wanted.seed, **strength)
    return PictureExperiment(recipe, original, noisy)


def denoise(experiment: PictureExperiment, choice: Choice, report: Report = ignore) -> Result:
    """Run one method of a recipe on its noisy picture."""
    parameters: dict[str, Any] = choice.values
    return catalog.denoise(experiment.noisy, choice.method, report=report, **parameters)


def run(recipe: Recipe, file: Image | None = None, report: Report = ignore) -> PictureExperiment:
    """Run a whole recipe.

    Examples
    --------
    >>> from drsn_core.recipe import Noise, Source
    >>> steps = Recipe(Source("picture", "steps"), Noise(sigma=25.0), Choice("bivariate"), Choice("tv"))
    >>> [score.gain_db > 5 for score in run(steps).scores()]
    [True, True]
    """
    experiment = prepare(recipe, file)
    return replace(experiment, results=tuple(denoise(experiment, choice, report) for choice in recipe.choices))
