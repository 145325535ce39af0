"""How one block came to its thresholds: every number between the features and τ, as the network computed it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from drsn_core.data import FloatArray
from drsn_core.nn.shrinkage import Decision, ThresholdNet
from drsn_core.nn.wavelet import LevelThresholds

MEANS = "mean |x|"
#: What the sub-network of a wavelet transform sees of its levels, in noise levels of the finest one.
LEVELS_SEEN = "log(mean |x| + 0.001) of each level, then means of |x| clipped at 0.5, 1, 2, 3, 5, over the clip"


@dataclass(frozen=True)
class Number:
    """One number and where it comes from.

    Parameters
    ----------
    symbol : as formulas write it
    value : the number
    tensor : path of the module that made it, and which of its outputs
    index : its place in that tensor
    shape : of that tensor
    formula : how it follows from others
    """

    symbol: str
    value: float
    tensor: str
    index: tuple[int, ...]
    shape: tuple[int, ...]
    formula: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Arithmetic:
    r"""The way from features to one threshold, for one sample.

    .. math:: A \to \mathrm{FC}_1 \to \mathrm{BN} \to \mathrm{ReLU} \to \mathrm{FC}_2 \to z \to
              \alpha = s\,\sigma(z) \to \tau = \alpha\,\overline{|x|}

    Parameters
    ----------
    shared : whether all channels of the block have this one threshold
    pooled : what enters the sub-network: mean magnitudes (channels,); of wavelet levels also clipped ones
    first, normed, hidden : behind FC1, behind the norm, behind ReLU, each (hidden,)
    weights, bias : the row of FC2 that makes z: ``z = weights @ hidden + bias``
    z, alpha, scale, magnitude : as in the formula, s being the upper limit of α; ``magnitude`` is the mean of
        \|x\| that α multiplies
    learned, used : τ as the sub-network has it, and as the block used it
    channel : number of the channel, from 0
    path : of the sub-network in the network
    outputs : thresholds that it sets for one sample
    pooling : formula of ``pooled``
    norm : whether there is a norm between FC1 and ReLU
    """

    shared: bool
    pooled: FloatArray
    first: FloatArray
    normed: FloatArray
    hidden: FloatArray
    weights: FloatArray
    bias: float
    z: float
    alpha: float
    scale: float
    magnitude: float
    learned: float
    used: float
    channel: int
    path: str
    outputs: int
    pooling: str
    norm: bool

    def numbers(self) -> tuple[Number, ...]:
        """Every number on the way, each with its origin."""
        k = 0 if self.shared else self.channel
        out, hid = (1, self.outputs), (1, self.hidden.size)
        found = [
            Number(f"A[{i}]", float(v), f"{self.path}.fc1.input", (0, i), (1, self.pooled.size), self.pooling)
            for i, v in enumerate(self.pooled)
        ]
        chain = [("h1", self.first, "fc1", "W1 A + b1"), ("h2", self.normed, "fc_norm", "norm(h1)")]
        chain.append(("h", self.hidden, "fc2.input", "max(h2, 0)"))
        for symbol, vector, module, formula in chain:
            found += [
                Number(f"{symbol}[{i}]", float(v), f"{self.path}.{module}", (0, i), hid, formula)
                for i, v in enumerate(vector)
            ]
        mean = "mean of |x| over all channels" if self.shared else "mean |x|"
        sigma = "1 / (1 + exp(-z))" if self.scale == 1 else f"{self.scale:g} / (1 + exp(-z))"
        return (
            *found,
            Number("z", self.z, f"{self.path}.fc2", (0, k), out, "W2 h + b2"),
            Number("alpha", self.alpha, f"{self.path}.output[1]", (0, k), out, sigma),
            Number("magnitude", self.magnitude, f"{self.path}.output[0]", (0, k), out, mean),
            Number("tau", self.learned, "decision.threshold", (0, k), out, "alpha * magnitude"),
            Number("tau used", self.used, "decision.threshold", (0, k), out, "tau, or what was put in its place"),
        )

    def contributions(self, count: int = 5) -> list[tuple[int, float]]:
        """The hidden values that move z most: their number and ``weights * hidden``, the strongest first."""
        terms = self.weights * self.hidden
        order = np.argsort(-np.abs(terms), kind="stable")[:count]
        return [(int(i), float(terms[i])) for i in order]


def arithmetic(
    network: nn.Module, decisions: Sequence[Decision], block: int, channel: int, sample: int = 0
) -> Arithmetic:
    """Follow how ``block`` set the threshold of ``channel`` for one sample of a batch.

    The block's sub-network is called once more, on its own, with the features that met the threshold: a copy with
    the same weights, so that the network is neither changed nor listened to.

    Parameters
    ----------
    network : that took the decisions
    decisions : of one run, one a block
    channel : number of the channel, from 0; of a block whose channels share a threshold any will do
    """
    named = [(p, m) for p, m in network.named_modules() if isinstance(m, (ThresholdNet, LevelThresholds))]
    decision = decisions[block]
    levels = len(named) == 1 and isinstance(named[0][1], LevelThresholds)
    path, module = named[0 if levels else block]
    if levels:  # one sub-network sees all levels and sets the thresholds of all
        x = torch.cat([d.before[sample : sample + 1] for d in decisions], dim=1)
        channel = block
    else:
        x = decision.before[sample : sample + 1]
    own = copy.deepcopy(module, {id(weight): weight for weight in module.parameters()})
    seen: dict[str, tuple[Tensor, Tensor]] = {}
    for name, part in own.named_children():

        def hear(_: nn.Module, args: tuple[Tensor, ...], out: Tensor, name: str = name) -> None:
            seen[name] = args[0], out

        part.register_forward_hook(hear)
    with torch.inference_mode():
        magnitude, alpha = own(x)[:2]
    shared = magnitude.shape[1] == 1 and not levels
    at = 0 if shared else channel

    def row(name: str, side: int) -> FloatArray:
        values: FloatArray = seen[name][side][0].double().numpy() if name in seen else np.empty(0)
        return values

    scale = float(own.reach) if isinstance(own, LevelThresholds) else float(own.tau_scale)
    fc2 = getattr(own, "fc2", None)
    own_alpha, own_magnitude = (float(v[0, at].double().mean()) for v in (alpha, magnitude))
    factor = scale if levels else 1.0
    learned = float((factor * alpha * magnitude)[0, at].double().mean())  # in the precision and order of the network
    used = decision.threshold[sample].double().reshape(decision.threshold.shape[1], -1).mean(dim=1)
    return Arithmetic(
        shared=shared,
        pooled=row("fc1", 0),
        first=row("fc1", 1),
        normed=row("fc_norm", 1),
        hidden=row("fc2", 0),
        weights=fc2.weight[at].detach().double().numpy() if fc2 is not None else np.empty(0),
        bias=float(fc2.bias[at]) if fc2 is not None else 0.0,
        z=float(seen["fc2"][1][0, at]) if fc2 is not None else float("nan"),
        alpha=factor * own_alpha,
        scale=scale,
        magnitude=own_magnitude,
        learned=learned,
        used=float(used[0 if used.numel() == 1 else at]),
        channel=channel,
        path=path,
        outputs=magnitude.shape[1],
        pooling=LEVELS_SEEN if levels else MEANS,
        norm=not isinstance(getattr(own, "fc_norm", None), (nn.Identity, type(None))),
    )


def at_position(decision: Decision, after: FloatArray, channel: int, position: int, sample: int = 0) -> list[Number]:
    """What a block did with one value: the value, the threshold that met it, and what was left.

    Parameters
    ----------
    decision : of the block
    after : what was left of all values, (batch, channels, *space)
    position : along the feature map; of a picture row by row
    """
    before = decision.before.double().numpy()
    shape = before.shape[2:]
    place = (sample, channel, *(int(i) for i in np.unravel_index(position, shape)))
    given = decision.threshold.double().numpy()
    tau = given.reshape(*given.shape, *(1,) * (before.ndim - given.ndim))
    met = tuple(0 if size == 1 else i for i, size in zip(place, tau.shape, strict=True))
    return [
        Number("x", float(before[place]), "decision.before", place, before.shape, "feature before the threshold"),
        Number("tau", float(tau[met]), "decision.threshold", met, tau.shape, "the threshold that was used"),
        Number("y", float(after[place]), "shrink(decision.before)", place, after.shape, "shrink(x, tau)"),
    ]
