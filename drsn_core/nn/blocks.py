"""The building units of Fig. 4: convolutional, residual, and residual shrinkage, in 1-D, 2-D and 3-D."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from drsn_core.errors import BadData, BadParameter, UnknownName
from drsn_core.nn import shrinkage
from drsn_core.nn.shrinkage import Decision, Mode, Override, per_channel, shrink, shrunk, threshold_net
from drsn_core.nn.thresholding import mean_size

CONVOLUTIONS: dict[int, type[nn.Conv1d] | type[nn.Conv2d] | type[nn.Conv3d]] = {
    1: nn.Conv1d,
    2: nn.Conv2d,
    3: nn.Conv3d,
}
NORMS: dict[int, type[nn.Module]] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
AXES = {1: "length", 2: "height, width", 3: "depth, height, width"}

#: Where the zeros stand that keep a strided convolution's output at ceil(L / stride).
PADDINGS = ("symmetric", "same-tf")
#: How the shortcut changes its shape where the branch does.
SHORTCUTS = ("identity", "projection", "projection-norm")


def identity_shortcut(x: Tensor, out_channels: int, stride: int) -> Tensor:
    """Carry ``x`` past the unit without weights: every ``stride``-th position, zero channels on both sides.

    New channels are zeros, half before and half after the old ones (one more after when their number is
    odd), as in the authors' code; where channels become fewer the outer ones are cut in the same way.
    """
    if stride > 1:
        x = x[(slice(None), slice(None), *(slice(None, None, stride),) * (x.ndim - 2))]
    extra = out_channels - x.shape[1]
    if extra:
        x = F.pad(x, (0, 0) * (x.ndim - 2) + (extra // 2, extra - extra // 2))
    return x


def pad_same_tf(x: Tensor, kernel_size: int, stride: int) -> Tensor:
    """Pad every spatial axis as TensorFlow's SAME does.

    ``max((ceil(L / stride) - 1) * stride + kernel_size - L, 0)`` zeros, half before, half after, an odd one after:
    with kernel 3 and stride 2, none before and one after for even lengths, one and one for odd lengths.
    """
    around: list[int] = []
    for length in reversed(x.shape[2:]):
        zeros = max((-(-length // stride) - 1) * stride + kernel_size - length, 0)
        around += [zeros // 2, zeros - zeros // 2]
    return F.pad(x, around)


def rectified(x: Tensor) -> Tensor:
    """ReLU of a tensor that nobody else needs: in its own memory."""
    return F.relu(x, inplace=True)


def plus(fresh: Tensor, x: Tensor) -> Tensor:
    """Add ``x`` to a tensor that nobody else needs: in its own memory, unless a gradient needs its values."""
    return fresh + x if torch.is_grad_enabled() or fresh.dtype != x.dtype else fresh.add_(x)


class CBU(nn.Module):
    """Plain convolutional unit: twice (batch norm, ReLU, convolution), no shortcut.

    Parameters
    ----------
    in_channels, out_channels : channels before and after
    stride : step of the first convolution; length L becomes ceil(L / stride)
    ndim : 1, 2 or 3 spatial axes
    kernel_size : odd; 3 in the paper
    padding : "symmetric" (PyTorch's habit: equally many zeros on both sides) or "same-tf" (TensorFlow's SAME)
        The two differ only in strided convolutions, see `pad_same_tf`. Weights of the authors' TFLearn and Keras code
        need the second.
    eps : of the batch norms of the feature maps
        1e-5 here and in the authors' TFLearn code; Keras has 1e-3, and weights that come from there need it (with
        1e-5 the outputs are off by some 5e-3).

    Notes
    -----
    A unit by itself has PyTorch's own initial values; `drsn_core.nn.paper_init` gives it those of the authors' code,
    which `drsn_core.nn.paper_network` does for all its units.
    """

    #: What may be chosen beside channels and stride.
    CHOICES: tuple[str, ...] = ("ndim", "kernel_size", "padding", "eps")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        ndim: int = 1,
        kernel_size: int = 3,
        padding: str = "symmetric",
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        if ndim not in CONVOLUTIONS:
            raise BadParameter("ndim", ndim, "1, 2 or 3")
        if kernel_size % 2 == 0:
            raise BadParameter("kernel_size", kernel_size, "an odd number, so that positions line up")
        if padding not in PADDINGS:
            raise UnknownName("padding", padding, PADDINGS)
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("stride", stride)):
            if value < 1:
                raise BadParameter(name, value, "at least 1")
        conv, norm = CONVOLUTIONS[ndim], NORMS[ndim]
        half = kernel_size // 2
        self.in_channels, self.out_channels, self.stride = in_channels, out_channels, stride
        self.ndim, self.kernel_size, self.eps = ndim, kernel_size, eps
        self.same_tf = padding == "same-tf" and stride > 1
        self.norm1 = norm(in_channels, eps=eps)
        self.conv1 = conv(in_channels, out_channels, kernel_size, stride, 0 if self.same_tf else half)
        self.norm2 = norm(out_channels, eps=eps)
        self.conv2 = conv(out_channels, out_channels, kernel_size, 1, half)

    def branch(self, x: Tensor) -> Tensor:
        """The two convolutions: what a residual unit adds to its shortcut."""
        if x.ndim != self.ndim + 2 or x.shape[1] != self.in_channels:
            shape = f"(batch, {self.in_channels}, {AXES[self.ndim]})"
            raise BadData(f"this unit takes {shape} and was given {tuple(x.shape)}")
        x = rectified(self.norm1(x))
        x = self.conv1(pad_same_tf(x, self.kernel_size, self.stride) if self.same_tf else x)
        x = self.conv2(rectified(self.norm2(x)))
        return x

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return self.branch(x)


class RBU(CBU):
    """Residual unit, pre-activation: a `CBU` with a shortcut and nothing after the sum.

    Parameters
    ----------
    in_channels, out_channels, stride, **choices : as in `CBU`
    shortcut : "identity" as in the paper (`identity_shortcut`, no weights); or, where the unit changes the shape,
        "projection" (a 1x1 convolution without bias) or "projection-norm" (the same with batch norm behind it)

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren, J. Sun, "Identity mappings in deep residual networks", ECCV 2016.
    """

    CHOICES = (*CBU.CHOICES, "shortcut")

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, *, shortcut: str = "identity", **choices: Any
    ) -> None:
        super().__init__(in_channels, out_channels, stride, **choices)
        if shortcut not in SHORTCUTS:
            raise UnknownName("shortcut", shortcut, SHORTCUTS)
        self.projection: nn.Module | None = None
        if shortcut != "identity" and (stride > 1 or in_channels != out_channels):
            self.projection = CONVOLUTIONS[self.ndim](in_channels, out_channels, 1, stride, bias=False)
            if shortcut == "projection-norm":
                self.projection = nn.Sequential(self.projection, NORMS[self.ndim](out_channels, eps=self.eps))

    def shortcut(self, x: Tensor) -> Tensor:
        """``x`` in the shape of the branch's output."""
        if self.projection is not None:
            projected: Tensor = self.projection(x)
            return projected
        return identity_shortcut(x, self.out_channels, self.stride)

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return plus(self.branch(x), self.shortcut(x))


class RSBU(RBU):
    r"""Residual shrinkage unit: the branch of a residual unit is soft-thresholded before the sum.

    .. math:: y = \operatorname{soft}(x_b, \tau(x_b)) + \operatorname{shortcut}(x), \quad
              x_b = \text{conv}_2(\text{relu}(\text{bn}_2(\text{conv}_1(\text{relu}(\text{bn}_1(x))))))

    Nothing stands between the second convolution and the threshold, and nothing after the sum: a ReLU
    there would discard the negative features that soft thresholding is meant to keep.

    Parameters
    ----------
    in_channels, out_channels, stride, ndim, kernel_size, and ``shortcut``, ``padding``, ``eps`` : as in `RBU`
    mode : "cw" for one threshold a channel (RSBU-CW), "cs" for one all channels share (RSBU-CS)
    ``shrink``, ``estimator``, ``sub_norm``, ``tau_scale``, ``hidden`` : as in `drsn_core.nn.Shrinkage`; left alone,
        the paper's

    References
    ----------
    .. [1] M. Zhao et al., "Deep Residual Shrinkage Networks for Fault Diagnosis", IEEE Trans. Ind.
       Informatics 16(7), 2020, Fig. 4, doi:10.1109/TII.2019.2943898.

    Examples
    --------
    >>> RSBU(4, 8, stride=2, mode="cs")(torch.zeros(2, 4, 101)).shape
    torch.Size([2, 8, 51])
    >>> RSBU(4, 4, 1, "cw", 2, sub_norm="layer")(torch.zeros(1, 4, 9, 7)).shape
    torch.Size([1, 4, 9, 7])
    """

    CHOICES = (*RBU.CHOICES, "mode", *shrinkage.CHOICES)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        mode: Mode = "cw",
        ndim: int = 1,
        kernel_size: int = 3,
        **choices: Any,
    ) -> None:
        branch = {name: choices.pop(name) for name in RBU.CHOICES if name in choices}
        super().__init__(in_channels, out_channels, stride, ndim=ndim, kernel_size=kernel_size, **branch)
        self.threshold = threshold_net(out_channels, mode, ndim=ndim, **choices)

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return shrunk(self.branch(x), self.threshold, self.shortcut(x))

    def traced(self, x: Tensor, override: Override | None = None) -> tuple[Tensor, Decision]:
        """Output and decision; see `drsn_core.nn.shrinkage.shrink` for ``override``."""
        kept, decision = shrink(self.branch(x), self.threshold, override)
        return kept + self.shortcut(x), decision


class Gate(nn.Module):
    r"""Channel attention that multiplies: :math:`y_c = \alpha_c x_c`, with the sub-network of RSBU-CW.

    .. math:: \alpha = \sigma(\mathrm{FC}_2(\mathrm{ReLU}(\mathrm{BN}(\mathrm{FC}_1(A))))), \quad A_c = \overline{|x_c|}

    The squeeze-and-excitation block of Hu et al. pools x and narrows the hidden layer; this one pools \|x\| and keeps
    the width, so that it differs from `drsn_core.nn.shrinkage.ThresholdNet` in one thing only, the use of α.

    Parameters
    ----------
    channels : number of feature channels
    hidden : width of the hidden layer; ``channels`` if not given

    References
    ----------
    .. [1] J. Hu, L. Shen, G. Sun, "Squeeze-and-excitation networks", CVPR 2018.
    """

    def __init__(self, channels: int, hidden: int | None = None) -> None:
        super().__init__()
        hidden = channels if hidden is None else hidden
        self.fc1 = nn.Linear(channels, hidden)
        self.fc_norm: nn.Module = nn.BatchNorm1d(hidden)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, x: Float[Tensor, "batch channels *space"]) -> Float[Tensor, "batch channels *space"]:
        hidden = torch.relu(self.fc_norm(self.fc1(mean_size(x))))
        return x * per_channel(torch.sigmoid(self.fc2(hidden)), x)


class SEBU(RBU):
    """The squeeze-and-excitation twin of RSBU-CW: the same sub-network, but its α multiplies, it sets no threshold.

    Parameters
    ----------
    in_channels, out_channels, stride, **choices : as in `RBU`
    hidden : as in `Gate`
    """

    CHOICES = (*RBU.CHOICES, "hidden")

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, *, hidden: int | None = None, **choices: Any
    ) -> None:
        super().__init__(in_channels, out_channels, stride, **choices)
        self.gate = Gate(out_channels, hidden)

    def forward(self, x: Float[Tensor, "batch inner *space"]) -> Float[Tensor, "batch outer *reduced"]:
        return plus(self.gate(self.branch(x)), self.shortcut(x))
