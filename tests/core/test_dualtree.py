"""The dual-tree transform: it inverts, keeps noise as it is, hardly minds shifts, and tells orientations apart."""

import numpy as np
import pytest

from drsn_core.classical.dualtree import QSHIFT, DualTree, magnitude, scaled
from drsn_core.classical.thresholding import soft
from drsn_core.classical.transforms import Decimated

SHAPES = [(2048,), (997,), (17,), (3,), (2,), (64, 48), (33, 50), (2, 9), (5, 3)]


@pytest.mark.parametrize("wavelet", ["haar", "sym8", "bior4.4"])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_rebuilds_what_it_took_apart(shape, wavelet):
    x = np.random.default_rng(0).normal(size=shape)
    for level in range(1, int(np.log2(min(shape))) + 1):
        transform = DualTree(wavelet, level, shape)
        np.testing.assert_allclose(transform.rebuild(list(transform.levels(x))), x, atol=1e-10)


@pytest.mark.parametrize("border", ["symmetric", "reflect", "zero", "periodization"])
def test_every_border_inverts(border):
    x = np.random.default_rng(0).normal(size=101)
    transform = DualTree("sym4", 4, x.shape, border)
    np.testing.assert_allclose(transform.rebuild(list(transform.levels(x))), x, atol=1e-10)


def test_shifts_by_two_of_the_filter_are_orthonormal():
    inner = np.correlate(QSHIFT, QSHIFT, "full")[len(QSHIFT) - 1 :: 2]
    np.testing.assert_allclose(inner, np.eye(len(inner))[0], atol=1e-14)


@pytest.mark.parametrize("shape", [(2**15,), (256, 256)])
def test_white_noise_keeps_its_level_in_every_real_coefficient(shape):
    x = np.random.default_rng(0).normal(scale=3.0, size=shape)
    transform = DualTree("sym8", 3, shape)
    for bands in transform.levels(x):
        for band in bands.values():
            assert band[0].std() == pytest.approx(3.0, rel=0.1)
            assert band[1].std() == pytest.approx(3.0, rel=0.1)


def test_the_frame_of_a_signal_is_tight():
    """All coefficients together hold the energy of the padded data once per tree."""
    x = np.random.default_rng(0).normal(size=512)
    transform = DualTree("db2", 3, x.shape)
    energy = sum(np.sum(band**2) for bands in transform.levels(x) for band in bands.values())
    energy += sum(np.sum(coarse**2) for coarse in transform.coarse.values())
    padded = np.pad(x, transform.pad, mode="symmetric")
    assert energy == pytest.approx(transform.copies * np.sum(padded**2), rel=1e-10)


@pytest.mark.parametrize("level", [2, 3, 4, 5])
def test_wavelets_are_nearly_analytic(level):
    """Half of the energy of a real wavelet is at negative frequencies; of ours, under a thousandth."""
    transform = DualTree("sym8", 5, (4096,))
    pyramid = [{key: np.zeros_like(band) for key, band in b.items()} for b in transform.levels(np.zeros(4096))]
    middle = pyramid[level - 1]["d"].shape[1] // 2
    parts = []
    for part in (0, 1):
        pyramid[level - 1]["d"][part, middle] = 1.0
        parts.append(transform.rebuild(pyramid))
        pyramid[level - 1]["d"][part, middle] = 0.0
    spectrum = np.abs(np.fft.fft(parts[0] + 1j * parts[1])) ** 2
    half = spectrum[: len(spectrum) // 2].sum() / spectrum.sum()
    assert min(half, 1 - half) < 1e-3


def _energies_under_shifts(transform, part):
    """Energy of each level for 16 places of a step, relative spread."""
    energies = []
    for shift in range(16):
        x = np.zeros(512)
        x[200 + shift : 300 + shift] = 1.0
        energies.append([np.sum(part(transform.inside(bands["d"])) ** 2) for bands in transform.levels(x)])
    return np.ptp(energies, axis=0) / np.mean(energies, axis=0)


def test_energy_moves_less_between_levels_than_with_the_dwt():
    dual = _energies_under_shifts(DualTree("sym8", 4, (512,)), magnitude)
    plain = _energies_under_shifts(Decimated("sym8", 4, (512,)), lambda band: band)
    assert (dual[1:] < 0.1).all()
    assert (plain[1:] > 0.3).all()


@pytest.mark.parametrize("degrees", [15, 45, 75, -15, -45, -75])
def test_a_band_answers_to_the_lines_it_is_named_after(degrees):
    down, right = np.mgrid[:128, :128]
    angle = np.deg2rad(degrees)
    lines = np.sin(2 * np.pi * 0.19 * (right * np.sin(angle) + down * np.cos(angle)))
    transform = DualTree("db2", 2, lines.shape)
    energies = {key: np.sum(transform.inside(band) ** 2) for key, band in list(transform.levels(lines))[1].items()}
    assert max(energies, key=energies.get) == str(degrees)


def test_inside_is_the_share_of_the_band_that_the_data_have():
    transform = DualTree("sym8", 3, (100, 37))
    for depth, bands in enumerate(transform.levels(np.zeros((100, 37))), start=1):
        assert transform.inside(bands["45"]).shape == (2, -(-100 // 2**depth), -(-37 // 2**depth))


def test_tiles_that_start_on_the_grid_have_the_same_coefficients():
    x = np.random.default_rng(0).normal(size=4096)
    whole, tile = DualTree("db2", 3, (4096,)), DualTree("db2", 3, (1024,))
    at = 1024
    for depth, (ours, theirs) in enumerate(zip(whole.levels(x), tile.levels(x[at : at + 1024]), strict=True), start=1):
        edge = whole.reach >> depth
        expected = whole.inside(ours["d"])[:, at >> depth : (at + 1024) >> depth]
        np.testing.assert_allclose(tile.inside(theirs["d"])[:, edge:-edge], expected[:, edge:-edge], atol=1e-12)


def test_shrinking_magnitudes_leaves_phases():
    z = np.random.default_rng(0).normal(size=(2, 50))
    after = scaled(z, soft(magnitude(z), 0.5))
    alive = magnitude(after) > 0
    assert 0 < alive.sum() < 50
    np.testing.assert_allclose(np.arctan2(*after)[alive], np.arctan2(*z)[alive])
    np.testing.assert_allclose(magnitude(after), soft(magnitude(z), 0.5), atol=1e-15)
