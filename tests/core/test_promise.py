"""The promise, over every method in the catalog: called the same way, never worse than stated, never NaN."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import catalog
from drsn_core.data import Signal
from drsn_core.errors import BadData, ComplexData, NotFinite, TooShort, Unsupported
from drsn_core.metrics import snr_db

METHODS = sorted(key for key in catalog.CATALOG if Signal in catalog.info(key).takes)

#: Gain in dB that a method must reach on doppler at 5 dB (n = 2048), some way below what was measured.
GAINS = {
    "drsn-cw-small": 12.5,
    "wavelet-attention": 11.5,
    "wavelet-attention-mix": 12.0,
    "visushrink": 6.0,
    "sureshrink": 8.5,
    "bayesshrink": 10.0,
    "wavelet": 11.0,
    "drsn-cs": 13.0,
    "drsn-cw": 13.0,
}


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
    assert len(trace) >= 5
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
