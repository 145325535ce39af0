"""Oracles that are told the clean signal: nothing of their kind can be better, and no method list offers them."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import catalog
from drsn_core.bench.contest import entrants
from drsn_core.bench.signals import Signals, add
from drsn_core.classical.oracles import ORACLES, best_soft_threshold
from drsn_core.classical.thresholding import soft
from drsn_core.metrics import snr_db


def error(noisy, clean, threshold):
    return np.sum((soft(noisy, threshold) - clean) ** 2)


@pytest.mark.parametrize("seed", range(8))
def test_no_threshold_on_a_fine_grid_beats_the_best_one(seed):
    rng = np.random.default_rng(seed)
    clean = rng.standard_normal(40) * 5 * (rng.uniform(size=40) < rng.uniform())
    noisy = clean + rng.standard_normal(40)
    found = error(noisy, clean, best_soft_threshold(noisy, clean))
    grid = min(error(noisy, clean, t) for t in np.linspace(0, 1.1 * np.abs(noisy).max(), 4001))
    assert grid - 1e-3 * grid <= found <= grid * (1 + 1e-12)


@pytest.mark.parametrize(
    ("noisy", "clean", "threshold"),
    [
        ([3.0, -0.5], [2.0, 0.0], 1.0),
        ([3.0, -2.0], [3.0, -2.0], 0.0),  # nothing to gain
        ([1.0, -2.0], [0.0, 0.0], 2.0),  # all is noise
        ([1.0, 1.0], [2.0, 2.0], 0.0),  # shrinking never enlarges
        ([-5.0], [-4.0], 1.0),
        ([0.0, 0.0], [1.0, 0.0], 0.0),
        ([2.0], [-1.0], 2.0),
    ],
)
def test_best_thresholds_that_can_be_worked_out_by_hand(noisy, clean, threshold):
    assert best_soft_threshold(np.array(noisy), np.array(clean)) == pytest.approx(threshold)


@pytest.mark.parametrize(("name", "rule"), [("soft per level, DWT", "dwt"), ("soft per level, SWT", "swt")])
def test_an_oracle_beats_the_rules_of_its_kind(name, rule):
    for signal in ("blocks", "doppler"):
        clean = drsn.synth.signal(signal, length=1024).samples[0]
        noisy = add(clean, "gaussian", 3.0, seed=1)
        told = snr_db(clean, ORACLES[name](noisy=noisy, clean=clean))
        for threshold in ("universal", "sure", "hybrid", "bayes"):
            rules = drsn.denoise(noisy, "wavelet", transform=rule, rule=threshold, shrink="soft").estimate
            assert told > snr_db(clean, rules) - 0.1  # coefficients of mirrored borders are not orthonormal


@pytest.mark.parametrize(
    ("name", "expected"),
    [("soft per level, DWT", 15.79), ("soft per level, SWT", 16.34), ("keep or kill, DWT", 17.50)],
)
def test_on_the_standard_bed_they_reach_what_their_page_says(name, expected):
    found = []
    for trial_seed in range(2):
        for signal in ("blocks", "bumps", "heavisine", "doppler"):
            clean = drsn.synth.signal(signal, length=2048).samples[0]
            for snr in (-5.0, 0.0, 5.0, 10.0):
                noisy = add(clean, "gaussian", snr, trial_seed)
                found.append(snr_db(clean, ORACLES[name](noisy=noisy, clean=clean)))
    assert np.mean(found) == pytest.approx(expected, abs=0.35)  # two seeds of the twenty


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("shape", [(2,), (17,), (997,), (8, 9), (33, 20)])
def test_any_shape_is_taken_and_the_truth_comes_back_if_there_is_no_noise(name, shape):
    clean = np.random.default_rng(0).standard_normal(shape)
    np.testing.assert_allclose(ORACLES[name](noisy=clean, clean=clean), clean, atol=1e-9)
    noisy = clean + np.random.default_rng(1).standard_normal(shape)
    assert ORACLES[name](noisy=noisy, clean=clean).shape == shape


def test_the_bench_finds_them_and_the_list_of_methods_does_not():
    able, _ = entrants(Signals(), ["visushrink"], oracles=True)
    assert [one.name for one in able if one.role == "oracle"] == [f"{name} (oracle)" for name in ORACLES]
    assert not set(ORACLES) & set(catalog.methods())
