"""One unit of a trained network, taken apart: every number on the way from its input to its output.

The networks are the rig's: one task for the residual unit, its squeeze-and-excitation twin and both shrinkage units.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from app.lessons.controls import Choice, Control, Slider
from app.lessons.observed import Observed
from drsn_core import synth
from drsn_core.classical.thresholding import soft
from drsn_core.data import FloatArray
from drsn_core.noise import add_noise
from drsn_core.tasks import TASKS, standard, windows

if TYPE_CHECKING:
    from torch import Tensor

#: Turn of the rig that is shown: other than those of training.
SEED = 5

STATE = Choice("inner-race", synth.STATES, "inside.class.name")
SNR = Slider(5.0, -10.0, 20.0, 1.0, "dB")

CONTROLS: dict[str, Control] = {
    "net": Choice("drsn-cw", ("resnet", "se", "drsn-cs", "drsn-cw"), "learn.choice.net"),
    "block": Slider(3.0, 1.0, 12.0, 1.0),
    "state": STATE,
    "snr_db": SNR,
    "pool": Choice("abs", ("abs", "signed"), "learn.choice.pool"),
}


class Drawn(NamedTuple):
    """What one unit does, in its order; waves are of one channel, (length,), bars of all channels, (channels,).

    Bars are empty where the unit has no such stage.
    """

    net: str
    channel: int
    waves: dict[str, FloatArray]
    bars: dict[str, FloatArray]
    tau: float


@functools.cache
def window(state: str, snr_db: float) -> FloatArray:
    """A noisy window of the rig as its networks take it, (2048,)."""
    about = TASKS["rig"]
    recording = add_noise(synth.rig(state, length=about.size, seed=SEED), "gaussian", snr_db, seed=0)
    row: FloatArray = standard(windows(recording, about).raw[:1], about)[0]
    return row


def network(net: str) -> Any:
    """The rig's trained classifier."""
    from drsn_core.prediction import classifier

    return classifier("rig", net)


def entered(net: str, block: int, row: FloatArray) -> tuple[Any, Tensor]:
    """A unit, counted from 0, and what comes to it: (1, channels, length)."""
    import torch

    whole = network(net)
    with torch.inference_mode():
        x = whole.stem(torch.from_numpy(row.astype(np.float32))[None, None])
        for unit in whole.blocks[:block]:
            x = unit(x)
    return whole.blocks[block], x


def observe(net: str, block: float, state: str, snr_db: float, pool: str) -> Observed:
    """Facts: of the channel that is drawn every number on the way to its threshold or weight, and shares over all."""
    import torch

    unit, x = entered(net, int(block) - 1, window(state, snr_db))
    with torch.inference_mode():
        first = unit.conv1(torch.relu(unit.norm1(x)))
        branch = unit.conv2(torch.relu(unit.norm2(first)))
        shortcut = unit.shortcut(x)
        xb, past = (one[0].double().numpy() for one in (branch, shortcut))
        decided = decide(net, unit, branch, pool)
    kept = xb
    if net == "se":
        kept = xb * decided["alpha"][:, None]
    elif "tau" in decided:
        kept = soft(xb, decided["tau"][:, None])
    channel = shown(xb, kept, pool)
    before, after = np.abs(xb), np.abs(kept)
    facts: dict[str, float | str] = {
        "block": int(block),
        "channels": len(xb),
        "length": xb.shape[1],
        "channel": channel + 1,
        "largest": float(before[channel].max()),
        "mean_size": float(before[channel].mean()),
        "mean": float(xb[channel].mean()),
        "zeroed": 100 * float(np.mean(kept[channel] == 0)),
        "zeroed_all": 100 * float(np.mean(kept == 0)),
        "grown": 100 * float(np.mean(after > before)),
        "energy_removed": 100 * float(1 - np.square(kept).sum() / np.square(xb).sum()),
        "snr_db": snr_db,
        "state": f"inside.class.name.{state}",
        "net": f"learn.choice.net.{net}",
        "branch_rms": float(np.sqrt(np.square(kept).mean())),
        "shortcut_rms": float(np.sqrt(np.square(past).mean())),
        "positive_input": 100 * float((x > 0).float().mean()),
    }
    for name, values in decided.items():
        facts[name] = float(values[channel])
        facts[f"{name}_least"], facts[f"{name}_most"] = float(values.min()), float(values.max())
    if "tau" in decided:
        negative = decided["tau"] < 0
        facts |= {
            "negative": int(negative.sum()),
            "negative_percent": 100 * float(negative.mean()),
            "of_largest": 100 * float(np.max(decided["tau"] / before.max(axis=1))),
        }
    waves = {
        "input": _fit(x[0].double().numpy(), channel),
        "first": first[0].double().numpy()[channel],
        "branch": xb[channel],
        "kept": kept[channel],
        "shortcut": past[channel],
        "output": (kept + past)[channel],
    }
    tau = facts.get("tau", 0.0)
    said = {"resnet": "unit-plain", "se": "unit-se"}.get(net, "unit-signed" if pool == "signed" else "unit")
    return Observed(facts, Drawn(net, channel, waves, decided, float(tau)), said)


def decide(net: str, unit: Any, branch: Tensor, pool: str) -> dict[str, FloatArray]:
    """What the sub-network makes of the branch: pooled sizes, z, α and τ, (channels,) each; nothing in a residual unit.

    With ``pool`` "signed" the values are averaged with their signs, as some copies of the unit do by mistake.
    """
    import torch

    if net == "resnet":
        return {}
    sub = unit.gate if net == "se" else unit.threshold
    pooled = branch.mean(dim=2) if pool == "signed" else branch.abs().mean(dim=2)
    z = sub.fc2(torch.relu(sub.fc_norm(sub.fc1(pooled))))
    alpha = torch.sigmoid(z)
    found = {"pooled": pooled, "z": z, "alpha": alpha}
    if net != "se":
        found["tau"] = alpha * (pooled.mean(dim=1, keepdim=True) if net == "drsn-cs" else pooled)
    width = branch.shape[1]
    return {name: np.broadcast_to(one[0].double().numpy(), (width,)) for name, one in found.items()}


def shown(xb: FloatArray, kept: FloatArray, pool: str) -> int:
    """The channel that loses most energy, or gains most by mistake; in a unit where none is lost, the strongest."""
    lost = np.square(xb).sum(axis=1) - np.square(kept).sum(axis=1)
    if pool == "signed" and (lost < 0).any():
        return int(np.argmin(lost))
    return int(np.argmax(lost if (lost > 0).any() else np.square(xb).sum(axis=1)))


def _fit(values: FloatArray, channel: int) -> FloatArray:
    """The same channel of the input; the last one where the unit adds channels."""
    row: FloatArray = values[min(channel, len(values) - 1)]
    return row
