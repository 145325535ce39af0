"""What the channels of one block are given: weights for two samples, thresholds shared or of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.experiments.units import SNR, STATE, decide, entered, window
from app.lessons.observed import Observed
from drsn_core import synth
from drsn_core.classical.thresholding import soft
from drsn_core.data import FloatArray

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS: dict[str, Control] = {
    "block": Slider(10.0, 1.0, 12.0, 1.0),
    "state": STATE,
    "other": Choice("missing-tooth", synth.STATES, "inside.class.name"),
    "snr_db": SNR,
}

SHARED: dict[str, Control] = {"block": Slider(6.0, 1.0, 12.0, 1.0), "state": STATE, "snr_db": SNR}


class Weights(NamedTuple):
    """Attention weights of the channels for two samples, (channels,) each, and which these are."""

    first: FloatArray
    second: FloatArray
    states: tuple[str, str]


def weights(block: float, state: str, other: str, snr_db: float) -> Observed:
    """Facts: the extremes of the weights for both samples, and how much one channel differs at most."""
    pair = []
    for one in (state, other):
        unit, x = entered("se", int(block) - 1, window(one, snr_db))
        pair.append(alphas(unit, x))
    first, second = pair
    most = int(np.abs(first - second).argmax())
    facts: dict[str, float | str] = {
        "block": int(block),
        "channels": first.size,
        "least": float(first.min()),
        "most": float(first.max()),
        "channel": most + 1,
        "here": float(first[most]),
        "there": float(second[most]),
        "difference": float(abs(first[most] - second[most])),
        "state": f"inside.class.name.{state}",
        "other": f"inside.class.name.{other}",
    }
    return Observed(facts, Weights(first, second, (state, other)))


def alphas(unit: Any, x: Tensor) -> FloatArray:
    """Weights of a squeeze-and-excitation unit, (channels,)."""
    import torch

    with torch.inference_mode():
        return decide("se", unit, unit.branch(x.clone()), "abs")["alpha"]


class Shared(NamedTuple):
    """By network ("drsn-cs", "drsn-cw"): mean size, threshold and share of zeros of each channel, (channels,)."""

    sizes: dict[str, FloatArray]
    thresholds: dict[str, FloatArray]
    zeroed: dict[str, FloatArray]


def shared(block: float, state: str, snr_db: float) -> Observed:
    """Facts: thresholds and zeros of the weakest and the strongest channel, with one threshold and with one each."""
    import torch

    row = window(state, snr_db)
    sizes, thresholds, zeroed = {}, {}, {}
    facts: dict[str, float | str] = {"block": int(block), "state": f"inside.class.name.{state}", "snr_db": snr_db}
    for net, short in (("drsn-cs", "cs"), ("drsn-cw", "cw")):
        unit, x = entered(net, int(block) - 1, row)
        with torch.inference_mode():
            branch = unit.branch(x.clone())
            tau = decide(net, unit, branch, "abs")["tau"]
        xb = branch[0].double().numpy()
        sizes[net], thresholds[net] = np.abs(xb).mean(axis=1), tau
        zeroed[net] = 100 * np.mean(soft(xb, tau[:, None]) == 0, axis=1)
        weak, strong = int(sizes[net].argmin()), int(sizes[net].argmax())
        facts |= {
            f"{short}_weak": float(zeroed[net][weak]),
            f"{short}_strong": float(zeroed[net][strong]),
            f"{short}_tau_least": float(tau.min()),
            f"{short}_tau_most": float(tau.max()),
            f"{short}_spread": float(zeroed[net].max() - zeroed[net].min()),
            f"{short}_ratio": float(sizes[net][strong] / sizes[net][weak]),
        }
        facts["channels"] = len(xb)
    return Observed(facts, Shared(sizes, thresholds, zeroed))
