"""Signals, images, scores, errors and traces: the nouns that everything else passes on."""

import json
import pickle

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import Image, Signal, errors, metrics
from drsn_core.errors import BadData, BadParameter, DrsnError, TooShort
from drsn_core.trace import Trace, record


def test_a_signal_has_channels_length_and_seconds():
    signal = drsn.Signal(np.zeros((2, 100)), rate_hz=50)
    assert (signal.channels, signal.length, signal.seconds) == (2, 100, 2.0)
    assert drsn.Signal([1, 2, 3]).samples.shape == (1, 3)


def test_a_signal_owns_its_samples():
    mine = np.zeros(4)
    signal = drsn.Signal(mine)
    mine[0] = 9
    assert signal.samples[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        signal.samples[0, 0] = 1


@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf])
def test_a_rate_is_a_positive_number(rate):
    with pytest.raises(BadParameter):
        drsn.Signal([1, 2, 3], rate_hz=rate)


@pytest.mark.parametrize(
    ("shape", "kept"), [((5, 7), (1, 5, 7)), ((5, 7, 3), (3, 5, 7)), ((5, 7, 4), (3, 5, 7)), ((3, 5, 7), (3, 5, 7))]
)
def test_an_image_takes_the_usual_layouts(shape, kept):
    assert drsn.Image(np.zeros(shape)).pixels.shape == kept


@pytest.mark.parametrize("shape", [(5,), (2, 5, 7), (1, 1, 1, 1)])
def test_an_image_refuses_other_layouts(shape):
    with pytest.raises(BadData):
        drsn.Image(np.zeros(shape))
    with pytest.raises((BadData, TooShort)):
        drsn.Image(np.zeros((1, 9)))


def test_snr_counts_decibels():
    clean = np.array([3.0, -3.0])
    assert metrics.snr_db(clean, clean + 0.3) == pytest.approx(20.0)
    assert metrics.snr_db(clean, clean) == np.inf
    assert metrics.snr_db(np.zeros(2), np.ones(2)) == -np.inf
    assert metrics.scores(clean, clean + 3.0, clean + 0.3).gain_db == pytest.approx(20.0)
    assert metrics.scores(clean, clean, clean).gain_db == 0.0


def test_the_noise_level_is_robust_against_the_signal():
    rng = np.random.default_rng(0)
    x = 100 * np.sin(np.arange(10_000) / 300) + rng.normal(scale=2.0, size=10_000)
    assert metrics.noise_level(x) == pytest.approx(2.0, rel=0.05)
    assert metrics.noise_level(np.repeat([0.0, 5.0], 50)) == 0


def test_a_record_describes_what_shrinking_did():
    before = np.array([[3.0, -1.0, 0.5, 0.0]])
    after = np.array([[2.0, 0.0, 0.0, 0.0]])
    made = record("detail 1", before, after, 1.0)
    assert made.magnitude[0] == pytest.approx(1.125)
    assert made.zeroed[0] == 0.5  # of four values two became zero; the one that was zero does not count
    assert made.energy_removed[0] == pytest.approx((1 + 1 + 0.25) / 10.25)
    assert made.noise[0] == pytest.approx(0.75 / 0.6745)


def test_a_trace_survives_json():
    trace = Trace((record("a", np.ones((2, 4)), np.zeros((2, 4)), [0.5, 2.0], alpha=np.array([0.1, 0.9])),))
    again = Trace.from_dict(json.loads(json.dumps(trace.to_dict())))
    assert again.to_dict() == trace.to_dict()
    assert again.records[0].alpha.dtype == np.float64


EVERY_ERROR = {
    errors.FileProblem: ("x.csv", "why"),
    errors.EmptyFile: ("x.csv",),
    errors.UnknownFormat: ("x.csv", [".csv", ".wav"]),
    errors.DamagedFile: ("x.csv", "why"),
    errors.UnsafeFile: ("x.csv", "why"),
    errors.NoNumbers: ("x.csv", "why"),
    errors.TooLarge: ("The file", 20, 10, "bytes"),
    errors.BadData: ("why",),
    errors.NotFinite: (1, 2),
    errors.ComplexData: (),
    errors.TooShort: (1, 2),
    errors.NoPower: (),
    errors.BadParameter: ("level", 99, "1 to 9"),
    errors.UnknownName: ("method", "magic", ["a", "b"]),
    errors.Unsupported: ("drsn-cw", "images", "it takes signals"),
    errors.MissingPackage: ("bm3d", "bm3d", "pip install bm3d"),
    errors.BadRecipe: ("r.toml", "why"),
    errors.BadWeights: ("drsn-cw", "why"),
}


def family(kind=DrsnError):
    return {kind, *(member for child in kind.__subclasses__() for member in family(child))}


def test_every_error_of_the_family_is_tested():
    assert set(EVERY_ERROR) == {e for e in family() if e.__module__ == errors.__name__} - {DrsnError}


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda k: k.__name__)
def test_an_error_is_one_short_line_and_crosses_process_borders(kind):
    error = kind(*EVERY_ERROR[kind])
    assert "\n" not in str(error)
    assert len(str(error)) < 300
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.facts) == (kind, str(error), error.facts)
    assert kind.__name__ in errors.__doc__


def test_what_strangers_wrote_is_quoted_short_and_printable():
    error = errors.DamagedFile("x\n\x1b[31m" + "y" * 5000, "why")
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 300


def test_gaps_are_bridged_by_straight_lines_and_held_at_the_ends():
    signal = Signal.with_gaps([np.nan, 1.0, np.nan, np.nan, 4.0, np.nan], rate_hz=2.0, unit="g")
    np.testing.assert_array_equal(signal.samples, [[1, 1, 2, 3, 4, 4]])
    np.testing.assert_array_equal(signal.gaps, [[True, False, True, True, False, True]])
    np.testing.assert_array_equal(signal.values, [[np.nan, 1, np.nan, np.nan, 4, np.nan]])
    assert Signal.with_gaps([1.0, 2.0]).gaps is None


def test_gaps_stay_with_samples_of_the_same_shape_and_with_their_channel():
    signal = Signal.with_gaps([[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]])
    assert signal.with_samples(signal.samples + 1).gaps is not None
    assert signal.with_samples(signal.samples[:, :2]).gaps is None
    assert signal.channel(0).gaps.tolist() == [[False, True, False]]
    assert not signal.channel(1).gaps.any()
    with pytest.raises(ValueError, match="read-only"):
        signal.gaps[0, 0] = True


def test_a_missing_pixel_takes_the_value_of_the_nearest_one():
    image = Image.with_gaps([[1.0, np.nan, np.nan, 4.0], [1.0, 1.0, 4.0, np.nan]])
    np.testing.assert_array_equal(image.pixels[0], [[1, 1, 4, 4], [1, 1, 4, 4]])
    assert np.isnan(image.values).sum() == image.gaps.sum() == 3
    assert image.with_pixels(image.pixels * 2).gaps is not None
    colour = np.ma.masked_array(np.ones((5, 6, 3)), mask=np.eye(5, 6)[..., None] * [1, 0, 0])
    np.testing.assert_array_equal(Image.with_gaps(colour).gaps, [np.eye(5, 6), np.zeros((5, 6)), np.zeros((5, 6))])


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([np.nan, np.nan, np.nan], errors.BadData),
        ([[1.0, 2.0], [np.nan, np.nan]], errors.BadData),
        (np.ma.masked_all(4), errors.BadData),
        ([np.nan, np.inf, 1.0], errors.NotFinite),
        ([1.0, np.inf, 1.0], errors.NotFinite),
        ([np.nan + 1j, 1.0], errors.ComplexData),
        (np.array([None, 1.0], dtype=object), errors.BadData),
        ([np.nan], errors.BadData),
    ],
)
def test_what_cannot_be_bridged_is_refused(values, error):
    with pytest.raises(error):
        Signal.with_gaps(values)


def test_gaps_of_another_shape_are_refused():
    with pytest.raises(errors.BadData, match="do not belong"):
        Signal([1.0, 2.0, 3.0], gaps=np.zeros(3, bool))
