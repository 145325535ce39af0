"""A U-shape of residual shrinkage units without norms: quick on a processor, for signals and for pictures."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from drsn_core.errors import BadParameter
from drsn_core.nn.blocks import CONVOLUTIONS
from drsn_core.nn.shrinkage import Decision, Mode, Override, ThresholdNet, shrink
from drsn_core.nn.walk import Walk, names_of_scales


def fold(x: Tensor, factor: int) -> Tensor:
    """Move every block of ``factor`` neighbours per axis into channels (pixel unshuffle in any dimension).

    (batch, channels, n, ...) becomes (batch, channels * factor ** axes, n / factor, ...).
    """
    if factor == 1:
        return x
    batch, channels, *space = x.shape
    axes = len(space)
    split = x.reshape(batch, channels, *(n for size in space for n in (size // factor, factor)))
    coarse, fine = range(2, 2 + 2 * axes, 2), range(3, 3 + 2 * axes, 2)
    return split.permute(0, 1, *fine, *coarse).reshape(batch, channels * factor**axes, *(n // factor for n in space))


def unfold(x: Tensor, factor: int) -> Tensor:
    """Undo `fold`: channels become blocks of ``factor`` neighbours per axis (pixel shuffle)."""
    if factor == 1:
        return x
    batch, channels, *space = x.shape
    axes = len(space)
    kept = channels // factor**axes
    split = x.reshape(batch, kept, *(factor,) * axes, *space)
    order = [axis for pair in zip(range(2 + axes, 2 + 2 * axes), range(2, 2 + axes), strict=True) for axis in pair]
    return split.permute(0, 1, *order).reshape(batch, kept, *(size * factor for size in space))


def mirrored(x: Tensor, grid: int) -> Tensor:
    """Lengthen every spatial axis to a multiple of ``grid`` by mirroring its end, as often as it takes."""
    for axis in range(2, x.ndim):
        size = x.shape[axis]
        whole = (size + grid - 1) // grid * grid  # in ONNX, division rounds to zero: nothing negative here
        if whole != size:
            position = torch.arange(whole, device=x.device) % (2 * size)
            x = x.index_select(axis, torch.minimum(position, 2 * size - 1 - position))
    return x


class PlainThresholdNet(ThresholdNet):
    """The sub-network of `ThresholdNet` without its batch norm.

    Here we part from the paper: features keep the scale of the input, which says how strong the noise is, and
    no statistics of a training batch stand between one sample and its thresholds.
    """

    def __init__(self, channels: int, mode: Mode = "cw") -> None:
        super().__init__(channels, mode)
        self.add_module("fc_norm", nn.Identity())


class PlainUnit(nn.Module):
    r"""Residual shrinkage unit without norms: :math:`y = x + \operatorname{soft}(\text{conv}_2(\text{relu}(
    \text{conv}_1(x))), \tau)`.

    Parameters
    ----------
    channels : before and after
    mode, ndim, kernel_size : as in `drsn_core.nn.RSBU`
    """

    def __init__(self, channels: int, mode: Mode = "cw", ndim: int = 1, kernel_size: int = 3) -> None:
        super().__init__()
        conv, pad = CONVOLUTIONS[ndim], kernel_size // 2
        self.conv1 = conv(channels, channels, kernel_size, padding=pad)
        self.conv2 = conv(channels, channels, kernel_size, padding=pad)
        self.threshold = PlainThresholdNet(channels, mode)

    def forward(self, x: Float[Tensor, "batch channels *space"]) -> Float[Tensor, "batch channels *space"]:
        return self.traced(x)[0]

    def traced(self, x: Tensor, override: Override | None = None) -> tuple[Tensor, Decision]:
        """Output and decision; see `drsn_core.nn.shrinkage.shrink` for ``override``."""
        kept, decision = shrink(self.conv2(torch.relu(self.conv1(x))), self.threshold, override)
        return x + kept, decision


class ShrinkageUNet(nn.Module):
    r"""Encoder-decoder of residual shrinkage units on folded input, for signals or pictures of any size.

    The first step folds blocks of ``factor`` samples per axis into channels, so that even the finest
    units work on a shorter axis: that, and leaving out the norms, is where the speed comes from.

    Parameters
    ----------
    widths : channels of each scale, from fine to coarse
    depths : units a scale has in the encoder; the decoder mirrors all but the coarsest
    mode : "cw" or "cs", see `drsn_core.nn.RSBU`
    ndim : 1 for signals, 2 for pictures
    factor : samples per axis that the first step folds into channels
    strides : by how much each scale but the first is coarser than the one before; nothing given means 2 each
    kernel_size : odd
    channels : of the data: 1, or 3 for colour

    Notes
    -----
    The input should have about unit scale; `drsn_core.learned` sees to it. Sizes that are not a multiple of
    `grid` are mirrored up to one. Data that start on such a multiple get what the whole would get there, once
    they are `reach` samples away from where they were cut.
    """

    #: It lays nothing around a signal, see `drsn_core.nn.denoiser.Denoiser`.
    around = 0

    def __init__(
        self,
        widths: Sequence[int],
        depths: Sequence[int],
        mode: Mode = "cw",
        ndim: int = 1,
        factor: int = 4,
        strides: Sequence[int] = (),
        kernel_size: int = 3,
        channels: int = 1,
    ) -> None:
        super().__init__()
        if ndim not in CONVOLUTIONS:
            raise BadParameter("ndim", ndim, "1, 2 or 3")
        conv, pad = CONVOLUTIONS[ndim], kernel_size // 2
        self.ndim, self.factor, self.kernel_size, self.depths = ndim, factor, kernel_size, tuple(depths)
        self.channels = channels
        self.strides = tuple(strides) or (2,) * (len(widths) - 1)
        self.grid = factor * math.prod(self.strides)

        def units(width: int, depth: int) -> nn.ModuleList:
            return nn.ModuleList(PlainUnit(width, mode, ndim, kernel_size) for _ in range(depth))

        folded = channels * factor**ndim
        self.stem = conv(folded, widths[0], kernel_size, padding=pad)
        self.encoder = nn.ModuleList(units(w, d) for w, d in zip(widths, depths, strict=True))
        scales = list(zip(widths[:-1], widths[1:], self.strides, depths[:-1], strict=True))
        self.down = nn.ModuleList(conv(fine, coarse, step, stride=step) for fine, coarse, step, _ in scales)
        self.up = nn.ModuleList(conv(coarse, fine * step**ndim, 1) for fine, coarse, step, _ in scales[::-1])
        self.decoder = nn.ModuleList(units(fine, depth) for fine, _, _, depth in scales[::-1])
        self.head = conv(widths[0], folded, kernel_size, padding=pad)

    def names(self) -> list[str]:
        """Names of the shrinkage units in the order in which the data meet them."""
        return names_of_scales(self.depths)

    @property
    def reach(self) -> int:
        """Samples to either side that one output value can depend on (thresholds apart)."""
        half = self.kernel_size // 2
        coarsest = len(self.depths) - 1
        passes = [2 * depth * (1 if scale == coarsest else 2) for scale, depth in enumerate(self.depths)]
        coarseness = itertools.accumulate((1, *self.strides), operator.mul)
        fine: int = half * (2 + sum(count * step for count, step in zip(passes, coarseness, strict=True)))
        return self.factor * fine + 2 * self.grid

    def forward(self, y: Float[Tensor, "batch channels *space"]) -> Float[Tensor, "batch channels *space"]:
        return self.traced(y)[0]

    def traced(self, y: Tensor, overrides: Sequence[Override | None] | None = None) -> tuple[Tensor, list[Decision]]:
        """Estimate and the decision of every unit, in the order of `names`.

        ``overrides`` has an entry per unit; see `drsn_core.nn.shrinkage.shrink`.
        """
        walk = Walk(len(self.names()), overrides)
        x = self.stem(fold(mirrored(y, self.grid), self.factor))
        skips: list[Tensor] = []
        for down, units in zip(self.down, self.encoder, strict=False):
            x = walk(units.children(), x)
            skips.append(x)
            x = down(x)
        x = walk(self.encoder[-1].children(), x)
        for up, step, units in zip(self.up, self.strides[::-1], self.decoder, strict=True):
            x = walk(units.children(), skips.pop() + unfold(up(x), step))
        estimate = unfold(self.head(x), self.factor)
        for axis, size in enumerate(y.shape[2:], start=2):
            estimate = estimate.narrow(axis, 0, size)
        return estimate, walk.decisions
