"""Shrinkage with thresholds that a small network sets for every sample.

`ThresholdNet` and its two relatives are the decision, `drsn_core.nn.thresholding` the arithmetic, `Shrinkage` the two
in one layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from drsn_core.errors import BadData, BadParameter, UnknownName
from drsn_core.nn.thresholding import (
    asymmetric,
    mean_size,
    plain_operations_wanted,
    shrink_function,
    soft_,
    soft_threshold,
)

__all__ = [
    "ESTIMATORS",
    "SUB_NORMS",
    "Decision",
    "EcaThresholdNet",
    "PositionThresholdNet",
    "Shrinkage",
    "ThresholdNet",
    "shrink",
    "soft_threshold",
    "threshold_net",
]

Mode = Literal["cs", "cw"]
MODES: tuple[str, ...] = ("cs", "cw")

#: Puts other thresholds in the place of the learned ones: a what-if, or the thresholds of a whole recording.
Override = Callable[[Tensor], Tensor]


class Decision(NamedTuple):
    """What one shrinkage layer decided, and the features it decided on.

    ``before`` is what met the threshold, shape (batch, channels, *space). The other three have shape
    (batch, channels) in channel-wise mode and (batch, 1) in channel-shared mode, with *space behind where
    every position has its own (estimator "position"): ``threshold = alpha * magnitude``, unless the caller
    has put another threshold in its place.
    """

    before: Tensor
    magnitude: Tensor
    alpha: Tensor
    threshold: Tensor


def per_channel(values: Tensor, like: Tensor) -> Tensor:
    """Give (batch, channels) the trailing axes that let it broadcast against ``like``."""
    return values.reshape(*values.shape, *(1,) * (like.ndim - values.ndim))


# ---- the norm inside the sub-network

#: A group of group norm has at least this many hidden values: fewer say little but their own signs.
GROUP = 4


def _group(hidden: int) -> nn.Module:
    groups = max(n for n in range(1, 9) if hidden % n == 0 and (n == 1 or hidden // n >= GROUP))
    return nn.GroupNorm(groups, hidden)


#: Norms for the hidden layer. All but "batch" train with a batch of one sample.
SUB_NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm1d,
    "group": _group,
    "layer": nn.LayerNorm,
    "none": lambda hidden: nn.Identity(),
}


#: What may be chosen of a layer beside its channels and mode, see `Shrinkage`.
CHOICES = ("shrink", "estimator", "sub_norm", "tau_scale", "hidden")


class ThresholdNet(nn.Module):
    r"""The attention sub-network of a residual shrinkage unit: features in, thresholds out.

    .. math::
        A_c = \frac{1}{L}\sum_i |x_{c,i}|, \quad
        \alpha = s\,\sigma\bigl(\mathrm{FC}_2(\mathrm{ReLU}(\mathrm{BN}(\mathrm{FC}_1(A))))\bigr), \quad
        \tau_c = \alpha_c A_c \;(\text{cw}), \quad
        \tau = \alpha\,\tfrac{1}{C}\textstyle\sum_c A_c \;(\text{cs})

    Averages run over space only (and over channels in ``cs`` mode), never over the batch: every sample
    has thresholds of its own. As :math:`0 < \alpha < s`, in the paper (s = 1) a channel-wise threshold never
    exceeds the mean magnitude of its channel, hence never silences it unless its magnitude is constant. Of
    Gaussian features it then removes at most 57.5 % of the values and leaves 23 % of the energy; a denoiser that
    needs more wants s > 1.

    Parameters
    ----------
    channels : number of feature channels
    mode : "cw" for one threshold a channel, "cs" for one that all channels share
    hidden : width of the hidden layer; ``channels`` if not given, as in the paper
    sub_norm : norm of the hidden layer, "batch" as in the paper, or "group", "layer", "none"
        Batch norm needs two samples to train on; the others work with one.
    tau_scale : s, the upper limit of α; 1 in the paper
    shrink : what the thresholds are used for; a key of `drsn_core.nn.thresholding.SHRINKS`
        "asymmetric" adds one learned number a channel, `skew`; κ is its hyperbolic tangent.

    References
    ----------
    .. [1] M. Zhao, S. Zhong, X. Fu, B. Tang, M. Pecht, "Deep Residual Shrinkage Networks for Fault
       Diagnosis", IEEE Trans. Ind. Informatics 16(7), 2020, Fig. 4, eqs. 11-14,
       doi:10.1109/TII.2019.2943898.
    """

    def __init__(
        self,
        channels: int,
        mode: Mode = "cw",
        *,
        hidden: int | None = None,
        sub_norm: str = "batch",
        tau_scale: float = 1.0,
        shrink: str = "soft",
    ) -> None:
        super().__init__()
        if mode not in MODES:
            raise BadParameter("mode", mode, "'cw' (channel-wise) or 'cs' (channel-shared)")
        if not tau_scale > 0 or not math.isfinite(tau_scale):
            raise BadParameter("tau_scale", tau_scale, "a positive number; 1 as in the paper")
        if sub_norm not in SUB_NORMS:
            raise UnknownName("sub_norm", sub_norm, SUB_NORMS)
        if hidden is not None and hidden < 1:
            raise BadParameter("hidden", hidden, "at least 1")
        self.mode, self.tau_scale, self.shrink = mode, tau_scale, shrink
        self.function = shrink_function(shrink)
        self.build(channels, channels if hidden is None else hidden, sub_norm)
        if shrink == "asymmetric":
            self.skew = nn.Parameter(torch.zeros(channels))

    def build(self, channels: int, hidden: int, sub_norm: str) -> None:
        """Make the layers; what a relative with another sub-network replaces, with `forward`."""
        self.fc1 = nn.Linear(channels, hidden)
        self.fc_norm = SUB_NORMS[sub_norm](hidden)
        self.fc2 = nn.Linear(hidden, channels if self.mode == "cw" else 1)

    def forward(self, x: Float[Tensor, "batch channels *space"], size: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the mean magnitude and alpha, each (batch, channels) or (batch, 1).

        ``size`` is ``x.abs()`` where the caller has it already; it saves a pass over memory.
        """
        pooled = mean_size(x) if size is None else mean_over_space(size)
        hidden = self.fc1(pooled)
        if self.training and len(hidden) == 1 and isinstance(self.fc_norm, nn.BatchNorm1d):
            raise BadData(
                "batch norm in the threshold sub-network cannot train on a single sample; give it two samples or more"
                " (drop_last=True in the loader), or build the layer with sub_norm='layer', 'group' or 'none', or call"
                " eval() if this is no training"
            )
        hidden = torch.relu(self.fc_norm(hidden))
        alpha = self.scaled(self.fc2(hidden))
        magnitude = pooled if self.mode == "cw" else pooled.mean(dim=1, keepdim=True)
        return magnitude, alpha

    def scaled(self, z: Tensor) -> Tensor:
        """Alpha of the last layer's output."""
        alpha = torch.sigmoid(z)
        return alpha if self.tau_scale == 1 else self.tau_scale * alpha

    def apply_to(self, x: Tensor, tau: Tensor) -> Tensor:
        """Shrink ``x`` by thresholds that broadcast against it."""
        if self.shrink == "asymmetric":
            return asymmetric(x, tau, torch.tanh(self.skew).reshape(-1, *(1,) * (x.ndim - 2)))
        return self.function(x, tau)


def mean_over_space(x: Tensor) -> Tensor:
    """Average (batch, channels, *space) over space; a tensor without space is its own average."""
    return x.flatten(2).mean(2) if x.ndim > 2 else x


class EcaThresholdNet(ThresholdNet):
    r"""Thresholds from one convolution over the channel axis in place of the two dense layers.

    .. math:: \alpha = s\,\sigma(\mathrm{Conv}_k(A)), \quad k = \left|\tfrac{\log_2 C + 1}{2}\right|_\text{odd}

    k weights in all, whatever the number of channels; neighbouring channels decide together. In "cs" mode the
    convolution's outputs are averaged. ``hidden`` and ``sub_norm`` have no meaning here.

    References
    ----------
    .. [1] Q. Wang et al., "ECA-Net: Efficient channel attention for deep convolutional neural networks", CVPR 2020.
    """

    def build(self, channels: int, hidden: int, sub_norm: str) -> None:
        k = int((math.log2(channels) + 1) / 2)
        k += 1 - k % 2
        self.conv = nn.Conv1d(1, 1, k, padding=k // 2, bias=False)

    def forward(self, x: Float[Tensor, "batch channels *space"], size: Tensor | None = None) -> tuple[Tensor, Tensor]:
        pooled = mean_size(x) if size is None else mean_over_space(size)
        z = self.conv(pooled.unsqueeze(1)).squeeze(1)
        if self.mode == "cs":
            z, pooled = z.mean(dim=1, keepdim=True), pooled.mean(dim=1, keepdim=True)
        return pooled, self.scaled(z)


#: Width of the two windows of `PositionThresholdNet`, in positions.
WINDOW = 7

CONVOLVE: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
PLACES: dict[int, type[nn.Conv1d] | type[nn.Conv2d] | type[nn.Conv3d]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}


class PositionThresholdNet(ThresholdNet):
    r"""One threshold for every position: small where the signal is, large where it is quiet, as it learns.

    .. math::
        M = \mathrm{mean}_{7}|x|, \quad \alpha = s\,\sigma(\mathrm{Conv}_7(M / \overline{M}) + b), \quad
        \tau_i = \alpha_i M_i

    M is the mean magnitude in a window of seven positions along each axis (at the edges of those that are there), so
    that τ has the unit of x; the convolution sees M divided by its own mean, so that α does not depend on that unit.
    In "cw" mode every channel has its own convolution and thresholds, in "cs" mode M is averaged over the channels
    first. Magnitude, alpha and thresholds have the shape (batch, channels or 1, *space).

    ``hidden`` and ``sub_norm`` have no meaning here. A layer serves the number of axes of ``ndim``.
    """

    def build(self, channels: int, hidden: int, sub_norm: str) -> None:
        self.channels = channels

    def set_axes(self, ndim: int) -> PositionThresholdNet:
        """Make the convolution for ``ndim`` spatial axes."""
        groups = self.channels if self.mode == "cw" else 1
        self.conv = PLACES[ndim](groups, groups, WINDOW, padding=WINDOW // 2, groups=groups)
        return self

    def forward(self, x: Float[Tensor, "batch channels *space"], size: Tensor | None = None) -> tuple[Tensor, Tensor]:
        size = x.abs() if size is None else size
        if self.mode == "cs":
            size = size.mean(dim=1, keepdim=True)
        local = local_mean(size)
        middle = per_channel(mean_over_space(local), local).clamp_min(torch.finfo(x.dtype).tiny)
        return local, self.scaled(self.conv(local / middle))


def local_mean(size: Tensor) -> Tensor:
    """Average (batch, channels, *space) over a window of `WINDOW` positions along each axis, at edges of those there.

    As a convolution and not as pooling, which refuses features smaller than its window.
    """
    convolve = CONVOLVE[size.ndim - 2]
    window = torch.ones(1, 1, *(WINDOW,) * (size.ndim - 2), dtype=size.dtype, device=size.device)
    total = convolve(size.flatten(0, 1).unsqueeze(1), window, padding=WINDOW // 2)
    count = convolve(torch.ones_like(size[:1, :1]), window, padding=WINDOW // 2)
    return (total / count).reshape(size.shape)


ESTIMATORS: dict[str, type[ThresholdNet]] = {
    "fc": ThresholdNet,
    "eca": EcaThresholdNet,
    "position": PositionThresholdNet,
}


def threshold_net(
    channels: int, mode: Mode = "cw", *, estimator: str = "fc", ndim: int = 1, **choices: Any
) -> ThresholdNet:
    """Build the sub-network that ``estimator`` names, a key of `ESTIMATORS`; ``choices`` as in `ThresholdNet`."""
    if estimator not in ESTIMATORS:
        raise UnknownName("estimator", estimator, ESTIMATORS)
    net = ESTIMATORS[estimator](channels, mode, **choices)
    if isinstance(net, PositionThresholdNet):
        if ndim not in PLACES:
            raise BadParameter("ndim", ndim, "1, 2 or 3")
        net.set_axes(ndim)
    return net


class Shrinkage(nn.Module):
    r"""Shrink any (batch, channels, *space) tensor, with thresholds that are set for each sample.

    .. math:: y = \operatorname{soft}(x, \tau(x)), \quad \tau(x) = \alpha(x)\,\overline{|x|}

    A drop-in layer for other people's networks: behind a convolution, before a ReLU. It keeps no state, has the
    device and the type that ``to`` gives it, and takes any number of spatial axes (in "cw" mode at least one: a
    channel that is a single number has itself as its mean, so that it is only scaled).

    Parameters
    ----------
    channels : number of feature channels
    mode : "cw" or "cs", see `ThresholdNet`
    shrink : "soft" as in the paper, "hard", "garrote", "firm", "leaky", "asymmetric" or "smooth",
        see `drsn_core.nn.thresholding`
    estimator : "fc" as in the paper, "eca" (`EcaThresholdNet`) or "position" (`PositionThresholdNet`)
    sub_norm : "batch" as in the paper, "group", "layer" or "none"; all but the first train on a batch of one
    tau_scale : upper limit of α; 1 in the paper, above 1 thresholds may exceed the mean magnitude
    hidden : hidden width of the sub-network; ``channels`` in the paper
    ndim : spatial axes, for ``estimator="position"`` only

    Notes
    -----
    The layers have PyTorch's own initial values; `drsn_core.nn.paper_init` gives them the paper's.

    Examples
    --------
    >>> layer = Shrinkage(8, "cs", sub_norm="layer")
    >>> layer(torch.zeros(1, 8, 5, 5, 5)).shape
    torch.Size([1, 8, 5, 5, 5])
    """

    def __init__(
        self,
        channels: int,
        mode: Mode = "cw",
        *,
        shrink: str = "soft",
        estimator: str = "fc",
        sub_norm: str = "batch",
        tau_scale: float = 1.0,
        hidden: int | None = None,
        ndim: int = 1,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.threshold = threshold_net(
            channels,
            mode,
            estimator=estimator,
            ndim=ndim,
            shrink=shrink,
            sub_norm=sub_norm,
            tau_scale=tau_scale,
            hidden=hidden,
        )

    def forward(self, x: Float[Tensor, "batch channels *space"]) -> Float[Tensor, "batch channels *space"]:
        if x.ndim < 2 or x.shape[1] != self.channels:
            raise BadData(f"this layer shrinks (batch, {self.channels}, ...) and was given {tuple(x.shape)}")
        return shrunk(x, self.threshold)

    def traced(self, x: Tensor, override: Override | None = None) -> tuple[Tensor, Decision]:
        """Shrink, and tell the decision."""
        return shrink(x, self.threshold, override)


def shrink(x: Tensor, threshold_net: ThresholdNet, override: Override | None = None) -> tuple[Tensor, Decision]:
    """Apply ``threshold_net``'s thresholds to ``x``; return output and decision.

    ``override`` is given the learned thresholds, (batch, channels) or (batch, 1), and returns those to use
    instead, of that shape or (1, channels) or (1, 1).
    """
    magnitude, alpha = threshold_net(x)
    tau = alpha * magnitude
    if override is not None:
        tau = override(tau)
    return threshold_net.apply_to(x, per_channel(tau, x)), Decision(x, magnitude, alpha, tau)


def shrunk(x: Tensor, threshold_net: ThresholdNet, shortcut: Tensor | None = None) -> Tensor:
    """The output of `shrink` alone, plus ``shortcut``; without a gradient made in the memory of one ``x.abs()``."""
    if torch.is_grad_enabled() or threshold_net.shrink != "soft" or x.ndim == 2 or plain_operations_wanted():
        y = shrink(x, threshold_net)[0]
        return y if shortcut is None else y + shortcut
    size = x.abs()
    magnitude, alpha = threshold_net(x, size)
    tau = per_channel(alpha * magnitude, x)
    if shortcut is None or shortcut.dtype != x.dtype:  # as under autocast
        y = soft_(size, x, tau)
        return y if shortcut is None else y + shortcut
    return torch.addcmul(shortcut, x.sign(), size.sub_(tau).relu_(), out=size)
