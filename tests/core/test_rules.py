"""Rules that set a threshold, against hand-made numbers and brute force."""

import math

import numpy as np
import pytest

from drsn_core.classical.rules import RULES, Band, bayes, hybrid, noise_sigma, sure, universal
from drsn_core.classical.thresholding import soft


def band(values, sigma=1.0, size=None):
    values = np.asarray(values, float)
    return Band(values, sigma, size or values.size, 1)


@pytest.fixture
def mixed():
    """900 noise values and 100 that carry signal."""
    rng = np.random.default_rng(3)
    return rng.normal(size=1000) + np.r_[np.zeros(900), rng.normal(scale=6, size=100)]


def test_universal_is_sigma_times_root_two_log_n():
    assert universal(band([0.0], sigma=2.0, size=2048)) == pytest.approx(2 * math.sqrt(2 * math.log(2048)))
    assert universal(band([0.0], size=2048)) == pytest.approx(3.905, abs=1e-3)


def test_sure_is_the_least_of_steins_estimate(mixed):
    def risk(t):
        return mixed.size - 2 * np.sum(np.abs(mixed) <= t) + np.sum(np.minimum(mixed**2, t**2))

    best = min(np.abs(mixed), key=risk)
    assert sure(band(mixed)) == pytest.approx(best, rel=1e-12)


def test_sure_comes_close_to_the_threshold_that_knows_the_truth():
    rng = np.random.default_rng(0)
    truth = np.r_[np.zeros(1800), rng.normal(scale=5, size=248)]
    noisy = truth + rng.normal(size=truth.size)

    def error(t):
        return np.mean((soft(noisy, t) - truth) ** 2)

    best = min(error(t) for t in np.linspace(0, 4, 200))
    assert error(sure(band(noisy))) < 1.05 * best


def test_hybrid_falls_back_to_universal_where_the_band_is_nearly_empty(mixed):
    empty = np.random.default_rng(1).normal(size=1024)
    assert hybrid(band(empty)) == pytest.approx(math.sqrt(2 * math.log(1024)))
    assert hybrid(band(mixed)) == sure(band(mixed))


def test_bayes_is_noise_variance_over_signal_deviation():
    values = np.array([3.0, -3.0, 3.0, -3.0])
    assert bayes(band(values, sigma=1.0)) == pytest.approx(1 / math.sqrt(8))


def test_bayes_silences_a_band_of_nothing_but_noise():
    values = np.array([0.5, -0.2, 0.1])
    assert bayes(band(values, sigma=1.0)) == 0.5


@pytest.mark.parametrize("rule", RULES)
def test_more_noise_means_larger_thresholds(rule):
    rng = np.random.default_rng(2)
    signal = np.r_[np.zeros(1500), rng.normal(scale=8, size=500)]
    noise = rng.normal(size=2000)
    taus = [RULES[rule](band(signal + s * noise, sigma=s)) for s in (0.5, 1.0, 2.0, 4.0)]
    assert taus == sorted(taus)
    assert taus[0] < taus[-1]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0, 1.0, 1.0], [1e-300, -1e-300], [1e90, -1e90, 1e80]])
@pytest.mark.parametrize("sigma", [0.0, 1e-300, 1.0])
def test_thresholds_are_finite_and_never_negative(rule, values, sigma):
    tau = RULES[rule](band(values, sigma=sigma))
    assert math.isfinite(tau)
    assert tau >= 0


def test_the_median_hardly_feels_the_signal():
    rng = np.random.default_rng(0)
    noise = rng.normal(scale=2.0, size=100_000)
    noise[::50] += 1000
    assert noise_sigma(noise) == pytest.approx(2.0, rel=0.05)
