"""Wavelet shrinkage: transforms that invert, bands that name themselves, tiles without seams."""

import numpy as np
import pytest
import pywt

import drsn_core as drsn
from drsn_core.classical import wavelet
from drsn_core.classical.transforms import TRANSFORMS, Stationary
from drsn_core.errors import BadParameter, TooLarge, UnknownName

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


@pytest.mark.parametrize("kind", TRANSFORMS)
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
