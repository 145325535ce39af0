"""The page Images, run without a browser: in both languages, from links good and bad, with files good and bad."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image as pillow
from streamlit.testing.v1 import AppTest

import drsn_core as drsn
from app import compute, picture_results, state
from app.figures import pixels, standing
from app.i18n import LANGUAGES, Words
from app.widgets import takehome
from drsn_core import bundle, catalog
from drsn_core.pictures import run
from drsn_core.recipe import FIRST_PICTURE, Choice, Noise, Recipe, Source

#: Quick methods and a small picture, where the methods are not what is looked at.
SMALL = {"source": "picture", "name": "steps", "a": "bayesshrink", "b": "median"}


def open_images(**query):
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=120)
    for part, value in query.items():
        page.query_params[part] = value
    page.run()
    return go_to(page, "images")


def go_to(page, name):
    pages = page._registered_pages  # AppTest.switch_page knows files only, and ours are functions
    page._page_hash = next(key for key, info in pages.items() if info["url_pathname"] == name)
    return page.run()


def text_of(page):
    parts = [*page.markdown, *page.caption, *page.text, *page.error, *page.info, *page.title, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def widget(page, kind, name):
    return next(w for w in getattr(page, kind) if str(w.key).startswith(name))


def wipe(page):
    """What the component was given."""
    (component,) = page.get("bidi_component")
    return json.loads(component.proto.json)


def decoded(address):
    return np.asarray(pillow.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))) / 255


def upload(page, data, name):
    widget(page, "segmented_control", "picture-kind").set_value("upload").run()
    return page.file_uploader[0].set_value((name, data, "application/octet-stream")).run()


def png(values):
    out = io.BytesIO()
    pillow.fromarray(values).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def photo():
    """A small colour picture as a camera would have it, noise included."""
    rng = np.random.default_rng(0)
    hills = np.linspace(40, 200, 60)[:, None, None] + np.zeros((60, 80, 3))
    return png(np.clip(hills + rng.normal(0, 15, hills.shape), 0, 255).astype(np.uint8))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_picture_is_complete_without_a_click(lang):
    page = open_images(lang=lang)
    words = Words(lang)
    assert not page.exception
    assert not page.error
    assert page.title[0].value == words("images.title")
    labels = [m.label for m in page.metric]
    assert labels[0] == words("images.score.noisy")
    assert any(words("method.bivariate") in label for label in labels)
    assert any(words("method.drsn-image") in label for label in labels)
    expected = run(FIRST_PICTURE).scores()
    assert [m.value for m in page.metric[1:]] == [words("score.value.db", value=s.psnr_db) for s in expected]
    assert wipe(page)["first"]["label"] == words("figure.noisy")
    addresses = [one.proto.imgs[0].url for one in page.get("image")]
    assert len(addresses) == 6, "four enlarged parts and two differences"
    assert all(address.endswith(".png") for address in addresses), "JPEG would add artefacts of its own"
    traces = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
    names = {trace.get("name") for trace in traces}
    assert {words("thresholds.legend.subband"), words("thresholds.legend.alpha")} <= names
    assert words("images.limits") in text_of(page)


def test_no_word_on_the_chinese_page_is_english_that_has_a_chinese_form():
    text = text_of(open_images(lang="zh", **SMALL))
    for key in ("images.intro", "images.crops.title", "images.residue.title", "images.results.title", "images.limits"):
        assert Words("en")(key) not in text
        assert Words("zh")(key) in text or key == "images.intro"


def test_the_wipe_shows_the_pixels_of_both_versions():
    page = open_images(lang="en", **SMALL, pair="a-b")
    experiment = run(page.session_state["recipe"])
    given = wipe(page)
    for side, result in zip(("first", "second"), experiment.results, strict=True):
        whole = np.clip(result.estimate.pixels[0], 0, 1)
        np.testing.assert_allclose(decoded(given[side]["src"]), whole, atol=0.5 / 255 + 1e-9)
    assert given["aspect"] == 1.0
    assert "BayesShrink" in given["alt"]


def test_a_link_sets_the_whole_page():
    link = {"source": "picture", "name": "coins", "noise": "poisson", "sigma": "30", "seed": "9"}
    look = {"pair": "noisy-a", "x": "12.5", "y": "80", "zoom": "12", "residue": "error", "ruler": "absolute"}
    page = open_images(lang="en", **link, a="tv", b="wavelet", **{"b.rule": "bayes"}, **look)
    assert not page.error
    assert widget(page, "selectbox", "picture").value == "coins"
    assert widget(page, "selectbox", "picture-noise-kind").value == "poisson"
    assert widget(page, "slider", "sigma").value == 30
    assert widget(page, "number_input", "picture-seed").value == 9
    assert widget(page, "selectbox", "b-wavelet-rule").value == "bayes"
    assert widget(page, "number_input", "crop-x").value == 12.5
    assert Words("en")("images.residue.error.hint", gain=pixels.GAIN) in text_of(page)


def test_the_link_in_the_page_leads_back_to_it():
    page = open_images(lang="zh", **SMALL)
    widget(page, "slider", "sigma").set_value(40.0).run()
    widget(page, "segmented_control", "zoom").set_value("3").run()
    parts = state.link_parts(page.session_state["recipe"], page.session_state["view"])
    again = open_images(**parts)
    assert again.session_state["recipe"] == page.session_state["recipe"]
    assert again.session_state["view"] == page.session_state["view"]
    assert [m.value for m in again.metric] == [m.value for m in page.metric]
    assert wipe(again) == wipe(page)


def test_a_broken_link_is_named_part_by_part_and_the_page_still_works():
    page = open_images(lang="en", **{**SMALL, "sigma": "7000", "a": "drsn-cw", "zoom": "99", "noise": "pink"})
    told = "\n".join(t.value for t in page.text)
    for part in ("sigma", "7000", "drsn-cw", "zoom", "pink"):
        assert part in told
    assert not page.exception
    assert len(page.get("bidi_component")) == 1


def test_noise_by_its_ratio_is_as_strong_as_asked():
    page = open_images(lang="en", **SMALL)
    widget(page, "segmented_control", "picture-ruler").set_value("snr").run()
    widget(page, "slider", "picture-snr").set_value(12.0).run()
    recipe = page.session_state["recipe"]
    assert (recipe.noise.sigma, recipe.noise.snr_db) == (0.0, 12.0)
    experiment = run(recipe)
    assert drsn.metrics.snr_db(experiment.clean.pixels, experiment.noisy.pixels) == pytest.approx(12)


def test_changes_of_the_recipe_can_be_undone_and_another_view_is_no_change():
    page = open_images(lang="en", **SMALL)
    before = [m.value for m in page.metric]
    widget(page, "slider", "sigma").set_value(50.0).run()
    widget(page, "segmented_control", "pair").set_value("a-b").run()
    assert [m.value for m in page.metric] != before
    page.button(key="undo").click().run()
    assert [m.value for m in page.metric] == before
    assert page.session_state["view"].pair == "a-b"


def test_another_view_runs_no_method_again(monkeypatch):
    page = open_images(lang="en", **SMALL, seed="77")
    ran = []
    monkeypatch.setattr(catalog, "denoise", lambda *a, **k: ran.append(a))
    widget(page, "number_input", "crop-x").set_value(10.0).run()
    widget(page, "segmented_control", "residue").set_value("error").run()
    widget(page, "segmented_control", "pair").set_value("a-b").run()
    assert not page.error
    assert ran == []
    assert wipe(page)["lens"]["left"] == pytest.approx(10 - 100 / 12, abs=1)


def test_a_large_picture_is_held_until_the_recipe_changes_and_no_longer(monkeypatch, photo):
    monkeypatch.setattr(compute, "OWN_BYTES", 1000)  # so that the small one is too large to keep
    page = upload(open_images(lang="en", **SMALL), photo, "holiday.png")
    ran = []
    real = catalog.denoise
    monkeypatch.setattr(catalog, "denoise", lambda *a, **k: ran.append(a[1]) or real(*a, **k))
    widget(page, "segmented_control", "pair").set_value("a-b").run()
    widget(page, "number_input", "crop-x").set_value(10.0).run()
    assert ran == []
    widget(page, "selectbox", "method-b").set_value("wiener").run()
    assert set(ran) == {"wiener"}
    assert len(page.session_state["results"].large) == 3, "the noisy picture and two results"


def test_signals_and_pictures_keep_their_own_experiments():
    page = open_images(lang="en", **SMALL)
    widget(page, "slider", "sigma").set_value(33.0).run()
    page = go_to(page, "")
    assert not page.exception
    assert page.session_state["recipe"] == Recipe()
    widget(page, "slider", "snr").set_value(2.0).run()
    page = go_to(page, "images")
    assert page.session_state["recipe"].noise.sigma == 33.0
    page.button(key="undo").click().run()
    assert page.session_state["recipe"].noise.sigma == 25.0
    page.button(key="reset").click().run()
    assert page.session_state["recipe"] == FIRST_PICTURE
    page = go_to(page, "")
    assert page.session_state["recipe"].noise.snr_db == 2.0


def test_an_own_picture_is_denoised_as_it_is_by_both_methods(photo):
    page = upload(open_images(lang="en", **SMALL), photo, "holiday.png")
    assert not page.error
    recipe = page.session_state["recipe"]
    assert (recipe.source.kind, recipe.source.name, recipe.noise.kind) == ("picture-file", "holiday.png", "none")
    assert "80 × 60 pixels, colour" in text_of(page)
    assert Words("en")("images.score.unknown") in text_of(page)
    assert page.metric[0].label == Words("en")("images.score.level")
    estimate = drsn.denoise(drsn.read(photo, "holiday.png"), "bayesshrink").estimate.pixels
    widget(page, "segmented_control", "pair").set_value("noisy-a").run()
    shown = np.moveaxis(decoded(wipe(page)["second"]["src"]), 2, 0)
    np.testing.assert_allclose(shown, np.clip(estimate, 0, 1), atol=0.5 / 255 + 1e-9)
    assert "drsn denoise holiday.png --method bayesshrink -o a.png" in "\n".join(c.value for c in page.code)
    assert takehome.stem_of(recipe) == "holiday-denoised", "files that are taken home have one ending, their own"
    assert Words("en")("download.link.file") in text_of(page)
    page.button(key="undo").click().run()
    assert page.session_state["recipe"].source.name == "steps"


def test_a_link_to_a_file_asks_for_that_file(photo):
    page = open_images(lang="en", source="picture-file", name="mine.png", file="0123456789abcdef", noise="none")
    assert "mine.png" in page.info[0].value
    assert not page.get("bidi_component")
    page = page.file_uploader[0].set_value(("mine.png", photo, "image/png")).run()
    assert not page.error
    assert len(page.get("bidi_component")) == 1


@pytest.mark.parametrize(
    ("lang", "name", "data"),
    [
        ("en", "empty.png", b""),
        ("zh", "cut.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("zh", "<img src=x onerror=alert(1)>.jpg", b"\xff\xd8\xff\xe0broken"),
        ("en", "trick.png", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94"),
    ],
)
def test_a_bad_file_costs_one_sentence_and_everything_else_stays(name, data, lang):
    page = open_images(lang=lang, **SMALL)
    before = page.session_state["recipe"]
    page = upload(page, data, name)
    assert not page.exception
    assert len(page.error) == 1
    assert "Traceback" not in page.error[0].value
    assert page.session_state["recipe"] == before
    assert len(page.get("bidi_component")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_signal_is_refused_with_what_the_page_takes(lang):
    page = upload(open_images(lang=lang, **SMALL), b"t,v\n0,1\n1,2\n2,1\n3,4\n", "logger.csv")
    assert len(page.error) == 1
    assert Words(lang)("images.pictures-only") in page.error[0].value
    assert page.session_state["recipe"].source.name == "steps"


def test_a_stopped_picture_does_not_start_again_by_itself():
    page = open_images(lang="en", **SMALL)
    page.session_state["stopped"] = page.session_state["recipe"]
    page.run()
    assert not page.get("bidi_component")
    page.button(key="again").click().run()
    assert len(page.get("bidi_component")) == 1


def test_a_method_that_refuses_leaves_the_other_one_standing():
    page = open_images(lang="en", **{**SMALL, "a": "wavelet", "a.level": "12"})
    assert len(page.error) == 1
    assert "12" in page.error[0].value
    assert [m.label for m in page.metric[1:]] == ["B · Median"]
    assert len(page.get("bidi_component")) == 1


def test_a_click_in_the_picture_chooses_what_is_enlarged(monkeypatch):
    from app.views import images

    seen = []
    monkeypatch.setattr(state, "see", seen.append)
    images.look_at(state.View(lang="zh", zoom="12"), 12.5, 100.0)
    assert seen == [state.View(lang="zh", zoom="12", x=12.5, y=100.0)]


@pytest.mark.parametrize(("x", "y"), [(0, 0), (100, 100), (50, 50), (3, 97)])
@pytest.mark.parametrize("shape", [(1, 40, 90), (3, 9, 300), (1, 2, 2), (1, 512, 512)])
@pytest.mark.parametrize("zoom", [3, 12])
def test_the_enlarged_part_is_a_square_inside_the_picture_around_the_place(shape, x, y, zoom):
    cut = pixels.part(shape, x, y, zoom)
    assert 0 <= cut.top < cut.bottom <= shape[1]
    assert 0 <= cut.left < cut.right <= shape[2]
    assert cut.bottom - cut.top == cut.right - cut.left
    frame = cut.frame(shape)
    assert frame["left"] - 1e-9 <= x * (1 - 1e-9) or frame["left"] == pytest.approx(100 - frame["width"])
    assert cut.of(np.zeros(shape)).shape == (shape[0], cut.bottom - cut.top, cut.right - cut.left)


def test_pictures_for_the_eye_are_clipped_and_averaged_and_differences_lie_around_grey():
    wide = np.array([[[-1.0, 0.0, 0.5, 2.0]]]).repeat(2, axis=1)
    np.testing.assert_array_equal(decoded(pixels.encoded(wide).address)[0] * 255, [0, 0, 128, 255])
    big = np.arange(16.0).reshape(1, 4, 4)
    np.testing.assert_array_equal(pixels.smaller(big, 2)[0], [[2.5, 4.5], [10.5, 12.5]])
    assert pixels.smaller(np.zeros((1, 3, 5000)), 1200).shape[2] <= 1200
    np.testing.assert_array_equal(pixels.larger(big[:, :2, :2], 4)[0, 0], [0, 0, 1, 1])
    np.testing.assert_array_equal(pixels.around_grey(np.array([0.0, 0.1, -0.125])), [0.5, 0.9, 0.0])
    many = np.random.default_rng(0).uniform(size=(3, 600, 700))
    assert pixels.encoded(many).kind == "image/jpeg"
    assert pixels.encoded(many[:1]).kind == "image/png"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_results_table_says_where_the_network_loses(lang):
    words, found = Words(lang), picture_results.results()
    sentences = standing.losses(found.rows, words)
    assert len(sentences) == len(found.rows)
    for row, sentence in zip(found.rows, sentences, strict=True):
        assert (row.losses > 0) == (row.worst_db > 0)
        assert (str(row.losses) in sentence) or not row.losses
        assert words(f"method.{row.worst_method}") in sentence
    table = standing.rows(found.rows, words)
    assert {len(column) for column in table.values()} == {len(found.rows)}
    assert len(table) == 3 + len(picture_results.METHODS)


def test_the_results_table_is_what_its_command_measures():
    stored = next(row for row in picture_results.results().rows if row.set == "synthetic")
    names = ("zone-plate", "steps", "discs", "weave", "stars", "blobs")
    again = picture_results.measure("synthetic", [drsn.synth.image(n) for n in names], "gaussian", 25.0)
    how = "new weights or methods: run python -m app.picture_results --data FOLDER"
    assert again.psnr_db == pytest.approx(stored.psnr_db, abs=0.02), how
    assert (again.losses, again.worst, again.worst_method) == (stored.losses, stored.worst, stored.worst_method)


def test_directions_of_one_level_stand_in_one_block():
    from app.figures.blocks import blocks

    trace = drsn.denoise(drsn.synth.image("steps", 64), "bivariate").trace
    found = blocks(trace, Words("en"))
    assert [block.mark for block in found][:2] == ["d1", "d2"]
    assert found[0].channels == ("-15°", "15°", "-45°", "45°", "-75°", "75°")
    assert "direction 45°" in found[0].labels(Words("en"))[3]


def test_an_experiment_on_a_picture_is_scored_like_the_bench():
    made = Recipe(Source("picture", "discs"), Noise(sigma=25.0), Choice("tv"), Choice("median"))
    experiment = run(made)
    for result, score in zip(experiment.results, experiment.scores(), strict=True):
        clean, estimate = experiment.clean.pixels, result.estimate.pixels
        assert score.psnr_db == drsn.metrics.psnr_db(clean, estimate)
        assert score.ssim == drsn.metrics.ssim(clean, estimate)
