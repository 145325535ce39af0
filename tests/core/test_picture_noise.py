"""Noise of pictures: as strong as asked, as its formula says, and refused where it does not belong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drsn_core.data import Image, Signal
from drsn_core.errors import BadData, BadParameter, NoPower, UnknownName
from drsn_core.metrics import snr_db
from drsn_core.noise import add_noise
from drsn_core.picture_noise import PICTURE_KINDS

kinds = pytest.mark.parametrize("kind", PICTURE_KINDS)
ADDITIVE = [kind for kind, noise in PICTURE_KINDS.items() if noise.additive]

#: A picture with dark and bright parts, in three different channels.
PICTURE = Image(
    np.stack([np.linspace(low, high, 512 * 512).reshape(512, 512) for low, high in ((0, 1), (0.2, 0.4), (0.9, 0.5))])
)


def noise_of(noisy: Image, clean: Image = PICTURE) -> np.ndarray:
    return noisy.pixels - clean.pixels


@kinds
@pytest.mark.parametrize("sigma", [5 / 255, 25 / 255, 75 / 255])
def test_sigma_is_the_standard_deviation_of_every_kind(kind: str, sigma: float) -> None:
    found = noise_of(add_noise(PICTURE, kind, sigma=sigma))
    few = 0.05 if kind == "salt-pepper" else 0.01  # at sigma 5 no more than some 800 of the pixels are dead
    assert math.sqrt(np.mean(found**2)) == pytest.approx(sigma, rel=few)


def test_gaussian_sigma_is_exact_in_expectation_and_not_scaled_to_the_draw() -> None:
    noisy = add_noise(PICTURE, sigma=25 / 255, seed=7)
    z = np.random.default_rng(7).standard_normal((512, 512))
    np.testing.assert_array_equal(noisy.pixels[0], PICTURE.pixels[0] + 25 / 255 * z)
    small = Image(np.full((8, 8), 0.5))
    powers = [np.mean(noise_of(add_noise(small, sigma=0.1, seed=seed), small) ** 2) for seed in range(2000)]
    assert np.mean(powers) == pytest.approx(0.01, rel=0.02)
    assert np.std(powers) == pytest.approx(0.01 * math.sqrt(2 / 64), rel=0.1), "each draw has a power of its own"


@pytest.mark.parametrize("level", [0.05, 0.3, 1.0])
def test_the_variance_of_poisson_noise_is_the_mean_over_the_peak(level: float) -> None:
    flat = Image(np.full((400, 400), level))
    noisy = add_noise(flat, "poisson", peak=30.0, seed=2).pixels
    assert noisy.mean() == pytest.approx(level, rel=0.01)
    assert noisy.var() == pytest.approx(level / 30, rel=0.02)
    np.testing.assert_allclose(noisy * 30, np.round(noisy * 30), atol=1e-9, err_msg="photons are counted")


def test_black_has_no_poisson_noise() -> None:
    black = Image(np.zeros((9, 9)))
    np.testing.assert_array_equal(add_noise(black, "poisson", peak=10.0).pixels, black.pixels)
    np.testing.assert_array_equal(add_noise(black, "poisson", sigma=0.1).pixels, black.pixels)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 1.0])
def test_salt_and_pepper_hit_the_share_asked_for_and_nothing_else(share: float) -> None:
    grey = Image(np.full((500, 500), 0.4))
    noisy = add_noise(grey, "salt-pepper", share=share, seed=1).pixels
    assert np.mean(noisy != 0.4) == pytest.approx(share, abs=0.003)
    assert np.mean(noisy == 1.0) == pytest.approx(share / 2, abs=0.003)
    assert set(np.unique(noisy)) <= {0.0, 0.4, 1.0}


@kinds
def test_the_same_seed_draws_the_same_noise_and_channels_have_their_own(kind: str) -> None:
    first, again, other = (add_noise(PICTURE, kind, sigma=0.1, seed=seed).pixels for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    same = Image(np.full((3, 90, 90), 0.5))
    red, green, _ = noise_of(add_noise(same, kind, sigma=0.1), same)
    assert abs(np.corrcoef(red.ravel(), green.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("kind", ADDITIVE)
@pytest.mark.parametrize("ratio", [-3.0, 5.0, 20.0])
def test_the_ratio_of_added_noise_is_exact_in_this_picture(kind: str, ratio: float) -> None:
    assert snr_db(PICTURE.pixels, add_noise(PICTURE, kind, ratio).pixels) == pytest.approx(ratio, abs=1e-9)


@pytest.mark.parametrize("kind", [kind for kind in PICTURE_KINDS if kind not in ADDITIVE])
def test_the_ratio_of_other_noise_is_met_in_expectation(kind: str) -> None:
    assert snr_db(PICTURE.pixels, add_noise(PICTURE, kind, 12.0).pixels) == pytest.approx(12, abs=0.1)


@kinds
def test_the_picture_is_not_changed_not_clipped_and_keeps_its_name(kind: str) -> None:
    clean = Image(np.linspace(0, 1, 5000).reshape(50, 100), name="mine")
    noisy = add_noise(clean, kind, sigma=0.3)
    assert noisy.name == "mine"
    assert noisy.pixels.shape == (1, 50, 100)
    np.testing.assert_array_equal(clean.pixels[0], np.linspace(0, 1, 5000).reshape(50, 100))
    if kind != "salt-pepper":
        assert noisy.pixels.max() > 1


@kinds
def test_no_noise_is_an_unchanged_picture(kind: str) -> None:
    for nothing in ({"sigma": 0.0}, {"snr_db": math.inf}):
        np.testing.assert_array_equal(add_noise(PICTURE, kind, **nothing).pixels, PICTURE.pixels)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "pink"}, "pink is for signals"),
        ({"kind": "hum", "sigma": 0.1}, "salt-pepper"),
        ({"sigma": 0.1, "snr_db": 5.0}, "one of sigma, snr_db, not several"),
        ({"kind": "poisson", "sigma": 0.1, "peak": 30.0}, "not several"),
        ({"peak": 30.0}, "for poisson only"),
        ({"kind": "poisson", "peak": 0.0}, "photons of white"),
        ({"share": 0.1}, "for salt-pepper only"),
        ({"kind": "salt-pepper", "share": 1.1}, "from 0 to 1"),
        ({"kind": "salt-pepper", "sigma": 0.9}, "at most"),
        ({"sigma": -0.1}, "from 0"),
        ({"sigma": math.nan}, "from 0"),
        ({"sigma": "loud"}, "from 0"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        add_noise(PICTURE, **arguments)  # type: ignore[call-overload]


@pytest.mark.parametrize("clean", [np.ones(9), Signal(np.ones(9))], ids=["array", "signal"])
def test_signals_keep_their_own_kinds_and_strength(clean: object) -> None:
    with pytest.raises(BadParameter, match="poisson is for images"):
        add_noise(clean, "poisson")  # type: ignore[call-overload]
    for name in ("sigma", "peak", "share"):
        with pytest.raises(BadParameter, match="signals take snr_db"):
            add_noise(clean, **{name: 0.1})  # type: ignore[call-overload]


def test_an_unknown_kind_lists_those_of_pictures() -> None:
    with pytest.raises(UnknownName, match="gaussian, laplacian, uniform, poisson, salt-pepper"):
        add_noise(PICTURE, "white")


def test_a_black_picture_has_no_ratio_and_negative_light_no_count() -> None:
    with pytest.raises(NoPower):
        add_noise(Image(np.zeros((9, 9))))
    with pytest.raises(BadData, match="negative"):
        add_noise(Image(np.array([[-0.1, 0.5], [0.5, 0.5]])), "poisson", peak=10.0)
