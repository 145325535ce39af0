"""What a network is shown: the signal of all pages, a photograph, or a sample of what a classifier was trained for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app import compute, networks
from app.networks import is_own
from app.selection import Selection
from drsn_core import recipe as recipes
from drsn_core import response, samples, tasks
from drsn_core.data import FloatArray
from drsn_core.inside_script import Shown
from drsn_core.noise import add_noise
from drsn_core.photographs import SIDE, small
from drsn_core.recipe import Noise, Recipe
from drsn_core.samples import sample
from drsn_core.tasks import Task

#: Longer recordings are opened at their beginning: a block of a longer one could not be drawn anyway. A visitor's own
#: network, which may be much wider than ours, is shown less: samples, or pixels a side.
OPENED, OPENED_BY_OWN, SIDE_BY_OWN = 2**16, 4096, 128


@dataclass(frozen=True, eq=False)
class Material(compute.Held):
    """What a network is shown: a signal, (length,), or a picture, (height, width), in its own unit.

    ``shift`` and ``scale`` turn it into what the network takes; ``clean`` is None where it is not known. A network
    that names one of ``classes`` returns logits; the others return what they were shown, denoised. ``rate_hz`` is 0
    for pictures.
    """

    noisy: FloatArray
    clean: FloatArray | None
    shift: float
    scale: float
    classes: tuple[str, ...] = ()
    rate_hz: float = 0.0
    unit: str = ""

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


def longest(shown: Selection) -> int:
    """Samples of a recording that a network is shown."""
    return OPENED_BY_OWN if is_own(shown.net) else OPENED


def private(recipe: Recipe, shown: Selection) -> bool:
    """Whether results belong to the visitor alone."""
    return recipe.source.kind == "file" or is_own(shown.net)


def material(recipe: Recipe, shown: Selection) -> Material:
    """The noisy sample of a recipe as the network of a selection takes it, in the network's own unit.

    Raises
    ------
    DrsnError
    """
    made: Material = compute.once(
        f"{key(recipe, shown)}&material={shown.net}", private(recipe, shown), lambda: _material(recipe, shown)
    )
    return made


def key(recipe: Recipe, shown: Selection) -> str:
    """What tells one sample from another."""
    noise = recipe.noise
    drawn = f"{noise.kind}&{noise.snr_db:g}&{noise.seed}"
    if shown.sample:
        return f"sample={shown.shape.task and shown.shape.task.key}.{shown.sample}&{drawn}"
    return f"picture={shown.picture}&{drawn}" if shown.takes_pictures else compute.key_of(recipe)


def _material(recipe: Recipe, shown: Selection) -> Material:
    about = shown.shape.task
    if about is not None:
        return _window(recipe, shown, about)
    return _photograph(recipe, shown) if shown.takes_pictures else _recording(recipe, shown)


def _recording(recipe: Recipe, shown: Selection) -> Material:
    """The signal of all pages."""
    made, most = compute.experiment(recipe), longest(shown)
    row = made.noisy.samples[0, :most]
    clean = None if made.clean is None else made.clean.samples[0, :most]
    facts = {"rate_hz": made.noisy.rate_hz, "unit": made.noisy.unit}
    return Material(row, clean, float(row.mean()), float(row.std()) or 1.0, shown.shape.classes, **facts)  # type: ignore[arg-type]


def _photograph(recipe: Recipe, shown: Selection) -> Material:
    from drsn_core.learned_images import CONTRAST, MIDDLE

    pixels = small(shown.picture).pixels[0]
    if is_own(shown.net):
        pixels = pixels[:SIDE_BY_OWN, :SIDE_BY_OWN]
    noisy = pixels
    if recipe.noise.kind != "none":
        noisy = add_noise(pixels.ravel(), recipe.noise.kind, recipe.noise.snr_db, seed=recipe.noise.seed)
    return Material(noisy.reshape(pixels.shape), pixels, MIDDLE, CONTRAST, shown.shape.classes)


def _window(recipe: Recipe, shown: Selection, about: Task) -> Material:
    """The first window of a recording, or the picture, as a shipped classifier takes it."""
    if shown.sample:
        raw = _noisy(tasks.windows(sample(about.key, shown.sample), about).raw[0], recipe.noise, about)
    else:
        raw = tasks.windows(compute.experiment(recipe).noisy.channel(0), about).raw[0]
    seen = tasks.in_band(raw, about)
    shift, scale = float(seen.mean()), float(seen.std()) or 1.0
    return Material(seen, None, shift, scale, about.classes, about.rate_hz)


def _noisy(raw: FloatArray, noise: Noise, about: Task) -> FloatArray:
    """Noise of an exact SNR on a window, as the classifiers met it in training: relative to the variance."""
    if noise.kind == "none":
        return raw
    rate_hz = about.rate_hz or None
    flat = add_noise(raw.ravel(), noise.kind, noise.snr_db, noise.seed, definition="variance", rate_hz=rate_hz)
    return flat.reshape(raw.shape)


def reference(net: str) -> FloatArray:
    """Samples of the gallery as a network sees them, for mean thresholds; of a classifier those of its task."""
    shape = networks.shape(net)
    return samples.reference(shape.task.key) if shape.task else response.reference(shape.ndim == 2)


def draws(recipe: Recipe, shown: Selection, count: int) -> list[Material]:
    """The sample of a recipe with ``count`` seeds of the noise, its own first."""
    seeds = [(recipe.noise.seed + i) % (recipes.SEEDS[1] + 1) for i in range(count)]
    return [material(replace(recipe, noise=replace(recipe.noise, seed=seed)), shown) for seed in seeds]


def told(recipe: Recipe, shown: Selection) -> Shown:
    """What the network is shown, for a script."""
    task = shown.shape.task
    return Shown(
        "" if is_own(shown.net) else shown.net,
        recipe,
        longest(shown),
        bool(shown.shape.classes),
        task.key if task else "",
        shown.sample,
        shown.picture if shown.takes_pictures else "",
        SIDE_BY_OWN if is_own(shown.net) else SIDE,
    )
