"""Shrinkage functions of tensors: a value and a threshold in, a smaller value out.

All of them are the exact identity, value and gradient, where the threshold is 0; none makes NaN of finite numbers;
all take a tensor of thresholds that broadcasts against ``x`` and has a gradient of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from drsn_core.errors import UnknownName

#: ``f(x, tau) -> y``; ``tau`` non-negative, broadcast against ``x``, in the units of ``x``.
Shrink = Callable[[Tensor, Tensor], Tensor]


def soft_formula(x: Tensor, tau: Tensor) -> Tensor:
    """`soft_threshold` in plain operations: for exporters, compilers and function transforms.

    The comparison is "<" and not "<=", so that a threshold of zero passes every gradient, also that of a zero; and
    it asks for what is removed, so that NaN stays in sight.
    """
    return torch.where(x.abs() < tau, 0.0, x - x.sign() * tau)


class _Soft(torch.autograd.Function):
    """Soft thresholding with its own backward.

    Autograd would keep four tensors of the size of ``x`` and read them all again; here only the sign of the output is
    kept, which tells both gradients. The output itself is not: who comes next may write into it, as in-place ReLUs and
    ``out += x`` do. Eager PyTorch spends its time on passes over memory, hence passes were counted:
    four to go forward, three to go back.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, tau: Tensor) -> Tensor:
        y = soft_(x.abs(), x, tau)
        ctx.save_for_backward(y.sign(), tau)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        sign, tau = ctx.saved_tensors
        signed = grads[0] * sign
        grad_tau = -sum_to(signed, tau.shape) if ctx.needs_input_grad[1] else None
        grad_x = signed * sign if torch.is_grad_enabled() else signed.mul_(sign)
        off = tau == 0
        # Where tau is 0 the layer is the identity, and so is its gradient, also at x = 0, whose sign tells nothing.
        # Rare, and a pass over memory: looked for first where looking is cheap (on an accelerator it would stall).
        if off.device.type != "cpu" or bool(off.any()):
            grad_x = torch.where(off, grads[0], grad_x)
        return grad_x, grad_tau


class _MeanSize(torch.autograd.Function):
    """Mean magnitude over space with its own backward: two passes over memory instead of five."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.abs().flatten(2).mean(2)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        share = grads[0] * (x.shape[1] * len(x) / x.numel())
        share = share.reshape(*share.shape, *(1,) * (x.ndim - 2))
        sign: Tensor = x.sign()
        return sign * share if torch.is_grad_enabled() else sign.mul_(share)


def mean_size(x: Tensor) -> Tensor:
    r"""Mean magnitude of every channel, :math:`A_c = \overline{|x_c|}`: (batch, channels, *space) to (batch, channels).

    Without space a channel is its own average.
    """
    if x.ndim == 2:
        return x.abs()
    if x.requires_grad and torch.is_grad_enabled() and not plain_operations_wanted():
        result: Tensor = _MeanSize.apply(x)  # type: ignore[no-untyped-call]
        return result
    return x.abs().flatten(2).mean(2)


def sum_to(values: Tensor, shape: torch.Size) -> Tensor:
    """Sum ``values`` over the axes along which ``shape`` was broadcast; trailing ones as one axis, which is quicker."""
    if len(shape) == values.ndim > 3 and all(n == 1 for n in shape[2:]):
        return values.flatten(2).sum(2).sum_to_size(shape[:2]).reshape(shape)
    return values.sum_to_size(shape)


def soft_(size: Tensor, x: Tensor, tau: Tensor) -> Tensor:
    """Turn ``size``, which holds ``x.abs()``, into ``x`` thresholded; in place, without a gradient."""
    return size.sub_(tau).relu_().copysign_(x)


def fits(tau: Tensor, x: Tensor) -> bool:
    """Whether ``tau`` can act on ``x`` in place: broadcasting leaves its shape and its type alone."""
    pairs = zip(reversed(tau.shape), reversed(x.shape), strict=False)
    return tau.ndim <= x.ndim and all(t in (1, n) for t, n in pairs) and torch.result_type(x, tau) == x.dtype


def plain_operations_wanted() -> bool:
    """Whether someone looks into the operations: a compiler, an exporter, or ``torch.func``."""
    return (
        torch.compiler.is_compiling()
        or torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        or torch.onnx.is_in_onnx_export()
        or torch._C._are_functorch_transforms_active()
    )


def soft_threshold(x: Tensor, tau: Tensor | float) -> Tensor:
    r"""Pull every value toward zero by ``tau``; what is smaller becomes zero.

    .. math:: y = \operatorname{sign}(x)\,\max(|x| - \tau, 0) = x - \operatorname{clip}(x, -\tau, \tau)

    Unlike ``torch.nn.functional.softshrink``, ``tau`` may be a tensor with a gradient of its own:
    :math:`\partial y / \partial \tau = -\operatorname{sign}(x)` where :math:`|x| > \tau`, else 0. Derivatives of
    any order, ``torch.func``, ``torch.compile`` and ONNX export work.

    Parameters
    ----------
    x : any shape
    tau : non-negative, broadcast against ``x``, in the units of ``x``
        At 0 nothing changes; above ``x.abs().max()`` everything is zero. Signs are not checked here
        (that would stall an accelerator); a negative value would let ``x`` grow.

    References
    ----------
    .. [1] D. L. Donoho, "De-noising by soft-thresholding", IEEE Trans. Inf. Theory 41(3), 1995.

    Examples
    --------
    >>> soft_threshold(torch.tensor([-3.0, 0.5, 2.0]), 1.0)
    tensor([-2.,  0.,  1.])
    """
    if not isinstance(tau, Tensor):
        tau = torch.as_tensor(tau, dtype=x.dtype, device=x.device)
    if plain_operations_wanted() or not fits(tau, x):
        return soft_formula(x, tau)
    if torch.is_grad_enabled() and (x.requires_grad or tau.requires_grad):
        result: Tensor = _Soft.apply(x, tau)  # type: ignore[no-untyped-call]
        return result
    return soft_(x.abs(), x, tau)


def hard(x: Tensor, tau: Tensor) -> Tensor:
    r"""Keep or kill: :math:`y = x` where :math:`|x| \ge \tau`, else 0.

    What passes keeps its size, but y jumps at the threshold, and the threshold gets no gradient: a network cannot
    learn it through this function.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, Biometrika 81, 1994.

    Examples
    --------
    >>> hard(torch.tensor([-3.0, 0.5, 2.0]), torch.tensor(1.0))
    tensor([-3.,  0.,  2.])
    """
    return torch.where(x.abs() < tau, 0.0, x)


def garrote(x: Tensor, tau: Tensor) -> Tensor:
    r"""Non-negative garrote: :math:`y = x - \tau^2 / x` where :math:`|x| \ge \tau`, else 0.

    Continuous like soft, but large values come through nearly whole.

    References
    ----------
    .. [1] H.-Y. Gao, "Wavelet shrinkage denoising using the non-negative garrote", J. Comput. Graph. Stat. 7(4), 1998.

    Examples
    --------
    >>> garrote(torch.tensor([-4.0, 0.5, 2.0]), torch.tensor(1.0))
    tensor([-3.7500,  0.0000,  1.5000])
    """
    inside = x.abs() < tau
    divisor = torch.where(inside | (x == 0), 1.0, x)
    part = torch.where(inside, 0.0, tau)  # never squared: that would overflow
    return torch.where(inside, 0.0, x - part * (part / divisor))


#: `firm` passes values whole from this multiple of the threshold on.
FIRM_RATIO = 2.0


def firm(x: Tensor, tau: Tensor, ratio: float = FIRM_RATIO) -> Tensor:
    r"""Two thresholds: zero below :math:`\tau`, whole above :math:`\rho\tau`, a straight line between.

    .. math:: y = \operatorname{sign}(x)\,\frac{\rho}{\rho - 1}(|x| - \tau), \quad \tau \le |x| < \rho\tau

    Parameters
    ----------
    x, tau : as in `soft_threshold`
    ratio : ρ > 1; near 1 the function is `hard`, for large ρ it is `soft_threshold`

    References
    ----------
    .. [1] H.-Y. Gao, A. G. Bruce, "WaveShrink with firm shrinkage", Statistica Sinica 7, 1997.

    Examples
    --------
    >>> firm(torch.tensor([-3.0, 0.5, 1.5]), torch.tensor(1.0))
    tensor([-3.,  0.,  1.])
    """
    size = x.abs()
    line = soft_threshold(x, tau) * (ratio / (ratio - 1))
    return torch.where(size >= ratio * tau, x, line)


#: `leaky` lets this share of a small value through.
LEAK = 0.1


def leaky(x: Tensor, tau: Tensor, leak: float = LEAK) -> Tensor:
    r"""Soft thresholding that lets a share of what it removes through: nothing is lost, no gradient is zero.

    .. math:: y = s + \lambda (x - s), \quad s = \operatorname{soft}(x, \tau)

    so that :math:`y = \lambda x` inside the threshold and :math:`x - (1 - \lambda)\tau\operatorname{sign}(x)` outside.

    Parameters
    ----------
    x, tau : as in `soft_threshold`
    leak : λ, 0 (`soft_threshold`) to 1 (identity)

    Examples
    --------
    >>> leaky(torch.tensor([-3.0, 0.5, 2.0]), torch.tensor(1.0))
    tensor([-2.1000,  0.0500,  1.1000])
    """
    kept = soft_threshold(x, tau)
    return kept + leak * (x - kept)


def asymmetric(x: Tensor, tau: Tensor, skew: Tensor | float = 0.0) -> Tensor:
    r"""Soft thresholding with one threshold for positive values and another one for negative values.

    .. math:: \tau_+ = \tau (1 + \kappa), \quad \tau_- = \tau (1 - \kappa)

    Parameters
    ----------
    x, tau : as in `soft_threshold`
    skew : κ, -1 to 1, a number or a tensor that broadcasts against ``x``; 0 is `soft_threshold`

    Examples
    --------
    >>> asymmetric(torch.tensor([-3.0, 0.5, 3.0]), torch.tensor(1.0), 0.5)
    tensor([-2.5000,  0.0000,  1.5000])
    """
    return soft_threshold(x, tau * (1 + skew * (x >= 0).to(x.dtype).mul(2).sub(1)))


#: Where |x| exceeds this multiple of the threshold, tanh is 1 to the last digit, and `smooth` is soft thresholding.
SMOOTH_END = 20.0


def smooth(x: Tensor, tau: Tensor) -> Tensor:
    r"""Differentiable everywhere: :math:`y = x - \tau \tanh(x / \tau)`.

    Flat at zero (:math:`y \approx x^3 / 3\tau^2`) where soft thresholding has two corners; large values lose
    :math:`\tau`. Only x = 0 becomes exactly 0.

    Examples
    --------
    >>> smooth(torch.tensor([-3.0, 0.5, 2.0]), torch.tensor(1.0))
    tensor([-2.0049,  0.0379,  1.0360])
    """
    # The quotient and its derivative must stay finite on both sides of the choice, or 0 * inf makes NaN gradients.
    least = 10 * SMOOTH_END / torch.finfo(x.dtype).max
    inside = (x.abs() <= SMOOTH_END * tau) & (tau > least)
    scale = torch.where(inside, tau, 1.0)
    ratio = torch.where(inside, x, 0.0) / scale
    # Near zero the difference is all rounding, its sign too; three terms of its series are exact to the last digit.
    square = ratio * ratio
    series = x * square * (1 / 3 - square * (2 / 15 - square * (17 / 315)))
    near = ratio.abs() < torch.finfo(x.dtype).eps ** (1 / 8)
    curved = torch.where(near, series, x - scale * torch.tanh(ratio))
    return torch.where(inside, curved, soft_threshold(x, tau))


SHRINKS: dict[str, Shrink] = {
    "soft": soft_threshold,
    "hard": hard,
    "garrote": garrote,
    "firm": firm,
    "leaky": leaky,
    "asymmetric": asymmetric,
    "smooth": smooth,
}


def shrink_function(name: str) -> Shrink:
    """Look a shrinkage function up; a miss lists the legal names."""
    if name not in SHRINKS:
        raise UnknownName("shrinkage function", name, SHRINKS)
    return SHRINKS[name]
