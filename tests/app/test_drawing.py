"""Drawing a signal, without a browser: the pad on every page for signals, from links good and bad."""

import json

import numpy as np
import pytest

from app import state
from app.i18n import LANGUAGES, Words
from app.widgets import pad
from drsn_core.recipe import Recipe, drawn
from drsn_core.synth import curves
from tests.app.pages import go
from tests.app.test_denoise_page import open_page, shown, text_of, widget

#: A short signal and two methods that answer at once, where a test is not about what they make of it.
QUICK = {"n": "128", "a": "visushrink", "b": "savgol"}
CURVE = curves.encode(np.sin(np.arange(curves.POINTS) / 8))


def pads(page):
    """What the drawing pads of a page have been given."""
    given = [json.loads(one.proto.json) for one in page.get("bidi_component")]
    return [one for one in given if "alphabet" in one]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_drawn_signal_is_denoised_and_scored(lang):
    page = open_page(lang=lang, source="drawn", curve=CURVE, n="1024")
    assert not page.exception
    assert not page.error
    (given,) = pads(page)
    assert given["curve"] == CURVE
    assert given["words"]["clear"] == Words(lang)("draw.clear")
    assert len(page.metric) == 3
    assert float(page.metric[2].value.removesuffix(" dB")) > float(page.metric[0].value.removesuffix(" dB")) + 5
    assert any(record["name"] == Words(lang)("figure.clean") for record in shown(page, "signal")["data"])


def test_the_pad_comes_with_the_choice_and_goes_with_it():
    page = open_page(lang="en", **QUICK)
    assert pads(page) == []
    widget(page, "segmented_control", "source-kind").set_value("draw").run()
    assert [one["curve"] for one in pads(page)] == [curves.EXAMPLE]
    assert page.session_state["recipe"].source.kind == "drawn"
    widget(page, "segmented_control", "source-kind").set_value("gallery").run()
    assert pads(page) == []
    page.button(key="undo").click().run()
    assert pads(page) != []


def test_a_drawing_is_still_there_after_a_look_at_the_gallery():
    page = open_page(lang="en", source="drawn", curve=CURVE, **QUICK)
    widget(page, "segmented_control", "source-kind").set_value("gallery").run()
    widget(page, "segmented_control", "source-kind").set_value("draw").run()
    assert page.session_state["recipe"].source.curve == CURVE


def test_an_empty_pad_asks_for_a_line_instead_of_failing():
    page = open_page(lang="en", source="drawn", curve=curves.FLAT, **QUICK)
    assert not page.error
    assert Words("en")("draw.empty") in text_of(page)
    assert len(pads(page)) == 1


def test_a_bad_curve_in_a_link_is_named_and_the_example_shown():
    page = open_page(lang="en", source="drawn", curve="<script>", **QUICK)
    assert "curve" in "\n".join(t.value for t in page.text)
    assert [one["curve"] for one in pads(page)] == [curves.EXAMPLE]


def test_the_link_of_a_drawing_leads_back_to_it():
    page = open_page(lang="zh", source="drawn", curve=CURVE, snr="2", **QUICK)
    parts = state.link_parts(page.session_state["recipe"], page.session_state["view"])
    assert open_page(**parts).session_state["recipe"] == page.session_state["recipe"]


def test_other_pages_for_signals_have_the_pad_too():
    page = open_page(lang="en", source="drawn", curve=CURVE, **QUICK)
    for where in ("compare", "inside"):
        assert len(pads(go(page, where))) == 1
        assert not page.error


def test_what_is_no_curve_is_not_taken(monkeypatch):
    taken = []
    monkeypatch.setattr(state, "take", taken.append)
    now = Recipe(drawn(CURVE))
    for curve in ("", CURVE[:-1], "!" * 192, CURVE):
        pad.adopt(now, curve)
    assert taken == []
    pad.adopt(now, curves.EXAMPLE)
    assert taken == [Recipe(drawn(curves.EXAMPLE))]
