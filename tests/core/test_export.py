"""Networks with shrinkage leave PyTorch as they are: compiled, exported, and as ONNX compared with onnxruntime."""

import warnings

import jaxtyping
import numpy as np
import onnxruntime
import pytest
import torch
from monai.networks.nets import ResNet, UNet
from torch.export import Dim

import drsn_core as drsn
from drsn_core.nn import insert_shrinkage

OPSET = 18


def resnet():
    return ResNet("basic", [1, 1, 1, 1], [4, 4, 8, 8], spatial_dims=2, n_input_channels=1, num_classes=3)


@pytest.fixture(autouse=True)
def shapes_are_not_checked(monkeypatch):
    """A check of shapes would make a fixed number of each length that is to stay free."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def onnx_session(model, x, free_axes):
    """Export ``model`` and load it in onnxruntime; ``free_axes`` may have any size."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", category=DeprecationWarning, module=r"(onnxscript|onnx_ir|torch\.onnx|copyreg)"
        )
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"(copyreg|torch\..*)")
        program = torch.onnx.export(
            model,
            (x,),
            dynamo=True,
            opset_version=OPSET,
            dynamic_shapes=(dict.fromkeys(free_axes, Dim.DYNAMIC),),
            optimize=False,
            verbose=False,
        )
    proto = program.model_proto
    assert [entry.version for entry in proto.opset_import if not entry.domain] == [OPSET]
    return onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])


def answer(session, x):
    return session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]


def test_the_shipped_denoiser_gives_the_same_as_onnx_for_any_batch_and_length():
    network = drsn.hub.load("drsn-cw")
    session = onnx_session(network, torch.randn(2, 1, 256), (0, 2))
    for shape in ((2, 1, 256), (1, 1, 1000), (3, 1, 77)):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        np.testing.assert_allclose(answer(session, x), network(x).detach(), atol=1e-5)


def test_a_unet_with_shrinkage_inside_gives_the_same_as_onnx_for_any_batch_and_length():
    torch.manual_seed(0)
    network = insert_shrinkage(UNet(1, 1, 1, (4, 8), (2,), num_res_units=1), "residual").eval()
    session = onnx_session(network, torch.randn(2, 1, 32), (0, 2))
    for shape in ((2, 1, 32), (1, 1, 100)):
        x = torch.randn(shape)
        np.testing.assert_allclose(answer(session, x), network(x).detach(), atol=1e-5)


def test_a_resnet_with_shrinkage_inside_exports_with_any_batch():
    network = insert_shrinkage(resnet(), mode="cs").eval()
    exported = torch.export.export(network, (torch.randn(2, 1, 36, 36),), dynamic_shapes=({0: Dim.DYNAMIC},)).module()
    x = torch.randn(5, 1, 36, 36)
    torch.testing.assert_close(exported(x), network(x))


def test_a_resnet_with_shrinkage_inside_compiles_without_a_break_and_trains_compiled():
    torch._dynamo.reset()
    network = insert_shrinkage(resnet()).eval()
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    x = torch.randn(3, 1, 36, 36)
    torch.testing.assert_close(compiled(x), network(x))
    compiled(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for n, p in network.named_parameters() if ".shrinkage." in n)
