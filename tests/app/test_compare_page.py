"""The page Compare, run without a browser: every method, ranked, in both languages; and what it says when it cannot."""

import csv
import io
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import drsn_core as drsn
from app import compute
from app.compute import Contender, Failure
from app.i18n import LANGUAGES, Words
from app.views import compare
from drsn_core import bundle, catalog
from drsn_core.data import Signal
from drsn_core.recipe import Choice, Recipe, Source


def open_compare(**query):
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=120)
    for part, value in {"n": "512", **query}.items():
        page.query_params[part] = value
    page.run()
    pages = page._registered_pages  # AppTest.switch_page knows files only, and ours are functions
    page._page_hash = next(key for key, info in pages.items() if info["url_pathname"] == "compare")
    return page.run()


def table(page):
    return page.dataframe[0].value


def text_of(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.info, *page.title, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def widget(page, kind, name):
    return next(w for w in getattr(page, kind) if str(w.key).startswith(name))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_method_for_signals_is_ranked_by_its_score(lang):
    page = open_compare(lang=lang)
    words = Words(lang)
    assert not page.exception
    assert not page.error
    assert page.title[0].value == words("compare.title")
    ranks = table(page)
    able = [key for key, info in catalog.methods().items() if Signal in info.takes]
    names = "\n".join(ranks[words("compare.column.method")])
    failed = [c for c in page.caption if words("compare.failed", method="", reason="").strip(" :：") in c.value]
    assert len(ranks) + len(failed) == len(able)
    assert f"A · {words('method.ebayes')}" in names
    assert list(ranks[words("compare.column.rank")]) == list(range(1, len(ranks) + 1))
    snr = list(ranks[words("compare.column.snr")])
    assert snr == sorted(snr, reverse=True)
    assert ranks[words("compare.column.share")].sum() == pytest.approx(100, abs=len(ranks))
    assert len(page.get("plotly_chart")) == 2
    assert words("compare.limits") in text_of(page)


def test_the_numbers_are_those_of_the_methods():
    page = open_compare(lang="en", name="blocks", snr="2", seed="3")
    clean = drsn.synth.signal("blocks", length=512)
    noisy = drsn.add_noise(clean, "gaussian", 2.0, seed=3)
    ranks = table(page).set_index("Method")
    for name, key in (("A · EBayes", "ebayes"), ("VisuShrink", "visushrink")):
        scores = drsn.metrics.scores(clean.samples, noisy.samples, drsn.denoise(noisy, key).estimate.samples)
        row = ranks.loc[name]
        assert row["SNR (dB)"] == pytest.approx(scores.snr_db, abs=0.005)
        assert row["Gain (dB)"] == pytest.approx(scores.gain_db, abs=0.005)
        assert row["RMSE"] == pytest.approx(scores.rmse, rel=0.01)
    best = ranks.index[0]
    assert f"{best} comes closest to the clean signal" in text_of(page)


def test_a_method_of_the_page_takes_part_as_it_is_set():
    page = open_compare(lang="en", a="wavelet", **{"a.rule": "universal", "a.transform": "dwt"})
    ranks = table(page).set_index("Method")
    own, usual = ranks.loc["A · Wavelet, your settings"], ranks.loc["Wavelet, your settings"]
    assert own["SNR (dB)"] != usual["SNR (dB)"]


def test_the_signal_can_be_changed_here_too_and_all_panels_drawn():
    page = open_compare(lang="en")
    widget(page, "selectbox", "signal").set_value("step").run()
    assert page.session_state["recipe"].source.name == "step"
    first = len(table(page))
    widget(page, "segmented_control", "panels").set_value("all").run()
    assert page.session_state["view"].panels == "all"
    drawn = json.loads(page.get("plotly_chart")[1].proto.spec)
    assert sum(trace["name"] != "Clean" for trace in drawn["data"]) == first


def test_without_a_clean_signal_nothing_is_ranked_and_that_is_said():
    page = open_compare(lang="en")
    noise = np.random.default_rng(0).normal(size=400)
    samples = np.round(np.sin(np.arange(400) / 20) + 0.3 * noise, 5)
    data = "\n".join(map(str, samples)).encode()
    widget(page, "segmented_control", "source-kind").set_value("upload").run()
    page.file_uploader[0].set_value(("mine.csv", data, "text/csv")).run()
    assert not page.error
    assert "nothing can be ranked" in text_of(page)
    assert f"what came in: {drsn.metrics.noise_level(samples):.3g}" in text_of(page)
    columns = list(table(page).columns)
    assert "Noise level left" in columns
    assert not {"Rank", "SNR (dB)", "RMSE"} & set(columns)
    assert len(page.get("plotly_chart")) == 1


def test_a_method_that_fails_is_named_with_its_reason_and_not_tried_for_ever():
    page = open_compare(lang="en", a="wavelet", n="64", **{"a.level": "9"})
    assert "Wavelet, your settings was left out: Levels = 9 is not possible" in text_of(page)
    assert len(table(page)) >= 5


def test_work_that_was_stopped_keeps_what_it_has_and_can_go_on(monkeypatch):
    monkeypatch.setattr(compare, "FIRST_SECONDS", 0)
    monkeypatch.setattr(compute, "stopped", lambda work: True)
    page = open_compare(lang="en", name="corner", n="777")
    assert "Stopped: " in text_of(page)
    assert 0 < len(table(page)) < len(catalog.methods())
    monkeypatch.setattr(compute, "stopped", lambda work: False)
    page.button(key="again").click().run()
    assert "Stopped: " not in text_of(page)
    assert len(table(page)) >= 6


def test_what_is_kept_of_a_long_recording_is_little():
    experiment = compute.recipes.prepare(Recipe(source=Source(length=60_000)))
    result = compute.recipes.denoise(experiment, Choice("visushrink"))
    kept = compute._summary(experiment, Choice("visushrink"), result)
    assert isinstance(kept, Contender)
    assert kept.line.size <= compute.DRAWN
    assert kept.errors.size == compute.PARTS
    assert np.mean(kept.errors) == pytest.approx(kept.scores.rmse**2, rel=0.01)
    assert compute._size(kept) < 20_000
    assert compute._size(Failure(Choice("visushrink"), drsn.DrsnError(detail=""))) < 20_000


def test_the_table_goes_home_as_it_is_shown():
    experiment = compute.recipes.prepare(Recipe(source=Source(length=256)))
    words = Words("zh")
    results = {c: compute.recipes.denoise(experiment, c) for c in (Choice("visushrink"), Choice("ebayes"))}
    contenders = compare.ranked({c: compute._summary(experiment, c, result) for c, result in results.items()})
    entries = [compare.entry(n, one, experiment.recipe, words) for n, one in enumerate(contenders, start=1)]
    data = compare.table(experiment, contenders, entries, words)
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [line["方法"] for line in lines] == ["A · EBayes", "VisuShrink"]
    assert float(lines[0]["信噪比（dB）"]) == pytest.approx(contenders[0].scores.snr_db, abs=0.005)
