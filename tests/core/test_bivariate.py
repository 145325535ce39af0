"""Bivariate shrinkage: its formula, what it gains, and what happens at the limits."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core.classical.bivariate import BivariateShrinkage, bivariate_gain
from drsn_core.errors import DrsnError


def _picture(shape=(96, 128)):
    down, right = np.mgrid[: shape[0], : shape[1]]
    return 0.5 + 0.3 * np.sign(np.sin(right / 17 + down / 23)) + 0.1 * np.sin(down / 9)


def _noisy(sigma=0.1, shape=(96, 128)):
    return _picture(shape) + sigma * np.random.default_rng(1).standard_normal(shape)


def _psnr(x, y):
    return -10 * np.log10(np.mean((x - y) ** 2))


def test_the_gain_is_that_of_the_formula():
    """sigma = 1, |z| = 2 everywhere: sigma_x = 1, threshold sqrt 3; with a parent of 0, r = 2."""
    gain, tau = bivariate_gain(np.full((9, 9), 2.0), np.zeros((9, 9)), 1.0, 7)
    np.testing.assert_allclose(tau, np.sqrt(3))
    np.testing.assert_allclose(gain, (2 - np.sqrt(3)) / 2)


def test_a_large_parent_saves_a_coefficient():
    size = np.full((9, 9), 2.0)
    alone, _ = bivariate_gain(size, np.zeros_like(size), 1.0, 7)
    backed, _ = bivariate_gain(size, np.full_like(size, 5.0), 1.0, 7)
    assert (backed > 2 * alone).all()


def test_a_band_of_less_than_noise_becomes_zero():
    gain, tau = bivariate_gain(np.full((9, 9), 0.5), np.zeros((9, 9)), 1.0, 7)
    assert (gain == 0).all()
    assert np.isinf(tau).all()


def test_it_gains_eight_decibels_and_beats_bayesshrink_by_three():
    noisy = _noisy()
    ours = _psnr(BivariateShrinkage()(drsn.Image(noisy))[0].pixels[0], _picture())
    theirs = _psnr(drsn.denoise(noisy, "bayesshrink").estimate, _picture())
    assert ours > _psnr(noisy, _picture()) + 8
    assert ours > theirs + 3


def test_an_estimated_level_gives_nearly_what_the_true_one_gives():
    noisy = drsn.Image(_noisy())
    guessed, known = (BivariateShrinkage(sigma=s)(noisy)[0].pixels[0] for s in (None, 0.1))
    assert _psnr(guessed, _picture()) == pytest.approx(_psnr(known, _picture()), abs=0.3)


def test_one_record_per_orientation_and_level():
    _, trace = BivariateShrinkage(level=2)(drsn.Image(_noisy()))
    assert len(trace) == 12
    assert {r.name for r in trace.records} == {
        f"detail {depth} {angle}°" for depth in (1, 2) for angle in (15, 45, 75, -15, -45, -75)
    }
    assert all(np.isfinite(r.threshold).all() and r.threshold[0] > 0 for r in trace.records)
    assert 0.5 < next(r for r in trace.records if r.name == "detail 1 45°").energy_removed[0] < 1


def test_channels_are_denoised_one_by_one():
    colour = np.stack([_noisy(), _noisy(0.05), _noisy(0.2)])
    estimate, trace = BivariateShrinkage()(drsn.Image(colour))
    (alone, _) = BivariateShrinkage()(drsn.Image(colour[1]))
    np.testing.assert_array_equal(estimate.pixels[1], alone.pixels[0])
    assert trace.records[0].name.startswith("channel 1, detail 1")


@pytest.mark.parametrize("value", [0.0, 0.3, 1e50])
def test_a_constant_picture_comes_back_as_it_is(value):
    estimate, _ = BivariateShrinkage()(drsn.Image(np.full((20, 31), value)))
    assert (estimate.pixels == value).all()


def test_without_noise_nothing_changes():
    x = _picture()
    np.testing.assert_allclose(BivariateShrinkage(sigma=0.0)(drsn.Image(x))[0].pixels[0], x, atol=1e-12)


@pytest.mark.parametrize("unit", [1e-40, 255.0, 1e40])
def test_the_unit_does_not_matter(unit):
    x = _noisy()
    expected = unit * BivariateShrinkage()(drsn.Image(x))[0].pixels[0]
    np.testing.assert_allclose(BivariateShrinkage()(drsn.Image(unit * x))[0].pixels[0], expected, rtol=1e-6)


@pytest.mark.parametrize("side", range(2, 18))
def test_small_pictures_give_finite_numbers(side):
    for shape in [(side, side), (side, 40), (3, side)]:
        estimate, _ = BivariateShrinkage()(drsn.Image(_noisy(shape=shape)))
        assert estimate.pixels.shape == (1, *shape)
        assert np.isfinite(estimate.pixels).all()


def test_a_single_row_is_refused_in_words():
    with pytest.raises(DrsnError):
        drsn.Image(np.ones((1, 17)))


@pytest.mark.parametrize(("settings", "said"), [({"window": 4}, "odd"), ({"level": 9}, "1 to 6")])
def test_a_wrong_setting_is_named_with_what_is_accepted(settings, said):
    with pytest.raises(DrsnError, match=said):
        BivariateShrinkage(**settings)(drsn.Image(_noisy()))


def test_signals_are_refused():
    with pytest.raises(DrsnError, match="images"):
        BivariateShrinkage()(drsn.Signal(np.arange(64.0)))
