"""Trained networks as ONNX files, for programs without PyTorch; they take data in their own units."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from drsn_core import hub
from drsn_core.errors import MissingPackage, Unsupported
from drsn_core.learned_images import CONTRAST, MIDDLE
from drsn_core.nn import fold
from drsn_core.nn.classifier import PaperNetwork
from drsn_core.nn.wavelet import WaveletAttention
from drsn_core.tasks import TASKS

#: Version of the operators, of 2022: what runs ONNX files knows it.
OPSET = 18


class Standardised(nn.Module):
    r"""A denoiser of signals that does its scaling itself: :math:`\hat{x} = \mu + s\,g((y - \mu) / s)` for each row.

    μ and s are mean and standard deviation of the row; a constant row is returned as it is. The same as
    `drsn_core.learned.NetworkDenoiser` for recordings that it does not cut into tiles.
    """

    #: Of the sample that a run is recorded with: odd, so that the steps that fill up a size are recorded too.
    sides = (257,)

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, y: Tensor) -> Tensor:
        centred = y - y.mean(dim=-1, keepdim=True)
        scale = centred.square().mean(dim=-1, keepdim=True).sqrt()
        safe = torch.where(scale > 0, scale, torch.ones_like(scale))
        return torch.where(scale > 0, self.network(centred / safe) * safe + (y - centred), y)


class OfIntensities(nn.Module):
    """A denoiser of pictures that takes intensities of 0..1, as `drsn_core.learned_images` gives them to it."""

    sides = (45, 39)

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, y: Tensor) -> Tensor:
        estimate: Tensor = self.network((y - MIDDLE) / CONTRAST)
        return estimate * CONTRAST + MIDDLE


def portable(name: str) -> nn.Module:
    """The trained network ``name`` as it is exported: folded, and with the scaling of its input inside.

    A denoiser of signals takes (batch, 1, length) in any unit, one of pictures (batch, channels, height, width) of
    0..1; both return the estimate. A classifier takes windows as `drsn_core.Prediction` has them in ``inputs`` and
    returns the logarithms of unnormalised probabilities.

    Raises
    ------
    UnknownName
        If no such network is installed; lists those that are.
    Unsupported
        For a network that works by a Fourier transform, which the exporter does not know for a free length.
    """
    network: nn.Module = hub.load(name).requires_grad_(False)
    if isinstance(network, WaveletAttention):
        raise Unsupported(name, "the step to ONNX", "it works by a Fourier transform; drsn-cw and drsn-cs can take it")
    if isinstance(network, PaperNetwork):
        return fold(network)
    return OfIntensities(network).eval() if network.ndim == 2 else Standardised(fold(network)).eval()


def to_onnx(name: str) -> bytes:
    """The trained network ``name`` as an ONNX file of any batch and size; input "x", output "y".

    Raises
    ------
    UnknownName, Unsupported
        As `portable`.
    MissingPackage
        If the package ``onnx`` is not installed.

    Examples
    --------
    >>> len(to_onnx("drsn-cs")) > 100_000
    True
    """
    network = portable(name)
    if isinstance(network, Standardised | OfIntensities):
        sides: tuple[int, ...] = network.sides
        free: tuple[int, ...] = (0, *range(2, 2 + len(sides)))
    else:
        sides, free = TASKS[hub.cards()[name].task].shape, (0,)
    channels = hub.cards()[name].network.get("channels", 1)
    return recorded(network, torch.randn(2, channels, *sides, generator=torch.Generator().manual_seed(0)), free)


def recorded(network: nn.Module, x: Tensor, free: Sequence[int]) -> bytes:
    """Export any network by recording a run on ``x``; the axes ``free`` of ``x`` may have other sizes later.

    PyTorch's older exporter does it in a second for a network of any size; the newer one reasons about every
    operation and every free length, for a second and more a unit.
    """
    try:
        import onnx  # noqa: F401  # the exporter looks for it late, and says it less well
    except ImportError as exc:
        raise MissingPackage("export", "onnx", "pip install onnx") from exc
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter about itself
        warnings.simplefilter("ignore", torch.jit._trace.TracerWarning)  # of checks of shapes, which it does not record
        warnings.filterwarnings("ignore", "ONNX export mode")  # an instance norm always has its own statistics
        torch.onnx.export(
            network,
            (x,),
            file,  # type: ignore[arg-type]  # it takes a file, but does not say so
            dynamo=False,
            opset_version=OPSET,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes={"x": dict(zip(free, "abcd", strict=False))},
        )
    return file.getvalue()
