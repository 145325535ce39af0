"""What is worked out in the games of the page Play, once for all visitors: a round is the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.compute import TURNS, Kept, Turning, once
from app.figures import levels as levels_
from app.figures.levels import Level
from app.rounds import LENGTH, Deal, Round, Standing, Trial, draw
from drsn_core import catalog, metrics, synth
from drsn_core.classical.oracles import WAVELET, best_soft_threshold, soft_per_level
from drsn_core.classical.subbands import subbands
from drsn_core.classical.wavelet import WaveletShrinkage
from drsn_core.data import FloatArray, Signal
from drsn_core.method import write_numbers
from drsn_core.noise import add_noise

#: The player's transform is orthonormal: no thresholds come closer than the oracle's.
ORTHONORMAL: dict[str, Any] = {"wavelet": WAVELET, "transform": "dwt", "border": "periodization", "shrink": "soft"}

#: The rule that is par, and the network that is ace.
PAR_RULE, ACE = "hybrid", "drsn-cw"

#: A threshold that nothing in a round exceeds.
SILENT = 1e9


@dataclass(frozen=True, eq=False)
class Machines:
    """What the machines made of a round, each (`LENGTH`,), and the thresholds of SURE and of the oracle per level."""

    par: FloatArray
    ace: FloatArray
    ceiling: FloatArray
    best: tuple[float, ...]


def _kept(key: str, make: Any, nbytes: int, turn: Turning) -> Any:
    made: Kept = once(f"play={key}", False, lambda: Kept(make(), nbytes), turn)
    return made.value


def round_of(deal: Deal) -> Round:
    """The signal and the noise of a round."""
    found: Round = _kept(deal.key, lambda: draw(deal), 16 * LENGTH, TURNS.turn)
    return found


def by_hand(deal: Deal, thresholds: tuple[float, ...]) -> WaveletShrinkage:
    """Soft thresholding with a threshold for every level."""
    level = deal.difficulty.levels
    return WaveletShrinkage(level=level, rule="universal", thresholds=write_numbers(thresholds), **ORTHONORMAL)


def levels(deal: Deal, thresholds: tuple[float, ...]) -> list[Level]:
    """The coefficients of a round before and after shrinking; milliseconds."""
    found = subbands(by_hand(deal, thresholds), round_of(deal).noisy)
    return [levels_.thinned(b.name, b.before, b.after, b.threshold, b.sigma) for b in found]


def estimate(deal: Deal, thresholds: tuple[float, ...]) -> FloatArray:
    """What thresholds set by hand make of a round; milliseconds."""
    shrunk, _ = by_hand(deal, thresholds)(Signal(round_of(deal).noisy))
    assert isinstance(shrunk, Signal)
    row: FloatArray = shrunk.samples[0]
    return row


def machines(deal: Deal) -> Machines:
    """What SURE, the network and the oracle make of a round."""

    def make() -> Machines:
        dealt = round_of(deal)
        noisy, clean, level = dealt.noisy, dealt.clean, deal.difficulty.levels
        par = catalog.denoise(noisy, "wavelet", rule=PAR_RULE, level=level, **ORTHONORMAL).estimate
        ace = catalog.denoise(noisy, ACE).estimate
        about = {"transform": ORTHONORMAL["transform"], "border": ORTHONORMAL["border"], "level": level}
        ceiling = soft_per_level(noisy=noisy, clean=clean, **about)
        return Machines(par, ace, ceiling, best(deal))

    found: Machines = _kept(f"{deal.key}&machines", make, 4 * 8 * LENGTH, TURNS.turn)
    return found


def best(deal: Deal) -> tuple[float, ...]:
    """The oracle's threshold for every level, in the unit of the signal."""
    dealt, silent = round_of(deal), (0.0,) * deal.difficulty.levels
    noisy = subbands(by_hand(deal, silent), dealt.noisy)
    clean = subbands(by_hand(deal, silent), dealt.clean)
    return tuple(best_soft_threshold(y.before, x.before) for y, x in zip(noisy, clean, strict=True))


def standing(deal: Deal, thresholds: tuple[float, ...]) -> Standing:
    """SNR of everybody in a round."""
    dealt, found = round_of(deal), machines(deal)
    rows = (dealt.noisy, found.par, estimate(deal, thresholds), found.ace, found.ceiling)
    return Standing(*(metrics.snr_db(dealt.clean, row) for row in rows))


@dataclass(frozen=True, eq=False)
class Sounds:
    """What is heard in a trial, each (length,) within -1..1: the noisy sound, and A, B and X."""

    noisy: FloatArray
    a: FloatArray
    b: FloatArray
    x: FloatArray
    rate_hz: int


def sounds(trial: Trial) -> Sounds:
    """Denoise the sound of a trial by both methods; all have the same root mean square."""

    def make() -> Sounds:
        clean = synth.signal("speech", trial.length, seed=trial.voice)
        noisy = add_noise(clean, "gaussian", trial.snr_db, seed=trial.voice)
        a, b = (catalog.denoise(noisy, method).estimate.samples[0] for method in trial.methods)
        rows = [noisy.samples[0], a, b]
        rows = [row / (np.sqrt(metrics.power(row)) or 1.0) for row in rows]
        loudest = max(float(np.abs(row).max()) for row in rows) or 1.0
        noisy_, a, b = (0.9 * row / loudest for row in rows)
        return Sounds(noisy_, a, b, a if trial.is_a else b, round(clean.rate_hz))

    found: Sounds = _kept(trial.key, make, 4 * 8 * trial.length, TURNS.turn)
    return found
