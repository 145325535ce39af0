"""The building units of Fig. 4: convolutional, residual, and residual shrinkage, in 1-D, 2-D and 3-D."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from drsn_core.errors import BadParameter
from drsn_core.nn.shrinkage import Decision, Mode, Override, ThresholdNet, shrink

CONVOLUTIONS: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
NORMS: dict[int, type[nn.Module]] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


def identity_shortcut(x: Tensor, out_channels: int, stride: int) -> Tensor:
    """Carry ``x`` past the unit without weights: every ``stride``-th position, zero channels on both sides.

    New channels are zeros, half before and half after the old ones (one more after when their number is
    odd), as in the authors' code; where channels become fewer the outer ones are cut in the same way.
    """
    steps = (slice(None), slice(None), *(slice(None, None, stride),) * (x.ndim - 2))
    x = x[steps]
    extra = out_channels - x.shape[1]
    if extra:
        x = F.pad(x, (0, 0) * (x.ndim - 2) + (extra // 2, extra - extra // 2))
    return x


class CBU(nn.Module):
    """Plain convolutional unit: twice (batch norm, ReLU, convolution), no shortcut.

    Parameters
    ----------
    in_channels, out_channels : channels before and after
    stride : step of the first convolution; length L becomes ceil(L / stride)
    ndim : 1, 2 or 3 spatial axes
    kernel_size : odd; 3 in the paper
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, *, ndim: int = 1, kernel_size: int = 3
    ) -> None:
        super().__init__()
        if ndim not in CONVOLUTIONS:
            raise BadParameter("ndim", ndim, "1, 2 or 3")
        if kernel_size % 2 == 0:
            raise BadParameter("kernel_size", kernel_size, "an odd number, so that positions line up")
        conv, norm = CONVOLUTIONS[ndim], NORMS[ndim]
        pad = kernel_size // 2
        self.out_channels, self.stride = out_channels, stride
        self.norm1 = norm(in_channels)
        self.conv1 = conv(in_channels, out_channels, kernel_size, stride, pad)
        self.norm2 = norm(out_channels)
        self.conv2 = conv(out_channels, out_channels, kernel_size, 1, pad)

    def branch(self, x: Tensor) -> Tensor:
        """The two convolutions: what a residual unit adds to its shortcut."""
        x = self.conv1(torch.relu(self.norm1(x)))
        x = self.conv2(torch.relu(self.norm2(x)))
        return x

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return self.branch(x)


class RBU(CBU):
    """Residual unit, pre-activation: a `CBU` with an identity shortcut and nothing after the sum."""

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return self.branch(x) + identity_shortcut(x, self.out_channels, self.stride)


class RSBU(CBU):
    r"""Residual shrinkage unit: the branch of a residual unit is soft-thresholded before the sum.

    .. math:: y = \operatorname{soft}(x_b, \tau(x_b)) + \operatorname{shortcut}(x), \quad
              x_b = \text{conv}_2(\text{relu}(\text{bn}_2(\text{conv}_1(\text{relu}(\text{bn}_1(x))))))

    Nothing stands between the second convolution and the threshold, and nothing after the sum: a ReLU
    there would discard the negative features that soft thresholding is meant to keep.

    Parameters
    ----------
    in_channels, out_channels, stride, ndim, kernel_size : as in `CBU`
    mode : "cw" for one threshold a channel (RSBU-CW), "cs" for one all channels share (RSBU-CS)

    References
    ----------
    .. [1] M. Zhao et al., "Deep Residual Shrinkage Networks for Fault Diagnosis", IEEE Trans. Ind.
       Informatics 16(7), 2020, Fig. 4, doi:10.1109/TII.2019.2943898.

    Examples
    --------
    >>> RSBU(4, 8, stride=2, mode="cs")(torch.zeros(2, 4, 101)).shape
    torch.Size([2, 8, 51])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        mode: Mode = "cw",
        ndim: int = 1,
        kernel_size: int = 3,
    ) -> None:
        super().__init__(in_channels, out_channels, stride, ndim=ndim, kernel_size=kernel_size)
        self.threshold = ThresholdNet(out_channels, mode)

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return self.traced(x)[0]

    def traced(self, x: Tensor, override: Override | None = None) -> tuple[Tensor, Decision]:
        """Output and decision; see `drsn_core.nn.shrinkage.shrink` for ``override``."""
        kept, decision = shrink(self.branch(x), self.threshold, override)
        return kept + identity_shortcut(x, self.out_channels, self.stride), decision
