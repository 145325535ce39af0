"""What the page Inside shows, worked out once: a sample within a network, and what the network would do otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app import compute
from app.selection import FOR_PICTURES, Selection, classifiers
from drsn_core import catalog, metrics, response, synth, whatif
from drsn_core import recipe as recipes
from drsn_core.data import FloatArray, Image, Signal
from drsn_core.noise import add_noise
from drsn_core.photographs import small
from drsn_core.recipe import Recipe
from drsn_core.response import ErrorParts, Fingerprint, Tip
from drsn_core.tasks import Task
from drsn_core.trace import Trace
from drsn_core.whatif import Run

#: Longer recordings are opened at their beginning: a block of a longer one could not be drawn anyway.
OPENED = 2**16

#: Noise levels of the dose-response, factors and draws of the error curve.
DOSES_DB = tuple(np.arange(-10.0, 20.1, 2.5).tolist())
FACTORS = tuple(np.linspace(0.0, 3.0, 13).tolist())
DRAWS = 6


#: The turn of the rig that is shown: other than those of training, the same at every visit.
RIG_SEED = 5


@dataclass(frozen=True, eq=False)
class Material(compute.Held):
    """What a network is shown: a signal, (length,), or a picture, (height, width), in its own unit.

    ``shift`` and ``scale`` turn it into what the network takes; ``clean`` is None where it is not known. A network
    that names one of ``classes`` returns logits; the others return what they were shown, denoised. ``unlike`` says
    that a classifier has never seen anything of the kind.
    """

    noisy: FloatArray
    clean: FloatArray | None
    shift: float
    scale: float
    classes: tuple[str, ...] = ()
    unlike: bool = False

    @property
    def sample(self) -> FloatArray:
        """As the network sees it."""
        return (self.noisy - self.shift) / self.scale

    def back(self, output: FloatArray) -> FloatArray:
        """Bring outputs of the network into the unit of the data."""
        return output * self.scale + self.shift

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        return 2 * self.noisy.nbytes


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


@dataclass(frozen=True, eq=False)
class Kept(compute.Held):
    """A small result, of the size it says."""

    value: Any
    nbytes: int = 100_000


def material(recipe: Recipe, shown: Selection) -> Material:
    """The noisy sample of a recipe: its signal, or, for networks that take pictures, the picture with its noise.

    Raises
    ------
    DrsnError
    """
    if shown.net in classifiers():
        window: Material = compute._once(
            f"{_shown_key(recipe, shown)}&window={shown.net}",
            recipe.source.kind == "file",
            lambda: _window(recipe, shown, classifiers()[shown.net]),
        )
        return window
    if not shown.takes_pictures:
        made = compute.experiment(recipe)
        row = made.noisy.samples[0, :OPENED]
        clean = None if made.clean is None else made.clean.samples[0, :OPENED]
        return Material(row, clean, float(row.mean()), float(row.std()) or 1.0)

    def paint() -> Material:
        from drsn_core.learned_images import CONTRAST, MIDDLE

        pixels = small(shown.picture).pixels[0]
        noisy = pixels
        if recipe.noise.kind != "none":
            noisy = add_noise(pixels.ravel(), recipe.noise.kind, recipe.noise.snr_db, seed=recipe.noise.seed)
        return Material(noisy.reshape(pixels.shape), pixels, MIDDLE, CONTRAST)

    painted: Material = compute._once(_shown_key(recipe, shown), False, paint)
    return painted


def _window(recipe: Recipe, shown: Selection, about: Task) -> Material:
    """The first window of a recording as a classifier takes it; of the rig in one of its states, or of the signal."""
    from drsn_core.prediction import predict
    from drsn_core.tasks import in_band, windows

    if shown.on_rig:
        signal = synth.rig(shown.state, length=about.size, seed=RIG_SEED)
        if recipe.noise.kind != "none":
            signal = add_noise(signal, recipe.noise.kind, recipe.noise.snr_db, seed=recipe.noise.seed)
    else:
        signal = compute.experiment(recipe).noisy
    raw = windows(signal.channel(0), about).raw[0]
    seen = in_band(raw, about)
    task, _, model = shown.net.partition("-")
    unlike = predict(Signal(raw, about.rate_hz), task, model).unlike
    return Material(seen, None, float(seen.mean()), float(seen.std()) or 1.0, about.classes, unlike)


def _shown_key(recipe: Recipe, shown: Selection) -> str:
    if shown.on_rig:
        return f"rig={shown.state}&{recipe.noise.kind}&{recipe.noise.snr_db:g}&{recipe.noise.seed}"
    if not shown.takes_pictures:
        return compute._key(recipe)
    return f"picture={shown.picture}&{recipe.noise.kind}&{recipe.noise.snr_db:g}&{recipe.noise.seed}"


def _small(recipe: Recipe, shown: Selection, what: str, make: Callable[[], Any], nbytes: int = 100_000) -> Any:
    """Work something out about a sample in a network, once."""
    key = f"{_shown_key(recipe, shown)}&net={shown.net}&{what}"
    found: Kept = compute._once(key, recipe.source.kind == "file", lambda: Kept(make(), nbytes), compute.TURNS.turn)
    return found.value


def open_(recipe: Recipe, shown: Selection) -> Opened:
    """Run a network on a sample, as learned and as changed; what has run does not run again.

    Raises
    ------
    DrsnError
    """
    from drsn_core.learned import network_of

    private, key = recipe.source.kind == "file", f"{_shown_key(recipe, shown)}&open={shown.net}"
    given = material(recipe, shown)

    def learn() -> Opened:
        learned = whatif.run(network_of(shown.net), given.sample[None])
        return Opened(given, learned, learned)

    plain: Opened = compute._once(key, private, learn, compute.TURNS.turn)
    if not shown.asked.count:
        return plain

    def change() -> Opened:
        reference = means(shown.net) if shown.asked.needs_means else None
        changed = whatif.run(network_of(shown.net), given.sample[None], shown.asked, reference)
        return replace(plain, changed=changed)

    changed: Opened = compute._once(f"{key}&if={shown.asked}", private, change, compute.TURNS.turn)
    return changed


def means(net: str) -> tuple[FloatArray, ...]:
    """Mean thresholds of a network over the signals, or pictures, of the gallery at several noise levels."""
    from drsn_core.learned import network_of

    def make() -> Kept:
        return Kept(response.mean_thresholds(network_of(net), _reference(net)))

    made: Kept = compute._once(f"means&net={net}", False, make)
    value: tuple[FloatArray, ...] = made.value
    return value


def _reference(net: str) -> FloatArray:
    """Samples of the gallery as a network sees them; of a classifier those of the rig, in all states and speeds."""
    from drsn_core.tasks import standard

    if net not in classifiers():
        return response.reference(net in FOR_PICTURES)
    about = classifiers()[net]
    rigs = [
        synth.rig(state, length=about.size, shaft_hz=speed, seed=i)
        for i, state in enumerate(synth.STATES)
        for speed in (20.0, 30.0, 40.0)
    ]
    return standard(np.stack([one.samples[0] for one in rigs]), about)


def doses(recipe: Recipe, shown: Selection) -> list[Fingerprint]:
    """What a network decides on the signal of a recipe at each of `DOSES_DB`, with the same draw of the noise."""
    kind = "gaussian" if recipe.noise.kind == "none" else recipe.noise.kind
    noisier = [replace(recipe, noise=replace(recipe.noise, kind=kind, snr_db=db)) for db in DOSES_DB]
    return [fingerprint(one, shown) for one in noisier]


def fingerprint(recipe: Recipe, shown: Selection) -> Fingerprint:
    """What a network decides on a sample: a few numbers for every block and channel."""
    from drsn_core.learned import network_of

    def make() -> Fingerprint:
        return Fingerprint.of(whatif.run(network_of(shown.net), material(recipe, shown).sample[None]))

    found: Fingerprint = _small(recipe, shown, "fingerprint", make)
    return found


def tips(recipe: Recipe, shown: Selection) -> list[Tip]:
    """The factor on every block's thresholds at which a classifier changes its mind."""
    from drsn_core.learned import network_of

    def make() -> list[Tip]:
        return response.tipping_points(network_of(shown.net), material(recipe, shown).sample)

    value: list[Tip] = _small(recipe, shown, "tips", make)
    return value


def worth(recipe: Recipe, shown: Selection) -> FloatArray:
    """SNR in dB with one block after the other not shrinking, and last as learned: (blocks + 1,)."""
    from drsn_core.learned import network_of

    def make() -> FloatArray:
        given = material(recipe, shown)
        clean = given.clean
        assert clean is not None
        found = given.back(response.without_each(network_of(shown.net), given.sample).output)
        return np.array([metrics.snr_db(clean.ravel(), one.ravel()) for one in found])

    value: FloatArray = _small(recipe, shown, "worth", make)
    return value


def error_curve(recipe: Recipe, shown: Selection, block: int | None) -> ErrorParts:
    """How the error of a network depends on a factor on the thresholds of a block, or of all, over `DRAWS` of noise."""
    from drsn_core.learned import network_of

    def make() -> ErrorParts:
        drawn = _draws(recipe, shown)
        clean = drawn[0].clean
        assert clean is not None
        shift, scale = (
            np.array([getattr(one, name) for one in drawn]).reshape(-1, *(1,) * clean.ndim)
            for name in ("shift", "scale")
        )
        samples = np.stack([one.sample for one in drawn])
        network = network_of(shown.net)
        return response.error_curve(network, samples, clean, FACTORS, block, lambda out: out * scale + shift)

    value: ErrorParts = _small(recipe, shown, f"error={block}", make)
    return value


def _draws(recipe: Recipe, shown: Selection) -> list[Material]:
    """The sample of a recipe with other seeds of the noise, its own first; fewer of pictures, which are large."""
    count = 2 if shown.takes_pictures else DRAWS
    seeds = [(recipe.noise.seed + i) % (recipes.SEEDS[1] + 1) for i in range(count)]
    return [material(replace(recipe, noise=replace(recipe.noise, seed=seed)), shown) for seed in seeds]


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
        return catalog.denoise(Image(noisy) if shown.takes_pictures else noisy, method).trace

    value: Trace = _small(
        recipe, replace(shown, net="-") if not shown.takes_pictures else shown, f"rule={method}", make
    )
    return value


#: The textbook's wavelet, for the error curve of a level; rules that are marked on it; thresholds in noise levels.
WAVELET: dict[str, Any] = {"transform": "dwt", "shrink": "soft"}
RULES_MARKED = ("universal", "sure", "bayes")
SIGMAS = tuple(np.linspace(0.0, 5.0, 13).tolist())
