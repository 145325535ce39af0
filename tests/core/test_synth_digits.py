"""Digits by pen and by voice: what they promise, and whether networks that know people's recognise them."""

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import tasks
from drsn_core.errors import BadParameter
from drsn_core.synth import digits
from drsn_core.synth.digits import STROKES, curve

DIGITS = range(10)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_written_digit_is_light_on_dark_in_the_middle_and_of_the_height_of_mnist(digit):
    for seed in (0, 3):
        pixels = drsn.synth.written_digit(digit, seed=seed).pixels[0]
        assert pixels.shape == (28, 28)
        assert 0 == pixels.min() <= pixels.max() == 1
        at = np.arange(28)
        centre = [(pixels.sum(axis=axis) @ at) / pixels.sum() for axis in (0, 1)]
        np.testing.assert_allclose(centre, 13.5, atol=0.3)
        rows = np.flatnonzero(pixels.max(axis=1) > 0.2)
        assert 19 <= np.ptp(rows) + 1 <= 25


def test_networks_that_have_learned_from_people_read_what_the_pen_writes():
    for model in ("drsn-cs", "drsn-cw"):
        found = [drsn.predict(drsn.synth.written_digit(d, seed=d % 3), "digits", model) for d in DIGITS]
        assert [int(one.label) for one in found] == list(DIGITS)
        assert np.mean([one.unlike for one in found]) < 0.2


def test_networks_that_have_heard_people_understand_half_of_the_spoken_words():
    for model in ("drsn-cs", "drsn-cw"):
        found = [drsn.predict(drsn.synth.spoken_digit(d), "speech", model) for d in DIGITS]
        right = [one.label == tasks.DIGIT_WORDS[i] for i, one in enumerate(found)]
        assert np.mean(right) >= 0.5
        assert np.median([one.strangeness[0] for one in found]) < 1.1


@pytest.mark.parametrize("digit", DIGITS)
def test_a_spoken_digit_is_one_utterance_that_reaches_full_scale(digit):
    said = drsn.synth.spoken_digit(digit)
    assert said.name == f"spoken-{tasks.DIGIT_WORDS[digit]}"
    assert np.abs(said.samples).max() == 1
    assert 0.3 < said.seconds < 0.7
    cut = tasks.windows(said, tasks.TASKS["speech"])
    assert cut.raw.shape == (1, 4096)
    slower = drsn.synth.spoken_digit(digit, tempo=0.5)
    assert slower.length - 800 == pytest.approx(2 * (said.length - 800), rel=0.01)


def test_the_pitch_of_a_word_is_the_one_asked_for():
    for pitch in (100.0, 200.0):
        voice = drsn.synth.spoken_digit(0, pitch_hz=pitch).samples[0]
        middle = voice[voice.size // 2 - 400 : voice.size // 2 + 400]
        alike = np.correlate(middle, middle, "full")[800 - 1 :]
        lag = 25 + int(alike[25:100].argmax())
        assert 8000 / lag == pytest.approx(pitch, rel=0.15)


def test_a_seed_is_a_hand_and_a_voice():
    for make in (
        lambda seed: drsn.synth.written_digit(8, seed=seed).pixels,
        lambda seed: drsn.synth.spoken_digit(8, seed=seed).samples,
    ):
        assert np.array_equal(make(4), make(4))
        assert make(4).shape != make(5).shape or not np.array_equal(make(4), make(5))


def test_a_larger_picture_shows_the_same_digit():
    small, large = (drsn.synth.written_digit(5, side=side).pixels[0] for side in (28, 112))
    assert np.abs(large.reshape(28, 4, 28, 4).mean(axis=(1, 3)) - small).mean() < 0.02 < small.mean()


def test_a_curve_passes_through_the_points_of_its_stroke():
    for strokes in STROKES.values():
        for stroke in strokes:
            np.testing.assert_allclose(curve(np.array(stroke), 6)[::6], stroke, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (drsn.synth.written_digit, {"digit": 10}),
        (drsn.synth.written_digit, {"digit": True}),
        (drsn.synth.written_digit, {"digit": 3, "side": 8}),
        (drsn.synth.written_digit, {"digit": 3, "pen": float("nan")}),
        (drsn.synth.written_digit, {"digit": 3, "seed": -1}),
        (drsn.synth.spoken_digit, {"digit": "7"}),
        (drsn.synth.spoken_digit, {"digit": 7, "pitch_hz": 20}),
        (drsn.synth.spoken_digit, {"digit": 7, "tempo": 5}),
    ],
)
def test_what_cannot_be_written_or_said_is_refused(make, settings):
    with pytest.raises(BadParameter):
        make(**settings)


def test_strokes_come_back_from_their_text():
    strokes = [[(0.0, 0.0), (1.0, 1.0)], [(0.5, 0.25)]]
    first, second = digits.decode_strokes(digits.encode_strokes(strokes))
    np.testing.assert_allclose(first, strokes[0])
    np.testing.assert_allclose(second, [[0.5, 0.25]] * 2, atol=1 / 126)


@pytest.mark.parametrize("text", ["", "A", "AB.", "AB..CD", "A B", "A" * 5000, None, 7])
def test_what_is_no_stroke_is_refused(text):
    with pytest.raises(BadParameter):
        digits.decode_strokes(text)
    with pytest.raises(BadParameter):
        digits.drawn_digit(text)


@pytest.mark.parametrize("strokes", [[], [[]], [[(0.5, 0.5)] * 601]])
def test_no_strokes_and_too_many_are_refused(strokes):
    with pytest.raises(BadParameter):
        digits.encode_strokes(strokes)


def test_a_drawn_digit_has_the_size_and_the_place_of_mnist_wherever_it_was_drawn():
    small = [[(0.1 + 0.2 * u, 0.1 + 0.2 * v) for u, v in stroke] for stroke in digits.STROKES[7]]
    large = [[(0.1 + 0.8 * u, 0.1 + 0.8 * v) for u, v in stroke] for stroke in digits.STROKES[7]]
    for strokes in (small, large):
        pixels = digits.drawn_digit(digits.encode_strokes(strokes)).pixels[0]
        rows = np.flatnonzero((pixels > 0.3).any(axis=1))
        assert 19 <= rows[-1] - rows[0] + 1 <= 24
        at = np.arange(28) + 0.5
        centre = [pixels.sum(axis=1) @ at / pixels.sum(), pixels.sum(axis=0) @ at / pixels.sum()]
        np.testing.assert_allclose(centre, 14, atol=0.6)  # what stands out below is cut off
        assert drsn.predict(drsn.Image(pixels), "digits", "resnet").label == "7"


def test_a_dot_is_drawn_as_a_dot():
    pixels = digits.drawn_digit(digits.encode_strokes([[(0.3, 0.3)]])).pixels[0]
    assert 0 < (pixels > 0).sum() < 16
