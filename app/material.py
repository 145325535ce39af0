"""What a network is shown: the signal of all pages, a photograph, or a sample of what a classifier was trained for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app import compute, networks
from app.networks import is_own
from app.selection import Selection
from drsn_core import recipe as recipes
from drsn_core import response, synth, tasks
from drsn_core.data import FloatArray, Image, Signal
from drsn_core.noise import add_noise
from drsn_core.photographs import small
from drsn_core.recipe import Noise, Recipe
from drsn_core.tasks import DIGIT_WORDS, Task

#: Longer recordings are opened at their beginning: a block of a longer one could not be drawn anyway. A visitor's own
#: network, which may be much wider than ours, is shown less: samples, or pixels a side.
OPENED, OPENED_BY_OWN, SIDE_BY_OWN = 2**16, 4096, 128

#: The turn of the rig, the hand and the voice that are shown: other than those of training, the same at every visit.
SEED = 5


@dataclass(frozen=True, eq=False)
class Material(compute.Held):
    """What a network is shown: a signal, (length,), or a picture, (height, width), in its own unit.

    ``shift`` and ``scale`` turn it into what the network takes; ``clean`` is None where it is not known. A network
    that names one of ``classes`` returns logits; the others return what they were shown, denoised. ``unlike`` says
    that a classifier has never seen anything of the kind; ``rate_hz`` is 0 for pictures.
    """

    noisy: FloatArray
    clean: FloatArray | None
    shift: float
    scale: float
    classes: tuple[str, ...] = ()
    unlike: bool = False
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
    made: Material = compute._once(
        f"{key(recipe, shown)}&material={shown.net}", private(recipe, shown), lambda: _material(recipe, shown)
    )
    return made


def key(recipe: Recipe, shown: Selection) -> str:
    """What tells one sample from another."""
    noise = recipe.noise
    drawn = f"{noise.kind}&{noise.snr_db:g}&{noise.seed}"
    if shown.sample:
        return f"sample={shown.shape.task and shown.shape.task.key}.{shown.sample}&{drawn}"
    return f"picture={shown.picture}&{drawn}" if shown.takes_pictures else compute._key(recipe)


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
    from drsn_core.prediction import predict

    if shown.sample:
        raw = _noisy(tasks.windows(drawn(about, shown.sample), about).raw[0], recipe.noise)
    else:
        raw = tasks.windows(compute.experiment(recipe).noisy.channel(0), about).raw[0]
    seen = tasks.in_band(raw, about)
    task, _, model = shown.net.partition("-")
    given = Signal(raw, about.rate_hz) if about.ndim == 1 else Image(raw)
    unlike = predict(given, task, model).unlike
    shift, scale = float(seen.mean()), float(seen.std()) or 1.0
    return Material(seen, None, shift, scale, about.classes, unlike, about.rate_hz)


def drawn(about: Task, sample: str, seed: int = SEED) -> Signal | Image:
    """A sample of what a task is about, without noise, from the synthesizers of the core."""
    if about.key == "digits":
        return synth.written_digit(int(sample), seed=seed)
    if about.key == "speech":
        return synth.spoken_digit(DIGIT_WORDS.index(sample), seed=seed)
    rate = synth.rig().rate_hz
    return synth.rig(sample, length=int(np.ceil(about.size * rate / about.rate_hz)) + 1, seed=seed)


def _noisy(raw: FloatArray, noise: Noise) -> FloatArray:
    """Noise of an exact SNR on a window, as the classifiers met it in training: relative to the variance."""
    if noise.kind == "none":
        return raw
    flat = add_noise(raw.ravel(), noise.kind, noise.snr_db, seed=noise.seed, definition="variance")
    return flat.reshape(raw.shape)


def reference(net: str) -> FloatArray:
    """Samples of the gallery as a network sees them, for mean thresholds; of a classifier those of its task."""
    shape = networks.shape(net)
    about = shape.task
    if about is None:
        return response.reference(shape.ndim == 2)
    names = shape.samples or synth.STATES  # the bearing's task has none of its own, the rig is a bearing too
    made = [drawn(about, name, seed) for name in names for seed in range(3)]
    return tasks.standard(np.concatenate([tasks.windows(one, about).raw[:1] for one in made]), about)


def draws(recipe: Recipe, shown: Selection, count: int) -> list[Material]:
    """The sample of a recipe with ``count`` seeds of the noise, its own first."""
    seeds = [(recipe.noise.seed + i) % (recipes.SEEDS[1] + 1) for i in range(count)]
    return [material(replace(recipe, noise=replace(recipe.noise, seed=seed)), shown) for seed in seeds]
