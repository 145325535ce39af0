"""All caching and all heavy work: what a page shows is computed here, once."""

from __future__ import annotations

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
from app.selection import FOR_PICTURES, Selection, classifiers
from app.shelves import Room, Shelf
from app.turns import Turns
from drsn_core import catalog, metrics, pictures, response, synth, whatif
from drsn_core import recipe as recipes
from drsn_core.data import FloatArray, Image, Signal
from drsn_core.errors import DrsnError
from drsn_core.io import isolate
from drsn_core.method import Family, Progress, Result, ignore
from drsn_core.metrics import Scores
from drsn_core.noise import add_noise
from drsn_core.photographs import small
from drsn_core.pictures import PictureExperiment, PictureScores
from drsn_core.recipe import Choice, Experiment, Recipe
from drsn_core.response import ErrorParts, Fingerprint, Tip
from drsn_core.tasks import Task
from drsn_core.trace import Trace
from drsn_core.whatif import Run

#: Results of gallery signals are shared by all visitors; those of files stay in their visitor's session.
SHARED_BYTES = 200_000_000
OWN_BYTES = 150_000_000

#: Results of all visitors' own files together.
ALL_OWN_BYTES = 800_000_000

#: Makes the block within which something is computed.
Turning = Callable[[], contextlib.AbstractContextManager[object]]

#: One computation at a time for each core; of long ones not more than that are under way, for each holds its data.
TURNS = Turns(os.cpu_count() or 1)
LONG_TURNS = Turns(os.cpu_count() or 1)

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
    if isinstance(value, Held):
        return int(value.nbytes)
    if isinstance(value, Experiment | PictureExperiment):
        noisy = value.noisy
        return int(2 * (noisy.pixels if isinstance(noisy, Image) else noisy.samples).nbytes)
    if isinstance(value, pixels_.File | PictureScores):
        return sum(map(sys.getsizeof, value)) if isinstance(value, tuple) else sys.getsizeof(value)
    estimate = value.estimate
    return int((estimate.pixels if isinstance(estimate, Image) else estimate.samples).nbytes)


_SHARED = Shelf(SHARED_BYTES, _size)
_ROOM = Room(ALL_OWN_BYTES)


def _shelf(private: bool) -> Shelf:
    """The shelf of all, or that of this visitor."""
    if not private:
        return _SHARED
    if "results" not in st.session_state:
        st.session_state["results"] = Shelf(OWN_BYTES, _size, _ROOM)
    mine: Shelf = st.session_state["results"]
    return mine


def _once(key: str, private: bool, make: Callable[[], Any], turn: Turning = contextlib.nullcontext) -> Any:
    """Return what is kept under ``key``, or make and keep it (if it is not too large to keep)."""
    return _shelf(private).once(key, make, turn)


@contextlib.contextmanager
def _long_turn() -> Iterator[None]:
    with LONG_TURNS.turn(), TURNS.turn():
        yield


def _turn(long: bool) -> Turning:
    """What a computation waits for."""
    return _long_turn if long else TURNS.turn


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
        _load(choice.method)
        return recipes.denoise(experiment, choice, _step(report))

    long = experiment.noisy.length > LONG
    found: Result = _once(_key(recipe, choice), recipe.source.kind == "file", make, _turn(long))
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
    found: Contender | Failure | None = _shelf(recipe.source.kind == "file").get(_contest_key(recipe, choice))
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
        threading.Thread(target=load, name="warm-up", daemon=True).start()


# ---- the page Inside

#: Longer recordings are opened at their beginning: a block of a longer one could not be drawn anyway.
OPENED = 2**16

#: Noise levels of the dose-response, factors and draws of the error curve.
DOSES_DB = tuple(np.arange(-10.0, 20.1, 2.5).tolist())
FACTORS = tuple(np.linspace(0.0, 3.0, 13).tolist())
DRAWS = 6


#: The turn of the rig that is shown: other than those of training, the same at every visit.
RIG_SEED = 5


class Held:
    """Something to keep that knows its size; see `_size`."""

    nbytes: int = 0


@dataclass(frozen=True, eq=False)
class Material(Held):
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
class Opened(Held):
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
class Kept(Held):
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
        window: Material = _once(
            f"{_shown_key(recipe, shown)}&window={shown.net}",
            recipe.source.kind == "file",
            lambda: _window(recipe, shown, classifiers()[shown.net]),
        )
        return window
    if not shown.takes_pictures:
        made = experiment(recipe)
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

    painted: Material = _once(_shown_key(recipe, shown), False, paint)
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
        signal = experiment(recipe).noisy
    raw = windows(signal.channel(0), about).raw[0]
    seen = in_band(raw, about)
    task, _, model = shown.net.partition("-")
    unlike = predict(Signal(raw, about.rate_hz), task, model).unlike
    return Material(seen, None, float(seen.mean()), float(seen.std()) or 1.0, about.classes, unlike)


def _shown_key(recipe: Recipe, shown: Selection) -> str:
    if shown.on_rig:
        return f"rig={shown.state}&{recipe.noise.kind}&{recipe.noise.snr_db:g}&{recipe.noise.seed}"
    if not shown.takes_pictures:
        return _key(recipe)
    return f"picture={shown.picture}&{recipe.noise.kind}&{recipe.noise.snr_db:g}&{recipe.noise.seed}"


def _small(recipe: Recipe, shown: Selection, what: str, make: Callable[[], Any], nbytes: int = 100_000) -> Any:
    """Work something out about a sample in a network, once."""
    key = f"{_shown_key(recipe, shown)}&net={shown.net}&{what}"
    found: Kept = _once(key, recipe.source.kind == "file", lambda: Kept(make(), nbytes), TURNS.turn)
    return found.value


def opened(recipe: Recipe, shown: Selection) -> Opened:
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

    plain: Opened = _once(key, private, learn, TURNS.turn)
    if not shown.asked.count:
        return plain

    def change() -> Opened:
        reference = means(shown.net) if shown.asked.needs_means else None
        changed = whatif.run(network_of(shown.net), given.sample[None], shown.asked, reference)
        return replace(plain, changed=changed)

    changed: Opened = _once(f"{key}&if={shown.asked}", private, change, TURNS.turn)
    return changed


def means(net: str) -> tuple[FloatArray, ...]:
    """Mean thresholds of a network over the signals, or pictures, of the gallery at several noise levels."""
    from drsn_core.learned import network_of

    def make() -> Kept:
        return Kept(response.mean_thresholds(network_of(net), _reference(net)))

    made: Kept = _once(f"means&net={net}", False, make)
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
    made: PictureExperiment = _held(recipe, _key(recipe), size, make)
    return replace(made, recipe=recipe)


def _held(recipe: Recipe, key: str, size: int, make: Callable[[], Any], turn: Turning = contextlib.nullcontext) -> Any:
    """`_once`; what is too large to be kept with others is held until the visitor turns to another recipe.

    Else a large picture would go through a network again whenever it is looked at in another way.
    """
    if size <= OWN_BYTES // 4:
        return _once(key, recipe.source.is_file, make, turn)
    wanted = [_key(recipe), *(_key(recipe, choice) for choice in recipe.choices)]
    return _shelf(private=True).once(key, make, turn, wanted)


def developed(experiment: PictureExperiment, choice: Choice, report: Callable[[Progress], None]) -> Result:
    """Run one method on a picture, or find that it has run already."""

    def make() -> Result:
        _load_picture(choice.method)
        return pictures.denoise(experiment, choice, _step(report))

    recipe, pixels = experiment.recipe, experiment.noisy.pixels
    found: Result = _held(recipe, _key(recipe, choice), pixels.nbytes, make, _turn(pixels.size > LONG_PICTURE))
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


def seen(
    experiment: PictureExperiment, choice: Choice | None, what: str, pixels: Callable[[], FloatArray]
) -> pixels_.File:
    """A whole picture for the browser, of a method or (None) of the noisy one, encoded once; ``what`` tells several."""

    def make() -> pixels_.File:
        return pixels_.encoded(pixels_.smaller(pixels(), pixels_.SHOWN))

    recipe = experiment.recipe
    found: pixels_.File = _once(f"{_key(recipe, choice)}&kept={what}", recipe.source.is_file, make)
    return found
