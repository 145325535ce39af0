"""Wavelet shrinkage: transforms that invert, bands that name themselves, tiles without seams."""

import numpy as np
import pytest
import pywt

import drsn_core as drsn
from drsn_core.classical import wavelet
from drsn_core.classical.rules import Band, minimax, minimax_hard
from drsn_core.classical.transforms import BORDERS as TRANSFORM_BORDERS
from drsn_core.classical.transforms import Decimated, Stationary
from drsn_core.classical.wavelet import TRANSFORMS
from drsn_core.errors import BadParameter, TooLarge, UnknownName, Unsupported
from drsn_core.metrics import snr_db

SHAPES = [(2048,), (997,), (17,), (3,), (64, 48), (33, 50)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", TRANSFORMS)
@pytest.mark.parametrize("name", ["haar", "sym8", "bior2.2"])
def test_a_transform_rebuilds_what_it_took_apart(kind, name, shape):
    x = np.random.default_rng(0).normal(size=shape)
    level = wavelet.default_level(shape)
    transform = TRANSFORMS[kind](name, level, shape)
    np.testing.assert_allclose(transform.rebuild(list(transform.levels(x))), x, atol=1e-9)


def test_the_stationary_bands_are_those_of_pywavelets():
    x = np.random.default_rng(0).normal(size=256)
    transform = Stationary("sym8", 3, x.shape)
    padded = np.pad(x, transform.pad, mode="symmetric")
    theirs = pywt.swt(padded, "sym8", 3, trim_approx=True)[:0:-1]
    for ours, expected in zip(transform.levels(x), theirs, strict=True):
        np.testing.assert_allclose(ours["d"], expected, atol=1e-12)


@pytest.mark.parametrize("kind", [kind for kind in TRANSFORMS if kind != "packets"])  # those choose their bands
def test_white_noise_has_the_same_level_in_every_band(kind):
    x = np.random.default_rng(0).normal(scale=3.0, size=2**15)
    transform = TRANSFORMS[kind]("sym8", 5, x.shape)
    for bands in transform.levels(x):
        assert transform.inside(bands["d"]).std() == pytest.approx(3.0, rel=0.1)


def test_one_record_per_subband_from_fine_to_coarse():
    noisy = drsn.add_noise(drsn.synth.signal("doppler"), snr_db=5, seed=0)
    trace = drsn.denoise(noisy, "wavelet", level=4).trace
    assert [r.name for r in trace.records] == ["detail 1", "detail 2", "detail 3", "detail 4"]
    assert all(r.threshold.shape == (1,) and r.alpha is None for r in trace.records)


def test_images_have_three_bands_a_level():
    picture = drsn.Image(np.random.default_rng(0).random((40, 56)))
    names = [r.name for r in drsn.denoise(picture, "bayesshrink", level=1).trace.records]
    assert sorted(names) == ["detail 1 diagonal", "detail 1 horizontal", "detail 1 vertical"]


def test_horizontal_stripes_are_horizontal_detail():
    stripes = np.tile(np.arange(64)[:, None] % 2, (1, 64)) * 1.0
    records = drsn.denoise(drsn.Image(stripes), "bayesshrink", level=1, wavelet="haar").trace.records
    assert max(records, key=lambda r: r.magnitude[0]).name == "detail 1 horizontal"


def test_channels_are_denoised_one_by_one():
    x = np.random.default_rng(0).normal(size=(2, 300)).cumsum(axis=1)
    both = drsn.denoise(x, "bayesshrink")
    for row in range(2):
        np.testing.assert_array_equal(both.estimate[row], drsn.denoise(x[row], "bayesshrink").estimate)
    assert both.trace.records[0].name == "channel 1, detail 1"


def test_a_given_noise_level_is_used_as_it_is():
    noisy = np.random.default_rng(0).normal(size=512)
    (record, *_) = drsn.denoise(noisy, "visushrink", sigma=2.0).trace.records
    assert record.threshold[0] == pytest.approx(2 * np.sqrt(2 * np.log(512)))


@pytest.mark.parametrize(
    ("rule", "transform"),
    [
        *((rule, "swt") for rule in ("universal", "bayes", "ebayes", "blockjs", "neighblock", "neighcoeff", "gcv")),
        ("sure", "cycle-spin"),
    ],
)
def test_tiles_leave_no_seam(monkeypatch, rule, transform):
    """Seams must stay 60 dB below the signal; with equal thresholds they are at rounding level."""
    noisy = drsn.add_noise(drsn.synth.signal("speech", length=40_000), snr_db=5, seed=0)
    method = {"rule": rule, "transform": transform, "level": 5, "border": "symmetric"}
    whole = drsn.denoise(noisy, "wavelet", **method)
    monkeypatch.setattr(wavelet, "WHOLE", 1000)
    monkeypatch.setattr(wavelet, "TILE", 5000)
    tiled = drsn.denoise(noisy, "wavelet", **method)
    error = tiled.estimate.samples - whole.estimate.samples
    assert np.abs(error).max() < 1e-12 * np.abs(noisy.samples).max()
    assert [r.threshold[0] for r in tiled.trace.records] == [r.threshold[0] for r in whole.trace.records]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"level": 12}, "1 to 11"),
        ({"level": 0}, "1 to 20"),
        ({"level": 2.5}, "whole number"),
        ({"sigma": -1}, "0"),
        ({"wavelet": "sym99"}, "sym8"),
        ({"rule": "magic"}, "universal"),
        ({"levels": 3}, "level"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_accepted(settings, said):
    with pytest.raises(BadParameter, match=said):
        drsn.denoise(np.arange(2048.0), "wavelet", **settings)


def test_an_unknown_method_lists_the_known_ones():
    with pytest.raises(UnknownName, match="bayesshrink"):
        drsn.denoise(np.arange(10.0), "magic")


def test_a_picture_too_large_for_a_redundant_transform_is_refused(monkeypatch):
    monkeypatch.setattr(wavelet, "MOST_COEFFICIENTS", 1000)
    with pytest.raises(TooLarge):
        drsn.denoise(drsn.Image(np.ones((32, 32))), "wavelet")


@pytest.mark.parametrize("border", TRANSFORM_BORDERS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_every_border_denoises(transform, border):
    clean = drsn.synth.signal("heavisine", length=500)
    noisy = drsn.add_noise(clean, snr_db=10, seed=0)
    estimate = drsn.denoise(noisy, "wavelet", transform=transform, border=border, rule="bayes").estimate
    assert snr_db(clean.samples, estimate.samples) > 14


def test_the_border_goes_round_where_the_ends_meet_and_is_mirrored_where_they_do_not():
    t = np.linspace(0, 1, 500)
    noise = 0.1 * np.random.default_rng(0).normal(size=500)
    assert wavelet.natural_border(np.cos(2 * np.pi * t) + noise) == "periodization"
    assert wavelet.natural_border(3 * t + noise) == "symmetric"
    assert wavelet.natural_border(np.zeros(40)) == "symmetric"


@pytest.mark.parametrize("shape", [(256,), (64, 32)])
@pytest.mark.parametrize("name", ["haar", "sym8", "bior2.2", "db20"])
def test_round_stationary_bands_are_those_of_pywavelets_in_both_directions(name, shape):
    x = np.random.default_rng(0).normal(size=shape)
    transform = Stationary(name, 3, shape, "periodization")
    ours = list(transform.levels(x))
    for bands, (theirs, *_) in zip(ours, reversed([[b] for b in pywt.swtn(x, name, 3)]), strict=True):
        for key, band in bands.items():
            np.testing.assert_allclose(band, theirs[key], atol=1e-12)
    np.testing.assert_allclose(transform.rebuild(ours), x, atol=1e-10)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rule": "sure", "shrink": "median"}, "no posterior"),
        ({"rule": "blockjs", "shrink": "soft"}, "it scales"),
        ({"rule": "blockjs", "transform": "cycle-spin"}, "swt or dwt"),
    ],
)
def test_what_does_not_go_together_is_said(settings, said):
    with pytest.raises(BadParameter, match=said):
        drsn.denoise(np.arange(64.0), "wavelet", **settings)


@pytest.mark.parametrize("rule", ["blockjs", "cv"])
def test_rules_that_look_along_time_refuse_pictures(rule):
    with pytest.raises(Unsupported, match="signals"):
        drsn.denoise(drsn.Image(np.ones((32, 32))), "wavelet", rule=rule)


def test_coloured_noise_is_measured_in_every_band():
    clean = drsn.synth.signal("doppler", length=4096)
    noisy = drsn.add_noise(clean, "pink", snr_db=5, seed=0)
    gains = {
        model: snr_db(clean.samples, drsn.denoise(noisy, "wavelet", rule="sure", noise_model=model).estimate.samples)
        for model in ("white", "coloured")
    }
    assert gains["coloured"] > gains["white"] + 1


def test_the_basis_suits_the_signal():
    for name, wavelets in (("blocks", {"haar"}), ("doppler", {"sym8"})):
        noisy = drsn.add_noise(drsn.synth.signal(name), snr_db=5, seed=0)
        (first, *_) = drsn.denoise(noisy, "ebayes-auto").trace.records
        assert first.name.split(",")[0] in wavelets


def test_ebayes_reaches_on_the_bed_what_was_measured_elsewhere():
    """Two seeds of the bed of `drsn bench denoise-1d`; R's mean over twenty is 16.3."""
    scores = {"ebayes": [], "bayesshrink": [], "ebayes-auto": []}
    for name in ("blocks", "bumps", "heavisine", "doppler"):
        clean = drsn.synth.signal(name, length=2048).samples[0]
        for level in (-5, 10):
            noise = np.random.default_rng(1).standard_normal(2048)
            noisy = clean + np.sqrt(np.mean(clean**2) / 10 ** (level / 10)) * noise
            for key, found in scores.items():
                found.append(snr_db(clean, drsn.denoise(noisy, key).estimate))
    means = {key: np.mean(found) for key, found in scores.items()}
    assert means["bayesshrink"] + 1 < means["ebayes"] < means["ebayes-auto"]


def test_minimax_thresholds_are_those_of_the_tables():
    """WavDen's tables, n = 128 to 1024."""
    for rule, table in ((minimax, (1.669, 1.859, 2.045, 2.226)), (minimax_hard, (2.913, 3.117, 3.312, 3.497))):
        for n, expected in zip((128, 256, 512, 1024), table, strict=True):
            assert rule(Band(np.ones(2), 1.0, n, 1)) == pytest.approx(expected, abs=6e-4)


def test_cross_validation_comes_close_to_the_best_threshold():
    clean = drsn.synth.signal("bumps", length=1024)
    noisy = drsn.add_noise(clean, snr_db=8, seed=2)

    def score(**settings):
        return snr_db(clean.samples, drsn.denoise(noisy, "wavelet", transform="dwt", **settings).estimate.samples)

    best = max(score(rule="universal", thresholds=" ".join([str(t)] * 8)) for t in np.linspace(0, 1, 40))
    assert score(rule="cv") > best - 1.0
    assert score(rule="gcv") > best - 1.0
    assert best > 12


@pytest.mark.parametrize("border", ["symmetric", "periodization", "zero"])
def test_a_level_of_a_picture_is_that_of_pywavelets_and_comes_back(border):
    x = np.random.default_rng(0).normal(size=(3, 21, 34))  # three copies, as cycle spinning makes them
    transform = Decimated("db3", 1, (21, 34), border)
    (bands,) = transform.levels(x)
    expected = pywt.dwtn(x, "db3", border, axes=(1, 2))
    np.testing.assert_allclose(transform.coarse, expected.pop("aa"), atol=1e-13)
    assert bands.keys() == expected.keys()
    for key, band in bands.items():
        np.testing.assert_allclose(band, expected[key], atol=1e-13)
    np.testing.assert_allclose(transform.rebuild([bands]), x, atol=1e-12)
