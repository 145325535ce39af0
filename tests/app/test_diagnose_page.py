"""The page Diagnose, run without a browser: five networks, every task and view, links and files good and bad."""

import io
import itertools
import json
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
import torch
from scipy.io import wavfile
from streamlit.testing.v1 import AppTest

import drsn_core as drsn
from app import case as cases
from app.case import SECTIONS, Case
from app.diagnoses import WINDOWS
from app.figures import accuracy, planes, repeated, tables, verdicts
from app.figures.tables import AID
from app.i18n import LANGUAGES, Words
from drsn_core.bench import diagnosis, features, findings
from drsn_core.plane import vote
from drsn_core.prediction import classifier
from drsn_core.recipe import Noise, Source
from drsn_core.samples import SAMPLES, sample, truth
from drsn_core.synth.digits import encode_strokes
from drsn_core.tasks import MODELS, TASKS
from tests.app.test_images_page import go_to, text_of, widget
from tests.app.test_images_page import open_images as opened


def open_diagnose(**query):
    return go_to(opened(**query), "diagnose")


def wav(signal):
    buffer = io.BytesIO()
    wavfile.write(buffer, round(signal.rate_hz), signal.samples[0].astype(np.float32))
    return buffer.getvalue()


# ---- the case and its link


@pytest.mark.parametrize("task", SAMPLES)
def test_a_case_comes_back_from_its_link(task):
    case = Case(task, cases.example_of(task), Noise("laplacian", -3.5, 7), "se", "known", 4)
    assert cases.from_query(cases.to_query(case)) == (case, [])
    kind = "picture-file" if TASKS[task].ndim == 2 else "file"
    case = Case(task, Source(kind, "my.wav", digest="0123456789abcdef"), Noise("none"))
    back, problems = cases.from_query(cases.to_query(case))
    assert (back.source, back.noise.kind, problems) == (case.source, "none", [])


def test_what_is_wrong_in_a_link_takes_its_default_and_is_told():
    query = {"task": "weather", "sample": "rain", "noise": "purple", "snr": "loud", "model": "oracle", "window": "0"}
    case, problems = cases.from_query(query)
    assert case == Case()
    assert {problem.part for problem in problems} == set(query)


def test_another_task_keeps_a_file_that_it_takes_and_an_example_that_it_has():
    case = Case(source=Source("file", "a.wav", digest="00"))
    assert cases.another_task(case, "bearing").source == case.source
    assert cases.another_task(Case(), "bearing").source.name == "inner-race"
    assert cases.another_task(Case(), "gearbox").source.name == "broken-tooth"


@pytest.mark.parametrize("task", SAMPLES)
def test_every_example_can_be_predicted_and_its_truth_is_a_class(task):
    for name in SAMPLES[task]:
        right = truth(task, name)
        assert right is None or right in TASKS[task].classes
    found = drsn.predict(sample(task, SAMPLES[task][0]), task, "drsn-cw")
    assert np.isfinite(found.probabilities).all()


# ---- the page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task", SAMPLES)
def test_the_page_opens_on_every_task_in_both_languages(task, lang):
    page = open_diagnose(task=task, lang=lang)
    assert not page.exception
    assert not page.error
    words = Words(lang)
    assert words(f"diagnose.task.{task}.hint") in text_of(page)


@pytest.mark.parametrize(("see", "model"), list(zip(SECTIONS, cycle(["resnet", "drsn-cw"]), strict=False)))
def test_every_view_has_its_sentence(see, model):
    page = open_diagnose(task="bearing", look=see, model=model, lang="en")
    assert not page.exception
    assert not page.error
    captions = "\n".join(c.value for c in page.caption)
    expected = {
        "time": "of 12",
        "noise": "test windows that each network names rightly",
        "confusion": "test windows at 0 dB",
        "thresholds": "of what it meets to zero",
        "features": "come apart best in SE",
        "known": "lie farther out than 95 %",
        "paper": "whiskers are standard deviations",
    }
    assert expected[see] in captions


def test_what_the_page_says_is_what_the_library_says():
    page = open_diagnose(task="rig", sample="ball", snr="-5", seed="3", model="resnet", lang="en")
    noisy = drsn.add_noise(sample("rig", "ball", windows=WINDOWS), "gaussian", -5, seed=3)
    found = drsn.predict(noisy, "rig", "resnet")
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Mean probability"] == f"{100 * found.confidence:.0f} %"
    assert shown["Windows that agree"] == f"{round(found.agreement * len(found.starts))} of {len(found.starts)}"
    assert found.label.replace("-", " ") in [heading.value for heading in page.subheader]


def test_a_link_opens_the_page_as_it_was_and_undo_goes_back():
    page = open_diagnose(task="rig", sample="pitting", snr="3", model="se", look="known", lang="en")
    assert page.query_params["sample"] == "pitting"
    assert page.query_params["look"] == "known"
    widget(page, "selectbox", "model").set_value("convnet").run()
    assert page.query_params["model"] == "convnet"
    widget(page, "button", "undo").click().run()
    assert page.query_params["model"] == "se"


def test_a_recording_of_ones_own_is_answered_and_follows_to_another_task():
    page = open_diagnose(task="rig", lang="en")
    widget(page, "segmented_control", "case-kind").set_value("upload").run()
    page.file_uploader[0].set_value(("mine.wav", wav(sample("rig", "ball", 9, windows=5)), "audio/wav")).run()
    assert not page.exception
    assert "WAV" in text_of(page)
    assert "ball" in [heading.value for heading in page.subheader]
    widget(page, "selectbox", "task").set_value("bearing").run()
    assert "mine.wav" in page.query_params["name"]
    assert not page.error


@pytest.mark.parametrize(
    ("samples", "rate", "said"),
    [
        (np.zeros(9000), 12800, "silent"),
        (np.sign(np.sin(np.arange(9000) / 9)), 12800, "clipped"),
        (np.sin(np.arange(500)), 12800, "500"),
        (np.sin(np.arange(9000)), 4000, "4000"),
    ],
)
def test_a_recording_that_nothing_can_be_predicted_from_is_refused_in_a_sentence(samples, rate, said):
    page = open_diagnose(task="rig", lang="en")
    widget(page, "segmented_control", "case-kind").set_value("upload").run()
    buffer = io.BytesIO()
    wavfile.write(buffer, rate, samples.astype(np.float32))
    page.file_uploader[0].set_value(("mine.wav", buffer.getvalue(), "audio/wav")).run()
    assert not page.exception
    assert said in page.error[0].value
    widget(page, "segmented_control", "case-kind").set_value("example").run()
    assert not page.error


def test_a_picture_is_no_recording():
    import PIL.Image

    buffer = io.BytesIO()
    PIL.Image.fromarray(np.arange(900, dtype=np.uint8).reshape(30, 30)).save(buffer, "PNG")
    page = open_diagnose(task="rig", lang="en")
    widget(page, "segmented_control", "case-kind").set_value("upload").run()
    page.file_uploader[0].set_value(("photo.png", buffer.getvalue(), "image/png")).run()
    assert "one column of numbers or a sound" in page.error[0].value
    assert "number of windows: 12" in text_of(page)


def test_a_digit_that_was_drawn_is_read_can_be_linked_to_and_undone():
    one = encode_strokes([[(0.5, 0.1), (0.5, 0.5), (0.49, 0.9)]])
    page = open_diagnose(task="digits", sample="drawn", strokes=one, noise="none", lang="en")
    assert not page.exception
    assert [heading.value for heading in page.subheader] == ["1"]
    assert page.query_params["strokes"] == one
    (pad,) = page.get("bidi_component")
    assert len(json.loads(pad.proto.json)["strokes"]) == 1
    wrong = open_diagnose(task="digits", sample="drawn", strokes="A", lang="en")
    assert not wrong.exception
    assert "strokes" in text_of(wrong)


# ---- its figures


def found_of(name="inner-race"):
    noisy = drsn.add_noise(sample("rig", name, windows=WINDOWS), "gaussian", -5)
    return {model: drsn.predict(noisy, "rig", model) for model in MODELS}


def test_the_table_frames_the_vote_of_each_network():
    found = found_of()
    classes = list(TASKS["rig"].classes)
    drawn = verdicts.table(found, classes, "inner-race", words=Words("en"), theme="light")
    framed = [round((shape.x0 + shape.x1) / 2) for shape in drawn.layout.shapes]
    assert [classes[number] for number in framed] == [one.label for one in found.values()]
    assert drawn.layout.xaxis.ticktext[1] == "<b>✓ inner-race</b>"
    shown = np.nansum([np.nan_to_num(part.z) for part in drawn.data], axis=0)
    np.testing.assert_allclose(shown, np.stack([one.mean for one in found.values()]), atol=1e-6)


def test_windows_that_are_not_taken_for_the_same_are_found():
    found = found_of("root-crack")
    votes = np.stack([one.votes for one in found.values()])
    differ = verdicts.disagreements(found)
    assert differ
    assert all(len(set(votes[:, number])) > 1 for number in differ)
    assert len(set(map(tuple, np.delete(votes, differ, axis=1).T.tolist()))) <= votes.shape[1] - len(differ)


@pytest.mark.parametrize("task", SAMPLES)
def test_the_curves_are_those_of_the_bench(task):
    _, cells = diagnosis.stored(task)
    mine = accuracy.cells_of(cells, "pink")
    assert mine, "where pink noise was not tried, gaussian stands in"
    drawn = accuracy.against_noise(mine, 0.1, -3.0, words=Words("en"), theme="dark")
    assert [trace.name for trace in drawn.data] == [Words("en")(f"diagnose.model.{model}") for model in MODELS]
    for trace, model in zip(drawn.data, MODELS, strict=True):
        known = {float(c.snr_db): 100 * c.accuracy for c in mine if c.model == model}
        assert dict(zip(trace.x, trace.y, strict=True)) == known
    cell = accuracy.nearest(mine, "drsn-cw", -9.0)
    assert cell.snr_db == "-10"
    table = accuracy.confusion(cell, TASKS[task].classes, words=Words("en"), theme="light")
    rows = np.nansum([np.nan_to_num(part.z) for part in table.data], axis=0).sum(axis=1)
    np.testing.assert_allclose(rows, 100, atol=1e-6)


def test_the_features_are_drawn_as_they_were_kept_and_the_recording_where_it_falls():
    _, seen = features.stored("rig")
    noisy = drsn.add_noise(sample("rig", "missing-tooth", windows=WINDOWS), "gaussian", 0)
    x = torch.from_numpy(drsn.predict(noisy, "rig", "se").inputs.astype(np.float32))
    one = replace(seen, networks={"se": seen.networks["se"]})
    here = one.networks["se"].plane.place(features.features_of(classifier("rig", "se"), x))
    classes = TASKS["rig"].classes
    drawn = planes.separation(one, {"se": here}, classes, picture=False, words=Words("en"), theme="light")
    marks = [trace for trace in drawn.data if trace.meta != AID]
    assert len({trace.marker.symbol for trace in marks}) == len(classes) + 1, "colour alone tells nobody apart"
    for number, trace in enumerate(marks[:-1]):
        np.testing.assert_allclose(np.stack([trace.x, trace.y], 1), one.networks["se"].points[seen.labels == number])
    nearest = vote(one.networks["se"].points, seen.labels, np.stack([marks[-1].x, marks[-1].y], 1))
    assert np.bincount(nearest).argmax() == classes.index("missing-tooth")
    assert [trace.text[0] for trace in drawn.data if trace.text] == [f"<b>{n}</b>" for n in range(1, 9)]
    rows = tables.table(drawn).decode().splitlines()
    assert len(rows) == 1 + len(seen.labels) + len(here)
    assert rows[1].startswith("SE: healthy,")


def test_short_names_of_classes_stand_for_themselves():
    assert planes.keys(TASKS["digits"].classes) == list("0123456789")
    assert planes.keys(TASKS["speech"].classes) == list(TASKS["speech"].classes)
    assert planes.keys(TASKS["gearbox"].classes) == ["1", "2"]
    assert planes.keys(["正常", "断齿"]) == ["正常", "断齿"]
    assert planes.keys(["正常", "内圈故障"]) == ["1", "2"]


# ---- the paper's experiment


SETTING = diagnosis.setting(diagnosis.Experiment("rig", epochs=5))
LEAKY = diagnosis.setting(diagnosis.Experiment("rig", epochs=5, leaky=True))


def trainings(noise, snr, setting=SETTING, gain=4.0, seeds=3, curve=True):
    """Every network ``gain`` points ahead of the one before, give or take a tenth from seed to seed."""
    cells = []
    for place, model in enumerate(MODELS):
        for seed in range(seeds):
            right = 0.6 + gain * place / 100 + seed / 1000 * place + seed / 50
            errors = [[0.8 / epoch, 1 - right + (5 - epoch) / 20] for epoch in range(1, 6)]
            cells.append(
                diagnosis.Cell(
                    setting, model, noise, snr, seed, right, 0.9, [[1]], 8000 + place, 20.0 + seed + 2 * place, 0.25,
                    (216, 72), None, errors if curve else None,
                )
            )  # fmt: skip
    return cells


def experiment(cells, lang="en", noise="gaussian"):
    """The section alone, as a page."""

    def script(cells, lang, noise):
        import streamlit as st

        from app.case import Case
        from app.i18n import Words
        from app.widgets import repeated
        from drsn_core.recipe import Noise

        st.session_state.setdefault("generation", 0)
        made = {
            "date": "2026-11-26",
            "machine": "a machine",
            "commands": ["drsn bench rig", "drsn bench rig --shipped"],
        }
        repeated.show(made, cells, Case(noise=Noise(noise, 0.0)), Words(lang))

    return AppTest.from_function(script, args=(cells, lang, noise), default_timeout=60).run()


GRID = [
    cell
    for noise, snr in itertools.product(("pink", "gaussian"), ("-4", "-8"))
    for cell in trainings(noise, snr, curve=(noise, snr) != ("gaussian", "-8"))
] + trainings("gaussian", "-4", LEAKY)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_experiment_has_an_answer_a_table_and_figures(lang):
    page = experiment(GRID, lang)
    assert not page.exception
    words = Words(lang)
    assert words("diagnose.paper.answer.ahead", first="DRSN-CW", second="ResNet", mean=12.3, low=11.6, high=13.0,
                 pairs=3, higher=4, rows=4, paper=3.3)[:12] in text_of(page)  # fmt: skip
    gaps, cost = (table.value for table in page.table)
    assert len(gaps) == 5 + 2, "five rows, all of them, and the paper"
    assert len(cost) == len(MODELS)
    assert len(page.get("plotly_chart")) == 2


def test_the_answer_is_that_of_all_noises_seed_by_seed():
    page = experiment(GRID)
    said = page.markdown[0].value
    mean = 3 * 4.0 + 0.3  # three places apart, and a tenth a place and seed
    assert "**On these data, yes.**" in said
    assert f"{mean:.1f} points" in said
    assert "higher in 4 of 4 rows" in said
    assert "it is 3.3 points" in said
    assert "no.**" in experiment([replace(c, accuracy=1 - c.accuracy) for c in GRID]).markdown[0].value
    even = [replace(c, accuracy=0.5 + (c.seed - 1) / 10 * (c.model == "drsn-cw")) for c in GRID]
    assert "cannot be told" in experiment(even).markdown[0].value
    assert "Too few" in experiment(trainings("pink", "0", seeds=1)).markdown[0].value


def test_rows_stand_in_order_and_clear_differences_are_bold():
    (gaps, _) = (table.value for table in experiment(GRID).table)
    places = [place.replace("\u00a0", " ") for place in gaps.iloc[:, 0]]
    assert places[:5] == [
        "Gaussian, -8 dB",
        "Gaussian, -4 dB",
        "Pink, -8 dB",
        "Pink, -4 dB",
        "Gaussian, -4 dB; leaky split",
    ]
    assert all(cell.startswith("**+12.3**") for cell in gaps["DRSN-CW − ResNet"][:6])
    assert gaps["DRSN-CW − ResNet"].iloc[-1] == "*+3.3*"
    assert gaps["SE − ResNet"].iloc[-1] == "–"
    assert list(gaps["Paper's order"])[:5] == ["holds"] * 5


def test_the_noise_of_the_page_is_drawn_first_and_another_can_be_chosen():
    page = experiment(GRID, noise="pink")
    assert "Pink noise, the highest means" in text_of(page)
    widget(page, "segmented_control", "paper-noise").set_value("gaussian").run()
    assert not page.exception
    assert "Gaussian noise, the highest means" in text_of(page)
    assert "After 5 epochs" in text_of(page)


def test_curves_are_shown_for_the_rows_that_have_them():
    page = experiment(GRID, noise="gaussian")
    rows = widget(page, "segmented_control", "paper-row")
    assert [one.replace("\u00a0", " ") for one in rows.options] == ["-4 dB", "-4 dB; leaky split"]
    assert "falls to a tenth after epochs 2 and 4" in text_of(page)
    plain = experiment([replace(cell, curve=None) for cell in GRID])
    assert not plain.exception
    assert len(plain.get("plotly_chart")) == 1
    assert "epochs" not in text_of(plain)


def test_a_dot_is_a_training_and_the_figure_of_errors_has_both_parts():
    rows = diagnosis.summaries(GRID)
    mine = sorted((row for row in rows if row.noise == "gaussian"), key=repeated.order)
    assert [(row.snr_db, "leaky" in row.setting) for row in mine] == [("-8", False), ("-4", False), ("-4", True)]
    drawn = repeated.accuracies(mine, GRID, words=Words("en"), theme="light")
    dots, means = drawn.data[0::2], drawn.data[1::2]
    assert [len(trace.x) for trace in dots] == [9] * len(MODELS)
    assert [len(trace.x) for trace in means] == [3] * len(MODELS)
    for trace, single in zip(means, dots, strict=True):
        for place, mean in zip(trace.x, trace.y, strict=True):
            assert mean == pytest.approx(np.mean([y for x, y in zip(single.x, single.y, strict=True) if x == place]))
    course = findings.course(trainings("pink", "-4"))
    both = repeated.errors(course, words=Words("en"), theme="dark")
    assert [trace.name for trace in both.data] == 2 * [Words("en")(f"diagnose.model.{model}") for model in MODELS]
    np.testing.assert_allclose(both.data[0].y, [80, 40, 80 / 3, 20, 16])
    assert [shape.x0 for shape in both.layout.shapes] == [2.5, 4.5, 2.5, 4.5]


def test_costs_are_medians_and_stand_beside_the_paper():
    (_, cost) = (table.value for table in experiment(GRID).table)
    assert list(cost["Parameters"]) == ["8,000", "8,001", "8,002", "8,003", "8,004"]
    assert cost["Over ResNet"].iloc[4] == f"× {29 / 23:.2f}"
    assert list(cost["Paper, over ResNet"]) == ["× 0.98", "× 1.00", "–", "× 1.62", "× 1.55"]


def test_a_row_of_the_experiment_says_how_it_was_split():
    plain = diagnosis.Experiment("bearing", count=45)
    settings = [
        plain,
        replace(plain, leaky=True),
        replace(plain, train_groups=("0", "1"), test_groups=("3",)),
        replace(plain, test_groups=("nicolas",), count=5),
    ]
    rows = [diagnosis.Summary(diagnosis.setting(one), "gaussian", "-8", {}, ()) for one in settings]
    assert [repeated.place(row, Words("en")) for row in rows] == [
        "Gaussian, -8\u00a0dB",
        "Gaussian, -8\u00a0dB; leaky split",
        "Gaussian, -8\u00a0dB; load 0+1 → 3 hp",
        "Gaussian, -8\u00a0dB; unheard voice nicolas; 5 windows",
    ]
    mixed = replace(rows[0], snr_db="-12 to 4")
    assert repeated.level(mixed, Words("zh")) == "-12…4\u00a0dB"
