"""The promise, over every method in the catalog: called the same way, never worse than stated, never NaN."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import catalog
from drsn_core.data import Signal
from drsn_core.errors import BadData, ComplexData, NotFinite, TooShort, Unsupported
from drsn_core.metrics import snr_db

METHODS = sorted(key for key in catalog.CATALOG if Signal in catalog.info(key).takes)
#: BM3D needs a package that is not free, see test_filters.py.
FOR_PICTURES = sorted(key for key in catalog.CATALOG if drsn.Image in catalog.info(key).takes and key != "bm3d")

#: Gain in dB that a method must reach on doppler at 5 dB (n = 2048), some way below what was measured.
GAINS = {
    "visushrink": 6.0,
    "sureshrink": 8.5,
    "bayesshrink": 10.0,
    "wavelet": 11.0,
    "drsn-cs": 13.0,
    "drsn-cw": 13.0,
    "drsn-cw-small": 13.0,
    "drsn-cw-large": 13.0,
    "drsn-cw-mixed": 12.0,
}
GAINS |= {"minimax": 8.0, "fdr": 10.5, "gcv": 8.0, "cross-validation": 7.5, "blockjs": 9.5, "neighblock": 11.0}
GAINS |= {"neighcoeff": 11.5, "cycle-spin": 10.0, "ebayes": 12.0, "ebayes-auto": 12.0}
GAINS |= {"dual-tree": 11.5, "packets": 8.0}
GAINS |= {"median": 6.5, "nlm": 8.0, "savgol": 7.5, "tv": 8.5, "wiener": 7.5}
GAINS |= {"wavelet-attention": 11.5, "wavelet-attention-mix": 12.0}


@pytest.fixture(scope="module")
def doppler():
    clean = drsn.synth.signal("doppler", length=2048)
    return clean, drsn.add_noise(clean, snr_db=5, seed=7)


@pytest.mark.parametrize("key", METHODS)
def test_kind_shape_rate_and_name_are_kept(key, doppler):
    _, noisy = doppler
    result = drsn.denoise(noisy, key)
    assert isinstance(result.estimate, Signal)
    assert result.estimate.samples.shape == noisy.samples.shape
    assert (result.estimate.rate_hz, result.estimate.name, result.estimate.unit) == (
        noisy.rate_hz,
        noisy.name,
        noisy.unit,
    )
    assert (result.method, result.parameters) == (
        key,
        {n: p.default for n, p in drsn.methods()[key].parameters.items()},
    )


@pytest.mark.parametrize("key", METHODS)
def test_better_by_a_stated_number_of_decibels(key, doppler):
    clean, noisy = doppler
    estimate = drsn.denoise(noisy, key).estimate
    assert snr_db(clean.samples, estimate.samples) - snr_db(clean.samples, noisy.samples) > GAINS[key]


@pytest.mark.parametrize("key", METHODS)
def test_the_same_input_gives_the_same_answer_and_is_not_touched(key):
    noisy = np.random.default_rng(0).normal(size=700).cumsum()
    before = noisy.copy()
    first, second = drsn.denoise(noisy, key), drsn.denoise(noisy, key)
    np.testing.assert_array_equal(first.estimate, second.estimate)
    np.testing.assert_array_equal(noisy, before)


@pytest.mark.parametrize("key", METHODS)
def test_every_block_tells_what_it_decided(key, doppler):
    trace = drsn.denoise(doppler[1], key).trace
    assert len(trace) >= 5 or (catalog.info(key).family == "filter" and not trace.records)
    for record in trace.records:
        for values in (record.threshold, record.magnitude, record.noise):
            assert np.all(np.isfinite(values))
            assert np.all(values >= 0)
        for share in (record.zeroed, record.energy_removed):
            assert np.all((share >= 0) & (share <= 1))


@pytest.mark.parametrize("key", METHODS)
def test_the_scale_of_the_signal_scales_the_answer(key, doppler):
    noisy = doppler[1].samples[0]
    small = drsn.denoise(noisy, key).estimate
    np.testing.assert_allclose(drsn.denoise(1000 * noisy, key).estimate, 1000 * small, rtol=1e-3, atol=1e-2)


ODD = {
    "two samples": np.array([1.0, 2.0]),
    "three samples": np.array([1.0, -2.0, 0.5]),
    "17 samples": np.random.default_rng(0).normal(size=17),
    "997 samples": np.random.default_rng(0).normal(size=997),
    "zeros": np.zeros(300),
    "constant": np.full(300, 7.25),
    "one spike": np.eye(1, 300, 150)[0],
    "piecewise constant": np.repeat([0.0, 1.0, -1.0], 100),
    "int16": np.array([0, -32768, 32767, 5] * 60, dtype=np.int16),
    "uint8": np.arange(256, dtype=np.uint8),
    "bool": np.arange(300) % 3 == 0,
    "float16": np.random.default_rng(0).normal(size=300).astype(np.float16),
    "float32": np.random.default_rng(0).normal(size=300).astype(np.float32),
    "big-endian": np.random.default_rng(0).normal(size=300).astype(">f8"),
    "not contiguous": np.random.default_rng(0).normal(size=600)[::2],
    "tiny": 1e-300 * np.random.default_rng(0).normal(size=300),
    "denormal": 5e-324 * np.arange(300),
    "large": 1e90 * np.random.default_rng(0).normal(size=300),
    "large offset": 1e8 + np.random.default_rng(0).normal(size=300),
    "list": [1.0, 2.0, 4.0, 3.0] * 10,
    "masked, but nothing is": np.ma.masked_array(np.arange(50.0), mask=np.zeros(50)),
    "read-only": np.frombuffer(np.random.default_rng(0).normal(size=50).tobytes()),
    "backwards": np.random.default_rng(0).normal(size=300)[::-1],
    "two channels": np.random.default_rng(0).normal(size=(2, 128)),
}


@pytest.mark.parametrize("key", METHODS)
@pytest.mark.parametrize("name", ODD)
def test_odd_input_gives_finite_output_of_its_shape(key, name):
    estimate = drsn.denoise(ODD[name], key).estimate
    assert np.shape(estimate) == np.shape(ODD[name])
    assert np.all(np.isfinite(estimate))
    assert estimate.dtype == (np.float32 if name == "float32" else np.float64)


@pytest.mark.parametrize("key", METHODS)
@pytest.mark.parametrize("name", ["zeros", "constant"])
def test_silence_and_constants_come_back_as_they_are(key, name):
    np.testing.assert_allclose(drsn.denoise(ODD[name], key).estimate, ODD[name], rtol=1e-15)


@pytest.mark.parametrize("key", METHODS)
@pytest.mark.parametrize(
    ("noisy", "error"),
    [
        (np.array([]), TooShort),
        (np.array([1.0]), TooShort),
        (np.array(3.0), BadData),
        (np.zeros((2, 2, 2)), BadData),
        (np.array([1.0, np.nan, 2.0]), NotFinite),
        (np.array([1.0, np.inf, 2.0]), NotFinite),
        (np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0]), NotFinite),
        (np.array([1 + 1j, 2]), ComplexData),
        (np.array(["a", "b"]), BadData),
        (np.array([object(), object()]), BadData),
        (np.array([1e200, 1.0]), BadData),
    ],
)
def test_what_is_no_signal_meets_one_clear_sentence(key, noisy, error):
    with pytest.raises(error) as caught:
        drsn.denoise(noisy, key)
    assert len(str(caught.value)) < 300


GAPPY = np.array([np.nan, 1.0, 2.0, np.nan, np.nan, 3.0, 2.5, 1.0, np.nan, 0.5, 4.0, 3.0, np.nan])


@pytest.mark.parametrize("key", METHODS)
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, ">f8"])
def test_gaps_are_bridged_for_the_method_and_left_open(key, kind):
    noisy = GAPPY.astype(kind)
    estimate = drsn.denoise(noisy, key, gaps="fill").estimate
    np.testing.assert_array_equal(np.isnan(estimate), np.isnan(GAPPY))
    bridged = np.interp(np.arange(13), np.flatnonzero(~np.isnan(GAPPY)), GAPPY[~np.isnan(GAPPY)]).astype(kind)
    expected = drsn.denoise(bridged, key).estimate
    np.testing.assert_allclose(estimate[~np.isnan(GAPPY)], expected[~np.isnan(GAPPY)], rtol=1e-2)
    masked = np.ma.masked_array(np.nan_to_num(noisy, nan=1e4), mask=np.isnan(GAPPY))
    np.testing.assert_array_equal(drsn.denoise(masked, key, gaps="fill").estimate, estimate)


@pytest.mark.parametrize("key", METHODS)
def test_counts_of_a_16_bit_recorder_stay_counts(key):
    ecg = drsn.add_noise(drsn.synth.signal("ecg", length=1000), snr_db=10, seed=0).samples[0]
    counts = np.round(2000 * ecg / np.ptp(ecg)).astype(np.int16)
    estimate = drsn.denoise(counts, key).estimate
    assert estimate.dtype == np.float64
    np.testing.assert_array_equal(estimate, drsn.denoise(counts.astype(np.float64), key).estimate)
    assert 0.5 < np.ptp(estimate) / np.ptp(counts) < 1.5


PICTURE = np.add.outer(np.arange(24.0), np.arange(30.0)) / 60
ODD_PICTURES = {
    "two by two": np.array([[0.0, 1.0], [1.0, 0.5]]),
    "two by 17": np.random.default_rng(0).normal(size=(2, 17)),
    "zeros": np.zeros((20, 30)),
    "constant": np.full((20, 30), 0.7),
    "one spike": np.eye(1, 600, 299).reshape(20, 30),
    "uint8": np.arange(600).reshape(20, 30).astype(np.uint8),
    "tiny": 1e-300 * np.random.default_rng(0).normal(size=(20, 30)),
    "large": 1e90 * np.random.default_rng(0).normal(size=(20, 30)),
    "colour": np.random.default_rng(0).normal(size=(20, 30, 3)),
}


@pytest.mark.parametrize("key", FOR_PICTURES)
@pytest.mark.parametrize("name", ODD_PICTURES)
def test_odd_pictures_give_finite_pictures_of_their_shape(key, name):
    noisy = drsn.Image(ODD_PICTURES[name])
    estimate = drsn.denoise(noisy, key).estimate
    assert isinstance(estimate, drsn.Image)
    assert estimate.pixels.shape == noisy.pixels.shape
    assert np.all(np.isfinite(estimate.pixels))
    if name in ("zeros", "constant"):
        np.testing.assert_allclose(estimate.pixels, noisy.pixels, rtol=1e-15)


@pytest.mark.parametrize("key", FOR_PICTURES)
def test_a_noisy_picture_comes_closer_to_the_clean_one(key):
    clean = np.kron(np.random.default_rng(1).uniform(size=(4, 4)), np.ones((16, 16)))
    noisy = clean + 25 / 255 * np.random.default_rng(2).normal(size=clean.shape)
    estimate = drsn.denoise(drsn.Image(noisy), key).estimate.pixels[0]
    assert snr_db(clean, estimate) - snr_db(clean, noisy) > (0.4 if key == "visushrink" else 2.0)


@pytest.mark.parametrize("key", FOR_PICTURES)
def test_missing_pixels_are_bridged_for_the_method_and_left_open(key):
    pixels = np.stack([PICTURE, PICTURE.T[:24, :24].repeat(2, 1)[:, :30], PICTURE**2])
    holes = np.random.default_rng(3).uniform(size=pixels.shape) < 0.1
    noisy = drsn.Image.with_gaps(np.where(holes, np.nan, pixels))
    with pytest.raises(NotFinite):
        drsn.denoise(noisy, key)
    for colour in ("channels", "opponent"):
        estimate = drsn.denoise(noisy, key, gaps="fill", colour=colour).estimate
        np.testing.assert_array_equal(np.isnan(estimate.values), holes)
        assert np.all(np.isfinite(estimate.pixels))


@pytest.mark.parametrize("key", [k for k in METHODS if drsn.Image not in catalog.info(k).takes])
def test_a_method_for_signals_refuses_images_by_name(key):
    with pytest.raises(Unsupported, match="takes signals"):
        drsn.denoise(drsn.Image(np.ones((16, 16))), key)


def test_more_noise_means_larger_thresholds_in_the_wavelet_and_in_the_networks_finest_block():
    """The lesson's claim, on the ruler of the signal's own unit."""
    clean = drsn.synth.signal("heavisine", length=2048)
    for key in ("bayesshrink", "drsn-cw"):
        finest = [
            drsn.denoise(drsn.add_noise(clean, snr_db=snr, seed=1), key).trace.records[0].threshold.mean()
            for snr in (20, 10, 0)
        ]
        assert finest == sorted(finest), key
