"""The norm-free U-shape: what it promises about sizes, tiles, thresholds and the way it folds its input."""

import pytest
import torch
from torch.nn import functional as F

from drsn_core.errors import BadParameter, UnknownName
from drsn_core.nn.kinds import build
from drsn_core.nn.unet import PlainThresholdNet, PlainUnit, ShrinkageUNet, fold, mirrored, unfold


def shaken(module):
    """Give every parameter a value that is no default."""
    generator = torch.Generator().manual_seed(0)
    for tensor in module.state_dict().values():
        tensor.copy_(0.3 * torch.randn(tensor.shape, generator=generator))
    return module.eval()


@pytest.fixture(scope="module")
def signals():
    return shaken(ShrinkageUNet((4, 6, 5), (1, 2, 1), factor=4, strides=(2, 4)))


@pytest.fixture(scope="module")
def pictures():
    return shaken(ShrinkageUNet((4, 6), (1, 1), ndim=2, factor=2))


def test_folding_is_pixel_unshuffle_and_unfolding_undoes_it():
    picture = torch.randn(2, 3, 8, 12)
    torch.testing.assert_close(fold(picture, 2), F.pixel_unshuffle(picture, 2))
    torch.testing.assert_close(unfold(fold(picture, 4), 4), picture)
    assert fold(torch.arange(8.0).reshape(1, 1, 8), 4).tolist() == [[[0, 4], [1, 5], [2, 6], [3, 7]]]
    assert fold(picture, 1) is picture


def test_mirroring_repeats_the_end_backwards_as_often_as_it_takes():
    assert mirrored(torch.tensor([[[1.0, 2.0, 3.0]]]), 8).tolist() == [[[1, 2, 3, 3, 2, 1, 1, 2]]]
    assert mirrored(torch.ones(1, 1, 3, 5), 4).shape == (1, 1, 4, 8)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64, 997])
def test_signals_of_any_length(signals, length):
    assert signals(torch.randn(2, 1, length)).shape == (2, 1, length)


@pytest.mark.parametrize("size", [(1, 1), (2, 31), (16, 16), (33, 50)])
def test_pictures_of_any_size(pictures, size):
    assert pictures(torch.randn(2, 1, *size)).shape == (2, 1, *size)


def test_a_decision_for_every_name_in_the_order_in_which_the_data_meet_them(signals):
    _, decisions = signals.traced(torch.randn(3, 1, 128))
    assert signals.names() == ["down 1.1", "down 2.1", "down 2.2", "down 3.1", "up 2.1", "up 2.2", "up 1.1"]
    assert [d.threshold.shape for d in decisions] == [(3, n) for n in (4, 6, 6, 5, 6, 6, 4)]
    assert [d.before.shape[-1] for d in decisions] == [32, 16, 16, 4, 16, 16, 32]


def test_the_unit_adds_thresholded_features_to_what_came_in():
    unit = shaken(PlainUnit(3))
    x = torch.randn(2, 3, 20)
    features = unit.conv2(torch.relu(unit.conv1(x)))
    tau = (unit.threshold(features)[0] * unit.threshold(features)[1])[..., None]
    torch.testing.assert_close(unit(x), x + features.sign() * (features.abs() - tau).clamp_min(0))


def test_the_sub_network_has_no_norm_and_thresholds_of_its_own_for_every_sample():
    net = PlainThresholdNet(4)
    assert set(dict(net.named_parameters())) == {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}
    x = torch.randn(5, 4, 30)
    x[2] *= 100
    torch.testing.assert_close(net.train()(x)[1][3], net.eval()(x[3:4])[1][0])


def test_overrides_reach_the_units_they_are_meant_for(signals):
    y = torch.randn(1, 1, 64)
    plain, learned = signals.traced(y)
    same, _ = signals.traced(y, [lambda tau, d=d: d.threshold for d in learned])
    torch.testing.assert_close(same, plain)
    third = [None, None, lambda tau: 0 * tau, None, None, None, None]
    _, decisions = signals.traced(y, third)
    assert [bool((d.threshold == 0).all()) for d in decisions] == [o is not None for o in third]


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_further_away_than_the_reach_does_not_matter_to_a_picture(pictures, axis):
    """Thresholds held: they depend on the whole picture, the rest on the surroundings."""
    size = [8, 8]
    size[axis] = 2 * pictures.reach + 4 * pictures.grid
    y = torch.randn(1, 1, *size)
    _, decisions = pictures.traced(y)
    held = [lambda tau, d=d: d.threshold for d in decisions]
    there = y.clone()
    there.select(axis + 2, 0).add_(100)
    changed = (pictures.traced(y, held)[0] != pictures.traced(there, held)[0]).any(dim=3 - axis).flatten()
    furthest = int(changed.nonzero().max())
    assert 0 < furthest <= pictures.reach


def test_what_is_further_away_than_the_reach_does_not_matter_to_a_signal(signals):
    y = torch.randn(1, 1, 2 * signals.reach + 4 * signals.grid)
    _, decisions = signals.traced(y)
    held = [lambda tau, d=d: d.threshold for d in decisions]
    there = y.clone()
    there[..., 0] += 100
    changed = (signals.traced(y, held)[0] != signals.traced(there, held)[0]).flatten()
    assert signals.reach / 3 < int(changed.nonzero().max()) <= signals.reach


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    network = ShrinkageUNet((8, 12, 10), (1, 2, 1), factor=4, strides=(2, 4))
    network(torch.randn(8, 1, 64)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters() if p.ndim > 1)


def test_a_card_or_recipe_names_the_kind():
    assert isinstance(build({"kind": "unet", "widths": (4,), "depths": (1,)}), ShrinkageUNet)
    with pytest.raises(UnknownName, match="unet"):
        build({"kind": "u-net"})
    with pytest.raises(BadParameter, match="ndim"):
        build({"kind": "unet", "widths": (4,), "depths": (1,), "ndim": 4})
