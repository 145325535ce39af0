"""Noise: the ratio is exact, the rows are independent, and each kind sounds as its name says."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kurtosis

from drsn_core.data import Signal
from drsn_core.errors import (
    BadData,
    BadParameter,
    ComplexData,
    NoPower,
    NotFinite,
    TooShort,
    UnknownName,
)
from drsn_core.metrics import snr_db
from drsn_core.noise import KINDS, add_noise

kinds = pytest.mark.parametrize("kind", KINDS)


def drawn(kind: str, length: int = 2**16, seed: int = 0, rate_hz: float = 1.0) -> np.ndarray:
    """Noise of power 1: what comes on top of a constant 1 at 0 dB."""
    return add_noise(np.ones(length), kind, 0.0, seed, rate_hz=rate_hz) - 1


@kinds
@given(length=st.integers(2, 700), rows=st.integers(1, 4), ratio=st.floats(-60, 100), seed=st.integers(0, 2**70))
@settings(max_examples=40, deadline=None)
def test_the_ratio_is_exact_in_every_row(kind: str, length: int, rows: int, ratio: float, seed: int) -> None:
    clean = np.random.default_rng(7).normal(0.3, 1.0, (rows, length)) * np.array([[1], [1e-3], [40], [7]])[:rows]
    noisy = add_noise(clean, kind, ratio, seed)
    assert noisy.shape == clean.shape
    for before, after in zip(clean, noisy, strict=True):
        assert snr_db(before, after) == pytest.approx(ratio, abs=1e-9)


@kinds
@pytest.mark.parametrize("ratio", [-5, 0.0, 12.5])
def test_under_the_definition_variance_an_offset_does_not_count(kind: str, ratio: float) -> None:
    clean = 100 + np.sin(np.arange(5000) / 9)
    noisy = add_noise(clean, kind, ratio, definition="variance")
    assert 10 * np.log10(np.var(clean) / np.var(noisy - clean)) == pytest.approx(ratio, abs=1e-9)
    assert snr_db(clean, noisy) > ratio + 30


@pytest.mark.parametrize("scale", [1e-250, 1e-160, 1e90])
def test_the_ratio_is_exact_for_tiny_and_huge_units(scale: float) -> None:
    clean = np.sin(np.arange(1, 200))
    noisy = add_noise(clean * scale, snr_db=3.0) / scale
    assert snr_db(clean, noisy) == pytest.approx(3, abs=1e-9)


@kinds
def test_the_same_seed_draws_the_same_noise_and_another_seed_another(kind: str) -> None:
    first, again, other = (drawn(kind, 4096, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@kinds
def test_the_ratio_changes_the_loudness_and_not_the_noise(kind: str) -> None:
    loud, soft = (add_noise(np.zeros(500) + 1, kind, ratio, seed=1) - 1 for ratio in (0, 20))
    np.testing.assert_allclose(loud, 10 * soft, atol=1e-12)


@kinds
def test_a_row_does_not_know_how_many_rows_follow(kind: str) -> None:
    clean = np.random.default_rng(0).normal(size=(5, 300))
    whole = add_noise(clean, kind, seed=9)
    np.testing.assert_array_equal(add_noise(clean[:2], kind, seed=9), whole[:2])
    np.testing.assert_array_equal(add_noise(clean[0], kind, seed=9), whole[0])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hum"])
def test_rows_and_seeds_are_independent(kind: str) -> None:
    rows = np.concatenate([add_noise(np.ones((4, 2**15)), kind, 0, seed) for seed in (0, 1)])
    steps = np.diff(rows)  # nearly white for every colour, so that chance correlates them little
    for one, two in itertools.combinations(steps, 2):
        assert abs(np.corrcoef(one, two)[0, 1]) < 0.04


def test_rows_of_hum_differ_in_phase() -> None:
    first, second = add_noise(np.ones((2, 1000)), "hum", 0)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.99


def test_white_noise_of_the_first_row_is_numpys_own() -> None:
    z = np.random.default_rng(11).standard_normal(1000)
    np.testing.assert_allclose(drawn("gaussian", 1000, 11), z / np.sqrt(np.mean(z**2)), atol=1e-12)


def slope(x: np.ndarray) -> float:
    """Exponent of the power spectrum, fitted over the octaves between 1/1000 and 1/3 of the rate."""
    power, hz = np.abs(np.fft.rfft(x * np.hanning(x.size))) ** 2, np.fft.rfftfreq(x.size)
    edges = np.geomspace(1e-3, 0.33, 12)
    bands = [(hz >= low) & (hz < high) for low, high in itertools.pairwise(edges)]
    level = [np.log(power[band].mean()) for band in bands]
    return float(np.polyfit([np.log(hz[band]).mean() for band in bands], level, 1)[0])


@pytest.mark.parametrize(
    ("kind", "exponent"),
    [("gaussian", 0), ("laplacian", 0), ("uniform", 0), ("impulse", 0), ("pink", -1), ("brown", -2)],
)
def test_the_spectrum_falls_as_the_colour_says(kind: str, exponent: float) -> None:
    assert slope(drawn(kind)) == pytest.approx(exponent, abs=0.15)


@pytest.mark.parametrize(("kind", "expected"), [("gaussian", 3.0), ("laplacian", 6.0), ("uniform", 1.8)])
def test_the_kurtosis_tells_the_white_kinds_apart(kind: str, expected: float) -> None:
    assert kurtosis(drawn(kind, 2**18), fisher=False) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("kind", ["pink", "brown"])
@pytest.mark.parametrize("length", [2, 3, 1001, 1024])
def test_coloured_noise_has_no_offset(kind: str, length: int) -> None:
    assert np.mean(drawn(kind, length)) == pytest.approx(0, abs=1e-12)


def test_impulses_are_sparse_and_never_missing() -> None:
    clean = np.sin(np.arange(1, 100_001))
    assert np.mean(add_noise(clean, "impulse") != clean) == pytest.approx(0.01, rel=0.15)
    short = np.array([1.0, 2.0, 3.0])
    assert all(np.sum(add_noise(short, "impulse", seed=seed) != short) >= 1 for seed in range(50))


@pytest.mark.parametrize(("rate_hz", "orders"), [(2000.0, (1, 3, 5, 7)), (640.0, (1, 3, 5)), (120.0, (1,))])
def test_hum_has_lines_at_the_odd_harmonics_below_half_the_rate(rate_hz: float, orders: tuple[int, ...]) -> None:
    clean = Signal(np.ones(int(rate_hz)), rate_hz=rate_hz)
    amplitude = np.abs(np.fft.rfft(add_noise(clean, "hum", 0).samples[0] - 1))
    expected = np.zeros(amplitude.size)
    expected[[50 * order for order in orders]] = [1 / order for order in orders]
    np.testing.assert_allclose(amplitude / amplitude[50], expected, atol=1e-9)


def test_hum_of_an_array_lies_at_the_rate_given_or_at_a_fortieth() -> None:
    for rate_hz, line in ((1.0, 100), (800.0, 250)):
        amplitude = np.abs(np.fft.rfft(drawn("hum", 4000, rate_hz=rate_hz)))
        assert np.argmax(amplitude) == line


def test_hum_needs_a_rate_that_can_follow_the_mains() -> None:
    with pytest.raises(BadParameter, match="above 100 Hz"):
        add_noise(Signal(np.ones(50), rate_hz=100.0), "hum")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, np.bool_])
def test_the_input_is_never_changed_and_the_output_is_float64(dtype: type) -> None:
    clean = np.tile(np.array([1, 0, 1, 1], dtype), (2, 8))
    before = clean.copy()
    noisy = add_noise(clean)
    np.testing.assert_array_equal(clean, before)
    assert noisy.dtype == np.float64
    assert not np.shares_memory(noisy, clean)


def test_a_signal_stays_a_signal_with_noise_of_its_own_in_each_channel() -> None:
    clean = Signal(np.ones((2, 64)), rate_hz=200.0, name="pump", unit="g")
    noisy = add_noise(clean, "pink", 10, seed=4)
    assert (noisy.rate_hz, noisy.name, noisy.unit) == (200.0, "pump", "g")
    np.testing.assert_array_equal(noisy.samples, add_noise(clean.samples, "pink", 10, seed=4))
    assert not np.allclose(noisy.samples[0], noisy.samples[1])
    np.testing.assert_array_equal(clean.samples, np.ones((2, 64)))


def test_an_infinite_ratio_gives_an_unchanged_copy() -> None:
    clean = np.arange(5.0)
    noisy = add_noise(clean, snr_db=math.inf)
    np.testing.assert_array_equal(noisy, clean)
    assert noisy is not clean


@pytest.mark.parametrize("ratio", [math.nan, -math.inf, -60.1, 100.1, None, "loud", [5]])
def test_an_impossible_ratio_is_refused(ratio: object) -> None:
    with pytest.raises(BadParameter, match="snr_db"):
        add_noise(np.ones(9), snr_db=ratio)  # type: ignore[call-overload]


@pytest.mark.parametrize("seed", [-1, 1.0, None, True, "0"])
def test_an_impossible_seed_is_refused(seed: object) -> None:
    with pytest.raises(BadParameter, match="seed"):
        add_noise(np.ones(9), seed=seed)  # type: ignore[call-overload]


@pytest.mark.parametrize("rate_hz", [0.0, -5.0, math.nan, math.inf])
def test_an_impossible_rate_is_refused(rate_hz: float) -> None:
    with pytest.raises(BadParameter, match="rate_hz"):
        add_noise(np.ones(9), rate_hz=rate_hz)


@pytest.mark.parametrize("kind", ["white", "", None, ["pink"]])
def test_a_miss_lists_the_kinds(kind: object) -> None:
    with pytest.raises(UnknownName, match="gaussian, laplacian, uniform, pink, brown, impulse, hum"):
        add_noise(np.ones(9), kind)  # type: ignore[call-overload]


def test_a_miss_lists_the_definitions() -> None:
    with pytest.raises(UnknownName, match="power, variance"):
        add_noise(np.ones(9), definition="energy")


def test_silence_has_no_ratio() -> None:
    with pytest.raises(NoPower):
        add_noise(np.zeros(9))
    with pytest.raises(NoPower):
        add_noise(np.array([[1.0, 2.0], [0.0, 0.0]]))
    with pytest.raises(NoPower):
        add_noise(np.full(9, 0.1), definition="variance")


@pytest.mark.parametrize(
    ("clean", "error"),
    [
        (np.ones((2, 2, 9)), BadData),
        (np.array(3.0), BadData),
        (np.array(["a", "b"]), BadData),
        (np.ones(1), TooShort),
        (np.ones((3, 0)), TooShort),
        (np.ones(9) * 1j, ComplexData),
        (np.array([1.0, np.nan]), NotFinite),
    ],
)
def test_data_that_no_noise_fits_are_refused(clean: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error):
        add_noise(clean)


def test_a_batch_of_no_rows_stays_one() -> None:
    assert add_noise(np.ones((0, 9))).shape == (0, 9)
