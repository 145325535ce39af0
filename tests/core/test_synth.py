"""Synthetic signals: the numbers of the papers, the shapes of nature, and what a damaged bearing repeats."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, chirp, find_peaks, hilbert, sosfiltfilt

from drsn_core import synth
from drsn_core.data import Signal
from drsn_core.errors import BadParameter, UnknownName
from drsn_core.synth.vibration import FAULTS, Bearing, Machine, fault_frequencies, ring, vibration

# Mean, root mean square, and samples 1, 512, 1024, 1701 of 2048: computed once from the formulas of the two papers
# by code that shares nothing with ours.
PINS = {
    "step": (0.450195312500, 0.538697793294, [0.2, 0.2, 0.8, 0.2]),
    "wave": (0.5, 0.524404424085, [0.7999284735153551, 0.4, 0.7999999999999999, 0.4918710121347037]),
    "blip": (
        0.553202912402,
        0.586926514432,
        [0.3203310914836068, 0.7036402349214215, 0.6254946916666202, 0.21833984383066118],
    ),
    "blocks": (1.551464843750, 2.462559485322, [0.0, 0.5, 0.8999999999999999, 0.0]),
    "bumps": (
        0.280265116313,
        0.722016723051,
        [0.00016109654632367912, 5.052686334003056, 0.01287323411424801, 0.008088737708416987],
    ),
    "heavisine": (-0.839843750000, 3.086364323253, [0.024543538596617953, 0.0, -2.0, -3.392481379213188]),
    "doppler": (0.048367557928, 0.293015867686, [-0.021139212496339783, 0.0, -0.2703204087277996, 0.3508458479745632]),
    "angles": (0.3625, 0.408452396879, [0.5009765625, 0.2, 0.2, 0.209716796875]),
    "parabolas": (0.516000000015, 0.571057498740, [0.8, 0.275, 0.2, 0.7638423204422194]),
    "tshsine": (0.5, 0.542270322660, [0.5013805778361345, 0.7119134747355963, 0.5, 0.2001020221631652]),
    "spikes": (0.243477860322, 0.261628894877, [0.2, 0.32285579888192323, 0.20044811692734268, 0.3485227943114728]),
    "corner": (0.590740035166, 0.606192564226, [0.6000000009879649, 0.6994519043833287, 0.6, 0.3546245543856949]),
}

keys = pytest.mark.parametrize("key", synth.SIGNALS)


@pytest.mark.parametrize("key", PINS)
def test_benchmark_signals_are_those_of_the_papers(key: str) -> None:
    x = synth.signal(key).samples[0]
    mean, rms, some = PINS[key]
    assert x.mean() == pytest.approx(mean, abs=1e-12)
    assert np.sqrt(np.mean(x**2)) == pytest.approx(rms, abs=1e-12)
    np.testing.assert_allclose(x[[0, 511, 1023, 1700]], some, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["Blocks", "Bumps", "HeaviSine", "Doppler"])
@pytest.mark.parametrize("length", [64, 1000, 2048])
def test_four_signals_agree_with_pywavelets(name: str, length: int) -> None:
    theirs = pywt.data.demo_signal(name, length)
    np.testing.assert_allclose(synth.signal(name.lower(), length).samples[0], theirs, rtol=0, atol=1e-12)


def test_parabolas_and_corner_span_six_tenths() -> None:
    for key in ("step", "angles", "parabolas", "spikes", "corner"):
        assert np.ptp(synth.signal(key).samples) == pytest.approx(0.6, abs=1e-3), key


@pytest.mark.parametrize(
    ("key", "method", "last_hz"), [("linear-chirp", "linear", 100), ("quadratic-chirp", "quadratic", 150)]
)
def test_chirps_agree_with_scipy(key: str, method: str, last_hz: float) -> None:
    theirs = chirp(np.arange(1, 2049) / 2048, f0=5, t1=1, f1=last_hz, method=method)
    np.testing.assert_allclose(synth.signal(key).samples[0], theirs, rtol=0, atol=1e-9)


def test_multitone_has_four_lines_and_nothing_between() -> None:
    amplitude = np.abs(np.fft.rfft(synth.signal("multitone").samples[0])) / 1024
    lines = dict.fromkeys(range(1025), 0.0) | {5: 1.0, 12: 0.7, 40: 0.5, 97: 0.3}
    np.testing.assert_allclose(amplitude, list(lines.values()), atol=1e-9)


@keys
@given(length=st.integers(16, 3000), seed=st.integers(0, 2**70))
@settings(max_examples=15, deadline=None)
def test_every_signal_is_finite_and_audible_at_every_length(key: str, length: int, seed: int) -> None:
    made = synth.signal(key, length, seed)
    assert isinstance(made, Signal)
    assert made.samples.shape == (1, length)
    assert np.isfinite(made.samples).all()
    assert np.any(made.samples != 0)


@keys
def test_rate_and_unit_are_those_of_the_table(key: str) -> None:
    made, source = synth.signal(key, 500), synth.SIGNALS[key]
    assert (made.name, made.unit) == (key, source.unit)
    assert made.rate_hz == (source.rate_hz or 500)
    assert source.reference


@keys
def test_the_seed_matters_where_the_table_says_so_and_only_there(key: str) -> None:
    first, again, other = (synth.signal(key, 4000, seed).samples for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) != synth.SIGNALS[key].seeded


@pytest.mark.parametrize("key", ["ecg", "bearing-healthy", "bearing-inner-race", "bearing-ball", "multitone"])
def test_signals_with_a_rate_start_the_same_whatever_their_length(key: str) -> None:
    source = synth.SIGNALS[key]
    short, long = (synth.signal(key, n).samples[0] for n in (3000, 6000))
    if source.rate_hz:
        np.testing.assert_allclose(long[:2999], short[:2999], atol=1e-12)
    else:
        np.testing.assert_allclose(long[1::2], short, atol=1e-12)


def test_a_longer_recording_of_speech_begins_as_the_shorter() -> None:
    np.testing.assert_array_equal(synth.signal("speech", 5000).samples[0, :777], synth.signal("speech", 777).samples[0])


def test_ecg_beats_72_times_a_minute_with_r_waves_of_a_millivolt() -> None:
    made = synth.signal("ecg", 360 * 120)
    at, _ = find_peaks(made.samples[0], height=0.6)
    between = np.diff(at) / 360
    assert len(at) == pytest.approx(144, abs=3)
    assert np.std(between) / np.mean(between) == pytest.approx(0.03, abs=0.007)
    np.testing.assert_allclose(made.samples[0, at], 0.98, atol=0.02)


def test_ecg_beat_has_its_five_waves_in_order() -> None:
    x = synth.signal("ecg", 360 * 3).samples[0]
    r = int(find_peaks(x, height=0.6)[0][1])
    beat = x[r - 100 : r + 180]
    peaks, dips = find_peaks(beat, prominence=0.05)[0], find_peaks(-beat, prominence=0.05)[0]
    p, r, t = peaks
    q, s = dips
    assert p < q < r < s < t
    np.testing.assert_allclose(beat[[p, q, r, s, t]], [0.25, -0.14, 0.98, -0.22, 0.4], atol=0.02)


def test_speech_has_a_human_pitch_and_pauses_between_syllables() -> None:
    x = synth.signal("speech", 16_000).samples[0]
    assert np.max(np.abs(x)) <= 1
    loudness = np.sqrt(np.mean(x.reshape(-1, 160) ** 2, axis=1))
    syllables, _ = find_peaks(-loudness, prominence=0.05)
    assert 6 <= len(syllables) <= 12
    middle = x[600:1400] - x[600:1400].mean()
    similar = np.correlate(middle, middle, "full")[middle.size - 1 :]
    period = 40 + int(np.argmax(similar[40:160]))
    assert 80 < 8000 / period < 160


def test_an_skf_6205_has_the_multiples_of_its_data_sheet() -> None:
    found = fault_frequencies(synth.SKF_6205)
    assert found.bpfi == pytest.approx(5.4152, abs=5e-5)
    assert found.bpfo == pytest.approx(3.5848, abs=5e-5)
    assert found.ftf == pytest.approx(0.3983, abs=5e-5)
    assert 2 * found.bsf == pytest.approx(4.7135, abs=1e-4)


@given(balls=st.integers(3, 40), ratio=st.floats(0.01, 0.9), contact=st.floats(0, 89), shaft_hz=st.floats(0.1, 1000))
def test_the_two_races_share_the_passing_balls(balls: int, ratio: float, contact: float, shaft_hz: float) -> None:
    found = fault_frequencies(Bearing(balls, 40 * ratio, 40, contact), shaft_hz)
    assert found.bpfo + found.bpfi == pytest.approx(balls * shaft_hz)
    assert found.bpfo == pytest.approx(balls * found.ftf)


def envelope_spectrum(made: Signal) -> tuple[np.ndarray, np.ndarray]:
    high = butter(4, 2000, "high", fs=made.rate_hz, output="sos")
    envelope = np.abs(hilbert(sosfiltfilt(high, made.samples[0])))
    amplitude = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(made.length)))
    return np.fft.rfftfreq(made.length, 1 / made.rate_hz), amplitude


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("fault", "multiple"), [("inner-race", 5.4152), ("outer-race", 3.5848), ("ball", 4.7135)])
def test_the_envelope_of_a_damaged_bearing_repeats_at_its_fault_frequency(
    fault: str, multiple: float, seed: int
) -> None:
    hz, amplitude = envelope_spectrum(vibration(fault, length=2**14, shaft_hz=30, seed=seed))
    assert hz[np.argmax(amplitude)] == pytest.approx(multiple * 30, rel=0.01)


def test_an_inner_race_is_modulated_by_the_shaft_and_an_outer_race_is_not() -> None:
    def sideband(fault: str, carrier_hz: float) -> float:
        hz, amplitude = envelope_spectrum(vibration(fault, length=2**14, slip=0.0))
        near = [np.max(amplitude[np.abs(hz - f) < 3]) for f in (carrier_hz - 30, carrier_hz)]
        return float(near[0] / near[1])

    assert sideband("inner-race", 30 * 5.4152) > 0.4
    assert sideband("outer-race", 30 * 3.5848) < 0.02


def test_slip_moves_each_strike_by_its_share_of_the_period() -> None:
    made = vibration("outer-race", length=2**18, rate_hz=51_200, slip=0.02, damping=0.2, resonance_hz=3000)
    at, _ = find_peaks(np.diff(made.samples[0]), height=0.15, distance=240)
    between = np.diff(at) / made.rate_hz * 30 * 3.5848
    assert np.mean(between) == pytest.approx(1, abs=0.003)
    assert np.std(between) == pytest.approx(0.02, abs=0.004)


def test_a_healthy_bearing_only_hums_with_the_shaft() -> None:
    x = vibration("healthy", length=12_800, shaft_hz=30).samples[0]
    amplitude = np.abs(np.fft.rfft(x)) / 6400
    np.testing.assert_allclose(amplitude[[30, 60, 90]], [0.2, 0.1, 0.05], atol=1e-9)
    assert np.delete(amplitude, [30, 60, 90]).max() < 1e-9


def test_ringing_is_exact_between_samples() -> None:
    strikes, strengths = np.array([0.00203, 0.0111, 0.0112]), np.array([1.0, 0.5, -2.0])
    pole, step = complex(-300.0, 2 * np.pi * 1234.5), 1 / 8000
    t = np.arange(1, 401) * step
    after = t[:, None] - strikes
    literal = np.where(after >= 0, np.exp(np.real(pole) * after) * np.sin(np.imag(pole) * after), 0) @ strengths
    np.testing.assert_allclose(ring(strikes, strengths, 400, step, pole), literal, atol=1e-10)


@given(
    fault=st.sampled_from(list(FAULTS)),
    shaft_hz=st.floats(0.1, 500),
    damping=st.floats(0.001, 0.5),
    slip=st.floats(0, 0.1),
    resonance_hz=st.floats(1, 6399),
)
@settings(max_examples=40, deadline=None)
def test_vibration_is_finite_over_its_whole_range(
    fault: str, shaft_hz: float, damping: float, slip: float, resonance_hz: float
) -> None:
    made = vibration(
        fault, length=500, shaft_hz=shaft_hz, damping=damping, slip=slip, resonance_hz=resonance_hz, seed=3
    )
    assert np.isfinite(made.samples).all()
    assert made.unit == "m/s²"


def test_the_table_and_the_function_make_the_same_vibration() -> None:
    made = vibration("ball", length=2048, seed=5)
    np.testing.assert_array_equal(synth.signal("bearing-ball", 2048, 5).samples, made.samples)
    assert made.name == "bearing-ball"


@pytest.mark.parametrize("length", [15, 0, -1, 20_000_001, 2048.0, True, None, "64"])
def test_an_impossible_length_is_refused(length: object) -> None:
    with pytest.raises(BadParameter, match="16 to 20,000,000"):
        synth.signal("blocks", length)  # type: ignore[arg-type]
    with pytest.raises(BadParameter, match="16 to 20,000,000"):
        vibration(length=length)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 0.5, None, True, [1, 2]])
def test_an_impossible_seed_is_refused_even_where_nothing_is_random(seed: object) -> None:
    with pytest.raises(BadParameter, match="whole number from 0"):
        synth.signal("blocks", seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["block", "", None, ["doppler"]])
def test_a_miss_lists_the_signals(name: object) -> None:
    with pytest.raises(UnknownName, match=r"heavisine.*bearing-inner-race"):
        synth.signal(name)  # type: ignore[arg-type]


def test_a_miss_lists_the_faults() -> None:
    with pytest.raises(UnknownName, match="healthy, inner-race, outer-race, ball"):
        vibration("cage")


@pytest.mark.parametrize(
    "settings",
    [
        {"shaft_hz": 0},
        {"shaft_hz": np.nan},
        {"shaft_hz": 1500},
        {"damping": 0},
        {"damping": 1.0},
        {"slip": -0.01},
        {"slip": 0.2},
        {"resonance_hz": 0},
        {"resonance_hz": 6400},
        {"rate_hz": np.inf},
        {"rate_hz": np.nan},
        {"rate_hz": 300, "resonance_hz": 100},
    ],
    ids=str,
)
def test_a_machine_that_cannot_be_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(BadParameter, match=next(iter(settings))):
        vibration("inner-race", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "geometry", [{"balls": 2}, {"ball_mm": 0}, {"ball_mm": 40}, {"pitch_mm": -1}, {"contact_deg": 90}], ids=str
)
def test_a_bearing_that_cannot_be_is_refused(geometry: dict[str, float]) -> None:
    with pytest.raises(BadParameter, match=next(iter(geometry))):
        Bearing(**geometry)  # type: ignore[arg-type]


def test_defaults_of_the_function_are_those_of_the_machine() -> None:
    written = inspect.signature(vibration).parameters
    for field in dataclasses.fields(Machine):
        assert written[field.name].default == field.default
