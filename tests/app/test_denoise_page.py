"""The page Denoise, run without a browser: in both languages, from links good and bad, with files good and bad."""

import io
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import drsn_core as drsn
from app import first_picture, state
from app.i18n import LANGUAGES, Words
from drsn_core import bundle
from drsn_core import recipe as recipes
from drsn_core.recipe import Recipe


def open_page(**query):
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=60)
    for part, value in query.items():
        page.query_params[part] = value
    return page.run()


def shown(page, name):
    """The data of the figure ``name``."""
    charts = page.get("plotly_chart")
    return json.loads(charts[{"signal": 0, "thresholds": 1}[name]].proto.spec)


def text_of(page):
    parts = [*page.markdown, *page.caption, *page.text, *page.error, *page.info, *page.title, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def widget(page, kind, name):
    return next(w for w in getattr(page, kind) if str(w.key).startswith(name))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_picture_is_complete_without_a_click(lang):
    page = open_page(lang=lang)
    words = Words(lang)
    assert not page.exception
    assert not page.error
    assert page.title[0].value == words("denoise.title")
    labels = [m.label for m in page.metric]
    assert any("EBayes" in label for label in labels)
    assert any("DRSN-CW" in label for label in labels)
    assert len(page.get("plotly_chart")) == 2
    assert words("app.limits") in text_of(page)


def test_no_word_on_the_chinese_page_is_english_that_has_a_chinese_form():
    text = text_of(open_page(lang="zh"))
    english = Words("en")
    for key in ("denoise.intro", "thresholds.title", "listen.title", "download.title", "app.limits"):
        assert english(key) not in text


def test_the_shipped_first_picture_is_what_a_live_run_gives():
    experiment = recipes.prepare(Recipe())
    shipped = first_picture.result(Recipe(), Recipe().b)
    live = recipes.denoise(experiment, Recipe().b)
    np.testing.assert_allclose(shipped.estimate.samples, live.estimate.samples, atol=1e-4)
    for a, b in zip(shipped.trace.records, live.trace.records, strict=True):
        np.testing.assert_allclose(a.threshold, b.threshold, rtol=1e-3, atol=1e-5)
    assert first_picture.result(Recipe(), Recipe().a) is None


def test_a_link_sets_the_whole_page():
    link = {"v": "1", "source": "synth", "name": "bumps", "n": "1024", "noise": "laplacian", "snr": "-2.5", "seed": "9"}
    methods = {
        "a": "wavelet",
        "a.rule": "bayes",
        "a.level": "4",
        "b": "visushrink",
        "show": "removed",
        "ruler": "absolute",
    }
    page = open_page(lang="en", **link, **methods)
    assert not page.error
    assert widget(page, "selectbox", "signal").value == "bumps"
    assert widget(page, "slider", "snr").value == -2.5
    assert widget(page, "selectbox", "a-wavelet-rule").value == "bayes"
    assert widget(page, "number_input", "a-wavelet-level").value == 4
    names = {record["name"] for record in shown(page, "signal")["data"]}
    assert any("removed" in str(name).lower() for name in names)


def test_a_broken_link_is_named_part_by_part_and_the_page_still_works():
    page = open_page(lang="en", snr="7000", a="magic", colour="red", show="upside-down")
    told = "\n".join(t.value for t in page.text)
    for part in ("snr", "7000", "magic", "colour", "upside-down"):
        assert part in told
    assert len(page.get("plotly_chart")) == 2


def test_changing_noise_and_method_changes_scores_and_can_be_undone():
    page = open_page(lang="en")
    before = [m.value for m in page.metric]
    widget(page, "slider", "snr").set_value(-5.0).run()
    after = [m.value for m in page.metric]
    assert after != before
    assert page.session_state["recipe"].noise.snr_db == -5.0
    assert not page.button(key="undo").disabled
    widget(page, "selectbox", "method-a").set_value("sureshrink").run()
    assert "SureShrink" in page.metric[1].label
    page.button(key="undo").click().run()
    assert "EBayes" in page.metric[1].label
    page.button(key="undo").click().run()
    assert [m.value for m in page.metric] == before


def test_the_link_in_the_page_leads_back_to_it():
    page = open_page(lang="zh", name="ecg", snr="3")
    widget(page, "slider", "snr").set_value(8.0).run()
    parts = state.link_parts(page.session_state["recipe"], page.session_state["view"])
    again = open_page(**parts)
    assert again.session_state["recipe"] == page.session_state["recipe"]
    assert again.session_state["view"] == page.session_state["view"]
    assert [m.value for m in again.metric] == [m.value for m in page.metric]


def upload(page, data, name):
    widget(page, "segmented_control", "source-kind").set_value("upload").run()
    return page.file_uploader[0].set_value((name, data, "application/octet-stream")).run()


@pytest.fixture
def recording():
    """Two columns and a time column, as a logger writes them."""
    t = np.arange(900) / 250
    a, b = np.sin(2 * np.pi * 3 * t), np.sign(np.sin(2 * np.pi * t))
    rows = "\n".join(f"{x:.4f};{y:.5f};{z:.5f}".replace(".", ",") for x, y, z in zip(t, a, b, strict=True))
    return f"time [s];acc [g];switch\n{rows}\n".encode()


def test_an_own_file_is_denoised_by_both_methods(recording):
    page = upload(open_page(lang="en"), recording, "logger.csv")
    assert not page.error
    text = text_of(page)
    assert "900" in text
    assert "250" in text
    recipe = page.session_state["recipe"]
    assert (recipe.source.kind, recipe.noise.kind) == ("file", "none")
    assert len(page.get("plotly_chart")) == 2
    column = widget(page, "selectbox", "column")
    assert len(column.options) == 2
    column.set_value(column.options[1]).run()
    assert not page.error
    samples = drsn.read(recording, "logger.csv").channel(1)
    noisy = np.asarray(page.session_state["file"].signal.channel(1).samples)
    np.testing.assert_array_equal(noisy, samples.samples)


def test_another_array_of_the_same_file_can_be_chosen():
    buffer = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez(buffer, long=rng.normal(size=500), short=rng.normal(size=300), fs=50)
    page = upload(open_page(lang="en"), buffer.getvalue(), "two.npz")
    assert "500" in text_of(page)
    widget(page, "selectbox", "column").set_value("short").run()
    assert not page.error
    assert page.session_state["recipe"].source.column == "short"
    assert (
        state.OpenFile("", "two.npz", buffer.getvalue(), drsn.read(buffer.getvalue(), "two.npz")).chosen("short").length
        == 300
    )


def test_opening_a_file_can_be_undone(recording):
    page = upload(open_page(lang="en", name="bumps"), recording, "logger.csv")
    page.button(key="undo").click().run()
    assert page.session_state["recipe"].source.name == "bumps"
    assert page.session_state["recipe"].noise.kind == "gaussian"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("prose.txt", b"Once upon a time there was a signal. It had no numbers."),
        ("one.csv", b"5\n"),
        ("gaps.csv", b"1\nnan\n3\n4\n"),
        ("ragged.csv", b"1,2,3\n4,5\n6,7,8,9,10\n"),
        ("cut.wav", b"RIFF\x24\x08\x00\x00WAVEfmt "),
        ("<img src=x onerror=alert(1)>.npy", b"\x93NUMPY\x01\x00"),
        ("trick.npy", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bad_file_costs_one_sentence_and_everything_else_stays(name, data, lang):
    page = open_page(lang=lang, name="bumps", snr="1")
    before = page.session_state["recipe"]
    page = upload(page, data, name)
    assert not page.exception
    assert len(page.error) == 1
    assert "Traceback" not in page.error[0].value
    assert len(page.error[0].value) < 400
    assert page.session_state["recipe"] == before
    assert len(page.get("plotly_chart")) == 2


def test_after_a_bad_file_a_good_one_works(recording):
    page = upload(open_page(lang="en"), b"", "empty.csv")
    page = page.file_uploader[0].set_value(("logger.csv", recording, "text/csv")).run()
    assert not page.error
    assert page.session_state["recipe"].source.kind == "file"


def test_a_link_to_a_file_asks_for_that_file():
    page = open_page(lang="en", source="file", name="mine.csv", file="0123456789abcdef")
    assert "mine.csv" in page.info[0].value
    assert not page.get("plotly_chart")


def test_a_method_that_refuses_leaves_the_other_one_standing():
    page = open_page(lang="en", **{"n": "64", "a": "wavelet", "a.level": "12"})
    assert len(page.error) == 1
    assert "12" in page.error[0].value
    assert [m for m in page.metric if "DRSN" in m.label]


def test_a_stopped_recipe_does_not_start_again_by_itself():
    page = open_page(lang="en")
    page.session_state["stopped"] = page.session_state["recipe"]
    page.run()
    assert not page.get("plotly_chart")
    page.button(key="again").click().run()
    assert len(page.get("plotly_chart")) == 2


@pytest.mark.parametrize("show", state.SHOWS)
@pytest.mark.parametrize("ruler", state.RULERS)
def test_every_view_can_be_drawn(show, ruler):
    page = open_page(lang="en", show=show, ruler=ruler, start="20", stop="60")
    assert not page.error
    assert len(page.get("plotly_chart")) == 2


def subbands(page):
    """What the subband component was given."""
    (component,) = page.get("bidi_component")
    return json.loads(json.loads(component.proto.json))


def test_thresholds_set_by_hand_come_with_the_link_and_keep_their_ghosts():
    by_rule = subbands(open_page(lang="en"))["levels"]
    page = open_page(lang="en", **{"a.thresholds": "auto 0.9"})
    assert not page.error
    levels = subbands(page)["levels"]
    assert [level["changed"] for level in levels] == [False, True, *[False] * (len(levels) - 2)]
    assert levels[1]["tau"] == 0.9
    assert [level["own"] for level in levels] == [level["tau"] for level in by_rule]
    assert "You have set 1 of the thresholds." in text_of(page)
    assert widget(page, "text_input", "a-ebayes-thresholds").value == "auto 0.9"


def test_dragging_is_one_step_to_undo_and_leaves_everything_else(monkeypatch):
    from app.widgets import subbands as view

    page = open_page(lang="en", a="wavelet", **{"a.level": "3"})
    recipe = page.session_state["recipe"]
    taken = []
    monkeypatch.setattr(state, "take", taken.append)
    view.adopt(recipe, "a", [None, 0.5, None])
    view.adopt(taken[0], "a", [None, None, None])
    assert taken[0].a.values == {"level": 3, "thresholds": "auto 0.5"}
    assert (taken[0].b, taken[0].source) == (recipe.b, recipe.source)
    assert taken[1] == recipe


def test_the_subbands_of_either_wavelet_can_be_chosen_and_of_none_if_there_is_none():
    page = open_page(lang="en", a="visushrink", b="wavelet", bands="b")
    chosen = widget(page, "segmented_control", "bands")
    assert chosen.value == "b"
    assert subbands(page)["shrink"] == "soft"
    assert page.session_state["view"].bands == "b"
    page = open_page(lang="en", a="drsn-cw", b="drsn-cs")
    assert len(page.get("bidi_component")) == 0
    assert Words("en")("levels.title") not in text_of(page)


def test_a_list_of_thresholds_that_cannot_be_read_changes_nothing():
    page = open_page(lang="en")
    before = page.session_state["recipe"]
    widget(page, "text_input", "a-ebayes-thresholds").set_value("much").run()
    assert "much" in page.error[0].value
    assert page.session_state["recipe"] == before


def test_presets_come_first_and_the_free_wavelet_last():
    from app.widgets.methods import offered

    keys = offered()
    assert keys[0] == "visushrink"
    assert keys[-1] == "wavelet"
    assert keys.index("bayesshrink") < keys.index("drsn-cw")


def test_filters_have_no_thresholds_and_the_page_says_so():
    page = open_page(lang="en", a="tv", b="wiener")
    assert not page.exception
    assert not page.error
    assert any("Total variation" in m.label for m in page.metric)
    assert any(
        c.value.startswith(Words("en")("thresholds.takeaway.none", label="A · Total variation")) for c in page.caption
    )
