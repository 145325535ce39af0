"""The page Inside, run without a browser: every question in both languages, and its numbers are those of the core."""

import base64
import contextlib
import csv
import io
import json
import re

import numpy as np
import pytest
import safetensors.torch
import torch
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import drsn_core as drsn
from app import selection
from app.i18n import LANGUAGES, Words
from app.material import Material, told
from app.networks import Shape, networks, shape
from app.opened import Opened
from app.selection import SECTIONS, Selection
from app.widgets import probes
from drsn_core import bundle, learned, metrics, photographs, response, samples, tasks, whatif
from drsn_core.inside_script import to_script
from drsn_core.learned import network_of
from drsn_core.nn import paper_network
from drsn_core.nn.arithmetic import arithmetic
from drsn_core.recipe import digest
from drsn_core.synth import SIGNALS

LANGUAGE = tuple(LANGUAGES)


def open_inside(**query):
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=120)
    for part, value in {"n": "512", **query}.items():
        page.query_params[part] = value
    page._page_hash = calc_hash("inside")  # AppTest.switch_page knows files only, and ours are functions
    return page.run()


def text_of(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.info, *page.success, *page.warning, *page.title]
    return "\n".join(str(part.value) for part in parts)


def asked(name="doppler", snr=5.0, net="drsn-cw", text="", length=512):
    """The same with the core alone: noisy signal, clean signal, run."""
    clean = drsn.synth.signal(name, length=length)
    noisy = drsn.add_noise(clean, "gaussian", snr, seed=0).samples[0]
    sample = (noisy - noisy.mean()) / noisy.std()
    found = whatif.run(network_of(net), sample[None], whatif.parse(text))
    return clean.samples[0], noisy, found, found.output[0] * noisy.std() + noisy.mean()


@pytest.mark.parametrize(("see", "lang"), [(see, LANGUAGE[i % 2]) for i, see in enumerate(SECTIONS)] + [("why", "zh")])
def test_every_question_is_answered_in_both_languages(lang, see):
    page = open_inside(lang=lang, see=see)
    words = Words(lang)
    assert not page.exception
    assert not page.error
    assert page.title[0].value == words("inside.title")
    assert words(f"inside.see.{see}.hint") in text_of(page)
    assert len(page.get("plotly_chart")) == (2 if see == "why" else 1)
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))


SIGNAL_NETS = [net for net in networks() if shape(net) == Shape()]
CLASSIFIERS = [net for net in networks() if shape(net).task]


def test_every_trained_network_that_shrinks_can_be_opened():
    cards = drsn.hub.cards()
    shrinking = {n for n, card in cards.items() if not card.task or str(card.network["name"]).startswith("drsn")}
    assert set(networks()) == shrinking - {"drsn-colour"}  # it takes three channels at once
    assert {shape(net).task.key for net in CLASSIFIERS} == set(tasks.TASKS)


@pytest.mark.parametrize("net", SIGNAL_NETS)
def test_the_formula_holds_the_numbers_of_the_core(net):
    page = open_inside(lang="en", net=net, block="3", channel="1")
    _, _, found, _ = asked(net=net)
    way = arithmetic(network_of(net), found.decisions, 2, 0)
    shown = " ".join(formula.value for formula in page.latex)
    for number in (way.magnitude, way.z, way.alpha, way.learned):
        assert f"{number:.4g}" in shown
    (line,) = [json.loads(c.proto.json) for c in page.get("bidi_component") if "quantiles" in c.proto.json]
    assert line["tau"] == pytest.approx(way.used, rel=1e-3)
    size = np.abs(found.before(2)[0, 0])
    assert line["mean"] == pytest.approx(size.mean(), rel=1e-3)
    assert sum(line["counts"]) == (size <= line["top"]).sum()


@pytest.mark.parametrize("see", ["why", "samples", "rulers", "trust"])
def test_pictures_are_opened_too(see):
    page = open_inside(lang="en", net="drsn-image", picture="coins", snr="15", see=see, **{"if": "b2-times-1.5"})
    assert not page.exception
    assert not page.error
    assert len(page.get("plotly_chart")) == 1
    if see == "why":
        (over,) = [json.loads(c.proto.json) for c in page.get("bidi_component") if '"first"' in c.proto.json]
        assert [over[side]["label"] for side in ("first", "second")] == ["DRSN for pictures", "Your changes"]
        clean = photographs.small("coins").pixels[0]
        noisy = drsn.add_noise(clean.ravel(), "gaussian", 15.0, seed=0).reshape(clean.shape)
        own = drsn.denoise(drsn.Image(noisy), "drsn-image").estimate.pixels[0]
        assert page.metric[0].value == f"{metrics.snr_db(clean.ravel(), own.ravel()):.1f} dB"


def given_to(net):
    """The window of a classifier, with noise at 5 dB, by the core alone: as it is, and as the network takes it."""
    about = shape(net).task
    if about.key == "bearing":
        clean = drsn.synth.signal("bearing-inner-race", length=2560)
        raw = tasks.windows(drsn.add_noise(clean, "gaussian", 5.0, seed=0), about).raw
    else:
        name, seed = shape(net).samples[0], samples.SEED
        if about.key == "digits":
            one = drsn.synth.written_digit(int(name), seed=seed)
        elif about.key == "speech":
            one = drsn.synth.spoken_digit(tasks.DIGIT_WORDS.index(name), seed=seed)
        else:
            one = drsn.synth.rig(name, length={"rig": 2049, "gearbox": 6112}[about.key], seed=seed)
        raw = tasks.windows(one, about).raw[:1]
        raw = drsn.add_noise(raw.ravel(), "gaussian", 5.0, seed=0, definition="variance").reshape(raw.shape)
    return raw, tasks.standard(raw[:1], about)


@pytest.mark.parametrize("net", CLASSIFIERS)
def test_a_classifier_is_opened_with_a_sample_of_its_task(net):
    page = open_inside(lang="en", net=net, name="bearing-inner-race", n="2560", **{"if": "b3-times-3"})
    assert not page.exception
    assert not page.error
    raw, cut = given_to(net)
    network, about = learned.network_of(net), shape(net).task
    own, yours = (
        response.probabilities(whatif.run(network, cut, whatif.parse(t)).output[0]) for t in ("", "b3-times-3")
    )
    drawn = json.loads(chart(page, "outcome").proto.spec)["data"]
    for bars, values in zip(drawn, (own, yours), strict=True):
        np.testing.assert_allclose(decoded(bars["x"]), 100 * values, atol=0.02)
    given = drsn.Image(raw[0]) if about.ndim == 2 else drsn.Signal(raw[0], about.rate_hz)
    assert bool(page.warning) == drsn.predict(given, *net.split("-", 1)).unlike


@pytest.mark.parametrize(("net", "see"), list(zip(CLASSIFIERS, SECTIONS[1:], strict=False)))
def test_a_classifier_answers_every_question_or_says_why_not(net, see):
    page = open_inside(lang="zh", net=net, see=see, name="bearing-inner-race", n="2560")
    assert not page.exception
    assert not page.error
    words = Words("zh")
    assert len(page.get("plotly_chart")) == 1 or words("inside.no-estimate") in text_of(page)


@pytest.mark.parametrize("net", ["rig-drsn-cs", "digits-drsn-cw"])
def test_the_tipping_points_are_those_of_the_core(net):
    page = open_inside(lang="en", net=net, see="worth")
    tips = [t for t in response.tipping_points(learned.network_of(net), given_to(net)[1][0]) if t.factor is not None]
    bars = json.loads(chart(page, "tips").proto.spec)["data"]
    np.testing.assert_allclose([1 + bar["y"][0] for bar in bars], [t.factor for t in tips], atol=0.003)


def test_a_classifier_of_recordings_can_be_given_the_signal_of_the_other_pages():
    page = open_inside(lang="en", net="speech-drsn-cw", state="desk", name="speech", n="8000", noise="none")
    assert not page.error
    window = tasks.windows(drsn.synth.signal("speech", length=8000), tasks.TASKS["speech"]).raw[:1]
    found = whatif.run(learned.network_of("speech-drsn-cw"), tasks.standard(window, tasks.TASKS["speech"]))
    bars = json.loads(chart(page, "outcome").proto.spec)["data"][0]
    np.testing.assert_allclose(decoded(bars["x"]), 100 * response.probabilities(found.output[0]), atol=0.01)
    page = open_inside(lang="en", net="speech-drsn-cw", state="desk", name="doppler")
    assert not page.exception
    assert page.error, "a signal at another rate is refused in a sentence"
    page.button(key="fitting").click().run()
    assert not page.error
    assert page.session_state["selection"].sample == "seven"


def test_a_classifier_of_bearings_offers_a_bearing_where_the_signal_is_none():
    page = open_inside(lang="en", net="bearing-drsn-cw", name="doppler")
    assert page.error
    page.button(key="fitting").click().run()
    assert not page.error
    assert page.session_state["recipe"].source.name == "bearing-inner-race"


def chart(page, name):
    """The chart that goes by ``name``."""
    return next(c for c in page.get("plotly_chart") if f"figure-{name}" in c.proto.id)


def decoded(values):
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]) if isinstance(values, dict) else values


def test_the_map_holds_what_the_trace_says():
    page = open_inside(lang="en", **{"if": "b2-times-2"})
    _, _, found, _ = asked(text="b2-times-2")
    (drawn,) = [json.loads(c.proto.json) for c in page.get("bidi_component") if "blocks" in c.proto.json]
    assert len(drawn["blocks"]) == 14
    for block, record in zip(drawn["blocks"], found.trace.records, strict=True):
        assert block["zeroed"] == pytest.approx(record.zeroed.mean(), abs=1e-4)
        assert block["energy"] == pytest.approx(record.energy_removed.mean(), abs=1e-4)
    assert [b["changed"] for b in drawn["blocks"]] == [i == 1 for i in range(14)]


def test_a_link_with_changes_shows_what_the_core_makes_of_them_and_undo_goes_back():
    page = open_inside(lang="en", **{"if": "all-times-2~shrink-hard"})
    clean, _, _, own = asked()
    _, _, _, yours = asked(text="all-times-2~shrink-hard")
    scores = [m.value for m in page.metric]
    assert scores == [f"{metrics.snr_db(clean, row):.1f} dB" for row in (own, yours)]
    assert "Thresholds changed in 2 place(s)" in text_of(page)
    page.button(key="as-learned").click().run()
    assert [m.value for m in page.metric] == scores[:1]
    assert "as learned" in text_of(page)
    page.button(key="undo-change").click().run()
    assert [m.value for m in page.metric] == scores
    assert selection.to_query(page.session_state["selection"])["if"] == "all-times-2~shrink-hard"


def test_shrinkage_off_and_mean_thresholds_are_one_click_each():
    page = open_inside(lang="en")
    page.button(key="put-off").click().run()
    clean, _, _, off = asked(text="all-times-0")
    assert page.metric[1].value == f"{metrics.snr_db(clean, off):.1f} dB"
    page.button(key="put-mean").click().run()
    assert str(page.session_state["selection"].asked) == "all-mean"
    assert page.metric[1].value != page.metric[0].value


def test_without_a_clean_signal_the_questions_that_need_it_say_so():
    words = Words("en")
    for see in ("worth", "error"):
        page = open_inside(lang="en", see=see, noise="none", source="synth")
        assert not page.exception
        assert see == "worth" or words("inside.no-clean") in text_of(page)


def test_a_bad_change_in_a_link_is_named_and_one_beyond_the_network_can_be_taken_back():
    page = open_inside(lang="en", **{"if": "b1-explode-2", "block": "0"})
    assert not page.exception
    problems = {problem.part for problem in page.session_state["problems"]}
    assert problems == {"if", "block"}
    page = open_inside(lang="en", **{"if": "b99-times-2"})
    assert page.error
    page.button(key="as-learned").click().run()
    assert not page.error
    assert len(page.get("plotly_chart")) == 2


def test_a_selection_survives_its_link():
    one = Selection(
        "drsn-cs", 4, 2, 7, "noise", "all", whatif.parse("b2-times-0"), "bumps", -3.0, "drsn-cw", "moon", "ball"
    )
    again, problems = selection.from_query(selection.to_query(one), tuple(SIGNALS))
    assert (again, problems) == (one, [])
    assert selection.to_query(Selection()) == {}


def test_views_that_only_show_do_not_run_the_network_again(monkeypatch):
    page = open_inside(lang="en", name="blip")
    count = []
    real = whatif.run
    monkeypatch.setattr(whatif, "run", lambda *a, **k: count.append(1) or real(*a, **k))
    selection_ = page.session_state["selection"]
    for block in (1, 5):
        page.session_state["selection"] = selection.replace(selection_, block=block, channel=None)
        page.run()
    assert count == []
    page.button(key="put-off").click().run()
    assert count == [1]


def test_the_table_has_a_row_for_every_block_and_channel():
    _, _, own, _ = asked()
    _, _, changed, _ = asked(text="b1-times-2")
    one = Opened(Material(np.zeros(512), None, 0.0, 1.0), own, changed)
    rows = list(csv.DictReader(io.StringIO(probes.table(one).decode("utf-8-sig"))))
    assert len(rows) == sum(d.before.shape[1] for d in own.decisions)
    for row in rows[:16]:
        assert float(row["tau_used"]) == pytest.approx(2 * float(row["tau_learned"]), rel=1e-5)
        assert float(row["alpha"]) * float(row["mean"]) == pytest.approx(float(row["tau_learned"]), rel=1e-4)


def bring(page, *files):
    """Drop files where a network of one's own is asked for."""
    for name, data in files:
        page.file_uploader(key="own-files").upload(name, data, "application/octet-stream")
    page.run()


def own_files(folder="drsn-cw-small"):
    """Card and weights of a network that we ship, as a stranger would bring them."""
    where = bundle.folder("pretrained") / folder
    return (where / "card.toml").read_bytes(), (where / "model.safetensors").read_bytes()


def test_a_network_of_ones_own_is_opened_with_the_signal_of_all_pages_and_its_link_names_it():
    page = open_inside(lang="en", **{"if": "b2-times-2"})
    card, weights = own_files()
    bring(page, ("card.toml", card), ("model.safetensors", weights))
    assert not page.exception
    assert not page.error
    clean, _, _, own = asked(net="drsn-cw-small")
    assert page.metric[0].value == f"{metrics.snr_db(clean, own):.1f} dB"
    assert page.metric[0].label == "Yours: drsn-cw-small"
    name = page.session_state["selection"].net
    assert re.fullmatch(r"own-[0-9a-f]{16}", name)
    assert page.query_params["net"] == [name] or page.query_params["net"] == name
    assert "if" not in page.query_params, "thresholds of another network are changed no longer"


def test_a_link_to_a_network_that_is_not_here_says_so_and_waits_for_its_files():
    card, weights = own_files()
    name = f"own-{digest(card + weights)}"
    page = open_inside(lang="en", net=name, **{"if": "b3-times-0"})
    assert not page.exception
    assert Words("en")("inside.own.absent") in text_of(page)
    assert page.session_state["problems"] == []
    bring(page, ("card.toml", card), ("model.safetensors", weights))
    clean, _, _, yours = asked(net="drsn-cw-small", text="b3-times-0")
    assert page.metric[1].value == f"{metrics.snr_db(clean, yours):.1f} dB"


def test_two_files_may_come_one_after_the_other_and_bad_ones_change_nothing_but_a_message():
    words = Words("en")
    page = open_inside(lang="en")
    before = [m.value for m in page.metric]
    card, _ = own_files()
    bring(page, ("mine.pt", b"\x80\x04K\x01."))
    assert words("inside.own.more-card", name="mine.pt") in text_of(page)
    bring(page, ("card.toml", card))
    assert "pickle" in page.error[0].value
    assert [m.value for m in page.metric] == before


def test_a_classifier_of_ones_own_has_its_classes_by_name_or_by_number():
    network = paper_network("drsn-cw", n_classes=3, generator=torch.Generator().manual_seed(1)).eval()
    weights = safetensors.torch.save(network.state_dict())
    card = (
        b'classes = ["calm", "<b>storm</b>", "fog"]\n[network]\nkind = "classifier"\nname = "drsn-cw"\nn_classes = 3\n'
    )
    page = open_inside(lang="en")
    bring(page, ("card.toml", card), ("weather.safetensors", weights))
    assert not page.exception
    assert not page.error
    _, noisy, _, _ = asked()
    with torch.inference_mode():
        logits = network(torch.from_numpy((noisy - noisy.mean()) / noisy.std()).float()[None])[0].double().numpy()
    bars = json.loads(chart(page, "outcome").proto.spec)["data"][0]
    np.testing.assert_allclose(decoded(bars["x"]), 100 * response.probabilities(logits), atol=0.01)
    assert bars["y"] == ["calm", "bstormb", "fog"]


def test_a_network_without_thresholds_is_refused():
    weights = safetensors.torch.save(paper_network("resnet", n_classes=3).state_dict())
    page = open_inside(lang="en")
    card = b'[network]\nkind = "classifier"\nname = "resnet"\nn_classes = 3\n'
    bring(page, ("card.toml", card), ("plain.safetensors", weights))
    assert "nothing in it shrinks" in page.error[0].value


@pytest.mark.parametrize(("net", "text"), [("drsn-cw", "b3c1-times-0.5"), ("drsn-cs", ""), ("wavelet-attention", "")])
def test_a_position_has_its_numbers_and_a_place_in_the_link(net, text):
    page = open_inside(lang="en", net=net, block="3", channel="1", **({"if": text} if text else {}))
    assert Words("en")("inside.position.hint") in text_of(page)
    _, _, found, _ = asked(net=net, text=text)
    at = int(np.abs(found.after(2)[0, 0]).argmax())
    (typed,) = [box for box in page.number_input if box.label.startswith("Position")]
    typed.set_value(at + 1).run()
    assert not page.exception
    assert page.query_params["position"] in ([str(at + 1)], str(at + 1))
    x, y = found.before(2)[0, 0, at], found.after(2)[0, 0, at]
    (line,) = [json.loads(code.value) for code in page.code if code.value.startswith("[\n")]
    assert [n["symbol"] for n in line] == ["x", "tau", "y"]
    np.testing.assert_allclose([n["value"] for n in line], [x, found.values(2, "threshold")[0, 0], y], rtol=1e-6)
    assert line[0]["index"] == [0, 0, at]
    assert line[0]["shape"] == [1, *found.before(2).shape[1:]]
    assert f"{y:.4g}" in page.latex[-1].value


@pytest.mark.parametrize(("position", "sample"), [(1, 385), (128, 512), (129, 1), (229, 101), (768, 128)])
def test_a_position_beyond_an_end_is_told_as_a_sample_of_the_other_end(position, sample):
    page = open_inside(lang="en", net="drsn-cw-large", block="1", channel="1", position=str(position))
    assert not page.exception
    assert f"around sample {sample:,}." in text_of(page)
    assert Words("en")("inside.features.around", count=128) in text_of(page)


def test_of_a_short_signal_half_lies_beyond_each_end():
    page = open_inside(lang="en", net="drsn-cw-large", block="2", channel="1", position="1", n="128")
    assert "around sample 65." in text_of(page)
    assert Words("en")("inside.features.around", count=32) in text_of(page)


def test_a_position_of_a_picture_is_a_row_and_a_column():
    page = open_inside(lang="en", net="digits-drsn-cw", block="1", channel="2", position="10")
    assert not page.exception
    found = whatif.run(learned.network_of("digits-drsn-cw"), given_to("digits-drsn-cw")[1])
    width = found.before(0).shape[-1]
    (line,) = [json.loads(code.value) for code in page.code if code.value.startswith("[\n")]
    assert line[0]["index"] == [0, 1, *divmod(9, width)]
    assert line[0]["value"] == pytest.approx(found.before(0)[0, 1].ravel()[9], rel=1e-6)
    assert "row" in text_of(page)


CURVES = {
    "soft": lambda size: np.maximum(size - 1, 0),
    "garrote": lambda size: np.where(size > 1, size - 1 / np.maximum(size, 1), 0),
    "hard": lambda size: np.where(size > 1, size, 0),
}


@pytest.mark.parametrize(
    ("net", "shrink"), [("drsn-cw", "soft"), ("wavelet-attention-mix", "garrote"), ("drsn-cs", "hard")]
)
def test_the_shrink_curve_is_that_of_the_function_in_use(net, shrink):
    page = open_inside(lang="en", net=net, **({"if": "shrink-hard"} if shrink == "hard" else {}))
    (line,) = [json.loads(c.proto.json) for c in page.get("bidi_component") if "quantiles" in c.proto.json]
    sizes = line["step"] * np.arange(len(line["curve"]))
    away = np.abs(sizes - 1) > 1e-3  # at the threshold itself a jump may be on either side
    np.testing.assert_allclose(np.array(line["curve"])[away], CURVES[shrink](sizes)[away], atol=2e-3)


def test_the_script_of_the_page_repeats_its_numbers():
    page = open_inside(lang="en", net="drsn-cw-small", **{"if": "b2-times-0"})
    recipe, chosen = page.session_state["recipe"], page.session_state["selection"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(to_script(told(recipe, chosen), chosen.asked), {})
    said = [f"{float(snr):.1f} dB" for snr in re.findall(r"SNR (\S+) dB", out.getvalue())]
    assert said == [m.value for m in page.metric]


def test_every_chart_can_be_taken_home_as_a_table():
    page = open_inside(lang="en", see="error")
    labels = [button.label for button in page.get("download_button")]
    assert labels.count("CSV") == len(page.get("plotly_chart")) == 1
