"""Codes of guesses: nothing gets lost, slips of the finger are noticed, and what a stranger pastes is harmless."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import guesses
from app.figures import guesses as figure
from app.guesses import ALPHABET, DIGITS, Question, encode, in_file, pasted, read, tally, to_file
from app.i18n import LANGUAGES, Words
from drsn_core.errors import BadParameter

NUMBER = Question("By how many dB?", unit="dB")
CHOICE = Question("Which is better?", ("wavelet", "network", "neither"))

whos = st.integers(0, 2**19 - 1)
numbers = st.floats(1e-4, 9e10) | st.floats(-9e10, -1e-4) | st.just(0.0)


@given(numbers, whos)
def test_a_number_comes_back_with_four_digits(value, who):
    found = read(encode(NUMBER, value, who))
    assert found.value == pytest.approx(value, rel=5.1e-4)
    assert (found.who, found.mark, found.is_choice) == (who, NUMBER.mark, False)


@given(st.integers(-DIGITS, DIGITS), st.integers(-3, 3), whos)
def test_four_digits_come_back_exactly(digits, exponent, who):
    value = float(f"{digits}e{exponent}")
    assert read(encode(NUMBER, value, who)).value == value


@given(st.integers(0, 2), whos)
def test_a_choice_comes_back(place, who):
    found = read(encode(CHOICE, place, who))
    assert (found.value, found.who, found.is_choice) == (place, who, True)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e12, -1e300])
def test_numbers_beyond_all_bounds_are_refused(value):
    with pytest.raises(BadParameter):
        encode(NUMBER, value, 0)


@pytest.mark.parametrize("value", [-1, 3, 0.5])
def test_choices_that_are_not_there_are_refused(value):
    with pytest.raises(BadParameter):
        encode(CHOICE, value, 0)


@given(numbers, whos, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_every_mistyped_sign_is_noticed(value, who, place, sign):
    signs = encode(NUMBER, value, who).replace("-", "")
    wrong = signs[:place] + sign + signs[place + 1 :]
    assert (read(wrong) is not None) == (wrong == signs)


@given(numbers, whos, st.integers(0, 10))
def test_every_swap_of_neighbours_is_noticed(value, who, place):
    signs = encode(NUMBER, value, who).replace("-", "")
    wrong = signs[:place] + signs[place + 1] + signs[place] + signs[place + 2 :]
    assert (read(wrong) is not None) == (wrong == signs)


def test_a_code_may_be_read_aloud_and_written_down_carelessly():
    code = encode(NUMBER, 1.5, 4242)
    careless = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read(careless) == read(code) != None  # noqa: E711
    assert read(code.replace("-", "–")) == read(code)


@given(st.text(max_size=200))
def test_whatever_is_no_code_is_none(text):
    found = read(text)
    assert found is None or len(text) >= 12


def test_nothing_but_zeros_is_no_code():
    assert read("0000-0000-0000") is None
    assert read("") is None


def test_who_guesses_again_is_counted_once_with_the_last_guess():
    codes = [encode(NUMBER, 1, who=7), encode(NUMBER, 5, who=8), encode(NUMBER, 2, who=7), encode(NUMBER, 5, who=8)]
    found = tally(codes, NUMBER)
    assert sorted(found.values) == [2, 5]
    assert found.again == 2


def test_codes_of_other_questions_and_slips_are_told_apart():
    codes = [encode(NUMBER, 1, 1), encode(CHOICE, 1, 2), encode(Question("Another?", unit="dB"), 3, 3), "nonsense"]
    found = tally(codes, NUMBER)
    assert found.values == (1,)
    assert (found.foreign, found.broken) == (2, ("nonsense",))
    assert tally(codes, CHOICE).counts(3) == [0, 1, 0]


def test_two_hundred_learners_who_all_guess_the_same_are_two_hundred():
    rng = np.random.default_rng(0)
    whos = rng.choice(2**19, 200, replace=False)
    assert len(tally([encode(CHOICE, 1, int(who)) for who in whos], CHOICE).values) == 200


def test_more_codes_than_a_school_has_are_not_read():
    assert len(tally((encode(NUMBER, 1, who) for who in range(9_999)), NUMBER).values) == guesses.MOST_CODES


def test_codes_are_found_in_what_a_chat_pastes():
    codes = [encode(CHOICE, place, place) for place in range(3)]
    text = f"{codes[0]}\n{codes[1]},  {codes[2].lower()};\n\n"
    assert tally(pasted(text), CHOICE).counts(3) == [1, 1, 1]


def test_a_learners_file_is_read_back_and_so_is_a_table_of_many():
    rows = [(float(i % 3), encode(CHOICE, i % 3, i)) for i in range(30)]
    assert list(in_file(to_file(CHOICE, rows))) == [code for _, code in rows]
    loose = "name;answer\n" + "\n".join(f"someone;{code}" for _, code in rows)
    assert tally(in_file(loose.replace(";", ",").encode()), CHOICE).counts(3) == [10, 10, 10]


@given(st.binary(max_size=2000))
def test_no_file_is_bad_enough_to_fail(data):
    tally(in_file(data), NUMBER)
    tally(in_file(b"code\n" + data), NUMBER)


def test_a_huge_cell_and_a_huge_file_are_cut():
    assert list(in_file(b'"' + b"A" * 10_000_000)) == []
    assert list(in_file(b"code," * 1_000_000)) == []


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1"])
def test_no_cell_of_a_table_is_a_formula(text):
    table = to_file(Question(text, (text, "b")), [(0.0, encode(Question(text, (text, "b")), 0, 1))])
    (_, row) = csv.reader(io.StringIO(table.decode("utf-8-sig")))
    assert row[0] == row[1] == f"'{text}"
    assert list(csv.reader(io.StringIO(to_file(NUMBER, [(-2.5, "x")]).decode("utf-8-sig"))))[1][1] == "-2.5"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_and_the_bars_say_how_many_found_the_truth(lang):
    words = Words(lang)
    found = tally([encode(CHOICE, place, who) for who, place in enumerate([1, 1, 1, 0])], CHOICE)
    said = figure.sentence(found, CHOICE.options, 1, "", words)
    assert ("75 %" if lang == "en" else "75%") in said
    assert "network" in said
    drawn = figure.bars(found, CHOICE.options, 1, words=words, theme="light")
    assert list(drawn.data[0].x) == [1, 3, 0]
    assert drawn.data[0].y[1].startswith("✓"), "right is not said by colour alone"


def test_the_histogram_holds_every_guess_and_the_truth():
    words = Words("en")
    for values, truth in (([1, 2, 2, 3, 9], 2.1), ([5, 5, 5], None), ([5], 5.0), ([0, 0], -1e6)):
        found = tally([encode(NUMBER, value, who) for who, value in enumerate(values)], NUMBER)
        drawn = figure.histogram(found, truth, "dB", words=words, theme="dark")
        assert sum(drawn.data[0].y) == len(values)
        low, high = drawn.layout.xaxis.range
        assert low < min(values) <= max(values) < high
        assert truth is None or low < truth < high
        assert len(drawn.layout.shapes) == (truth is not None)
    assert "2 came within" in figure.sentence(
        tally([encode(NUMBER, v, v) for v in (1, 20, 21)], NUMBER), (), 20.5, "dB", words
    )


def test_a_strangers_choice_draws_no_markup():
    evil = Question("?", ("<b onclick=alert(1)>x</b>", "b"))
    drawn = figure.bars(tally([encode(evil, 0, 1)], evil), evil.options, None, words=Words("en"), theme="light")
    assert "<b" not in drawn.data[0].y[0]
