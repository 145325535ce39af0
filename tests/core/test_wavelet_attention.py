"""Learned thresholds on a fixed wavelet basis: the same transform as the classical methods, nothing else learned."""

import numpy as np
import pytest
import torch

from drsn_core.classical.transforms import Stationary
from drsn_core.errors import BadParameter, UnknownName
from drsn_core.nn.wavelet import LevelThresholds, StationaryWavelets, WaveletAttention


@pytest.mark.parametrize("wavelet", ["haar", "sym8"])
@pytest.mark.parametrize("length", [17, 300, 2048, 5000])
def test_the_transform_is_that_of_the_classical_methods(wavelet, length):
    x = np.random.default_rng(0).normal(size=length)
    classical = Stationary(wavelet, 4, x.shape)
    expected = np.stack([classical.inside(level["d"]) for level in classical.levels(x)])
    ours = StationaryWavelets(wavelet, 4)
    details, left = ours(torch.from_numpy(x[None]).float())
    np.testing.assert_allclose(ours.inside(details, length)[0].numpy(), expected, atol=5e-6)
    np.testing.assert_allclose(ours.inside(left, length)[0, 0].numpy(), classical.inside(classical.coarse), atol=2e-5)
    np.testing.assert_allclose(ours.rebuild(details, left, length)[0].numpy(), x, atol=5e-6)


def test_rebuilding_shrunk_details_agrees_too():
    x = np.random.default_rng(0).normal(size=600)
    classical = Stationary("sym8", 3, x.shape)
    kept = [{"d": level["d"] * (level["d"] > 0.5)} for level in classical.levels(x)]
    ours = StationaryWavelets("sym8", 3)
    details, left = ours(torch.from_numpy(x[None]).float())
    rebuilt = ours.rebuild(details * (details > 0.5), left, 600)[0].numpy()
    np.testing.assert_allclose(rebuilt, classical.rebuild(kept), atol=5e-6)


def test_a_wavelet_whose_rebuilding_filters_differ_is_refused():
    with pytest.raises(BadParameter, match="orthogonal"):
        WaveletAttention(("bior2.2",), levels=2).eval()(torch.zeros(1, 1, 64))
    with pytest.raises(UnknownName, match="garrote"):
        WaveletAttention(shrink="softish")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return WaveletAttention(("haar", "sym8"), levels=3, hidden=8).eval()


def test_thresholds_of_zero_leave_the_signal_as_it_is(network):
    y = torch.randn(2, 1, 200)
    estimate, decisions = network.traced(y, [lambda tau: 0 * tau] * 6)
    torch.testing.assert_close(estimate, y, atol=1e-5, rtol=0)
    assert all((d.threshold == 0).all() for d in decisions)


def test_a_decision_for_every_level_of_every_basis(network):
    _, decisions = network.traced(torch.randn(2, 1, 200))
    assert network.names() == [f"{basis} detail {level}" for basis in ("haar", "sym8") for level in (1, 2, 3)]
    assert [tuple(d.before.shape) for d in decisions] == [(2, 1, 200)] * 6
    for d in decisions:
        torch.testing.assert_close(d.threshold, network.threshold.reach * d.alpha * d.magnitude)


def test_thresholds_follow_the_scale_of_the_signal(network):
    y = torch.randn(1, 1, 512).cumsum(dim=-1)
    (small, low), (large, high) = network.traced(y), network.traced(1000 * y)
    torch.testing.assert_close(large, 1000 * small, rtol=1e-3, atol=1e-2)
    for a, b in zip(low, high, strict=True):
        torch.testing.assert_close(b.threshold, 1000 * a.threshold, rtol=1e-3, atol=0)


def test_the_range_of_thresholds_reaches_the_universal_one():
    """White noise of 2,048 samples: sqrt(2 ln n) is 3.9 of its standard deviations, or 4.9 mean magnitudes."""
    noise = torch.randn(1, 1, 2048, generator=torch.Generator().manual_seed(0))
    net = LevelThresholds(1, 8, reach=6.0)
    magnitude, _, _ = net.eval()(noise)
    assert net.reach * magnitude.item() > np.sqrt(2 * np.log(2048))
