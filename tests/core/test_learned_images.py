"""Pictures through trained networks: any size and colour, no seams, and no worse than the network itself."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import catalog, learned, learned_images
from drsn_core.errors import Unsupported
from drsn_core.metrics import psnr_db, snr_db
from drsn_core.photographs import photograph

KEYS = sorted(k for k, e in catalog.CATALOG.items() if e.kind() is learned_images.ImageNetworkDenoiser)


@pytest.fixture(scope="module")
def noisy():
    """Edges, a fine grating, a smooth shade and a disc, with noise of sigma 25/255."""
    rows, columns = np.mgrid[:200, :300]
    clean = 0.2 + 0.4 * columns / 300
    clean[40:90, 50:140] = 0.9
    clean[120:180, 30:120] += 0.2 * np.sin(columns[120:180, 30:120] * 0.7)
    clean[(rows - 100) ** 2 + (columns - 220) ** 2 < 45**2] = 0.1
    noise = np.random.default_rng(0).normal(size=clean.shape) * 25 / 255
    return drsn.Image(clean, name="shapes"), drsn.Image(clean + noise, name="shapes")


@pytest.mark.parametrize("key", KEYS)
def test_a_picture_gains_more_than_from_the_best_quick_wavelet_rule(key, noisy):
    clean, picture = noisy
    result = drsn.denoise(picture, key)
    assert result.estimate.pixels.shape == picture.pixels.shape
    assert result.estimate.name == "shapes"
    classical = max(
        snr_db(clean.pixels, drsn.denoise(picture, method).estimate.pixels)
        for method in ("bayesshrink", "sureshrink", "visushrink", "wavelet")
    )
    assert snr_db(clean.pixels, result.estimate.pixels) > classical + 1
    assert len(result.trace) >= 3


@pytest.mark.parametrize("key", KEYS)
def test_large_pictures_have_no_seams(key, noisy, monkeypatch):
    _, picture = noisy
    monkeypatch.setattr(learned_images, "WHOLE", 1000)
    monkeypatch.setattr(learned_images, "WINDOW", 64)
    monkeypatch.setattr(learned_images, "TILE", 64)
    heard = []
    tiled = drsn.denoise(picture, key, report=heard.append).estimate.pixels
    monkeypatch.setattr(learned_images, "TILE", 10**6)
    whole = drsn.denoise(picture, key).estimate.pixels
    assert 10 * np.log10(np.mean((tiled - whole) ** 2) / np.mean(picture.pixels**2)) < -100
    assert [p.done for p in heard] == list(range(1, 21))
    assert heard[-1].total == 20


@pytest.mark.parametrize("key", KEYS)
def test_thresholds_of_a_few_squares_stand_for_those_of_the_whole_picture(key, noisy, monkeypatch):
    _, picture = noisy
    whole = drsn.denoise(picture, key).estimate.pixels
    monkeypatch.setattr(learned_images, "WHOLE", 1000)
    monkeypatch.setattr(learned_images, "WINDOW", 64)
    squares = drsn.denoise(picture, key).estimate.pixels
    assert 10 * np.log10(np.mean((squares - whole) ** 2) / np.mean(picture.pixels**2)) < -30


@pytest.fixture(scope="module")
def colour():
    clean = drsn.Image(photograph("astronaut").pixels[:, 40:240, 150:350])
    return clean, drsn.add_noise(clean, "gaussian", sigma=25 / 255, seed=3)


def test_colours_seen_together_help_each_other(colour):
    clean, noisy = colour
    together, apart = (drsn.denoise(noisy, key) for key in ("drsn-colour", "drsn-image"))
    gain = psnr_db(clean.pixels, together.estimate.pixels) - psnr_db(clean.pixels, apart.estimate.pixels)
    assert gain > 0.5
    assert together.trace.records[0].name == "down 1.1"  # of one network for all channels


def test_a_network_for_colours_leaves_other_pictures_to_the_one_for_grey(noisy):
    _, picture = noisy
    np.testing.assert_array_equal(
        drsn.denoise(picture, "drsn-colour").estimate.pixels, drsn.denoise(picture, "drsn-image").estimate.pixels
    )
    with pytest.raises(Unsupported, match="takes pictures of 3 channels"):
        learned_images.ImageNetworkDenoiser("drsn-colour")(picture)


def test_in_all_views_a_turned_picture_has_the_turned_answer_and_a_better_one(colour):
    clean, picture = colour
    one, every = (drsn.denoise(picture, "drsn-colour", views=views).estimate.pixels for views in ("one", "all"))
    assert psnr_db(clean.pixels, every) > psnr_db(clean.pixels, one) + 0.02
    turned = drsn.Image(np.rot90(picture.pixels, axes=(1, 2))[..., ::-1])
    again = drsn.denoise(turned, "drsn-colour", views="all").estimate.pixels
    np.testing.assert_allclose(np.rot90(again[..., ::-1], -1, axes=(1, 2)), every, atol=1e-5)


def test_tiles_of_a_colour_picture_fit_together(colour, monkeypatch):
    _, picture = colour
    whole = drsn.denoise(picture, "drsn-colour").estimate.pixels
    monkeypatch.setattr(learned_images, "WHOLE", 1000)
    tiled = drsn.denoise(picture, "drsn-colour").estimate.pixels
    assert 10 * np.log10(np.mean((tiled - whole) ** 2) / np.mean(picture.pixels**2)) < -30


@pytest.mark.parametrize("key", [key for key in KEYS if learned.network_of(key).channels == 1])
def test_colour_is_denoised_channel_by_channel(key, noisy):
    _, picture = noisy
    colour = drsn.Image(np.stack([picture.pixels[0], picture.pixels[0][::-1], 1 - picture.pixels[0]]))
    result = drsn.denoise(colour, key)
    np.testing.assert_array_equal(result.estimate.pixels[0], drsn.denoise(picture, key).estimate.pixels[0])
    assert result.trace.records[0].name == "channel 1, down 1.1"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", [(2, 2), (3, 70), (65, 5), (31, 33)])
def test_small_and_odd_sizes(key, shape):
    pixels = np.random.default_rng(0).uniform(size=shape)
    estimate = drsn.denoise(drsn.Image(pixels), key).estimate
    assert estimate.pixels.shape == (1, *shape)
    assert np.all(np.isfinite(estimate.pixels))


@pytest.mark.parametrize("key", KEYS)
def test_a_picture_of_one_shade_comes_back_as_it_is(key):
    pixels = np.full((40, 50), 0.25)
    np.testing.assert_allclose(drsn.denoise(drsn.Image(pixels), key).estimate.pixels[0], pixels, rtol=1e-6)


@pytest.mark.parametrize("key", KEYS)
def test_turning_the_picture_hardly_changes_the_answer(key, noisy):
    """No symmetry is built in; training on all eight views teaches it nearly."""
    clean, picture = noisy
    upright = snr_db(clean.pixels, drsn.denoise(picture, key).estimate.pixels)
    turned = drsn.denoise(drsn.Image(np.rot90(picture.pixels[0])), key).estimate.pixels[0]
    assert snr_db(clean.pixels[0], np.rot90(turned, -1)) == pytest.approx(upright, abs=0.4)


@pytest.mark.parametrize("key", KEYS)
def test_a_network_for_pictures_refuses_signals_by_name(key):
    with pytest.raises(Unsupported, match="takes images"):
        drsn.denoise(np.zeros(100), key)
