"""An encoder-decoder of residual shrinkage units that takes a noisy signal and returns the clean one."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from drsn_core.errors import UnknownName
from drsn_core.nn.blocks import RBU, RSBU, SEBU
from drsn_core.nn.shrinkage import Decision, Override
from drsn_core.nn.unet import fold, mirrored, unfold
from drsn_core.nn.walk import Walk, names_of_scales

#: Units by mode: with a threshold a channel, with one that all channels share, and the twins of both that set none.
UNITS: dict[str, Callable[..., RBU]] = {
    "cw": functools.partial(RSBU, mode="cw"),
    "cs": functools.partial(RSBU, mode="cs"),
    "se": SEBU,
    "none": RBU,
}


def approximation(x: Float[Tensor, "batch 1 length"], step: int) -> Float[Tensor, "batch 1 shorter"]:
    r"""Haar approximation coefficients, :math:`\frac{1}{\sqrt{m}} \sum_{j<m} x_{mi+j}` for a ``step`` of m.

    White noise keeps its standard deviation. An end that is shorter than a step counts as if its mean filled the step.
    """
    return nn.functional.avg_pool1d(x, step, ceil_mode=True) * math.sqrt(step)


def margin(around: int, length: int) -> int:
    """Samples of the other end that are laid before and behind a signal: ``around``, but no more than half of it.

    A shorter signal would come several times with the same noise, which then looks like a signal.
    """
    # The smaller of both without a question: an exporter answers questions once and for all.
    return (around + length // 2 - abs(around - length // 2)) // 2


def round_about(y: Float[Tensor, "batch 1 length"], around: int) -> Float[Tensor, "batch 2 longer"]:
    """Lay ``around`` samples of the other end before and behind a signal, with a channel that is 1 there and 0 within.

    ``around`` is no more than the length.
    """
    length = y.shape[-1]
    place = torch.arange(length + 2 * around, device=y.device) - around
    borrowed = ((place < 0) | (place >= length)).to(y.dtype)
    # For ONNX: nothing negative, as a remainder may have the sign of the dividend there, and a tensor for a divisor.
    longer = y.index_select(-1, (place + length) % torch.full_like(place, length))
    return torch.cat([longer, borrowed.expand_as(longer)], dim=1)


class Denoiser(nn.Module):
    r"""U-shaped DRSN for signals of any length: shrink at every scale, on the way down and on the way up.

    A DRSN as published classifies; its shortcut carries the noise past the threshold. Here a decoder and a
    last subtraction are added: the units at coarse scales see far, those at fine scales keep edges,
    and the network's output is the *noise*, taken from the input.

    .. math:: \hat{x} = y - f(y)

    Parameters
    ----------
    widths : channels of each scale, from fine to coarse; each scale halves the length (odd lengths round up)
    depths : units a scale has in the encoder; the decoder mirrors all but the coarsest
    mode : "cw" or "cs", see `RSBU`; "none" and "se" are twins of the same size that shrink nothing, of `RBU` and `SEBU`
    kernel_size : odd
    factor : neighbours that the first step moves into channels, so that even the finest units work on a shorter axis
    approximations : each coarser scale is also given the Haar approximation coefficients of the input at that scale
        (sums of neighbours, in which white noise keeps its standard deviation). The shortcuts of the units take every
        second value and carry noise of full strength to the coarse scales; here what is slow arrives with little of it.
    around : samples of the other end that are laid before and behind the signal, see `margin`; 0 for none. Many
        signals end about where they began, and wavelet transforms often let them go round; here the network sees
        what lies beyond the ends, and that it does, and judges whether the signal goes on there.

    Raises
    ------
    UnknownName
        If there is no such mode.

    Notes
    -----
    The input should have about unit scale; `drsn_core.learned` sees to it. The scales line up with multiples of
    ``factor * 2 ** (len(widths) - 1)`` samples (`grid`), so a tile that starts on such a multiple gets what the
    whole signal would get there, once it is `reach` samples away from the tile's ends. With ``around``, tiles are cut
    from `round_about` of the whole.
    """

    ndim = 1
    channels = 1

    def __init__(
        self,
        widths: Sequence[int] = (16, 24, 32, 40, 48),
        depths: Sequence[int] = (1, 1, 1, 1, 2),
        mode: str = "cw",
        kernel_size: int = 5,
        factor: int = 1,
        approximations: bool = False,
        around: int = 0,
    ) -> None:
        super().__init__()
        if mode not in UNITS:
            raise UnknownName("mode", mode, UNITS)
        unit = functools.partial(UNITS[mode], kernel_size=kernel_size)
        self.kernel_size, self.depths, self.mode, self.factor = kernel_size, tuple(depths), mode, factor
        self.around = around
        self.grid = factor << (len(widths) - 1)
        pad = kernel_size // 2
        self.stem = nn.Conv1d(2 * factor if around else factor, widths[0], kernel_size, padding=pad)
        self.encoder = nn.ModuleList()
        self.decoder = nn.ModuleList()
        self.merge = nn.ModuleList()
        for scale, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            entry = unit(widths[scale - 1], width, 2) if scale else unit(width, width)
            self.encoder.append(nn.ModuleList([entry, *(unit(width, width) for _ in range(depth - 1))]))
        for scale in reversed(range(len(widths) - 1)):
            width = widths[scale]
            self.merge.append(nn.Conv1d(widths[scale + 1], width, 1))
            self.decoder.append(nn.ModuleList(unit(width, width) for _ in range(depths[scale])))
        seen = widths[1:] if approximations else ()
        self.approximation = nn.ModuleList(nn.Conv1d(1, width, kernel_size, padding=pad) for width in seen)
        self.norm = nn.BatchNorm1d(widths[0])
        self.head = nn.Conv1d(widths[0], factor, kernel_size, padding=pad)

    def names(self) -> list[str]:
        """Names of the shrinkage units in the order in which the signal meets them; a twin has none."""
        return names_of_scales(self.depths) if self.mode in ("cs", "cw") else []

    @property
    def reach(self) -> int:
        """Samples to either side that one output value can depend on (thresholds apart)."""
        half = self.kernel_size // 2
        convolutions = [2 * depth << scale for scale, depth in enumerate(self.depths)]
        both_ways = 2 * sum(convolutions[:-1]) + convolutions[-1]
        return self.factor * half * (both_ways + 2) + 2 * self.grid

    def forward(self, y: Float[Tensor, "batch 1 length"]) -> Float[Tensor, "batch 1 length"]:
        return self.traced(y)[0]

    def traced(self, y: Tensor, overrides: Sequence[Override | None] | None = None) -> tuple[Tensor, list[Decision]]:
        """Estimate and the decision of every unit, in the order of `names`.

        ``overrides`` has an entry per unit; see `drsn_core.nn.shrinkage.shrink`. With ``around``, ``y`` may be a part
        of `round_about`, (batch, 2, length): then the estimate is of all of it.
        """
        walk = Walk(len(self.names()), overrides)
        length, around, seen = y.shape[-1], 0, y
        if self.around and y.shape[1] == 1:
            around = margin(self.around, length)
            seen = round_about(y, around)
        y = y[:, :1]
        x = self.stem(fold(mirrored(seen, self.factor), self.factor))
        coarse = approximation(seen[:, :1], self.factor)
        skips: list[Tensor] = []
        for scale, units in enumerate(self.encoder):
            entry, *others = units.children()
            x = walk([entry], x)
            if scale and self.approximation:
                coarse = approximation(coarse, 2)
                x = x + self.approximation[scale - 1](coarse)
            x = walk(others, x)
            skips.append(x)
        skips.pop()
        for merge, units in zip(self.merge, self.decoder, strict=True):
            skip = skips.pop()
            wide = merge(x).repeat_interleave(2, dim=-1)[..., : skip.shape[-1]]
            x = walk(units.children(), skip + wide)
        noise = unfold(self.head(torch.relu(self.norm(x))), self.factor)
        if self.around:
            noise = noise.index_select(-1, torch.arange(length, device=y.device) + around)
        return y - noise[..., :length], walk.decisions
