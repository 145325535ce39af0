"""The figures of the page Compare and the picture of the subbands: finite, small, named, and true to their numbers."""

import json

import numpy as np
import pytest

from app.figures import levels, ranking, style
from app.figures.ranking import Entry
from app.i18n import Words

EN, ZH = Words("en"), Words("zh")
T = np.arange(1000) / 1000
CLEAN = np.sin(2 * np.pi * 3 * T)
NOISY = CLEAN + 0.1
GIVEN = {"rate_hz": 1000.0, "unit": "mV", "theme": "dark"}


def entry(label, family, errors, line=CLEAN):
    return Entry(label, family, "9.9 dB", np.arange(1000.0), line, np.asarray(errors, float))


THREE = [
    entry("One", "wavelet", [1, 1, 5, 5]),
    entry("Two", "learned", [2, 2, 2, 9]),
    entry("A rather long name of a method", "wavelet", [9, 9, 9, 1]),
]


def test_the_closest_is_the_one_with_the_least_error_there():
    np.testing.assert_array_equal(ranking.closest(THREE), [0, 0, 1, 2])
    np.testing.assert_array_equal(ranking.shares(THREE), [50, 25, 25])
    same = [entry("One", "wavelet", [1, 1]), entry("Two", "wavelet", [1, 1])]
    np.testing.assert_array_equal(ranking.shares(same), [100, 0])


def test_bars_stand_where_a_method_wins_and_wear_its_colour():
    figure = ranking.winners(NOISY, CLEAN, THREE, words=EN, **GIVEN)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [bar.name for bar in bars] == ["One: 50 %", "Two: 25 %", "A rather long name of a method: 25 %"]
    assert bars[0].base == pytest.approx([0])
    assert bars[0].x == pytest.approx([0.4995]), "half of the seconds that are drawn"
    assert [bar.marker.color for bar in bars] == [style.ROLES[e.family].color for e in THREE]
    assert (
        ranking.takeaway(THREE, EN) == "One comes closest in 50 % of the signal, Two in 25 %; 3 methods win somewhere."
    )
    assert ranking.takeaway(THREE[:1], ZH) == "One 处处最接近。"


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_small_multiples_share_one_scale_and_name_their_axes(count, words):
    many = [THREE[k % 3]._replace(label=f"{k + 1}. {THREE[k % 3].label}") for k in range(count)]
    figure = ranking.multiples(many, CLEAN, length=1000, words=words, **GIVEN)
    lines = [trace for trace in figure.data if trace.name != words("figure.clean")]
    assert len(lines) == count
    ranges = {tuple(axis.range) for axis in figure.select_yaxes()}
    assert len(ranges) == 1
    text = figure.to_json()
    assert sum(axis.title.text == words("figure.axis.value", unit="mV") for axis in figure.select_yaxes()) == 1
    assert sum(axis.title.text is not None for axis in figure.select_xaxes()) >= min(count, 2)
    assert "NaN" not in text
    assert all(np.asarray(trace.y).dtype == np.float32 for trace in figure.data)


def test_long_names_are_broken_before_they_meet_the_next_panel():
    figure = ranking.multiples(THREE, None, length=1000, words=EN, **GIVEN)
    last = figure.layout.annotations[-1].text
    assert "A rather long name of<br>a method<br>9.9 dB" in last


def test_names_are_text_and_not_markup():
    figure = ranking.winners(NOISY, CLEAN, [entry("<b>x</b>", "wavelet", [1, 2])], words=EN, **GIVEN)
    assert "<b>" not in "".join(a.text for a in figure.layout.annotations)


def test_a_level_keeps_its_largest_coefficients_and_counts_them_all():
    before = np.zeros(10_000)
    before[[17, 5_000]] = [-9.0, 2.0]
    before[100:200] = 0.1
    after = np.where(np.abs(before) > 1, before, 0)
    level = levels.thinned("detail 2", before, after, 1.0, 0.25)
    assert level.at.size == levels.STICKS
    assert level.before.max() == 9.0
    assert np.sort(level.after)[-2:].tolist() == [2.0, 9.0]
    assert level.zeroed == pytest.approx(1.0), "a hundred of ten thousand; what was zero before is not counted"
    assert levels.thinned("detail 9", np.ones(3), np.ones(3), 0.0, 0.0).at.size == 3


def drawn(words=EN, changed=(False, False), unit="", **other):
    fine = levels.thinned("detail 1", np.array([0.1, 2.0]), np.array([0.0, 1.0]), 1.0, 0.5)
    coarse = levels.thinned("detail 2", np.array([4.0]), np.array([4.0]), 0.0, 0.0)
    given = {"length": 1000, "rate_hz": 1000.0, "shrink": "soft", "fixed": False, "theme": "light"} | other
    return levels.picture([fine, coarse], [0.8, 0.0], changed, unit=unit, words=words, **given)


def test_the_picture_of_the_subbands_says_threshold_ghost_and_unit():
    first, second = drawn(changed=(True, False), unit="mV")["levels"]
    assert (first["mark"], first["tau"], first["own"], first["changed"]) == ("d1", 1.0, 0.8, True)
    assert first["top"] == 2.5, "five noise levels"
    assert second["top"] > 0, "a silent level still has a scale"
    picture = drawn(unit="mV")
    assert picture["words"]["unit"] == "τ (mV)"
    assert (picture["title"], picture["ticks"][0], picture["ticks"][-1]) == ("Time (s)", "0", "0.999")
    colours = {style.ROLES[role].color for role in ("noisy", "wavelet", "threshold", "yours")}
    assert set(picture["colors"].values()) == colours


@pytest.mark.parametrize("scale", [1.0, 1234.5678, 1e-9, 1e300, 1.7e308, 1e-299, 5e-324])
def test_sticks_have_four_digits_of_the_height_of_their_row_at_any_scale(scale):
    values = scale * np.array([0.123456789, 1.0, 0.5])
    level = levels.thinned("detail 1", values, values, scale, 0.0)
    row = levels.picture([level], [scale], [False], unit="", words=EN, length=3, rate_hz=1.0, shrink="soft",
                         fixed=False, theme="light")["levels"][0]  # fmt: skip
    assert np.isfinite(row["before"]).all()
    assert np.allclose(row["before"], level.before, rtol=0, atol=max(1e-3 * scale, 1e-300))
    if 1e-9 <= scale < 1e9:  # beyond, the last digits are those of binary numbers
        assert max(len(f"{x!r}".partition("e")[0]) for x in row["before"]) < 10
    assert json.loads(json.dumps(row)) == row


def test_the_sentence_of_the_subbands_counts_what_the_reader_changed():
    assert drawn()["alt"].endswith("the coarsest 0 %.")
    assert drawn(changed=(True, True))["alt"].endswith("You have set 2 of the thresholds.")
    assert drawn(ZH, changed=(True, False))["alt"].endswith("其中 1 个阈值由您设定。")
