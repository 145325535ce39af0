"""Residual shrinkage units: gradients, shapes, parameters, known bugs of ports; and the denoiser made of them."""

import pytest
import pywt
import torch
from torch import nn

from drsn_core.errors import BadParameter, UnknownName
from drsn_core.nn import CBU, RBU, RSBU, SEBU, Denoiser, Shrinkage, soft_threshold
from drsn_core.nn.blocks import identity_shortcut
from drsn_core.nn.denoiser import margin, round_about
from drsn_core.nn.shrinkage import ThresholdNet

MODES = ("cs", "cw")


def shaken(module):
    """Give every parameter and running average a value that is no default."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype)
            tensor.copy_(noise.abs() + 0.5 if name.endswith("var") else 0.5 * noise)
    return module


@pytest.mark.parametrize("mode", MODES)
def test_gradients_flow_through_the_threshold(mode):
    unit = shaken(RSBU(2, 4, 2, mode).double()).train()
    x = torch.randn(3, 2, 9, dtype=torch.double, generator=torch.Generator().manual_seed(2), requires_grad=True)
    torch.autograd.gradcheck(unit, (x,), atol=1e-6)


def test_soft_threshold_has_the_right_gradients_for_x_and_tau():
    x = torch.tensor([-3.0, -1.5, -0.2, 0.3, 2.0], dtype=torch.double, requires_grad=True)
    tau = torch.tensor([1.0], dtype=torch.double, requires_grad=True)
    torch.autograd.gradcheck(soft_threshold, (x, tau))
    soft_threshold(x, tau).sum().backward()
    assert x.grad.tolist() == [1, 1, 0, 0, 1]
    assert tau.grad.tolist() == [1]  # -sign(x) summed over the three that pass: +1 +1 -1


def test_a_threshold_of_zero_is_the_identity_and_so_is_its_gradient():
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    y = soft_threshold(x, 0.0)
    y.sum().backward()
    assert y.tolist() == x.tolist()
    assert x.grad.tolist() == [1, 1, 1]


def test_soft_threshold_agrees_with_pytorch_for_one_number():
    x = torch.randn(100, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(soft_threshold(x, 0.4), nn.functional.softshrink(x, 0.4))


# ---- bugs of public ports (numbers as in the list of bugs that this library answers)


@pytest.mark.parametrize("mode", MODES)
def test_thresholds_are_positive_for_zero_mean_features(mode):
    """Bug A1: pooling x instead of |x| makes half of the thresholds negative, and values grow."""
    layer = Shrinkage(8, mode).eval()
    x = torch.randn(16, 8, 256, generator=torch.Generator().manual_seed(0))
    y, decision = layer.traced(x)
    assert (decision.threshold > 0).all()
    assert (y.abs() <= x.abs()).all()
    assert (y == 0).float().mean() > 0.05


@pytest.mark.parametrize("mode", MODES)
def test_thresholds_scale_with_the_features(mode):
    """Bug A2: a threshold that is the sigmoid alone does not know the scale of what it shrinks."""
    net = ThresholdNet(4, mode)
    nn.init.zeros_(net.fc2.weight)
    x = torch.randn(3, 4, 50, generator=torch.Generator().manual_seed(0))
    tau = [magnitude * alpha for magnitude, alpha in (net.eval()(x), net(10 * x))]
    torch.testing.assert_close(10 * tau[0], tau[1])


def test_channel_shared_has_one_threshold_and_channel_wise_one_per_channel():
    """Bugs B10 and B11: a "CS" unit with C alphas, or made of CW units."""
    x = torch.randn(2, 8, 64, generator=torch.Generator().manual_seed(0))
    for mode, count in (("cs", 1), ("cw", 8)):
        _, decision = RSBU(8, 8, mode=mode).eval().traced(x)
        assert decision.threshold.shape == decision.alpha.shape == (2, count)


@pytest.mark.parametrize("mode", MODES)
def test_a_sample_keeps_its_threshold_in_any_company(mode):
    """Bug B13: an average that also runs over the batch."""
    unit = shaken(RSBU(4, 4, mode=mode)).eval()
    x = torch.randn(6, 4, 40, generator=torch.Generator().manual_seed(0))
    x[3] *= 100
    together = unit.traced(x)[1].threshold
    for i in range(6):
        torch.testing.assert_close(unit.traced(x[i : i + 1])[1].threshold, together[i : i + 1])


def test_the_shortcut_has_no_weights_and_pads_channels_on_both_sides():
    """Bugs D18 to D22: projections, padding at one end only, doubling only, fewer channels or odd differences fail."""
    x = torch.arange(1.0, 7.0).reshape(1, 3, 2)
    assert identity_shortcut(x, 6, 1)[0, :, 0].tolist() == [0, 1, 3, 5, 0, 0]
    assert identity_shortcut(x, 1, 1)[0, :, 0].tolist() == [3]
    assert identity_shortcut(x, 3, 2).tolist() == [[[1], [3], [5]]]


@pytest.mark.parametrize("length", [1, 2, 7, 64, 101])
@pytest.mark.parametrize(("inner", "outer"), [(4, 4), (4, 7), (7, 4), (1, 16)])
@pytest.mark.parametrize("kind", [CBU, RBU, RSBU])
def test_any_length_and_any_change_of_channels(kind, inner, outer, length):
    for stride in (1, 2):
        y = kind(inner, outer, stride).eval()(torch.zeros(2, inner, length))
        assert y.shape == (2, outer, -(-length // stride))


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("kind", [CBU, RBU, RSBU])
def test_one_class_serves_signals_pictures_and_volumes(kind, ndim):
    shape = (9, 8, 7)[:ndim]
    y = kind(2, 4, 2, ndim=ndim).eval()(torch.zeros(2, 2, *shape))
    assert y.shape == (2, 4, *(-(-n // 2) for n in shape))


def test_a_batch_of_one_works_for_inference():
    """Bug F30: BatchNorm1d behind a dense layer cannot *train* on one sample; inference must not mind."""
    assert RSBU(4, 4).eval()(torch.zeros(1, 4, 16)).shape == (1, 4, 16)


def test_parameters_have_the_names_of_figure_4():
    names = {name.rsplit(".", 1)[0] for name, _ in RSBU(4, 4).named_parameters()}
    assert names == {"norm1", "conv1", "norm2", "conv2", "threshold.fc1", "threshold.fc_norm", "threshold.fc2"}


@pytest.mark.parametrize(
    ("mode", "first", "repeated"),
    [("cs", (153, 425, 1553), (153, 529, 1953)), ("cw", (168, 488, 1808), (168, 592, 2208))],
)
def test_units_have_as_many_parameters_as_published(mode, first, repeated):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    for width, entry, again in zip((4, 8, 16), first, repeated, strict=True):
        assert count(RSBU(max(width // 2, 4), width, 2, mode)) == entry
        assert count(RSBU(width, width, 1, mode)) == again


@pytest.mark.parametrize("arguments", [{"mode": "xx"}, {"ndim": 4}, {"kernel_size": 4}])
def test_a_wrong_argument_is_named(arguments):
    with pytest.raises((BadParameter, TypeError), match=f"{next(iter(arguments))}|type-check"):
        RSBU(4, 4, **arguments)


# ---- the denoiser


@pytest.fixture(
    scope="module",
    params=[(1, False), (2, False), (3, False), (1, True), (3, True), (1, True, 8), (3, True, 7)],
    ids=str,
)
def small(request):
    torch.manual_seed(0)
    return shaken(Denoiser((4, 6, 8), (1, 1, 2), "cw", 3, *request.param)).eval()


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64, 997])
def test_the_denoiser_takes_any_length(small, length):
    y = torch.randn(2, 1, length)
    assert small(y).shape == y.shape


@pytest.mark.parametrize(("mode", "unit"), [("none", RBU), ("se", SEBU)])
def test_a_twin_has_the_same_convolutions_and_sets_no_threshold(mode, unit):
    shape = {"widths": (4, 6, 8), "depths": (1, 1, 2), "kernel_size": 3}
    twin, drsn = Denoiser(**shape, mode=mode), Denoiser(**shape)
    assert {type(u) for u in twin.modules() if isinstance(u, RBU)} == {unit}
    sizes = [[m.weight.shape for m in n.modules() if isinstance(m, torch.nn.Conv1d)] for n in (twin, drsn)]
    assert sizes[0] == sizes[1]
    estimate, decisions = shaken(twin).eval().traced(torch.randn(2, 1, 65))
    assert estimate.shape == (2, 1, 65)
    assert decisions == [] == twin.names()


def test_an_unknown_mode_of_the_denoiser_lists_what_there_is():
    with pytest.raises(UnknownName, match="cw, cs, se, none"):
        Denoiser(mode="cx")


def test_there_is_a_decision_for_every_name_in_order(small):
    _, decisions = small.traced(torch.randn(2, 1, 64))
    assert small.names() == ["down 1.1", "down 2.1", "down 3.1", "down 3.2", "up 2.1", "up 1.1"]
    assert [d.threshold.shape[1] for d in decisions] == [4, 6, 8, 8, 6, 4]


def test_coarse_scales_are_given_the_haar_approximation_coefficients_of_the_input():
    network = shaken(Denoiser((4, 6, 8), (1, 1, 1), kernel_size=3, approximations=True)).eval()
    y = torch.randn(2, 1, 64)
    seen = []
    for layer in network.approximation:
        layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(y)
    for level, found in enumerate(seen, start=1):
        expected = pywt.wavedec(y.double().numpy(), "haar", "periodization", level)[0]
        torch.testing.assert_close(found.double(), torch.from_numpy(expected), rtol=0, atol=1e-5)
    assert len(seen) == 2


def test_what_lies_beyond_an_end_is_the_other_end_and_marked():
    y = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    laid = round_about(y, 2)
    assert laid.tolist() == [[[3, 4, 1, 2, 3, 4, 1, 2], [1, 1, 0, 0, 0, 0, 1, 1]]]
    assert round_about(y[..., :3], 0).tolist() == [[[1, 2, 3], [0, 0, 0]]]
    assert [margin(128, length) for length in (1, 2, 16, 255, 256, 257, 4096)] == [0, 1, 8, 127, 128, 128, 128]


def test_a_denoiser_that_looks_round_sees_the_other_end():
    near, far = (shaken(Denoiser((4, 6), (1, 1), kernel_size=3, around=around)).eval() for around in (0, 16))
    y = torch.randn(1, 1, 2048)
    other = y.clone()
    other[..., -1] += 3
    for network, moves in ((near, False), (far, True)):
        fixed = [lambda tau, d=d: d.threshold for d in network.traced(y)[1]]
        moved = network.traced(other, fixed)[0][..., 0] != network.traced(y, fixed)[0][..., 0]
        assert bool(moved) == moves


def test_an_override_replaces_the_learned_threshold(small):
    y = torch.randn(1, 1, 64)
    plain, learned = small.traced(y)
    same, _ = small.traced(y, [lambda tau, d=d: d.threshold for d in learned])
    off, decisions = small.traced(y, [lambda tau: 0 * tau] * 6)
    torch.testing.assert_close(plain, same)
    assert not torch.allclose(plain, off)
    assert all((d.threshold == 0).all() for d in decisions)


def test_nothing_beyond_its_reach_changes_an_output(small):
    """With equal thresholds an output depends on ``reach`` samples to either side, and not on more."""
    n, middle = 2048, 1024
    y = torch.zeros(1, 1, n)
    fixed = [lambda tau, d=d: d.threshold for d in small.traced(torch.randn(1, 1, n))[1]]
    base = small.traced(y, fixed)[0]
    y[..., middle] = 50.0
    moved = (small.traced(y, fixed)[0] != base).flatten().nonzero().flatten()
    assert middle - small.reach <= moved.min() < middle < moved.max() <= middle + small.reach
    assert moved.max() - middle > small.reach // 4, "the stated reach is far too large"
