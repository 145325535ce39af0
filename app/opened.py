"""What the page Inside shows, worked out once: a sample within a network, and what the network would do otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app import compute
from app.compute import Kept
from app.material import Material, draws, key, material, private, reference
from app.networks import is_own, network
from app.selection import Selection
from drsn_core import catalog, metrics, response, whatif
from drsn_core.data import FloatArray, Image, Signal
from drsn_core.question import AS_LEARNED
from drsn_core.recipe import Recipe
from drsn_core.response import ErrorParts, Fingerprint, Tip
from drsn_core.trace import Trace
from drsn_core.whatif import Run

#: Noise levels of the dose-response, factors and draws of the error curve.
DOSES_DB = tuple(np.arange(-10.0, 20.1, 2.5).tolist())
FACTORS = tuple(np.linspace(0.0, 3.0, 13).tolist())
DRAWS, FEW_DRAWS = 6, 2


@dataclass(frozen=True, eq=False)
class Opened(compute.Held):
    """A sample inside a network, as learned and as the reader has changed it."""

    material: Material
    learned: Run
    changed: Run

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        return self.learned.nbytes + self.changed.nbytes

    def estimate(self, run: Run) -> FloatArray:
        """What a denoiser made of the sample, in the unit of the data."""
        return self.material.back(run.output[0])

    def shares(self, run: Run) -> FloatArray:
        """What a classifier answers: the probability of each class."""
        return response.probabilities(run.output[0])


def _small(recipe: Recipe, shown: Selection, what: str, make: Callable[[], Any], nbytes: int = 100_000) -> Any:
    """Work something out about a sample in a network, once."""
    name = f"{key(recipe, shown)}&net={shown.net}&{what}"
    found: Kept = compute.once(name, private(recipe, shown), lambda: Kept(make(), nbytes), compute.TURNS.turn)
    return found.value


def open_(recipe: Recipe, shown: Selection) -> Opened:
    """Run a network on a sample, as learned and as changed; what has run does not run again.

    Raises
    ------
    DrsnError
    """
    mine, name = private(recipe, shown), f"{key(recipe, shown)}&open={shown.net}"
    given = material(recipe, shown)

    def learn() -> Opened:
        learned = whatif.run(network(shown.net), given.sample[None])
        return Opened(given, learned, learned)

    plain: Opened = compute.once(name, mine, learn, compute.TURNS.turn)
    if not shown.asked.count:
        return plain

    def change() -> Opened:
        reference = means(shown.net) if shown.asked.needs_means else None
        changed = whatif.run(network(shown.net), given.sample[None], shown.asked, reference)
        return replace(plain, changed=changed)

    changed: Opened = compute.once(f"{name}&if={shown.asked}", mine, change, compute.TURNS.turn)
    return changed


def unlike(recipe: Recipe, shown: Selection) -> bool:
    """Whether a shipped classifier has never seen anything like what it is shown: its answer then means little."""
    about = shown.shape.task
    if about is None:
        return False

    def make() -> bool:
        from drsn_core.prediction import predict

        window = material(recipe, shown).noisy
        task, _, model = shown.net.partition("-")
        return predict(Image(window) if about.ndim == 2 else Signal(window, about.rate_hz), task, model).unlike

    value: bool = _small(recipe, shown, "unlike", make)
    return value


def means(net: str) -> tuple[FloatArray, ...]:
    """Mean thresholds of a network over the signals, or pictures, of the gallery at several noise levels."""

    def make() -> Kept:
        return Kept(response.mean_thresholds(network(net), reference(net)))

    made: Kept = compute.once(f"means&net={net}", is_own(net), make)
    value: tuple[FloatArray, ...] = made.value
    return value


def doses(recipe: Recipe, shown: Selection) -> list[Fingerprint]:
    """What a network decides on the signal of a recipe at each of `DOSES_DB`, with the same draw of the noise."""
    kind = "gaussian" if recipe.noise.kind == "none" else recipe.noise.kind
    noisier = [replace(recipe, noise=replace(recipe.noise, kind=kind, snr_db=db)) for db in DOSES_DB]
    return [fingerprint(one, shown) for one in noisier]


def fingerprint(recipe: Recipe, shown: Selection) -> Fingerprint:
    """What a network decides on a sample: a few numbers for every block and channel."""

    def make() -> Fingerprint:
        return Fingerprint.of(whatif.run(network(shown.net), material(recipe, shown).sample[None]))

    found: Fingerprint = _small(recipe, shown, "fingerprint", make)
    return found


def tips(recipe: Recipe, shown: Selection) -> list[Tip]:
    """The factor on every block's thresholds at which a classifier changes its mind."""

    def make() -> list[Tip]:
        return response.tipping_points(network(shown.net), material(recipe, shown).sample)

    value: list[Tip] = _small(recipe, shown, "tips", make)
    return value


def worth(recipe: Recipe, shown: Selection) -> FloatArray:
    """SNR in dB with one block after the other not shrinking, and last as learned: (blocks + 1,)."""

    def make() -> FloatArray:
        given = material(recipe, shown)
        clean = given.clean
        assert clean is not None
        found = given.back(response.without_each(network(shown.net), given.sample).output)
        return np.array([metrics.snr_db(clean.ravel(), one.ravel()) for one in found])

    value: FloatArray = _small(recipe, shown, "worth", make)
    return value


def error_curve(recipe: Recipe, shown: Selection, block: int | None) -> ErrorParts:
    """How the error of a network depends on a factor on the thresholds of a block, or of all, over `DRAWS` of noise."""

    def make() -> ErrorParts:
        drawn = _draws(recipe, shown)
        clean = drawn[0].clean
        assert clean is not None
        shift, scale = (
            np.array([getattr(one, name) for one in drawn]).reshape(-1, *(1,) * clean.ndim)
            for name in ("shift", "scale")
        )
        samples = np.stack([one.sample for one in drawn])
        return response.error_curve(network(shown.net), samples, clean, FACTORS, block, lambda out: out * scale + shift)

    value: ErrorParts = _small(recipe, shown, f"error={block}", make)
    return value


def _draws(recipe: Recipe, shown: Selection) -> list[Material]:
    """Several draws of the noise; fewer of pictures, which are large."""
    return draws(recipe, shown, FEW_DRAWS if shown.shape.ndim == 2 else DRAWS)


def rule_factors(recipe: Recipe, shown: Selection, block: int | None) -> dict[str, float]:
    """Where wavelet rules would put the thresholds of a block, or of all, as a multiple of the learned ones.

    A rule sees the features of a channel as it would see a subband: their robust noise level, and their sizes. Factors
    are those of the sums over channels.
    """

    def make() -> dict[str, float]:
        learned = open_(recipe, replace(shown, asked=AS_LEARNED)).learned
        blocks = range(len(learned.names)) if block is None else [block]
        return response.rule_factors(learned, blocks, RULES_MARKED)

    value: dict[str, float] = _small(recipe, shown, f"rules={block}", make)
    return value


def wavelet_curve(recipe: Recipe, level: int) -> tuple[ErrorParts, dict[str, float]]:
    """The same for one level of a wavelet transform, thresholds in noise levels, and where rules draw the line."""
    from drsn_core.response import parts_of_error

    shown = Selection()

    def make() -> tuple[ErrorParts, dict[str, float]]:
        drawn = _draws(recipe, shown)
        rows, clean = [one.noisy for one in drawn], drawn[0].clean
        assert clean is not None
        sigma = float(metrics.noise_level(rows[0])) or 1.0
        marks = {
            rule: float(
                catalog.denoise(rows[0], "wavelet", rule=rule, **WAVELET).trace.records[level - 1].threshold[0] / sigma
            )
            for rule in RULES_MARKED
        }
        parts = []
        for factor in SIGMAS:
            thresholds = ",".join(["auto"] * (level - 1) + [f"{factor * sigma:.9g}"])
            estimates = [
                catalog.denoise(row, "wavelet", rule="bayes", thresholds=thresholds, **WAVELET).estimate for row in rows
            ]
            parts.append(parts_of_error(np.stack(estimates), clean))
        mse, left, lost = (np.array(part) for part in zip(*parts, strict=True))
        return ErrorParts(np.array(SIGMAS), mse, left, lost), marks

    value: tuple[ErrorParts, dict[str, float]] = _small(recipe, shown, f"error-level={level}", make)
    return value


def ruled(recipe: Recipe, shown: Selection, method: str) -> Trace:
    """The thresholds of a classical method on the same sample."""

    def make() -> Trace:
        noisy = material(recipe, shown).noisy
        return catalog.denoise(Image(noisy) if noisy.ndim == 2 else noisy, method).trace

    value: Trace = _small(recipe, shown, f"rule={method}", make)
    return value


#: The textbook's wavelet, for the error curve of a level; rules that are marked on it; thresholds in noise levels.
WAVELET: dict[str, Any] = {"transform": "dwt", "shrink": "soft"}
RULES_MARKED = ("universal", "sure", "bayes")
SIGMAS = tuple(np.linspace(0.0, 5.0, 13).tolist())
