"""Wavelet packets: every basis inverts, the best one is the best, and it is worth its search."""

import itertools

import numpy as np
import pytest
import pywt

from drsn_core.classical.packets import COSTS, Packets, entropy, packet_universal, sure
from drsn_core.classical.rules import Band, noise_sigma
from drsn_core.classical.thresholding import hard
from drsn_core.classical.transforms import Decimated


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("shape", [(1024,), (997,), (17,), (3,), (2,), (64, 48), (33, 50)])
def test_it_rebuilds_what_it_took_apart(shape, cost):
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=shape), np.zeros(shape), np.cos(np.arange(np.prod(shape)) * 2.0).reshape(shape)):
        for level in range(1, min(6, int(np.log2(min(shape)))) + 1):
            transform = Packets("sym4", level, shape, cost=cost)
            np.testing.assert_allclose(transform.rebuild(list(transform.levels(x))), x, atol=1e-10)


def test_nodes_are_those_of_pywavelets():
    x = np.random.default_rng(0).normal(size=128)
    transform = Packets("db3", 3, x.shape)
    theirs = pywt.WaveletPacket(np.pad(x, transform.pad, mode="symmetric"), "db3", "periodization")
    found = [(key, band) for bands in transform.levels(x) for key, band in bands.items()]
    assert found
    for key, band in found:
        np.testing.assert_allclose(band, theirs[key].data, atol=1e-12)


@pytest.mark.parametrize("shape", [(512,), (64, 64)])
def test_the_chosen_nodes_are_an_orthonormal_basis(shape):
    x = np.random.default_rng(0).normal(size=shape).cumsum(axis=-1)
    transform = Packets("sym8", 4, shape)
    chosen = [band for bands in transform.levels(x) for band in bands.values()] + [transform.coarse]
    padded = np.pad(x, transform.pad, mode="symmetric")
    assert sum(band.size for band in chosen) == padded.size
    assert sum(np.sum(band**2) for band in chosen) == pytest.approx(np.sum(padded**2), rel=1e-10)


def _bases(node, depth, deepest):
    """All ways to stop splitting below a node."""
    if node:
        yield [(depth, node)]
    elif depth == deepest:
        yield []
    if depth < deepest:
        halves = (list(_bases(2 * node + part, depth + 1, deepest)) for part in (0, 1))
        for left, right in itertools.product(*halves):
            yield left + right


def test_no_other_basis_costs_less():
    x = np.sin(np.arange(256) ** 1.5 / 8) + 0.3 * np.random.default_rng(0).normal(size=256)
    transform = Packets("db2", 3, x.shape)
    packets = pywt.WaveletPacket(np.pad(x, transform.pad, mode="symmetric"), "db2", "periodization")
    norm = np.linalg.norm(packets.data)

    def cost(keys):
        return sum(entropy(packets[key].data[None], norm)[0] for key in keys)

    ours = cost([key for bands in transform.levels(x) for key in bands])
    bases = list(_bases(0, 0, 3))
    assert len(bases) == 10
    every = [cost([transform.name(*leaf) for leaf in basis]) for basis in bases]
    assert ours == pytest.approx(min(every), abs=1e-12)
    assert min(every) < max(every)


def test_a_steady_tone_is_split_further_than_the_dwt_would():
    x = np.cos(2.2 * np.arange(1024))
    keys = [key for bands in Packets("sym8", 5, x.shape).levels(x) for key in bands]
    assert any(len(key) > 1 and key.startswith("d") for key in keys)


@pytest.mark.parametrize("cost", COSTS)
def test_packets_beat_the_dwt_where_a_tone_hides_in_noise(cost):
    rng = np.random.default_rng(0)
    clean = np.cos(2.2 * np.arange(2048))
    noisy = clean + rng.normal(size=2048)

    def error(transform, sigma_of):
        pyramid = list(transform.levels(noisy))
        sigma = sigma_of(transform, pyramid)
        tau = packet_universal(Band(noisy, sigma, noisy.size, 1))
        estimate = transform.rebuild([{k: hard(band, tau) for k, band in bands.items()} for bands in pyramid])
        return np.mean((estimate - clean) ** 2)

    packets = error(Packets("sym8", 6, clean.shape, cost=cost, sigma=1.0), lambda t, p: 1.0)
    dwt = error(Decimated("sym8", 6, clean.shape), lambda t, p: 1.0)
    assert packets < 0.6 * dwt


def test_noise_keeps_its_level_whatever_the_basis():
    x = np.random.default_rng(0).normal(scale=3.0, size=2**14)
    transform = Packets("sym8", 4, x.shape)
    list(transform.levels(x))
    assert noise_sigma(transform.finest) == pytest.approx(3.0, rel=0.05)


def test_entropy_is_least_where_one_coefficient_carries_all():
    np.testing.assert_allclose(entropy(np.array([[2.0, 0.0], [np.sqrt(2), np.sqrt(2)]]), 2.0), [0.0, np.log(2)])


def test_risk_of_nothing_but_zeros_is_minus_their_count():
    np.testing.assert_allclose(sure(np.zeros((2, 4)), 1.0), [-4.0, -4.0])


def test_without_noise_the_risk_counts_what_is_not_zero():
    np.testing.assert_allclose(sure(np.array([[1.0, 0.0, 2.0]]), 0.0), [2.0])


def test_the_packet_threshold_counts_all_coefficients_of_the_library():
    band = Band(np.zeros(8), sigma=2.0, size=2048, level=3)
    assert packet_universal(band) == pytest.approx(2 * np.sqrt(2 * np.log(2048 * 11)))
