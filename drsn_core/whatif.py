"""What if a network had decided otherwise: thresholds changed inside a trained network, and what follows from it.

A question is data (`drsn_core.question`). `run` puts it to a network and never touches that network, so that two
visitors may ask different things of the same weights at the same time.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.errors import BadParameter
from drsn_core.inspection import together
from drsn_core.question import AS_LEARNED, KINDS, MOST_CHANGES, SHRINKS, Change, WhatIf, parse
from drsn_core.trace import Trace

if TYPE_CHECKING:
    from torch import Tensor, nn

    from drsn_core.nn.shrinkage import Decision, Override

__all__ = [
    "AS_LEARNED",
    "KINDS",
    "MOST_CHANGES",
    "SHRINKS",
    "Change",
    "Run",
    "Traced",
    "WhatIf",
    "answered",
    "block_names",
    "deciders",
    "parse",
    "run",
    "shrinks_of",
    "twin",
]


class Traced(Protocol):
    """A network that can be asked: a denoiser returns estimates, a classifier logits; both tell their decisions."""

    def traced(
        self, x: Tensor, overrides: Sequence[Override | None] | None = None, /
    ) -> tuple[Tensor, list[Decision]]: ...


@dataclass(frozen=True, eq=False)
class Run:
    """What a network answered, and everything it decided on the way.

    Parameters
    ----------
    output : (batch, *space) estimates of a denoiser, (batch, classes) logits of a classifier
    names : of the blocks, in the order in which the data meet them
    decisions : one a block, of the whole batch
    shrinks : what each block does with its threshold
    """

    output: FloatArray
    names: tuple[str, ...]
    decisions: tuple[Decision, ...]
    shrinks: tuple[Callable[[Tensor, Tensor], Tensor], ...]

    def before(self, block: int) -> FloatArray:
        """What met the threshold, (batch, channels, *space)."""
        values: FloatArray = self.decisions[block].before.double().numpy()
        return values

    def after(self, block: int) -> FloatArray:
        """What was left of it, (batch, channels, *space)."""
        from drsn_core.nn.shrinkage import per_channel

        decision = self.decisions[block]
        left = self.shrinks[block](decision.before, per_channel(decision.threshold, decision.before))
        values: FloatArray = left.double().numpy()
        return values

    def values(self, block: int, what: Literal["threshold", "alpha", "magnitude"]) -> FloatArray:
        """(batch, channels) of what a block decided; (batch, 1) where its channels share it.

        Where every position has its own the mean over positions stands for them.
        """
        values: FloatArray = getattr(self.decisions[block], what).double().numpy()
        means: FloatArray = values.reshape(*values.shape[:2], -1).mean(axis=2)
        return means

    def ratio(self, block: int) -> FloatArray:
        r"""The threshold in mean magnitudes, :math:`\tau / \overline{|x|}`, as it was used; 0 of what is silent."""
        tau, mean = self.values(block, "threshold"), self.values(block, "magnitude")
        return np.divide(tau, mean, out=np.zeros_like(tau), where=mean > 0)

    def noise(self, block: int) -> FloatArray:
        r"""Robust noise level :math:`\operatorname{median}|x| / 0.6745` of every channel, (batch, channels)."""
        size = np.abs(self.before(block)).reshape(*self.decisions[block].before.shape[:2], -1)
        return np.median(size, axis=2) / 0.6745

    @functools.cached_property
    def trace(self) -> Trace:
        """One record a block; the samples of a batch count as one long stretch."""
        parts = zip(self.names, self.decisions, self.shrinks, strict=True)
        return Trace(tuple(together(*part) for part in parts))

    @property
    def nbytes(self) -> int:
        """Memory it holds."""
        return int(self.output.nbytes + sum(d.before.nbytes for d in self.decisions))


def answered(network: Any, output: Tensor, decisions: Sequence[Decision]) -> Run:
    """Bring what ``traced`` returned into one form; a channel axis of one, as denoisers have it, is left out."""
    answer = output.squeeze(1) if output.ndim > 2 else output
    shrinks = tuple(shrinks_of(network))
    names = block_names(network, len(shrinks))
    return Run(answer.numpy().astype(np.float64), names, tuple(decisions), shrinks)


def block_names(network: Any, count: int) -> tuple[str, ...]:
    """Names of the blocks that shrink; a classifier's are those of Table II that do, counted from 1."""
    if hasattr(network, "names"):
        return tuple(network.names())
    from drsn_core.nn.blocks import RSBU

    shrinking = [f"block {i}" for i, unit in enumerate(network.blocks, start=1) if isinstance(unit, RSBU)]
    return tuple(shrinking[:count])


def deciders(network: nn.Module) -> list[nn.Module]:
    """The sub-networks that set the thresholds, in the order in which the data meet them.

    One for every block, or a single one for all levels of a wavelet transform.
    """
    from drsn_core.nn.shrinkage import ThresholdNet
    from drsn_core.nn.wavelet import LevelThresholds

    return [part for part in network.modules() if isinstance(part, (ThresholdNet, LevelThresholds))]


def twin(network: nn.Module) -> nn.Module:
    """A network of one's own that shares the weights: they are only read, everything else may be changed."""
    return copy.deepcopy(network, {id(weight): weight for weight in network.parameters()})


def run(
    network: Traced,
    samples: FloatArray,
    whatif: WhatIf = AS_LEARNED,
    means: Sequence[FloatArray] | None = None,
) -> Run:
    """Run a network on samples as it sees them, with thresholds of ours in the place of its own.

    What stands before the first changed block comes out as it did, bit for bit; from there on everything follows
    from the change.

    Parameters
    ----------
    network : only read; others may use it at the same time
    samples : (batch, *space), of the scale that the network takes
    whatif : what to change
    means : per block the thresholds that "mean" puts in, (channels,) or (1,); see `drsn_core.response.mean_thresholds`

    Raises
    ------
    BadParameter
        If a change names a block or channel that is not there, or means are wanted and not given.
    """
    import torch

    magnitudes: dict[int, Tensor] = {}
    own: Any = network
    if whatif.shrink or any(change.kind == "alpha" for change in whatif.changes):
        own = twin(network)  # type: ignore[arg-type]
        _listen(own, magnitudes)
        if whatif.shrink:
            _swap(own, whatif.shrink)
    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32)).unsqueeze(1)
        count = len(shrinks_of(own))
        overrides = _overrides(whatif, count, means, magnitudes)
        output, decisions = own.traced(x, overrides)
    _check(whatif, decisions)
    return answered(own, output, decisions)


def shrinks_of(network: Any) -> list[Callable[[Tensor, Tensor], Tensor]]:
    """What each block does with its threshold."""
    from drsn_core.nn.shrinkage import ThresholdNet

    found = deciders(network)
    if len(found) == 1 and not isinstance(found[0], ThresholdNet):
        return [network.shrink] * len(network.names())
    nets = [part for part in found if isinstance(part, ThresholdNet)]
    # The function itself where it needs nothing of the network: `together` is quicker where it sees soft thresholding.
    return [net.apply_to if net.shrink == "asymmetric" else net.function for net in nets]


def _swap(own: Any, name: str) -> None:
    """Let every block use another function with its thresholds."""
    from drsn_core.nn.shrinkage import ThresholdNet
    from drsn_core.nn.thresholding import shrink_function

    for part in deciders(own):
        if isinstance(part, ThresholdNet):
            part.shrink, part.function = name, shrink_function(name)
        else:
            own.shrink = shrink_function(name)


def _listen(own: nn.Module, heard: dict[int, Tensor]) -> None:
    """Note the magnitude of every block just before its threshold is used; ``own`` belongs to this run alone."""
    from drsn_core.nn.shrinkage import ThresholdNet

    for place, part in enumerate(deciders(own)):

        def hear(net: nn.Module, _: Any, decided: Any, place: int = place) -> None:
            if isinstance(net, ThresholdNet):
                heard[place] = decided[0]
            else:  # of all levels at once
                heard.update(enumerate(decided[0].split(1, dim=1)))

        part.register_forward_hook(hear)


def _overrides(
    whatif: WhatIf, count: int, means: Sequence[FloatArray] | None, magnitudes: dict[int, Tensor]
) -> list[Override | None]:
    """One entry a block: None where nothing changes."""
    if whatif.needs_means and means is None:
        raise BadParameter(
            "means",
            "nothing",
            "the mean thresholds of every block, as drsn_core.response.mean_thresholds(network, samples)",
        )
    wide = [change for change in whatif.changes if change.block is None]
    found: list[Override | None] = []
    for block in range(count):
        here = [c for c in whatif.changes if c.block == block]
        ordered = [*wide, *(c for c in here if c.channel is None), *(c for c in here if c.channel is not None)]
        mean = None if means is None else means[block]
        found.append(_override(ordered, block, mean, magnitudes) if ordered else None)
    return found


def _override(
    changes: Sequence[Change], block: int, mean: FloatArray | None, magnitudes: dict[int, Tensor]
) -> Override:
    import torch

    def instead(change: Change, learned: Tensor) -> Tensor:
        if change.kind == "times":
            return learned * change.value
        if change.kind == "alpha":
            return change.value * magnitudes[block]
        if change.kind == "mean":
            assert mean is not None
            row = torch.as_tensor(mean, dtype=learned.dtype).reshape(1, -1, *(1,) * (learned.ndim - 2))
            return row.expand_as(learned)
        return torch.full_like(learned, change.value)

    def override(learned: Tensor) -> Tensor:
        tau = learned
        for change in changes:
            new = instead(change, learned)
            if change.channel is None or learned.shape[1] == 1:  # a threshold that channels share is changed for all
                tau = new
            elif change.channel < learned.shape[1]:
                tau = tau.clone()
                tau[:, change.channel] = new[:, change.channel]
        return tau

    return override


def _check(whatif: WhatIf, decisions: Sequence[Decision]) -> None:
    for change in whatif.changes:
        if change.block is not None and change.block >= len(decisions):
            raise BadParameter("block", change.block + 1, f"1 to {len(decisions)}")
        if change.block is not None and change.channel is not None:
            channels = decisions[change.block].before.shape[1]
            if change.channel >= channels:
                raise BadParameter("channel", change.channel + 1, f"1 to {channels} in block {change.block + 1}")
