"""Shrinkage with thresholds that a small network sets for every sample.

``soft_threshold`` is the arithmetic, ``ThresholdNet`` the decision, ``Shrinkage`` the two in one layer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from drsn_core.errors import BadParameter

Mode = Literal["cs", "cw"]
MODES: tuple[str, ...] = ("cs", "cw")

#: Puts other thresholds in the place of the learned ones: a what-if, or the thresholds of a whole recording.
Override = Callable[[Tensor], Tensor]


class Decision(NamedTuple):
    """What one shrinkage layer decided, and the features it decided on.

    ``before`` is what met the threshold, shape (batch, channels, *space). The other three have shape
    (batch, channels) in channel-wise mode and (batch, 1) in channel-shared mode:
    ``threshold = alpha * magnitude``, unless the caller has put another threshold in its place.
    """

    before: Tensor
    magnitude: Tensor
    alpha: Tensor
    threshold: Tensor


class _Soft(torch.autograd.Function):
    """Soft thresholding with its own backward: one comparison instead of a chain of saved tensors."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, tau: Tensor) -> Tensor:
        ctx.save_for_backward(x, tau)
        return x - torch.clamp(x, -tau, tau)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, tau = ctx.saved_tensors
        # ">=" and not ">": at a threshold of zero the layer is the identity, and so is its gradient.
        passed = grads[0] * (x.abs() >= tau)
        grad_tau = (-(passed * x.sign())).sum_to_size(tau.shape) if ctx.needs_input_grad[1] else None
        return passed, grad_tau


def soft_threshold(x: Tensor, tau: Tensor | float) -> Tensor:
    r"""Pull every value toward zero by ``tau``; what is smaller becomes zero.

    .. math:: y = \operatorname{sign}(x)\,\max(|x| - \tau, 0) = x - \operatorname{clip}(x, -\tau, \tau)

    Unlike ``torch.nn.functional.softshrink``, ``tau`` may be a tensor with a gradient of its own:
    :math:`\partial y / \partial \tau = -\operatorname{sign}(x)` where :math:`|x| > \tau`, else 0.

    Parameters
    ----------
    x : any shape
    tau : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes; above ``x.abs().max()`` everything is zero. Signs are not checked here
        (that would stall an accelerator); a negative value would let ``x`` grow.

    Examples
    --------
    >>> soft_threshold(torch.tensor([-3.0, 0.5, 2.0]), 1.0)
    tensor([-2.,  0.,  1.])
    """
    if not isinstance(tau, Tensor):
        tau = torch.as_tensor(tau, dtype=x.dtype, device=x.device)
    result: Tensor = _Soft.apply(x, tau)  # type: ignore[no-untyped-call]
    return result


def per_channel(values: Float[Tensor, "batch channels"], like: Tensor) -> Tensor:
    """Give (batch, channels) the trailing axes that let it broadcast against ``like``."""
    return values.reshape(*values.shape, *(1,) * (like.ndim - 2))


class ThresholdNet(nn.Module):
    r"""The attention sub-network of a residual shrinkage unit: features in, thresholds out.

    .. math::
        A_c = \frac{1}{L}\sum_i |x_{c,i}|, \quad
        \alpha = \sigma\bigl(\mathrm{FC}_2(\mathrm{ReLU}(\mathrm{BN}(\mathrm{FC}_1(A))))\bigr), \quad
        \tau_c = \alpha_c A_c \;(\text{cw}), \quad
        \tau = \alpha\,\tfrac{1}{C}\textstyle\sum_c A_c \;(\text{cs})

    Averages run over space only (and over channels in ``cs`` mode), never over the batch: every sample
    has thresholds of its own. As :math:`0 < \alpha < 1`, a channel-wise threshold never exceeds the mean
    magnitude of its channel, hence never silences it unless its magnitude is constant.

    Parameters
    ----------
    channels : number of feature channels, also the hidden width (as in the paper)
    mode : "cw" for one threshold a channel, "cs" for one that all channels share

    References
    ----------
    .. [1] M. Zhao, S. Zhong, X. Fu, B. Tang, M. Pecht, "Deep Residual Shrinkage Networks for Fault
       Diagnosis", IEEE Trans. Ind. Informatics 16(7), 2020, Fig. 4, eqs. 11-14,
       doi:10.1109/TII.2019.2943898.
    """

    def __init__(self, channels: int, mode: Mode = "cw") -> None:
        super().__init__()
        if mode not in MODES:
            raise BadParameter("mode", mode, "'cw' (channel-wise) or 'cs' (channel-shared)")
        self.mode = mode
        self.fc1 = nn.Linear(channels, channels)
        self.fc_norm = nn.BatchNorm1d(channels)
        self.fc2 = nn.Linear(channels, channels if mode == "cw" else 1)

    def forward(self, x: Float[Tensor, "batch channels *space"]) -> tuple[Tensor, Tensor]:
        """Return the mean magnitude and alpha, each (batch, channels) or (batch, 1)."""
        pooled = x.abs().flatten(2).mean(dim=2)
        alpha = torch.sigmoid(self.fc2(torch.relu(self.fc_norm(self.fc1(pooled)))))
        magnitude = pooled if self.mode == "cw" else pooled.mean(dim=1, keepdim=True)
        return magnitude, alpha


class Shrinkage(nn.Module):
    """Soft thresholding of any (batch, channels, *space) tensor, thresholds set for each sample.

    Parameters
    ----------
    channels : number of feature channels
    mode : "cw" or "cs", see `ThresholdNet`
    """

    def __init__(self, channels: int, mode: Mode = "cw") -> None:
        super().__init__()
        self.threshold = ThresholdNet(channels, mode)

    def forward(self, x: Float[Tensor, "batch channels *space"]) -> Float[Tensor, "batch channels *space"]:
        return self.traced(x)[0]

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
    return soft_threshold(x, per_channel(tau, x)), Decision(x, magnitude, alpha, tau)
