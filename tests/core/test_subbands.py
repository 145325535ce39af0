"""Thresholds set by hand, and the coefficients they are set on."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core.catalog import make
from drsn_core.classical.subbands import subbands
from drsn_core.errors import BadParameter
from drsn_core.recipe import Choice, Recipe, choose, from_query, to_query

NOISY = drsn.add_noise(drsn.synth.signal("blocks", length=300), snr_db=5, seed=1)
TRANSFORMS = ("dwt", "swt")


def taus(method="wavelet", data=NOISY, **parameters):
    records = drsn.denoise(data, method, **parameters).trace.records
    return [float(r.threshold[0]) for r in records]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_threshold_set_by_hand_stands_where_it_is_set_and_the_rule_elsewhere(transform):
    own = taus(transform=transform, level=4)
    mine = taus(transform=transform, level=4, thresholds="auto 0.75 auto 0")
    assert mine == [own[0], 0.75, own[2], 0.0]
    same = taus(transform=transform, level=4, thresholds=" ".join(map(repr, own)))
    assert same == own


def test_all_thresholds_at_zero_change_nothing():
    result = drsn.denoise(NOISY, "visushrink", level=3, thresholds="0 0 0")
    np.testing.assert_allclose(result.estimate.samples, NOISY.samples, atol=1e-12)


def test_numbers_beyond_the_last_level_are_kept_but_not_used():
    assert taus(level=2, thresholds="1 2 3 4") == [1.0, 2.0]


def test_one_number_stands_for_all_orientations_of_a_picture():
    picture = drsn.Image(np.random.default_rng(0).random((32, 32)))
    assert taus(data=picture, level=1, thresholds="0.3") == [0.3] * 3


@pytest.mark.parametrize("text", ["high", "0.3 -1", "nan", "1e200", "0.3;0.4"])
def test_what_is_no_list_of_thresholds_is_refused(text):
    with pytest.raises(BadParameter, match="thresholds"):
        make("wavelet", thresholds=text)


def test_the_same_list_is_the_same_choice_and_survives_a_link():
    a, b = choose("wavelet", {"thresholds": "0.3, auto  2"}), choose("wavelet", {"thresholds": "0.30 auto 2.0 auto"})
    assert a == b
    assert choose("wavelet", {"thresholds": "auto auto"}) == Choice("wavelet")
    recipe = Recipe(a=a)
    assert from_query(to_query(recipe)) == (recipe, [])


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("shrink", ["soft", "hard"])
def test_subbands_are_those_of_the_trace(transform, shrink):
    parameters = {"transform": transform, "shrink": shrink, "level": 4, "thresholds": "auto 0.5"}
    method = make("bayesshrink", **parameters)
    trace = drsn.denoise(NOISY, "bayesshrink", **parameters).trace
    found = list(subbands(method, NOISY.samples[0]))
    for band, record in zip(found, trace.records, strict=True):
        assert band.name == record.name
        assert band.threshold == record.threshold[0]
        assert np.mean((band.after == 0) & (band.before != 0)) == pytest.approx(record.zeroed[0])
        assert np.abs(band.before).mean() == pytest.approx(record.magnitude[0])
        assert band.sigma == found[0].sigma > 0
