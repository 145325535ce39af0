"""Our rules against R's wavethresh and waveslim; tests/golden/README.md says where these differ from the papers."""

import json
from pathlib import Path

import numpy as np
import pytest

from drsn_core.classical.rules import Band, fdr, hybrid, sure, universal
from drsn_core.classical.thresholding import hard, soft

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "thresholds.json").read_text())
SIGNAL = GOLDEN["signal"]


@pytest.fixture(params=GOLDEN["bands"], ids=lambda band: f"seed {band['seed']}")
def golden(request):
    return request.param


def band(values, sigma, size=None):
    return Band(np.asarray(values), sigma, size or len(values), 1)


def test_universal_thresholds_and_both_ways_to_shrink_are_those_of_wavethresh(golden):
    values, theirs = np.array(golden["values"]), golden["wavethresh"]
    tau = universal(band(values, golden["sigma"]))
    assert tau == pytest.approx(theirs["universal"], rel=1e-12)
    np.testing.assert_allclose(soft(values, tau), theirs["universal_soft"], atol=1e-12)
    np.testing.assert_allclose(hard(values, tau), theirs["universal_hard"], atol=1e-12)


def test_hybrid_thresholds_are_those_that_wavethresh_calls_sure(golden):
    tau = hybrid(band(golden["values"], golden["sigma"]))
    assert tau / golden["sigma"] == pytest.approx(golden["wavethresh"]["sure"], rel=1e-12)


def test_sure_and_universal_thresholds_are_those_of_waveslim_at_its_own_noise_level(golden):
    values, theirs = golden["values"], golden["waveslim"]
    assert sure(band(values, theirs["mad"])) == pytest.approx(theirs["sure"], rel=1e-12)
    largest = np.abs(values).max()
    assert min(universal(band(values, theirs["mad"], 2 * len(values))), largest) == pytest.approx(
        theirs["universal"], rel=1e-12
    )


def test_fdr_thresholds_keep_what_those_of_wavethresh_keep(golden):
    values, theirs = np.array(golden["values"]), golden["wavethresh"]["fdr"]
    kept = np.abs(values) > fdr(band(values, golden["sigma"]))
    expected = np.abs(values) >= theirs - 1e-9 if theirs != "NA" else np.zeros(values.size, bool)
    np.testing.assert_array_equal(kept, expected)
    assert kept.any() == (theirs != "NA")


def mad(values):
    """The noise level as R has it."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


@pytest.mark.parametrize("place", range(len(SIGNAL["levels"])), ids=lambda place: f"level {SIGNAL['levels'][place]}")
def test_level_by_level_a_whole_signal_gets_the_thresholds_of_wavethresh(place):
    values, theirs = np.array(SIGNAL["coefficients"][place]), SIGNAL["by_level"]
    assert universal(band(values, mad(values))) == pytest.approx(theirs["universal"][place], rel=1e-12)
    sigma = mad(np.concatenate(SIGNAL["coefficients"]))  # its "sure" takes one noise level for all
    assert hybrid(band(values, sigma)) / sigma == pytest.approx(theirs["sure"][place], rel=1e-12)


def test_globally_all_levels_count_as_one_band():
    values = np.concatenate(SIGNAL["coefficients"])
    assert universal(band(values, mad(values))) == pytest.approx(SIGNAL["global"]["universal"][0], rel=1e-12)
    assert hybrid(band(values, mad(values))) == pytest.approx(SIGNAL["global"]["sure"][0], rel=1e-12)
