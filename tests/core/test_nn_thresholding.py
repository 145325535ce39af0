"""Shrinkage functions and the layer: tables, properties, gradients, estimators, norms, known bugs of ports."""

import itertools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from drsn_core.errors import BadData, UnknownName
from drsn_core.nn import CBU, RBU, RSBU, SEBU, SHRINKS, Shrinkage, paper_network, soft_threshold
from drsn_core.nn.shrinkage import ESTIMATORS, SUB_NORMS, EcaThresholdNet, ThresholdNet, threshold_net
from drsn_core.nn.thresholding import asymmetric, firm, leaky, mean_size, shrink_function, soft_formula
from tests.core.test_nn import MODES, shaken

KINDS = list(SHRINKS)


def drawn(*shape, seed=0, dtype=torch.float):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# ---- functions

SEVEN = [-4.0, -2.5, -1.0, 0.0, 0.5, 1.5, 3.0]
TABLE = {
    "soft": [-3, -1.5, 0, 0, 0, 0.5, 2],
    "hard": [-4, -2.5, -1, 0, 0, 1.5, 3],
    "garrote": [-3.75, -2.1, 0, 0, 0, 5 / 6, 8 / 3],
    "firm": [-4, -2.5, 0, 0, 0, 1, 3],
    "leaky": [-3.1, -1.6, -0.1, 0, 0.05, 0.6, 2.1],
    "asymmetric": [-3, -1.5, 0, 0, 0, 0.5, 2],
    "smooth": [x - np.tanh(x) for x in SEVEN],
}


@pytest.mark.parametrize("kind", KINDS)
def test_seven_numbers_and_their_exact_answers(kind):
    x = torch.tensor(SEVEN, dtype=torch.double)
    for tau in (torch.tensor(1.0, dtype=torch.double), torch.ones(7, dtype=torch.double)):
        assert SHRINKS[kind](x, tau).tolist() == pytest.approx(TABLE[kind], abs=1e-15)
    with torch.no_grad():
        assert SHRINKS[kind](x, tau).tolist() == pytest.approx(TABLE[kind], abs=1e-15)
    assert (10 * x).tolist() == [10 * v for v in SEVEN], "the input is left alone"


def test_parameters_of_functions_do_what_they_say():
    x, one = torch.tensor(SEVEN), torch.tensor(1.0)
    assert asymmetric(x, one, 1.0).tolist() == [-4, -2.5, -1, 0, 0, 0, 1]  # tau+ = 2, tau- = 0
    assert leaky(x, one, 0.5).tolist() == [-3.5, -2, -0.5, 0, 0.25, 1, 2.5]
    assert firm(x, one, 4.0).tolist() == pytest.approx([-4, -2, 0, 0, 0, 2 / 3, 8 / 3])


def test_an_unknown_function_is_answered_with_the_known_ones():
    with pytest.raises(UnknownName, match="soft, hard, garrote"):
        shrink_function("softish")


numbers = st.floats(-(2.0**100), 2.0**100, width=32)
sizes = st.floats(0, 2.0**100, width=32)


@pytest.mark.parametrize("kind", KINDS)
@given(values=st.lists(numbers, min_size=1, max_size=8), tau=sizes)
def test_every_function_is_odd_never_larger_and_never_nan(kind, values, tau):
    x = torch.tensor(values, requires_grad=True)
    t = torch.tensor(tau, requires_grad=True)
    y = SHRINKS[kind](x, t)
    if kind == "hard":  # asks nothing of the threshold but to compare
        t.grad = torch.zeros(())
    y.sum().backward()
    assert torch.equal(SHRINKS[kind](-x, t), -y)
    assert (y.abs() <= x.abs()).all()
    assert (y * x >= 0).all()
    assert torch.isfinite(y).all()
    assert torch.isfinite(x.grad).all()
    assert torch.isfinite(t.grad).all()
    if kind not in ("leaky", "smooth"):
        assert (y[x.abs() < t] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
@given(values=st.lists(numbers | st.sampled_from([0.0, -0.0, 1e-45, -1e38]), min_size=1, max_size=8))
def test_a_threshold_of_zero_is_the_identity_value_and_gradient(kind, values):
    x = torch.tensor(values, requires_grad=True)
    for tau in (torch.tensor(0.0), torch.zeros(len(values)), torch.zeros(len(values), requires_grad=True)):
        x.grad = None
        y = SHRINKS[kind](x, tau)
        y.sum().backward()
        assert torch.equal(y, x)
        assert (x.grad == 1).all()
        with torch.no_grad():
            assert torch.equal(SHRINKS[kind](x, tau), x)


@pytest.mark.parametrize("shape", [(1,), (3, 1, 1), (1, 4, 1), (3, 4, 1), (3, 4, 5), (5,)])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_finite_differences(kind, shape):
    x = drawn(3, 4, 5, dtype=torch.double) * 2
    tau = drawn(*shape, seed=1, dtype=torch.double).abs() + 0.3
    for edge in (1, 2):  # corners have no derivative: keep away from them
        near = (x.abs() - edge * tau).abs() < 1e-3
        x = torch.where(near, x + 1e-2, x)
    inputs = (x.requires_grad_(), tau.requires_grad_())
    torch.autograd.gradcheck(SHRINKS[kind], inputs)
    torch.autograd.gradgradcheck(SHRINKS[kind], inputs)


def test_gradients_of_an_asymmetric_threshold_reach_its_skew():
    x = drawn(2, 3, 4, dtype=torch.double).requires_grad_()
    skew = torch.tensor([[0.2], [-0.4], [0.0]], dtype=torch.double, requires_grad=True)
    tau = torch.full((2, 3, 1), 0.3, dtype=torch.double, requires_grad=True)
    torch.autograd.gradcheck(asymmetric, (x, tau, skew))


@pytest.mark.parametrize("shape", [(), (3, 1, 1), (3, 4, 1), (1, 4, 1), (3, 4, 5)])
def test_the_quick_soft_threshold_is_the_plain_formula(shape):
    """Value and both gradients: in place without a gradient, own backward with one, plain where others look in."""
    x, tau = drawn(3, 4, 5, dtype=torch.double), drawn(*shape, seed=1, dtype=torch.double).abs()
    weight = drawn(3, 4, 5, seed=2, dtype=torch.double)
    found = []
    for function in (soft_threshold, soft_formula):
        a, b = x.clone().requires_grad_(), tau.clone().requires_grad_()
        y = function(a, b)
        (y * weight).sum().backward()
        found.append((y.detach(), a.grad, b.grad))
    for ours, plain in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain, rtol=0, atol=1e-14)
    torch.testing.assert_close(soft_threshold(x, tau), soft_formula(x, tau), rtol=0, atol=0)


@pytest.mark.parametrize(
    "write", [lambda y, r: F.relu(y, inplace=True), lambda y, r: y.add_(r), lambda y, r: y.mul_(2)]
)
def test_who_comes_next_may_write_into_the_output(write):
    """In-place ReLUs and ``out += x`` after the layer: the gradients are those of the plain formula."""
    x, tau, rest = (
        drawn(2, 3, 9, dtype=torch.double),
        drawn(2, 3, 1, seed=1, dtype=torch.double).abs(),
        torch.ones(2, 3, 9),
    )
    found = []
    for threshold in (soft_threshold, soft_formula):
        a, t = x.clone().requires_grad_(), tau.clone().requires_grad_()
        (write(threshold(a, t), rest) ** 2).sum().backward()
        found.append((a.grad, t.grad))
    for ours, plain in zip(*found, strict=True):
        assert torch.allclose(ours, plain, rtol=0, atol=1e-12)


@pytest.mark.parametrize("space", [(7,), (3, 4), (2, 3, 2)])
def test_the_mean_magnitude_has_the_right_gradients(space):
    x = drawn(2, 3, *space, dtype=torch.double).requires_grad_()
    torch.autograd.gradcheck(mean_size, (x,))
    torch.autograd.gradgradcheck(lambda a: mean_size(a) * a.flatten(2).sum(2), (x,))
    torch.testing.assert_close(mean_size(x), x.abs().mean(tuple(range(2, x.ndim))))


def test_soft_threshold_works_under_function_transforms():
    x, tau = drawn(6, 3, 4, dtype=torch.double), drawn(6, 3, 1, seed=1, dtype=torch.double).abs()
    torch.testing.assert_close(torch.func.vmap(soft_threshold)(x, tau), soft_threshold(x, tau))
    each = torch.func.vmap(torch.func.grad(lambda a, t: soft_threshold(a, t).square().sum(), argnums=(0, 1)))(x, tau)
    a, t = x.clone().requires_grad_(), tau.clone().requires_grad_()
    soft_threshold(a, t).square().sum().backward()
    torch.testing.assert_close(each, (a.grad, t.grad))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of PyTorch about itself
        _, forward = torch.func.jvp(lambda a: soft_threshold(a, tau), (x,), (torch.ones_like(x),))
    torch.testing.assert_close(forward, (x.abs() >= tau).double())


def test_nan_and_infinity_are_not_hidden():
    x = torch.tensor([float("nan"), float("inf"), -float("inf")])
    for y in (soft_threshold(x, 1.0), soft_formula(x, torch.tensor(1.0))):
        assert torch.isnan(y[0])
        assert y[1:].tolist() == x[1:].tolist()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_the_type_is_kept(kind, dtype):
    x = drawn(2, 3, 8).to(dtype)
    y = SHRINKS[kind](x, torch.full((2, 3, 1), 0.5, dtype=dtype))
    assert y.dtype == dtype
    assert torch.isfinite(y).all()


# ---- the layer

CHOICES = [
    {},
    *({"shrink": kind} for kind in KINDS[1:]),
    *({"estimator": name} for name in ("eca", "position")),
    *({"sub_norm": name} for name in ("group", "layer", "none")),
    {"tau_scale": 4.0},
    {"hidden": 2},
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("choices", CHOICES, ids=str)
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_the_layer_takes_any_tensor_and_tells_what_it_decided(ndim, choices, mode):
    x = drawn(3, 8, *(7, 6, 5)[:ndim])
    layer = shaken(Shrinkage(8, mode, ndim=ndim, **choices)).eval()
    y, (before, magnitude, alpha, tau) = layer.traced(x)
    with torch.no_grad():
        torch.testing.assert_close(layer(x), y)
    assert torch.equal(before, x)
    assert (tau >= 0).all()
    torch.testing.assert_close(tau, alpha * magnitude)
    limit = choices.get("tau_scale", 1.0)
    assert ((alpha > 0) & (alpha < limit)).all()
    assert (y.abs() <= x.abs()).all()
    assert tau.shape[:2] == (3, 1 if mode == "cs" else 8)
    rescaled = layer.traced(1000 * x)[1]
    torch.testing.assert_close(rescaled.magnitude, 1000 * magnitude)


@pytest.mark.parametrize("choices", [c for c in CHOICES if c.get("sub_norm") or "estimator" in c], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_bug_f30_a_batch_of_one_trains(choices, mode):
    layer = Shrinkage(8, mode, **choices).train()
    x = drawn(1, 8, 20).requires_grad_()
    layer(x).square().sum().backward()
    assert torch.isfinite(x.grad).all()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in layer.parameters())


@pytest.mark.parametrize("module", [Shrinkage(8), RSBU(8, 8), paper_network("drsn-cw", in_channels=8)])
def test_bug_f30_batch_norm_says_what_to_do_with_one_sample(module):
    with pytest.raises(BadData, match=r"drop_last=True.*sub_norm='layer'.*eval\(\)"):
        module.train()(torch.zeros(1, 8, 64))
    assert torch.isfinite(module.eval()(torch.zeros(1, 8, 64))).all()


def test_a_scale_above_one_reaches_the_universal_threshold():
    """As published a threshold ends at the mean magnitude, 0.8 sigma of Gaussian noise; a denoiser needs 3.9 sigma."""
    x = drawn(1, 1, 2048)
    for scale, reached in ((1.0, False), (6.0, True)):
        layer = Shrinkage(1, tau_scale=scale).eval()
        nn.init.constant_(layer.threshold.fc2.bias, 4.0)
        nn.init.zeros_(layer.threshold.fc2.weight)
        assert (layer(x) == 0).all().item() == reached


def test_features_without_space_are_shrunk_by_one_shared_threshold():
    x = drawn(4, 8)
    y, decision = Shrinkage(8, "cs").eval().traced(x)
    assert decision.threshold.shape == (4, 1)
    assert (y == 0).any()


def test_a_silent_channel_stays_silent_and_keeps_its_gradient():
    layer = Shrinkage(2).eval()
    x = torch.stack([torch.zeros(9), torch.ones(9)])[None].requires_grad_()
    layer(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad[0, 0] == 1).all()


def test_the_layer_works_under_autocast():
    unit, x = RSBU(4, 4).eval(), drawn(2, 4, 16)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        half = unit(x)
    torch.testing.assert_close(half.float(), unit(x), rtol=0.05, atol=0.05)


def test_eca_has_a_handful_of_weights_and_looks_at_neighbours():
    net = EcaThresholdNet(64)
    assert sum(p.numel() for p in net.parameters()) == 3
    x = drawn(1, 64, 10)
    base = net(x)[1]
    x[:, 30] *= 3
    assert (net(x)[1] != base).flatten().nonzero().flatten().tolist() == [29, 30, 31]


def test_a_threshold_per_position_is_large_where_it_is_loud():
    net = threshold_net(1, "cw", estimator="position")
    nn.init.zeros_(net.conv.weight)
    x = torch.cat([0.1 * drawn(1, 1, 100), drawn(1, 1, 100, seed=1)], dim=2)
    magnitude, alpha = net(x)
    tau = (magnitude * alpha)[0, 0]
    assert tau.shape == (200,)
    assert tau[:90].max() < tau[110:].min()


def test_hidden_layer_norms_are_those_asked_for():
    assert set(SUB_NORMS) == {"batch", "group", "layer", "none"}
    assert set(ESTIMATORS) == {"fc", "eca", "position"}
    groups = {c: ThresholdNet(c, sub_norm="group").fc_norm.num_groups for c in (1, 4, 6, 8, 64)}
    assert groups == {1: 1, 4: 1, 6: 1, 8: 2, 64: 8}


# ---- bugs of public ports, by their numbers in the list of known bugs

SPACES = [(40,), (8, 6), (5, 4, 3)]
in_all_dimensions = pytest.mark.parametrize("space", SPACES, ids=lambda s: f"{len(s)}d")
in_both_modes = pytest.mark.parametrize("mode", MODES)


@in_all_dimensions
@in_both_modes
def test_bug_a1_average_is_of_magnitudes(space, mode):
    x = drawn(3, 8, *space)
    magnitude = Shrinkage(8, mode).eval().traced(x)[1].magnitude
    axes = tuple(range(1 if mode == "cs" else 2, x.ndim))
    torch.testing.assert_close(magnitude.flatten(), x.abs().mean(axes).flatten())
    torch.testing.assert_close(
        Shrinkage(8, mode).eval().traced(x - 100)[1].magnitude.mean().item(), 100.0, rtol=0.02, atol=0
    )


@in_all_dimensions
@in_both_modes
def test_bug_a2_and_a4_thresholds_carry_the_unit_of_the_features(space, mode):
    layer = Shrinkage(8, mode).eval()
    nn.init.zeros_(layer.threshold.fc2.weight)
    x = drawn(3, 8, *space)
    torch.testing.assert_close(layer.traced(1e3 * x)[1].threshold, 1e3 * layer.traced(x)[1].threshold)


@in_all_dimensions
@in_both_modes
def test_bug_a3_and_a5_small_values_become_zero_and_are_not_scaled(space, mode):
    x = drawn(3, 8, *space)
    y, decision = Shrinkage(8, mode).eval().traced(x)
    tau = decision.threshold.reshape(3, -1, *(1,) * len(space)).expand(x.shape)
    assert (y[x.abs() < tau] == 0).all()
    assert (y[x.abs() > tau] != 0).all()
    torch.testing.assert_close((x - y).abs()[x.abs() > tau], tau[x.abs() > tau])


@in_all_dimensions
@in_both_modes
def test_bug_a6_and_a7_negative_features_survive(space, mode):
    unit = RSBU(4, 4, 1, mode, len(space)).eval()
    x = drawn(2, 4, *space)
    kept = unit(x) - x
    assert (kept < -1e-4).any()
    assert (kept > 1e-4).any()
    torch.testing.assert_close(unit.traced(x)[1].before, unit.branch(x))


@in_all_dimensions
def test_bug_a8_averages_run_over_space(space):
    x = drawn(2, 4, *space) * torch.tensor([1.0, 10, 100, 1000]).reshape(1, 4, *(1,) * len(space))
    magnitude = Shrinkage(4).eval().traced(x)[1].magnitude
    torch.testing.assert_close(magnitude, x.abs().flatten(2).mean(2))
    assert (magnitude[:, 1:] > 3 * magnitude[:, :-1]).all()


@in_all_dimensions
def test_bug_b10_b11_and_b12_cs_shares_and_cw_does_not(space):
    x = drawn(2, *space)
    for name, counts in (("drsn-cs", [1] * 12), ("drsn-cw", [4] * 4 + [8] * 4 + [16] * 4)):
        _, decisions = paper_network(name, ndim=len(space)).eval().traced(x)
        assert [d.alpha.shape[1] for d in decisions] == [d.threshold.shape[1] for d in decisions] == counts


@in_all_dimensions
@in_both_modes
def test_bug_b13_thresholds_are_per_sample(space, mode):
    layer = shaken(Shrinkage(4, mode)).eval()
    x = drawn(5, 4, *space)
    x[2] *= 100
    together = layer.traced(x)[1].threshold
    alone = torch.cat([layer.traced(x[i : i + 1])[1].threshold for i in range(5)])
    torch.testing.assert_close(together, alone)


def test_bug_c14_c15_and_c17_the_sub_network_is_whole_and_as_wide_as_published():
    net = RSBU(8, 12, 2).threshold
    assert [tuple(p.shape) for p in net.parameters()] == [(12, 12), (12,), (12,), (12,), (12, 12), (12,)]


@in_all_dimensions
@pytest.mark.parametrize("kind", [RBU, RSBU, SEBU])
@pytest.mark.parametrize(("inner", "outer"), [(4, 4), (4, 7), (7, 4), (3, 12)])
def test_bug_d18_to_d22_the_shortcut_is_the_input(kind, inner, outer, space):
    unit = kind(inner, outer, 2, ndim=len(space)).eval()
    nn.init.zeros_(unit.conv2.weight)
    nn.init.zeros_(unit.conv2.bias)
    x = drawn(2, inner, *space)
    y = unit(x).detach()
    picked = x[(slice(None), slice(None), *(slice(None, None, 2),) * len(space))]
    extra = outer - inner
    if extra >= 0:
        torch.testing.assert_close(y[:, extra // 2 : extra // 2 + inner], picked)
        assert y.abs().sum() == pytest.approx(picked.abs().sum().item(), rel=1e-5)
    else:
        cut = -(extra // 2)
        torch.testing.assert_close(y, picked[:, cut : cut + outer])


@pytest.mark.parametrize("kind", [CBU, RBU, RSBU, SEBU])
def test_bug_d24_only_the_first_convolution_strides(kind):
    unit = kind(4, 8, 2)
    assert (unit.conv1.stride, unit.conv2.stride) == ((2,), (1,))
    assert [b.stride for b in paper_network("resnet").blocks] == [2, 1, 1, 1] * 3


def test_bug_e25_the_kernel_lies_along_the_signal():
    unit = RSBU(1, 1).eval()
    nn.init.ones_(unit.conv1.weight)
    nn.init.ones_(unit.conv2.weight)
    x = torch.zeros(1, 1, 21)
    base = unit.branch(x)
    x[..., 10] = 1
    assert (unit.branch(x) != base).flatten().nonzero().flatten().tolist() == [8, 9, 10, 11, 12]


@in_all_dimensions
def test_bug_e26_no_size_is_wired_in(space):
    network = paper_network("drsn-cw", ndim=len(space)).eval()
    for factor in (1, 2, 3):
        assert network(drawn(2, *(factor * n for n in space))).shape == (2, 8)


@in_all_dimensions
def test_bug_e28_a_batch_of_one_keeps_its_axis(space):
    assert paper_network("drsn-cs", ndim=len(space)).eval()(drawn(1, *space)).shape == (1, 8)


def test_bug_f32_nothing_is_made_in_forward_and_nothing_asks_for_a_device():
    unit = RSBU(2, 4, 2).to("meta").eval()
    assert unit(torch.zeros(2, 2, 9, device="meta")).device.type == "meta"


def test_bug_f33_the_threshold_may_be_a_tensor():
    x = drawn(2, 3, 50)
    tau = torch.tensor([0.1, 0.5, 1.0]).reshape(1, 3, 1)
    by_number = torch.stack([F.softshrink(x[:, c], tau[0, c].item()) for c in range(3)], dim=1)
    torch.testing.assert_close(soft_threshold(x, tau), by_number)


def test_bug_f35_the_constant_of_keras_can_be_had():
    unit = shaken(RSBU(4, 4, eps=1e-3)).eval()
    other = RSBU(4, 4).eval()
    other.load_state_dict(unit.state_dict())
    assert not torch.allclose(unit(drawn(2, 4, 32)), other(drawn(2, 4, 32)), atol=1e-6)


def test_bug_g39_the_baseline_is_the_same_network_without_its_sub_networks():
    drsn, resnet = paper_network("drsn-cw"), paper_network("resnet")
    rest = {name: value.shape for name, value in drsn.state_dict().items() if ".threshold." not in name}
    assert rest == {name: value.shape for name, value in resnet.state_dict().items()}
    se = paper_network("se").state_dict()
    assert {name.replace(".gate.", ".threshold."): value.shape for name, value in se.items()} == {
        name: value.shape for name, value in drsn.state_dict().items()
    }


@pytest.mark.parametrize("mode", MODES)
def test_bug_d23_units_follow_one_another_through_every_change_of_channels(mode):
    widths = [2, 4, 7, 3, 3]
    chain = nn.Sequential(*(RSBU(a, b, mode=mode) for a, b in itertools.pairwise(widths)))
    assert chain(drawn(2, 2, 33)).shape == (2, 3, 33)


@in_all_dimensions
def test_bug_e27_and_e29_a_threshold_serves_its_channel_at_every_place_of_the_space(space):
    unit = RSBU(3, 3, ndim=len(space)).eval()
    x = drawn(2, 3, *space)
    y, decision = unit.traced(x)
    tau = decision.threshold.reshape(2, 3, *(1,) * len(space))
    torch.testing.assert_close(y - x, soft_formula(decision.before, tau))


def test_bug_f31_zeros_are_zeros_where_the_input_is_infinite():
    kept = soft_threshold(torch.tensor([-torch.inf, 0.5, torch.inf]), torch.tensor(1.0))
    torch.testing.assert_close(kept, torch.tensor([-torch.inf, 0.0, torch.inf]))


def test_bug_f34_without_a_threshold_the_gradient_at_zero_is_that_of_the_identity():
    x = torch.zeros(3, requires_grad=True)
    soft_threshold(x, torch.tensor(0.0)).sum().backward()
    torch.testing.assert_close(x.grad, torch.ones(3))


def test_bug_a9_thresholds_are_fractions_and_stay_tensors():
    tau = torch.tensor(0.75)
    assert soft_threshold(torch.tensor([1.0]), tau).item() == pytest.approx(0.25), "no rounding down, no NumPy"
