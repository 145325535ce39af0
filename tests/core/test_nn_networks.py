"""Units and the networks of Table II against a NumPy calculation that knows no torch; presets, shapes, recipe."""

import numpy as np
import pytest
import torch
from torch import nn

from drsn_core.errors import BadData, BadParameter, DrsnError
from drsn_core.nn import CBU, RBU, RSBU, SEBU, Denoiser, Shrinkage, fold, paper_init, paper_network, paper_recipe
from drsn_core.nn.blocks import pad_same_tf
from tests.core import reference
from tests.core.test_nn import shaken

KINDS = ("convnet", "resnet", "se", "drsn-cs", "drsn-cw")
BUILD = {
    "convnet": CBU,
    "resnet": RBU,
    "se": SEBU,
    "drsn-cs": lambda *shape, **more: RSBU(*shape, "cs", **more),
    "drsn-cw": lambda *shape, **more: RSBU(*shape, "cw", **more),
}


def arrays(module):
    return {name: value.detach().numpy().copy() for name, value in module.state_dict().items()}


def drawn(*shape, seed=1):
    return torch.randn(*shape, dtype=torch.double, generator=torch.Generator().manual_seed(seed))


def count(module):
    return sum(p.numel() for p in module.parameters())


# ---- units


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("inner", "outer", "stride", "space"),
    [(3, 4, 2, (9,)), (4, 3, 1, (6,)), (6, 3, 2, (8,)), (2, 5, 2, (5, 4)), (3, 3, 1, (4, 3)), (2, 3, 2, (3, 4, 3))],
)
def test_every_unit_and_its_every_step_agrees_with_numpy(kind, inner, outer, stride, space, train):
    unit = shaken(BUILD[kind](inner, outer, stride, ndim=len(space)).double()).train(train)
    x = drawn(3, inner, *space)
    expected, steps = reference.unit(arrays(unit), kind, x.numpy(), stride, train)
    with torch.no_grad():
        np.testing.assert_allclose(unit(x).numpy(), expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(unit(x).detach().numpy(), expected, rtol=0, atol=1e-9)
    if isinstance(unit, RSBU):
        y, decision = unit.traced(x)
        np.testing.assert_allclose(y.detach().numpy(), expected, rtol=0, atol=1e-9)
        for name, value in steps.items():
            np.testing.assert_allclose(getattr(decision, name).detach().numpy(), value, rtol=0, atol=1e-9)


@pytest.mark.parametrize("length", [8, 9])
@pytest.mark.parametrize("kind", KINDS)
def test_same_padding_is_that_of_tensorflow(kind, length):
    unit = shaken(BUILD[kind](2, 4, 2, padding="same-tf").double()).eval()
    x = drawn(3, 2, length)
    expected, _ = reference.unit(arrays(unit), kind, x.numpy(), 2, False, same_tf=True)
    np.testing.assert_allclose(unit(x).detach().numpy(), expected, rtol=0, atol=1e-9)
    symmetric = BUILD[kind](2, 4, 2).double().eval()
    symmetric.load_state_dict(unit.state_dict())
    assert torch.allclose(symmetric(x), unit(x)) == (length % 2 == 1), "they differ for even lengths, and only there"


def test_same_padding_puts_the_odd_zero_behind():
    assert pad_same_tf(torch.ones(1, 1, 4), 3, 2).tolist() == [[[1, 1, 1, 1, 0]]]
    assert pad_same_tf(torch.ones(1, 1, 5), 3, 2).tolist() == [[[0, 1, 1, 1, 1, 1, 0]]]


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("inner", "outer", "stride", "space"),
    [(3, 4, 2, (9,)), (4, 3, 1, (6,)), (3, 3, 1, (16,)), (2, 5, 2, (5, 4)), (3, 3, 1, (4, 3)), (2, 3, 2, (3, 4, 3))],
)
def test_every_gradient_of_a_unit_is_the_one_derived_by_hand(kind, inner, outer, stride, space, train):
    """All parameters and the input, through tau and through the statistics of every batch norm, to a billionth."""
    unit = shaken(BUILD[kind](inner, outer, stride, ndim=len(space)).double()).train(train)
    x, state = drawn(4, inner, *space).requires_grad_(), arrays(unit)
    y = unit(x)
    grad = drawn(*y.shape, seed=5)
    y.backward(grad)
    back, grads = reference.unit_back(state, kind, x.detach().numpy(), stride, train, grad.numpy())
    assert_gradients(unit, x, back, grads)
    if kind.startswith("drsn"):
        passed = unit.traced(x)[1]
        share = (passed.before.abs() > passed.threshold.reshape(4, -1, *(1,) * len(space))).double().mean()
        assert 0 < share < 1, "values on both sides of the threshold"
        assert all(np.abs(value).max() > 1e-4 for name, value in grads.items() if "threshold.fc2" in name)


def assert_gradients(module, x, back, grads, limit=1e-9):
    found = {name: parameter.grad for name, parameter in module.named_parameters()}
    assert found.keys() == grads.keys()
    largest = max(np.abs(value).max() for value in grads.values())
    for name, value in {**grads, "x": back}.items():
        ours = x.grad if name == "x" else found[name]
        np.testing.assert_allclose(ours.numpy(), value, rtol=0, atol=limit * max(1.0, largest), err_msg=name)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", ["drsn-cs", "drsn-cw"])
def test_gradients_of_a_unit_are_those_of_finite_differences_of_the_reference(kind, train):
    """The derivative of the NumPy unit, not of ours: through convolutions, norms, average, attention and threshold."""
    unit = shaken(BUILD[kind](2, 3, 2).double()).train(train)
    x = drawn(3, 2, 7).requires_grad_(True)
    weight = drawn(3, 3, 4, seed=5)
    state = arrays(unit)
    (unit(x) * weight).sum().backward()
    parameters = dict(unit.named_parameters())

    def loss(changed, y):
        return float((reference.unit(changed, kind, y, 2, train)[0] * weight.numpy()).sum())

    step = 1e-6
    for name, parameter in {**parameters, "x": x}.items():
        for place in list(np.ndindex(*parameter.shape))[:4]:
            values = []
            for sign in (1, -1):
                changed, y = {key: value.copy() for key, value in state.items()}, x.detach().numpy().copy()
                (y if name == "x" else changed[name])[place] += sign * step
                values.append(loss(changed, y))
            expected = (values[0] - values[1]) / (2 * step)
            assert parameter.grad[place].item() == pytest.approx(expected, rel=1e-6, abs=2e-8), (name, place)


# ---- networks

SPACES = {1: (64,), 2: (19, 16), 3: (9, 8, 7)}


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("ndim", "same_tf"), [(1, False), (1, True), (2, False), (2, True), (3, False)])
def test_a_whole_network_agrees_with_numpy(kind, train, ndim, same_tf):
    padding = "same-tf" if same_tf else "symmetric"
    network = shaken(paper_network(kind, ndim=ndim, padding=padding).double()).train(train)
    x = drawn(3, 1, *SPACES[ndim])
    logits, features, steps = reference.network(arrays(network), kind, x.numpy(), train, same_tf)
    scale = np.abs(logits).max()
    with torch.no_grad():
        np.testing.assert_allclose(network(x).numpy(), logits, rtol=0, atol=1e-9 * scale)
        np.testing.assert_allclose(network.features(x).numpy(), features, rtol=0, atol=1e-9 * np.abs(features).max())
    traced, decisions = network.traced(x)
    np.testing.assert_allclose(traced.detach().numpy(), logits, rtol=0, atol=1e-9 * scale)
    assert len(decisions) == (12 if kind.startswith("drsn") else 0)
    for decision, step in zip(decisions, steps, strict=kind.startswith("drsn")):
        for name, value in step.items():
            found = getattr(decision, name).detach().numpy()
            np.testing.assert_allclose(found, value, rtol=0, atol=1e-9 * np.abs(value).max())


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ndim", [1, 2])
def test_every_gradient_of_a_whole_network_is_the_one_derived_by_hand(kind, train, ndim):
    network = paper_network(kind, ndim=ndim, generator=torch.Generator().manual_seed(0)).double().train(train)
    x, state = drawn(4, 1, *SPACES[ndim]).requires_grad_(), arrays(network)
    logits = network(x)
    grad = drawn(*logits.shape, seed=5)
    logits.backward(grad)
    assert_gradients(network, x, *reference.network_back(state, kind, x.detach().numpy(), train, grad.numpy()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_network_in_single_precision_agrees_to_five_digits(kind, ndim):
    network = paper_network(kind, ndim=ndim, generator=torch.Generator().manual_seed(0)).eval()
    x = torch.randn(2, 1, *SPACES[ndim], generator=torch.Generator().manual_seed(0))
    logits, _, _ = reference.network(arrays(network.double()), kind, x.double().numpy(), False)
    found = network.float()(x).detach().numpy()
    np.testing.assert_allclose(found, logits, rtol=0, atol=1e-5 * np.abs(logits).max())


@pytest.mark.parametrize(
    ("preset", "numbers"),
    [
        ("paper", (8416, 8416, 11552, 10220, 11552)),
        ("authors-2d", (8416, 8416, 9284, 8876, 9284)),
        ("modern", (8416, 8592, 11728, 10396, 11728)),
    ],
)
def test_networks_have_as_many_parameters_as_published(preset, numbers):
    assert tuple(count(paper_network(kind, preset=preset)) for kind in KINDS) == numbers


def test_presets_are_not_mixed():
    paper = paper_network("drsn-cw")
    assert all(block.projection is None for block in paper.blocks)
    assert all(block.threshold.fc1.out_features == block.out_channels for block in paper.blocks)
    with_norm = paper_network("resnet", shortcut="projection-norm")
    assert count(with_norm) == 8592 + 2 * (4 + 8 + 16)
    modern = paper_network("resnet", preset="modern")
    assert [block.projection is not None for block in modern.blocks] == [True, False, False, False] * 3


def test_sizes_along_the_way_are_those_of_table_ii():
    network = paper_network("drsn-cw").eval()
    x = network.stem(torch.zeros(1, 1, 2048))
    sizes = [tuple(x.shape[1:])]
    for block in network.blocks:
        x = block(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [(4, 1024)] + [(4, 512)] * 4 + [(8, 256)] * 4 + [(16, 128)] * 4
    assert network.features(torch.zeros(1, 1, 2048)).shape == (1, 16)
    assert [name for name, _ in network.named_children()] == ["stem", "blocks", "norm", "head"]


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 100)),
        ({}, (2, 1, 101)),
        ({"in_channels": 3}, (2, 3, 64)),
        ({"ndim": 2}, (2, 17, 20)),
        ({"ndim": 2, "in_channels": 3}, (2, 3, 17, 20)),
        ({"ndim": 3}, (2, 1, 9, 8, 7)),
    ],
)
def test_inputs_that_can_mean_one_thing_only_are_taken(options, shape):
    network = paper_network("drsn-cs", n_classes=5, **options).eval()
    assert network(torch.zeros(shape)).shape == (2, 5)


@pytest.mark.parametrize(
    ("options", "shape", "says"),
    [
        ({}, (100,), r"x\[None\]"),
        ({}, (2, 3, 100), "in_channels=3"),
        ({}, (2, 1, 100, 1), r"\(batch, 1, length\) or \(batch, length\).*ndim=2"),
        ({"in_channels": 3}, (3, 100), r"\(batch, 3, length\) and was given \(3, 100\).*x\[None\]"),
        ({"ndim": 2}, (2, 100), "height, width"),
    ],
)
def test_bug_e25_a_shape_that_does_not_fit_is_answered_with_one_that_does(options, shape, says):
    with pytest.raises(BadData, match=says):
        paper_network("drsn-cw", **options).eval()(torch.zeros(shape))


def test_a_unit_says_what_it_takes():
    with pytest.raises(BadData, match=r"\(batch, 4, length\) and was given \(2, 3, 8\)"):
        RSBU(4, 4)(torch.zeros(2, 3, 8))
    with pytest.raises(BadData, match=r"\(batch, 8, \.\.\.\)"):
        Shrinkage(8)(torch.zeros(2, 4, 8))


@pytest.mark.parametrize(
    "arguments",
    [{"name": "vgg"}, {"preset": "mixed"}, {"ndim": 4}, {"padding": "valid"}, {"shortcut": "none"},
     {"shrink": "softer"}, {"estimator": "mlp"}, {"sub_norm": "instance"}, {"tau_scale": 0.0}],
)  # fmt: skip
def test_a_wrong_choice_is_answered_with_the_right_ones(arguments):
    (key, value), *_ = arguments.items()
    with pytest.raises(BadParameter) as caught:
        paper_network(**{"name": "drsn-cw", **arguments})
    assert str(value) in str(caught.value)
    assert key == "name" or key.split("_")[0] in str(caught.value)


@pytest.mark.parametrize(
    ("name", "option", "accepted"),
    [
        ("resnet", {"shrink": "garrote"}, "kernel_size, padding, eps, shortcut."),
        ("resnet", {"mode": "cw"}, "kernel_size, padding, eps, shortcut."),
        ("convnet", {"shortcut": "projection"}, "kernel_size, padding, eps."),
        ("se", {"sub_norm": "layer"}, "shortcut, hidden."),
        ("drsn-cw", {"mode": "cs"}, "shrink, estimator, sub_norm, tau_scale, hidden."),
        ("drsn-cs", {"srink": "hard"}, "shrink, estimator, sub_norm, tau_scale, hidden."),
    ],
)
def test_an_option_that_a_network_has_not_is_answered_with_those_it_has(name, option, accepted):
    (key,) = option
    with pytest.raises(DrsnError, match=f"no option of '{name}' called {key}; choose one of ") as caught:
        paper_network(name, **option)
    assert str(caught.value).endswith(accepted)


def test_an_option_that_is_given_comes_before_the_preset():
    assert all(b.threshold.fc1.out_features == 2 for b in paper_network("drsn-cw", preset="modern", hidden=2).blocks)


def test_overrides_are_counted():
    network = paper_network("drsn-cw").eval()
    x = torch.randn(2, 128)
    off, decisions = network.traced(x, [lambda tau: 0 * tau] * 12)
    assert all((d.threshold == 0).all() for d in decisions)
    assert not torch.allclose(off, network(x))
    with pytest.raises(DrsnError, match="12"):
        network.traced(x, [None] * 11)


# ---- initial values and recipe


def test_initial_values_are_those_of_the_authors():
    torch.manual_seed(0)
    network = paper_init(nn.Sequential(nn.Conv1d(50, 400, 4), nn.BatchNorm1d(400), nn.Linear(300, 300)))
    conv, norm, linear = network
    for layer, fan_in in ((conv, 200), (linear, 300)):
        std = (2 / fan_in) ** 0.5
        assert layer.weight.std().item() == pytest.approx(std, rel=0.02)
        assert layer.weight.abs().max().item() <= 2 * std / 0.8796 + 1e-6, "cut at two standard deviations"
        assert (layer.bias == 0).all()
    assert norm.weight.mean().item() == pytest.approx(1, abs=5e-4)
    assert norm.weight.std().item() == pytest.approx(0.002, rel=0.15)
    assert (norm.bias == 0).all()
    first, again = (paper_network("drsn-cw", generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), again.state_dict().values(), strict=True))


def test_batch_norms_have_the_constants_of_the_authors():
    norms = [m for m in paper_network("drsn-cw").modules() if isinstance(m, nn.BatchNorm1d)]
    assert {(m.eps, m.momentum) for m in norms} == {(1e-5, 0.1)}
    assert len(norms) == 3 * 12 + 1
    assert paper_network("resnet", eps=1e-3).blocks[0].norm1.eps == 1e-3


def test_the_recipe_is_the_papers():
    network = paper_network("drsn-cw")
    optimizer, scheduler, epochs, batch = paper_recipe(network)
    heavy, light = optimizer.param_groups
    assert (heavy["weight_decay"], light["weight_decay"]) == (1e-4, 0)
    assert {id(p) for p in heavy["params"]} == {
        id(m.weight) for m in network.modules() if isinstance(m, nn.Conv1d | nn.Linear)
    }
    assert len(heavy["params"]) + len(light["params"]) == len(list(network.parameters()))
    assert heavy["momentum"] == 0.9
    assert not heavy["nesterov"]
    rates = []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([0.1] * 40 + [0.01] * 40 + [0.001] * 20)
    assert batch == 128


def test_a_few_steps_of_the_recipe_fit_a_batch():
    torch.manual_seed(0)
    network = paper_network("drsn-cw", n_classes=2)
    t = torch.arange(128) / 128
    x = torch.stack([torch.sin(2 * torch.pi * (3 if i % 2 else 17) * t + i) for i in range(16)])
    y = torch.arange(16) % 2
    optimizer = paper_recipe(network).optimizer
    losses = []
    for _ in range(25):
        loss = nn.functional.cross_entropy(network(x + 0.3 * torch.randn(x.shape)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


# ---- folding


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"ndim": 2}, {"padding": "same-tf"}, {"shortcut": "projection-norm"}])
def test_a_folded_network_answers_the_same(kind, options):
    if kind == "convnet" and "shortcut" in options:
        options = {}
    network = shaken(paper_network(kind, **options).double()).eval()  # shaken: half of the norms have negative scales
    tame = paper_network(kind, generator=torch.Generator().manual_seed(0), **options).eval()
    for module, dtype, limit in ((network, torch.double, 1e-11), (tame, torch.float, 1e-5)):
        x = drawn(3, 1, *(64, 48)[: network.ndim]).to(dtype)
        before = {name: value.clone() for name, value in module.state_dict().items()}
        expected = module(x)
        folded = fold(fold(module))  # twice is once
        assert (folded(x) - expected).abs().max() <= limit * expected.abs().max()
        assert not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in folded.modules())
        assert not any(p.requires_grad for p in folded.parameters())
        assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
        assert [d.threshold.shape for d in folded.traced(x)[1]] == [d.threshold.shape for d in module.traced(x)[1]]


@pytest.mark.parametrize("choices", [{"sub_norm": "layer"}, {"sub_norm": "none"}, {"shrink": "asymmetric"},
                                     {"estimator": "eca"}, {"estimator": "position"}, {"tau_scale": 3.0}])  # fmt: skip
def test_folding_leaves_what_it_cannot_fold(choices):
    network = shaken(paper_network("drsn-cw", **choices).double()).eval()
    x = drawn(2, 64)
    expected = network(x)
    assert (fold(network)(x) - expected).abs().max() <= 1e-11 * expected.abs().max()


@pytest.mark.parametrize("more", [{}, {"approximations": True}, {"around": 8}])
def test_a_folded_denoiser_answers_the_same(more):
    denoiser = shaken(Denoiser((4, 6), (1, 1), kernel_size=3, **more).double()).eval()
    y = drawn(2, 1, 33)
    torch.testing.assert_close(fold(denoiser)(y), denoiser(y), rtol=0, atol=1e-11)
