"""What the thresholds of a denoiser add: the same network with and without them, trained alike, seed by seed.

All twins have the convolutions, norms and training pairs of one recipe. "none" leaves the branch of each unit as it
is, "se" multiplies it by attention weights of the same sub-network. A seed sets the first weights and the data, the
same for all twins, so their differences are taken pair by pair.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from drsn_core import bundle
from drsn_core.bench.contest import samples
from drsn_core.bench.pairs import Difference, difference
from drsn_core.bench.signals import DJ, Signals
from drsn_core.errors import BadRecipe
from drsn_core.hub import replace_file
from drsn_core.learned import run
from drsn_core.metrics import snr_db
from drsn_core.nn.denoiser import Denoiser
from drsn_core.train.config import Config, DenoiserNetwork
from drsn_core.train.loop import fit

MODES = ("cw", "cs", "se", "none")

#: What is asked of each pair: do the thresholds help, does attention help, does one threshold a channel help?
PAIRS = (("cw", "none"), ("cs", "none"), ("se", "none"), ("cw", "se"), ("cw", "cs"))

#: Noises of each cell of the bed; fewer than the 20 of the standings, as every twin is run on all of them.
NOISES = 5


@dataclass(frozen=True)
class Twin:
    """One network.

    ``held_out_db`` is its mean output SNR on held-out training pairs, ``bed_db`` that on four signals at four noise
    levels (`bed_db`), ``cpu_s`` the processor time of its training.
    """

    mode: str
    seed: int
    steps: int
    parameters: int
    held_out_db: float
    bed_db: float
    cpu_s: float


def measure(
    recipe: Config, steps: int, seeds: int, modes: Sequence[str] = MODES, kept: Path | None = None
) -> Iterator[Twin]:
    """Yield every twin, trained and tested unless ``kept`` holds it already; the file grows by each.

    Raises
    ------
    BadRecipe
        If the recipe is not one of a `Denoiser`, or the file holds something else.
    """
    if not isinstance(recipe.network, DenoiserNetwork):
        raise BadRecipe(recipe.name, "twins are made of networks of the kind denoiser")
    done = {(twin.mode, twin.seed, twin.steps): twin for twin in (read(kept) if kept else [])}
    for seed, mode in itertools.product(range(seeds), modes):
        key = (mode, seed, steps)
        if key not in done:
            done[key] = _trained(recipe, mode, seed, steps)
            if kept:
                replace_file(kept, written(list(done.values())).encode())
        yield done[key]


def _trained(recipe: Config, mode: str, seed: int, steps: int) -> Twin:
    network = recipe.network.model_copy(update={"mode": mode})
    training = recipe.training.model_copy(update={"seed": seed, "steps": steps, "epoch_steps": steps})
    (last,) = fit(recipe.model_copy(update={"network": network, "training": training}))
    assert isinstance(last.network, Denoiser)
    size = sum(p.numel() for p in last.network.parameters())
    return Twin(mode, seed, steps, size, last.validation_snr_db, bed_db(last.network), last.cpu_seconds)


def bed_db(network: Denoiser) -> float:
    """Mean output SNR of a network, in dB, over Blocks, Bumps, HeaviSine and Doppler at -5, 0, 5 and 10 dB."""
    bed = Signals(signals=DJ, seeds=NOISES)
    scores: list[float] = []
    for cell in bed.cells:
        trials = list(bed.trials(cell))
        noisy = np.concatenate([samples(trial.noisy) for trial in trials])
        mean, scale = noisy.mean(axis=1, keepdims=True), noisy.std(axis=1, keepdims=True)
        estimates = run(network, (noisy - mean) / scale)[0] * scale + mean
        scores += [snr_db(samples(trial.clean)[0], row) for trial, row in zip(trials, estimates, strict=True)]
    return float(np.mean(scores))


def differences(twins: Sequence[Twin]) -> list[Difference]:
    """The pairs of `PAIRS`, in dB on the bed, over the seeds that both have."""
    of = {mode: {twin.seed: twin.bed_db for twin in twins if twin.mode == mode} for mode in MODES}
    return [found for a, b in PAIRS if (found := difference(a, b, of[a], of[b])) is not None]


def written(twins: Sequence[Twin]) -> str:
    """One line of JSON a twin."""
    return "".join(json.dumps(asdict(replace(twin, cpu_s=round(twin.cpu_s, 1)))) + "\n" for twin in twins)


def read(path: Path) -> list[Twin]:
    """Twins that `written` wrote; none where there is no file.

    Raises
    ------
    BadRecipe
        If the file holds something else.
    """
    if not path.exists():
        return []
    try:
        return [Twin(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    except (ValueError, TypeError) as exc:
        raise BadRecipe(path.name, "it holds no twins") from exc


def stored() -> list[Twin]:
    """The twins that come with the package."""
    return read(bundle.folder("pretrained") / "results" / "twins.jsonl")
