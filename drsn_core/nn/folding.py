"""A network for inference only: what batch norm does with fixed statistics moves into the layers beside it."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from drsn_core.nn.blocks import CBU, RBU, Gate
from drsn_core.nn.classifier import PaperNetwork
from drsn_core.nn.denoiser import Denoiser
from drsn_core.nn.shrinkage import ThresholdNet, mean_over_space
from drsn_core.nn.thresholding import plain_operations_wanted

Network = TypeVar("Network", bound=nn.Module)


class Shift(nn.Module):
    """Add one number a channel: what is left of a batch norm before a ReLU whose scale the next layer has taken."""

    def __init__(self, shift: Tensor) -> None:
        super().__init__()
        self.register_buffer("shift", shift)
        self.shift: Tensor

    def forward(self, x: Tensor) -> Tensor:
        return x + self.shift


class ScaleShift(nn.Module):
    """Multiply and add one number a channel: a batch norm in eval mode."""

    def __init__(self, scale: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)
        self.scale: Tensor
        self.shift: Tensor

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(x * self.scale, self.shift)


class FoldedThresholdNet(ThresholdNet):
    """The paper's sub-network in two matrix products; made by `fold` from a `ThresholdNet` in eval mode."""

    def __init__(self, net: ThresholdNet) -> None:
        nn.Module.__init__(self)
        self.mode, self.tau_scale, self.shrink, self.function = net.mode, net.tau_scale, net.shrink, net.function
        first = net.fc1
        if isinstance(net.fc_norm, nn.BatchNorm1d):
            first = fuse_linear_bn_eval(first, net.fc_norm)
        for name, layer in (("1", first), ("2", net.fc2)):
            self.register_buffer(f"weight{name}", layer.weight.detach().t().contiguous())
            self.register_buffer(f"bias{name}", layer.bias.detach().clone())
        self.weight1: Tensor
        self.weight2: Tensor
        self.bias1: Tensor
        self.bias2: Tensor
        if net.shrink == "asymmetric":
            self.skew = net.skew

    def forward(self, x: Tensor, size: Tensor | None = None) -> tuple[Tensor, Tensor]:
        size = x.abs() if size is None else size
        # A sum of half floats could overflow, and an exporter would take the number of positions for a constant;
        # otherwise it is a sum, since mean is two calls.
        if size.ndim > 2 and size.dtype.itemsize > 2 and not plain_operations_wanted():
            pooled = (
                (size if size.ndim == 3 else size.flatten(2)).sum(2).mul_(size.shape[1] / (size.numel() // len(size)))
            )
        else:
            pooled = mean_over_space(size)
        hidden = torch.addmm(self.bias1, pooled, self.weight1).relu_()
        alpha = torch.addmm(self.bias2, hidden, self.weight2).sigmoid_()
        if self.tau_scale != 1:
            alpha = self.tau_scale * alpha
        return pooled if self.mode == "cw" else pooled.mean(dim=1, keepdim=True), alpha


def fold(network: Network) -> Network:
    r"""Copy ``network`` for inference with its batch norms folded away; the outputs are the same to rounding.

    A unit's order, batch norm before ReLU before convolution, lets three of its norms go: norm2 into the first
    convolution, the norm of the threshold sub-network into its first dense layer, and of norm1, as
    :math:`\operatorname{relu}(s x + t) = s \operatorname{relu}(x + t / s)` for s > 0, the scale into the first
    convolution, so that one addition is left. The last norm
    becomes a product and a sum.

    Parameters
    ----------
    network : holds `CBU`, `RBU`, `RSBU` or `Shrinkage` modules, for example a `paper_network` or a `Denoiser`
        It is not changed. Its statistics are taken as they are; the copy is in eval mode, asks for no gradient, must
        not be trained, and its ``state_dict`` has other names.

    Notes
    -----
    One sample at a time, the time goes into calling operations, not into arithmetic. ``torch.compile(fold(network))``
    is quicker again, the folded network exported to ONNX several times as quick.

    Examples
    --------
    >>> from drsn_core.nn import paper_network
    >>> network = paper_network("drsn-cw").eval()
    >>> x = torch.randn(2, 2048)
    >>> torch.allclose(fold(network)(x), network(x), atol=1e-5)
    True
    """
    folded = copy.deepcopy(network).eval().requires_grad_(False)
    for module in list(folded.modules()):
        if isinstance(module, CBU):
            _fold_unit(module)
        elif isinstance(module, Gate):
            if isinstance(module.fc_norm, _BatchNorm):
                module.fc1, module.fc_norm = fuse_linear_bn_eval(module.fc1, module.fc_norm), nn.Identity()
        elif isinstance(module, PaperNetwork | Denoiser) and isinstance(module.norm, _BatchNorm):
            axes = module.ndim if isinstance(module, PaperNetwork) else 1
            setattr(module, "norm", ScaleShift(*_scale_and_shift(module.norm, axes)))  # noqa: B010
        for name, child in list(module.named_children()):
            if type(child) is ThresholdNet and isinstance(child.fc_norm, nn.BatchNorm1d | nn.Identity):
                setattr(module, name, FoldedThresholdNet(child))
    return folded.requires_grad_(False)


def _fold_unit(unit: CBU) -> None:
    if not isinstance(unit.norm1, _BatchNorm) or not isinstance(unit.norm2, _BatchNorm):
        return  # folded before
    unit.conv1 = fuse_conv_bn_eval(unit.conv1, unit.norm2)
    unit.norm2 = nn.Identity()
    scale, shift = _scale_and_shift(unit.norm1, unit.ndim)
    if bool((scale > 0).all()):
        unit.conv1.weight.mul_(scale)
        unit.norm1 = Shift(shift / scale)
    else:
        unit.norm1 = ScaleShift(scale, shift)
    if isinstance(unit, RBU) and isinstance(unit.projection, nn.Sequential):
        conv, norm = unit.projection
        assert isinstance(conv, nn.Conv1d | nn.Conv2d | nn.Conv3d)
        assert isinstance(norm, _BatchNorm)
        unit.projection = fuse_conv_bn_eval(conv, norm)


def _scale_and_shift(norm: _BatchNorm, axes: int) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = torch.rsqrt(norm.running_var + norm.eps)
    scale = scale if norm.weight is None else scale * norm.weight.detach()
    shift = -norm.running_mean * scale
    shift = shift if norm.bias is None else shift + norm.bias.detach()
    return scale.reshape(-1, *(1,) * axes), shift.reshape(-1, *(1,) * axes)
