"""Networks with shrinkage leave PyTorch as they are: compiled, exported, and as ONNX compared with onnxruntime.

PyTorch has two ONNX exporters. The old one records a run and needs a second for a network of any size; the new one
reasons about every operation and every free length, a second and more for each unit. So the old one takes the networks
that are shipped and published, the new one a small network of the same parts.
"""

import sys
import warnings

import jaxtyping
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from monai.networks.nets import ResNet, UNet
from torch.export import Dim
from typer.testing import CliRunner

import drsn_core as drsn
from drsn_core.bench.blocks import compiler
from drsn_core.cli import cli
from drsn_core.errors import MissingPackage, UnknownName, Unsupported
from drsn_core.export import OPSET, portable, recorded, to_onnx
from drsn_core.nn import RSBU, Denoiser, Shrinkage, fold, insert_shrinkage, paper_network
from tests.core.test_nn import shaken


def resnet():
    return ResNet("basic", [1, 1, 1, 1], [4, 4, 8, 8], spatial_dims=2, n_input_channels=1, num_classes=3)


@pytest.fixture(autouse=True)
def shapes_are_not_checked(monkeypatch):
    """A check of shapes would make a fixed number of each length that is to stay free."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def reasoned(model, x, free_axes):
    """Export ``model`` by PyTorch's new exporter."""
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
    return program.model_proto.SerializeToString()


def assert_same(exported, model, shapes):
    """The file is sound, of the version asked for, and answers as ``model`` for every shape."""
    proto = onnx.load_model_from_string(exported)
    onnx.checker.check_model(proto)
    assert [entry.version for entry in proto.opset_import if not entry.domain] == [OPSET]
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    for shape in shapes:
        x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = model(x).numpy()
        (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()))


DENOISERS = sorted(name for name, card in drsn.hub.cards().items() if not card.task and "wavelet" not in name)
SIZES = {1: [(1, 1, 1000), (3, 1, 77), (2, 1, 256)], 2: [(1, 1, 64, 96), (2, 1, 33, 71)]}


@pytest.mark.parametrize("name", DENOISERS)
def test_every_trained_denoiser_is_the_same_as_onnx_for_any_batch_and_size(name):
    exported, network = to_onnx(name), drsn.hub.load(name)
    sizes = [(batch, network.channels, *sides) for batch, _, *sides in SIZES[network.ndim]]
    assert_same(exported, portable(name), sizes)


@pytest.mark.parametrize("name", ["drsn-cw", "drsn-image"])
def test_an_exported_denoiser_takes_data_in_their_own_units(name):
    rng = np.random.default_rng(0)
    y = 0.5 + 0.2 * rng.standard_normal((48, 56)) if name == "drsn-image" else 300 + 40 * rng.standard_normal(777)
    data = drsn.Image(y) if name == "drsn-image" else drsn.Signal(y)
    expected = drsn.denoise(data, method=name).estimate
    expected = expected.pixels if name == "drsn-image" else expected.samples
    session = onnxruntime.InferenceSession(to_onnx(name), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": y[None, None].astype(np.float32)})
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-4 * np.ptp(y))
    flat = np.full((1, 1, *y.shape), 7.0, np.float32)
    if name == "drsn-cw":
        np.testing.assert_array_equal(session.run(None, {"x": flat})[0], flat)


def test_an_exported_classifier_has_the_answer_of_predict():
    window = drsn.synth.rig("inner-race", length=4096, seed=3)
    found = drsn.predict(window, task="rig", model="drsn-cw")
    session = onnxruntime.InferenceSession(to_onnx("rig-drsn-cw"), providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"x": found.inputs.astype(np.float32)})
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), found.probabilities, atol=1e-5)


def test_what_cannot_be_exported_says_why(monkeypatch):
    with pytest.raises(Unsupported, match="Fourier"):
        to_onnx("wavelet-attention")
    with pytest.raises(UnknownName, match="drsn-cw"):
        to_onnx("nonsense")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingPackage, match="pip install onnx"):
        to_onnx("drsn-cs")


def test_the_command_writes_a_file_and_lists_the_networks_for_a_wrong_name(tmp_path):
    def call(*arguments):
        return CliRunner().invoke(cli, ["export", *map(str, arguments)])

    target = tmp_path / "small.onnx"
    first, again, wrong = (call(*a, "-o", target) for a in (["drsn-cs"], ["drsn-cs"], ["nonsense"]))
    assert (first.exit_code, again.exit_code, wrong.exit_code) == (0, 3, 2)
    assert f"{target.stat().st_size:,} bytes" in first.output
    assert "--force" in again.output
    assert "drsn-image" in wrong.output


@pytest.mark.parametrize("prepare", [lambda network: network, fold], ids=["as it is", "folded"])
@pytest.mark.parametrize(("name", "ndim"), [("drsn-cw", 1), ("drsn-cs", 1), ("drsn-cw", 2), ("resnet", 2)])
def test_the_papers_networks_are_the_same_as_onnx_for_any_batch_and_size(name, ndim, prepare):
    network = prepare(paper_network(name, ndim=ndim, generator=torch.Generator().manual_seed(0)).eval())
    sizes = [(64, 48), (101, 33)]
    exported = recorded(network, torch.randn(2, 1, *sizes[0][:ndim]), (0, *range(2, ndim + 2)))
    assert_same(exported, network, [(batch, 1, *size[:ndim]) for batch, size in zip((2, 5), sizes, strict=True)])


@pytest.mark.parametrize("export", [recorded, reasoned])
@pytest.mark.parametrize("more", [{}, {"approximations": True}, {"approximations": True, "around": 24}], ids=str)
def test_a_denoiser_is_the_same_as_onnx_for_any_batch_and_length(more, export):
    network = shaken(Denoiser((4, 6), (1, 1), kernel_size=3, **more)).eval()
    shapes = [(2, 1, 64), (1, 1, 100), (3, 1, 77), (1, 1, 16)]
    assert_same(export(network, torch.randn(2, 1, 64), (0, 2)), network, shapes)


def test_a_unet_with_shrinkage_inside_is_the_same_as_onnx_for_any_batch_and_length():
    torch.manual_seed(0)
    network = insert_shrinkage(UNet(1, 1, 1, (4, 8), (2,), num_res_units=1), "residual").eval()
    assert_same(recorded(network, torch.randn(2, 1, 32), (0, 2)), network, [(2, 1, 32), (1, 1, 100)])


@pytest.mark.parametrize("mode", ["cw", "cs"])
def test_a_resnet_with_shrinkage_inside_exports_with_any_batch(mode):
    network = insert_shrinkage(resnet(), mode=mode).eval()
    exported = torch.export.export(network, (torch.randn(2, 1, 36, 36),), dynamic_shapes=({0: Dim.DYNAMIC},)).module()
    x = torch.randn(5, 1, 36, 36)
    torch.testing.assert_close(exported(x), network(x))


def test_a_resnet_with_shrinkage_inside_compiles_without_a_break_and_trains_compiled():
    torch._dynamo.reset()
    torch.manual_seed(0)  # of some initial values, a sub-network with four inputs is dead
    network = insert_shrinkage(resnet()).eval()
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    x = torch.randn(3, 1, 36, 36)
    torch.testing.assert_close(compiled(x), network(x))
    compiled(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for n, p in network.named_parameters() if ".shrinkage." in n)


def test_a_unit_compiled_for_training_has_the_same_values_and_gradients():
    """All of ``torch.compile`` but the C++: the graph, its backward, and what is kept for it."""
    torch._dynamo.reset()
    unit = shaken(RSBU(4, 8, 2).double()).train()
    found = []
    for run in (torch.compile(unit, fullgraph=True, dynamic=False, backend="aot_eager"), unit):
        x = torch.randn(3, 4, 65, dtype=torch.double, generator=torch.Generator().manual_seed(0)).requires_grad_()
        y = run(x)
        y.square().sum().backward()
        found.append([y.detach(), x.grad, *(p.grad for p in unit.parameters())])
        unit.zero_grad()
    for ours, plain in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain, rtol=1e-9, atol=1e-9)


@pytest.mark.skipif(
    not compiler(), reason="torch.compile writes C++ here: it needs a C++ compiler and the headers of Python"
)
def test_the_layer_compiled_to_machine_code_answers_the_same():
    """By inductor, as ``torch.compile`` does it where nothing else is said; whole networks are timed in the bench."""
    torch._dynamo.reset()
    layer = shaken(Shrinkage(4)).eval()
    compiled = torch.compile(layer, fullgraph=True, dynamic=False)
    x = torch.randn(3, 4, 65, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of PyTorch about itself
        torch.testing.assert_close(compiled(x), layer(x))
