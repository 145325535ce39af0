"""The filters that shrinkage is compared with: what each of them promises by itself."""

import sys
import types

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import catalog
from drsn_core.classical import filters
from drsn_core.classical.filters import NonLocalMeans, TotalVariation
from drsn_core.data import Image, Signal
from drsn_core.errors import BadParameter, MissingPackage, Unsupported
from drsn_core.metrics import snr_db

FILTERS = [key for key, info in catalog.methods().items() if info.family == "filter" and Signal in info.takes]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("key", ["wiener", "tv", "nlm"])
def test_neither_offset_nor_scale_matters(key):
    noisy = np.random.default_rng(1).normal(size=500).cumsum()
    estimate = drsn.denoise(noisy, key).estimate
    moved = drsn.denoise(-3e6 * noisy + 1e8, key).estimate
    np.testing.assert_allclose((moved - 1e8) / -3e6, estimate, atol=1e-6)


@pytest.mark.parametrize("key", ["wiener", "tv", "nlm"])
def test_where_there_is_no_noise_nothing_changes(key):
    steps = np.repeat([0.0, 3.0, -1.0, 2.0], 50)
    np.testing.assert_array_equal(drsn.denoise(steps, key).estimate, steps)
    noisy = RNG.normal(size=200)
    np.testing.assert_array_equal(drsn.denoise(noisy, key, sigma=0).estimate, noisy)


@pytest.mark.parametrize("key", ["wiener", "tv", "nlm"])
def test_a_higher_noise_level_means_a_smoother_result(key):
    noisy = drsn.add_noise(drsn.synth.signal("heavisine", length=800), snr_db=5, seed=0).samples[0]
    sizes = [np.std(np.diff(drsn.denoise(noisy, key, sigma=sigma).estimate)) for sigma in (0.2, 1.0, 3.0)]
    assert sizes == sorted(sizes, reverse=True)


def test_the_mean_of_the_window_is_all_that_wiener_leaves_of_noise():
    noisy = np.random.default_rng(2).normal(size=400)
    estimate = drsn.denoise(noisy, "wiener", window=5, sigma=100).estimate
    np.testing.assert_allclose(estimate[2:-2], np.convolve(noisy, np.ones(5) / 5, "valid"), atol=1e-12)


def test_savgol_lets_polynomials_of_its_degree_pass_and_none_above():
    t = np.linspace(-1, 1, 101)
    for degree in range(7):
        power = t**degree
        for window in (7, 101):
            found = drsn.denoise(power + 2, "savgol", window=window, degree=degree).estimate
            np.testing.assert_allclose(found, power + 2, atol=1e-12)
    assert np.abs(drsn.denoise(t**4, "savgol", window=51, degree=2).estimate - t**4).max() > 1e-3


def test_savgol_agrees_with_scipy_where_scipy_is_exact():
    from scipy.signal import savgol_filter

    noisy = RNG.normal(size=200)
    for window, degree in ((5, 0), (11, 1), (21, 3), (31, 4)):
        found = drsn.denoise(noisy, "savgol", window=window, degree=degree).estimate
        np.testing.assert_allclose(found, savgol_filter(noisy, window, degree), atol=1e-11)


def test_an_even_window_counts_as_the_next_odd_one():
    noisy = RNG.normal(size=300)
    for key in ("wiener", "savgol", "median"):
        even, odd = (drsn.denoise(noisy, key, window=window).estimate for window in (10, 11))
        np.testing.assert_array_equal(even, odd)


def test_a_median_removes_single_outliers_and_keeps_a_jump():
    jump = np.repeat([0.0, 5.0], 40)
    spoilt = jump.copy()
    spoilt[[7, 25, 60]] = 1000, -1000, 1000
    np.testing.assert_array_equal(drsn.denoise(spoilt, "median", window=5).estimate, jump)


def test_total_variation_goes_up_and_down_less_by_what_its_weight_costs():
    noisy = np.repeat([0.0, 1.0], 200) + 0.1 * np.random.default_rng(3).normal(size=400)
    energies = []
    for weight in (0.1, 0.2, 0.4):
        estimate = drsn.denoise(noisy, "tv", weight=weight).estimate
        energies.append(np.abs(np.diff(estimate)).sum())

        def objective(x, weight=weight):
            return 0.5 * np.sum((x - noisy) ** 2) + weight * np.abs(np.diff(x)).sum()

        assert objective(estimate) < objective(noisy)
        rng = np.random.default_rng(4)
        assert all(objective(estimate) < objective(estimate + 0.02 * rng.normal(size=400)) for _ in range(20))
    assert energies == sorted(energies, reverse=True)
    np.testing.assert_allclose(
        drsn.denoise(noisy, "tv", sigma=0.1).estimate, drsn.denoise(noisy, "tv", weight=0.4).estimate, rtol=1e-12
    )


@pytest.mark.parametrize("method", [TotalVariation, NonLocalMeans])
def test_a_long_signal_in_tiles_is_the_same_as_in_one_piece(method, monkeypatch):
    noisy = Signal(np.random.default_rng(5).normal(size=5000).cumsum())
    whole, _ = method()(noisy)
    monkeypatch.setattr(method, "TILE", 1024)
    steps = []
    tiled, _ = method()(noisy, steps.append)
    np.testing.assert_allclose(tiled.samples, whole.samples, rtol=1e-9, atol=1e-9)
    assert [(step.done, step.total) for step in steps[:5]] == [(i, 5) for i in range(1, 6)]


def test_what_is_raised_in_the_report_ends_the_work():
    def stop(step):
        raise KeyboardInterrupt

    for key in FILTERS:
        with pytest.raises(KeyboardInterrupt):
            drsn.denoise(RNG.normal(size=100), key, report=stop)


def test_non_local_means_of_a_row_is_the_formula_written_out():
    y = np.random.default_rng(6).normal(size=60).cumsum()
    sigma, patch, reach = 0.5, 5, 8
    h = 0.8 * sigma
    padded = np.pad(y, 20, "symmetric")
    expected = np.empty(60)
    for i in range(20, 80):
        weights = {}
        for j in range(i - reach, i + reach + 1):
            difference = padded[i - 2 : i + 3] - padded[j - 2 : j + 3]
            weights[j] = np.exp(-max(np.mean(difference**2) - 2 * sigma**2, 0) / h**2) if j != i else 1.0
        expected[i - 20] = sum(w * padded[j] for j, w in weights.items()) / sum(weights.values())
    found = drsn.denoise(y, "nlm", patch=patch, search=2 * reach + 1, sigma=sigma).estimate
    np.testing.assert_allclose(found[12:-12], expected[12:-12], rtol=1e-9)


def test_non_local_means_is_better_than_smoothing_where_the_signal_repeats():
    clean = np.tile(np.exp(-0.5 * ((np.arange(100) - 50) / 3.0) ** 2), 12)
    noisy = clean + 0.1 * np.random.default_rng(7).normal(size=clean.size)
    repeated, smoothed = (snr_db(clean, drsn.denoise(noisy, key).estimate) for key in ("nlm", "savgol"))
    assert repeated > smoothed + 3


def test_a_search_that_would_take_minutes_on_a_picture_is_refused():
    with pytest.raises(BadParameter, match="3 to 61 for pictures"):
        drsn.denoise(Image(np.eye(30)), "nlm", search=401)


def test_opponent_planes_are_orthonormal_and_serve_colour_better():
    from drsn_core.data import OPPONENT

    np.testing.assert_allclose(OPPONENT @ OPPONENT.T, np.eye(3), atol=1e-15)
    clean = np.kron(np.random.default_rng(8).uniform(size=(6, 6)), np.ones((8, 8))) * np.array([1.0, 0.9, 0.8]).reshape(
        3, 1, 1
    )
    noisy = Image(clean + 0.1 * np.random.default_rng(9).normal(size=clean.shape))
    for key in ("bayesshrink", "tv"):
        one, both = (
            snr_db(clean, drsn.denoise(noisy, key, colour=c).estimate.pixels) for c in ("channels", "opponent")
        )
        assert both > one + 0.5
    grey = Image(noisy.pixels[0])
    same = [drsn.denoise(grey, "tv", colour=c).estimate.pixels for c in ("channels", "opponent")]
    np.testing.assert_array_equal(*same)


@pytest.mark.parametrize("wrong", [{"gaps": "ignore"}, {"colour": "lab"}])
def test_other_ways_with_gaps_and_colours_are_refused_by_name(wrong):
    with pytest.raises(BadParameter, match="choose one of"):
        drsn.denoise(np.arange(8.0), "median", **wrong)


def test_bm3d_without_its_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "bm3d", None)  # as if it were not installed
    with pytest.raises(MissingPackage, match=r"pip install \"drsn-studio\[bm3d\]\""):
        drsn.denoise(Image(np.eye(30)), "bm3d")


def test_bm3d_is_given_each_plane_with_its_noise_level(monkeypatch):
    heard = []

    def stand_in(z, sigma_psd):
        heard.append((z.shape, sigma_psd))
        return 0.5 * z

    module = types.ModuleType("bm3d")
    module.bm3d = stand_in
    monkeypatch.setitem(sys.modules, "bm3d", module)
    pixels = np.random.default_rng(10).uniform(size=(3, 10, 40))
    estimate = drsn.denoise(Image(pixels), "bm3d", sigma=0.1).estimate.pixels
    assert [shape for shape, _ in heard] == [(16, 40)] * 3
    spans = np.ptp(pixels.reshape(3, -1), axis=1)
    np.testing.assert_allclose([sigma for _, sigma in heard], 0.1 / spans)
    low = pixels.min(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(estimate, low + 0.5 * (pixels - low))


def test_signals_are_refused_by_bm3d_and_pictures_by_savgol():
    with pytest.raises(Unsupported, match="takes images"):
        drsn.denoise(np.arange(8.0), "bm3d")
    with pytest.raises(Unsupported, match="takes signals"):
        drsn.denoise(Image(np.eye(8)), "savgol")


def test_importing_the_filters_loads_neither_scipys_filters_nor_scikit_image():
    code = (
        "import sys, drsn_core.classical.filters; print([m for m in ('skimage', 'scipy.signal') if m in sys.modules])"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert filters.__doc__
