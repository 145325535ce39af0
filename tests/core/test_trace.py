"""Records of blocks, one by one and together."""

import dataclasses

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import inspection
from drsn_core.classical.thresholding import soft
from drsn_core.learned import network_of, run
from drsn_core.nn.thresholding import soft_formula
from drsn_core.trace import middle_of_rows, record, records, soft_record


@pytest.mark.parametrize("length", [1, 2, 7, 100, 1001])
def test_the_middle_of_rows_is_their_median(length):
    x = np.abs(np.random.default_rng(length).normal(size=(3, length)))
    expected = np.median(x, axis=1)
    np.testing.assert_array_equal(middle_of_rows(x), expected)


def test_blocks_described_together_are_described_as_one_by_one():
    rng = np.random.default_rng(0)
    befores = [rng.normal(size=shape) for shape in ((1000,), (501,), (2, 7), (1,))] + [
        np.zeros(4),
        np.array([0.0, 2.0]),
    ]
    rows = [(f"band {k}", x, soft(x, 0.5 * k), 0.5 * k) for k, x in enumerate(befores)]
    for together, (name, before, after, tau) in zip(records(rows), rows, strict=True):
        alone = dataclasses.asdict(record(name, before.reshape(1, -1), after.reshape(1, -1), tau))
        for key, value in dataclasses.asdict(together).items():
            if isinstance(value, np.ndarray):
                assert value.shape == (1,), key
                np.testing.assert_allclose(value, alone[key], rtol=1e-13, err_msg=key)
            else:
                assert value == alone[key]


def test_no_blocks_have_no_records():
    assert records([]) == []


def test_a_record_of_nan_says_nan():
    found = record("block", np.array([[1.0, np.nan, 2.0]]), np.array([[0.0, np.nan, 1.0]]), 1.0)
    assert np.isnan(found.noise[0])
    assert np.isnan(found.magnitude[0])


@pytest.mark.parametrize("key", ["bayesshrink", "ebayes", "dual-tree"])
def test_what_is_described_is_what_was_done_inside_the_data(key):
    """Of a threshold rule, the share of zeros and the peak can be counted again from the record's own threshold."""
    noisy = drsn.add_noise(drsn.synth.signal("doppler", length=500), "gaussian", snr_db=5, seed=0)
    trace = drsn.denoise(noisy, key).trace
    for block in trace.records:
        assert block.peak is not None
        assert (block.zeroed == 1) == (block.peak <= block.threshold)
        assert 0 <= block.energy_removed <= 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_soft_thresholding_is_described_without_being_done(dtype, scale):
    rng = np.random.default_rng(0)
    before = (rng.standard_t(3, size=(5, 301)) * scale).astype(dtype)
    before[:, :3] = 0
    before[3] = 0
    threshold = np.float64(np.array([0.0, 0.5, 1.5, 0.1, 99.0]) * scale).astype(dtype).astype(np.float64)
    threshold[1] = np.abs(before[1, 7])  # what is as large as the threshold becomes zero
    alpha, magnitude = rng.random(5), np.abs(before).mean(axis=1).astype(np.float64)
    quick = soft_record("block", before, threshold, alpha=alpha, magnitude=magnitude)
    wide = before.astype(np.float64)
    slow = record("block", wide, soft(wide, threshold[:, None]), threshold, alpha=alpha, magnitude=magnitude)
    for key, value in dataclasses.asdict(slow).items():
        if isinstance(value, np.ndarray):
            got = getattr(quick, key)
            assert got.dtype == np.float64, key
            np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-6 if key == "energy_removed" else 0, err_msg=key)
    assert quick.zeroed[0] == 0
    assert quick.zeroed[4] == 298 / 301  # what was zero before has not become so


@pytest.mark.parametrize("name", ["drsn-cw", "drsn-cs", "wavelet-attention"])
def test_the_quick_way_through_a_network_says_what_the_long_one_says(name):
    network = network_of(name)
    noisy = drsn.add_noise(drsn.synth.signal("bumps", length=700), snr_db=3).samples[0]
    _, decisions = run(network, ((noisy - noisy.mean()) / noisy.std())[None])
    for block, decision in zip(network.names(), decisions, strict=True):
        quick = inspection.together(block, decision)
        slow = inspection.together(block, decision, soft_formula)
        for key, value in dataclasses.asdict(slow).items():
            if isinstance(value, np.ndarray):
                got = getattr(quick, key)
                np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-5 if key == "energy_removed" else 0)
