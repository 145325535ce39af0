"""An encoder-decoder of residual shrinkage units that takes a noisy signal and returns the clean one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from drsn_core.nn.blocks import RSBU
from drsn_core.nn.shrinkage import Decision, Mode, Override
from drsn_core.nn.walk import Walk, names_of_scales


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
    mode : "cw" or "cs", see `RSBU`
    kernel_size : odd

    Notes
    -----
    The input should have about unit scale; `drsn_core.learned` sees to it. The scales line up with multiples of
    ``2 ** (len(widths) - 1)`` samples (`grid`), so a tile that starts on such a multiple gets what the
    whole signal would get there, once it is `reach` samples away from the tile's ends.
    """

    ndim = 1

    def __init__(
        self,
        widths: Sequence[int] = (16, 24, 32, 40, 48),
        depths: Sequence[int] = (1, 1, 1, 1, 2),
        mode: Mode = "cw",
        kernel_size: int = 5,
    ) -> None:
        super().__init__()
        self.kernel_size, self.depths = kernel_size, tuple(depths)
        self.grid = 1 << (len(widths) - 1)
        pad = kernel_size // 2
        self.stem = nn.Conv1d(1, widths[0], kernel_size, padding=pad)
        self.encoder = nn.ModuleList()
        self.decoder = nn.ModuleList()
        self.merge = nn.ModuleList()
        for scale, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            entry = (
                RSBU(widths[scale - 1], width, 2, mode, kernel_size=kernel_size)
                if scale
                else RSBU(width, width, 1, mode, kernel_size=kernel_size)
            )
            rest = [RSBU(width, width, 1, mode, kernel_size=kernel_size) for _ in range(depth - 1)]
            self.encoder.append(nn.ModuleList([entry, *rest]))
        for scale in reversed(range(len(widths) - 1)):
            width = widths[scale]
            self.merge.append(nn.Conv1d(widths[scale + 1], width, 1))
            units = [RSBU(width, width, 1, mode, kernel_size=kernel_size) for _ in range(depths[scale])]
            self.decoder.append(nn.ModuleList(units))
        self.norm = nn.BatchNorm1d(widths[0])
        self.head = nn.Conv1d(widths[0], 1, kernel_size, padding=pad)

    def names(self) -> list[str]:
        """Names of the shrinkage units in the order in which the signal meets them."""
        return names_of_scales(self.depths)

    @property
    def reach(self) -> int:
        """Samples to either side that one output value can depend on (thresholds apart)."""
        half = self.kernel_size // 2
        convolutions = [2 * depth << scale for scale, depth in enumerate(self.depths)]
        both_ways = 2 * sum(convolutions[:-1]) + convolutions[-1]
        return half * (both_ways + 2) + 2 * self.grid

    def forward(self, y: Float[Tensor, "batch 1 length"]) -> Float[Tensor, "batch 1 length"]:
        return self.traced(y)[0]

    def traced(self, y: Tensor, overrides: Sequence[Override | None] | None = None) -> tuple[Tensor, list[Decision]]:
        """Estimate and the decision of every unit, in the order of `names`.

        ``overrides`` has an entry per unit; see `drsn_core.nn.shrinkage.shrink`.
        """
        walk = Walk(len(self.names()), overrides)
        x = self.stem(y)
        skips: list[Tensor] = []
        for units in self.encoder:
            x = walk(units.children(), x)
            skips.append(x)
        skips.pop()
        for merge, units in zip(self.merge, self.decoder, strict=True):
            skip = skips.pop()
            wide = merge(x).repeat_interleave(2, dim=-1)[..., : skip.shape[-1]]
            x = walk(units.children(), skip + wide)
        return y - self.head(torch.relu(self.norm(x))), walk.decisions
