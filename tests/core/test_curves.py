"""Curves drawn by hand: short texts that come back as the same signal, and texts that are none."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import drsn_core as drsn
from drsn_core.errors import BadParameter
from drsn_core.recipe import Noise, Recipe, drawn, from_query, prepare, to_query
from drsn_core.synth import curves

heights = arrays.arrays(np.float64, curves.POINTS, elements=st.floats(-1, 1))


@given(heights)
def test_a_curve_comes_back_within_half_a_step(given):
    text = curves.encode(given)
    back = curves.decode(text)
    assert np.abs(back - given).max() <= 1 / curves.TOP + 1e-12
    assert curves.encode(back) == text


def test_the_text_needs_no_escaping_in_a_link():
    assert set(curves.EXAMPLE) <= set(string.ascii_letters + string.digits + "-_")
    assert len(curves.EXAMPLE) == 192


def test_zero_and_the_ends_are_exact():
    back = curves.decode(curves.encode([0.0, 1.0, -1.0] * 32))
    np.testing.assert_array_equal(back, [0.0, 1.0, -1.0] * 32)
    assert not curves.decode(curves.FLAT).any()


def test_what_lies_outside_is_cut_off():
    np.testing.assert_array_equal(curves.decode(curves.encode(np.linspace(-9, 9, 96)))[[0, -1]], [-1, 1])


@given(st.text(max_size=400) | st.text("AZaz09-_", min_size=191, max_size=193).filter(lambda t: len(t) != 192))
def test_other_texts_are_refused(text):
    with pytest.raises(BadParameter):
        curves.decode(text)


@pytest.mark.parametrize("bad", [None, 3, b"AA" * 96, "A" * 191 + "é", "A" * 191 + "\n"])
def test_what_only_looks_like_a_curve_is_refused(bad):
    with pytest.raises(BadParameter):
        curves.decode(bad)


@pytest.mark.parametrize("bad", [[0.0] * 95, [np.nan] * 96, [np.inf] * 96, [[0.0] * 96]])
def test_only_so_many_finite_heights_are_a_curve(bad):
    with pytest.raises(BadParameter):
        curves.encode(bad)


@pytest.mark.parametrize("length", [16, 95, 96, 97, 2048])
def test_a_drawn_signal_goes_from_the_first_point_to_the_last(length):
    slope = np.linspace(-1, 1, curves.POINTS)
    signal = drsn.synth.drawn(curves.encode(slope), length)
    assert signal.samples.shape == (1, length)
    assert signal.seconds == pytest.approx(1)
    np.testing.assert_allclose(signal.samples[0], np.linspace(-1, 1, length), atol=1.01 / curves.TOP)


def test_a_drawn_recipe_survives_its_link_and_knows_its_clean_signal():
    made = Recipe(drawn(curves.encode(np.sin(np.arange(96) / 9)), 512), Noise(snr_db=3.0))
    assert from_query(to_query(made)) == (made, [])
    experiment = prepare(made)
    np.testing.assert_array_equal(experiment.clean.samples, drsn.synth.drawn(made.source.curve, 512).samples)
    assert prepare(Recipe(made.source, Noise("none"))).clean is not None


@pytest.mark.parametrize("text", ["", "scribble", "A" * 192 + "!", "A" * 10_000])
def test_a_link_with_a_bad_curve_shows_the_example_and_says_so(text):
    found, problems = from_query({"source": "drawn", "curve": text})
    assert found.source == drawn(curves.EXAMPLE)
    assert [(p.part, p.used) for p in problems] == [("curve", "example")]
    assert len(problems[0].value) <= 60
