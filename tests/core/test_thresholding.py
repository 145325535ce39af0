"""Seven numbers and what every kind of thresholding makes of them."""

import numpy as np
import pytest
import pywt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drsn_core.classical.thresholding import SHRINKS, soft

SEVEN = np.array([-3.0, -1.0, -0.5, 0.0, 0.5, 1.5, 4.0])
MADE_OF_SEVEN = {
    "soft": [-2.0, 0.0, 0.0, 0.0, 0.0, 0.5, 3.0],
    "hard": [-3.0, 0.0, 0.0, 0.0, 0.0, 1.5, 4.0],
    "garrote": [-3 + 1 / 3, 0.0, 0.0, 0.0, 0.0, 1.5 - 1 / 1.5, 3.75],
    "firm": [-3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 4.0],
    "scad": [-(2.7 * 3 - 3.7) / 1.7, 0.0, 0.0, 0.0, 0.0, 0.5, 4.0],
}

numbers = arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6))
thresholds = st.floats(0, 1e6)


@pytest.mark.parametrize("kind", SHRINKS)
def test_seven_numbers_at_threshold_one(kind):
    np.testing.assert_allclose(SHRINKS[kind](SEVEN, 1.0), MADE_OF_SEVEN[kind], rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", SHRINKS)
@given(x=numbers, tau=thresholds)
def test_shrinking_is_odd_and_never_enlarges(kind, x, tau):
    y = SHRINKS[kind](x, tau)
    np.testing.assert_array_equal(SHRINKS[kind](-x, tau), -y)
    assert np.all(np.abs(y) <= np.abs(x) * (1 + 1e-15))  # scad's middle piece may round up


@pytest.mark.parametrize("kind", SHRINKS)
@given(x=numbers)
def test_a_threshold_of_zero_is_the_identity(kind, x):
    np.testing.assert_array_equal(SHRINKS[kind](x, 0.0), x)


@pytest.mark.parametrize("kind", SHRINKS)
@given(x=numbers, tau=thresholds, more=thresholds)
def test_a_larger_threshold_never_keeps_more(kind, x, tau, more):
    assert np.all(np.abs(SHRINKS[kind](x, tau + more)) <= np.abs(SHRINKS[kind](x, tau)) * (1 + 1e-12) + 1e-9)


@pytest.mark.parametrize("kind", ["soft", "hard", "garrote", "firm"])
def test_pywavelets_agrees_where_it_is_defined(kind):
    x = np.random.default_rng(0).normal(size=500)
    theirs = pywt.threshold_firm(x, 0.7, 1.4) if kind == "firm" else pywt.threshold(x, 0.7, kind)
    np.testing.assert_allclose(SHRINKS[kind](x, 0.7), theirs, atol=1e-14)


def test_soft_of_zeros_at_zero_is_zero_where_pywavelets_once_gave_nan():
    np.testing.assert_array_equal(soft(np.zeros(4), 0.0), np.zeros(4))
