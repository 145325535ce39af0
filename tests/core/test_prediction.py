"""Predictions: what ships tells classes apart, says how sure it is, and refuses what nobody could answer."""

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import drsn_core as drsn
from drsn_core import hub, likeness, prediction, tasks
from drsn_core.cli import cli
from drsn_core.errors import BadData, BadParameter, BadWeights, TooShort, UnknownName, Unsupported
from drsn_core.synth.rig import STATES
from drsn_core.tasks import MODELS, TASKS

#: Parameters of Table II with another number of classes: 17 more or fewer for each.
PAPER = {"convnet": 8416, "resnet": 8416, "se": 11552, "drsn-cs": 10220, "drsn-cw": 11552}


def recording(rate_hz=12_000.0, seconds=1.0, seed=0):
    noise = np.random.default_rng(seed).standard_normal(int(rate_hz * seconds))
    return drsn.Signal(drsn.synth.vibration("inner-race", length=noise.size, rate_hz=rate_hz).samples + noise, rate_hz)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", MODELS)
def test_every_task_has_five_networks_of_the_papers_size(task, model):
    card, network = hub.cards()[f"{task}-{model}"], hub.load(f"{task}-{model}")
    assert card.classes == TASKS[task].classes
    assert card.task == task
    more = 17 * (len(card.classes) - 8)
    if network.ndim == 1:
        assert card.parameters == PAPER[model] + more
    assert sum(p.numel() for p in network.parameters()) == card.parameters
    assert card.limits
    assert card.sources
    assert card.scores["test_accuracy_clean"] > 1 / len(card.classes) + 0.2
    assert card.likeness["false_alarms"] == likeness.FALSE_ALARMS


@pytest.mark.parametrize("model", MODELS)
def test_shipped_networks_know_the_state_of_a_rig_that_they_have_not_heard(model):
    """Eight states, chance is 12.5 %: new recordings with a little noise."""
    right = []
    for number, state in enumerate(STATES):
        made = drsn.synth.rig(state, length=20_480, shaft_hz=30, load_lbft=6, seed=1000 + number)
        found = drsn.predict(drsn.add_noise(made, snr_db=8, seed=number), "rig", model)
        right.append(np.mean(found.votes == found.classes.index(state)))
    assert np.mean(right) > 0.5


def test_probabilities_add_up_and_the_label_is_the_vote():
    found = drsn.predict(recording(), "bearing", "drsn-cs")
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    assert found.probabilities.shape == (6, 10)
    assert found.label == found.classes[found.probabilities.mean(axis=0).argmax()]
    assert 0 < found.confidence <= 1
    assert found.agreement == np.mean(found.votes == found.classes.index(found.label))
    assert found.starts.tolist() == pytest.approx([*(2048 * np.arange(5) / 12_000), (12_000 - 2048) / 12_000])
    assert json.loads(json.dumps(found.to_dict()))["label"] == found.label


@pytest.mark.parametrize("model", ["drsn-cs", "drsn-cw"])
def test_the_trace_is_what_inspecting_the_network_shows(model):
    found = drsn.predict(recording(), "bearing", model)
    seen = drsn.inspect(hub.load(f"bearing-{model}"), torch.from_numpy(found.inputs).float())
    assert len(found.trace.records) == 12
    for mine, theirs in zip(found.trace.records, seen.records, strict=True):
        assert mine.name == theirs.name
        np.testing.assert_allclose(mine.threshold, theirs.threshold, rtol=1e-5)
    assert len(found.trace.samples) == len(found.starts)


def test_networks_without_shrinkage_have_an_empty_trace():
    assert len(drsn.predict(recording(), "bearing", "resnet").trace) == 0


def test_a_recording_at_another_rate_is_the_same_recording():
    """Sampled at 48 kHz or at 12 kHz, a vibration below the band's end gives nearly the same windows."""
    t = np.arange(48_000) / 48_000
    x = sum(np.sin(2 * np.pi * f * t + f) for f in (60, 440, 1300, 2900, 4100))
    fine = tasks.windows(drsn.Signal(x, 48_000), TASKS["bearing"]).raw
    coarse = tasks.windows(drsn.Signal(x[::4], 12_000), TASKS["bearing"]).raw
    assert fine.shape == coarse.shape
    assert np.abs(fine - coarse)[1:-1].max() < 0.02
    slow, fast = (drsn.predict(drsn.Signal(v, r)).probabilities for v, r in ((x[::4], 12_000), (x, 48_000)))
    np.testing.assert_allclose(slow[1:-1], fast[1:-1], atol=0.1)


def test_gain_and_offset_change_nothing():
    one = recording()
    other = drsn.Signal(-3.0 + 40 * one.samples, one.rate_hz)
    np.testing.assert_allclose(drsn.predict(one).probabilities, drsn.predict(other).probabilities, atol=1e-4)


def test_nothing_above_the_band_reaches_the_network():
    t = np.arange(2048) / 12_000
    high = np.sin(2 * np.pi * 5500 * t) * np.hanning(2048)
    assert np.abs(tasks.in_band(high[None], TASKS["bearing"])).max() < 0.01
    low = np.sin(2 * np.pi * 2000 * t) * np.hanning(2048)
    np.testing.assert_allclose(tasks.in_band(low[None], TASKS["bearing"])[0], low, atol=1e-3)


def test_strange_recordings_are_flagged_and_known_ones_are_not():
    strange = np.sin(0.05 * np.arange(20_480) ** 1.1)
    assert drsn.predict(drsn.Signal(strange, 12_800), "rig").unlike
    flags = [drsn.predict(drsn.synth.rig(state, length=20_480, seed=77), "rig").unlike for state in STATES]
    assert sum(flags) <= 2


def test_the_threshold_of_strangeness_lets_the_stated_share_pass():
    network = prediction.classifier("rig", "drsn-cw")
    x = torch.randn(600, 1, 2048, generator=torch.Generator().manual_seed(0))
    judge = likeness.learn(network, x[:300], x[300:])
    above = judge.score(likeness.describe(network, x[300:])) > 1
    assert above.mean() == pytest.approx(likeness.FALSE_ALARMS, abs=0.01)
    assert (judge.score(likeness.describe(network, x[300:].cumsum(-1))) > 1).all()


def test_missing_references_are_a_sentence(tmp_path):
    with pytest.raises(BadWeights, match="likeness"):
        likeness.load(tmp_path, {})


SILENT, CLIPPED = np.zeros(4096), np.clip(3 * np.sin(np.arange(4096) / 9), -1, 1)


@pytest.mark.parametrize(
    ("data", "task", "options", "error", "said"),
    [
        (recording(), "bearings", {}, UnknownName, "gearbox"),
        (recording(), "bearing", {"model": "vgg"}, UnknownName, "drsn-cs"),
        (np.ones(4096), "bearing", {}, BadData, "silent"),
        (np.arange(100.0) % 7, "bearing", {}, TooShort, "2048"),
        (SILENT, "bearing", {}, BadData, "zero"),
        (CLIPPED, "bearing", {}, BadData, "clipped"),
        (drsn.Signal(recording().samples), "bearing", {}, BadParameter, "unknown"),
        (drsn.Signal(recording().samples, 4000.0), "bearing", {}, BadParameter, "10000 to"),
        (recording(), "bearing", {"rate_hz": -1.0}, BadParameter, "positive"),
        (drsn.Signal(np.ones((3, 4096)) * np.arange(4096), 12_000), "bearing", {}, BadParameter, "0 to 2"),
        (recording(), "bearing", {"channel": 3}, BadParameter, "channel"),
        (drsn.Image(np.eye(40)), "bearing", {}, Unsupported, "recording"),
        (np.zeros((3, 40, 40)), "bearing", {}, Unsupported, "length"),
        (recording(), "digits", {}, Unsupported, "picture"),
        (np.arange(50.0), "digits", {}, Unsupported, "height"),
        (drsn.Image(np.ones((28, 28))), "digits", {}, BadData, "empty"),
        (np.arange(300.0), "speech", {}, TooShort, "640"),
    ],
)
def test_what_nobody_could_answer_is_refused_with_what_is_accepted(data, task, options, error, said):
    with pytest.raises(error, match=said):
        drsn.predict(data, task, **options)


def test_a_recording_of_unknown_rate_may_be_told_its_rate():
    known, told = recording(), drsn.Signal(recording().samples)
    np.testing.assert_array_equal(drsn.predict(told, rate_hz=12_000).probabilities, drsn.predict(known).probabilities)
    assert drsn.predict(told, "gearbox").window_s == pytest.approx(2048 / TASKS["gearbox"].rate_hz)


def test_words_are_found_between_pauses():
    t = np.arange(3200) / 8000
    word = np.sin(2 * np.pi * 300 * t) * np.hanning(3200)
    pause = np.zeros(4000)
    cut = tasks.windows(drsn.Signal(np.concatenate([pause, word, pause, word, pause]), 8000.0), TASKS["speech"])
    assert cut.raw.shape == (2, 4096)
    middles = cut.starts + 4096 / 8000 / 2
    np.testing.assert_allclose(middles, [0.7, 1.6], atol=0.02)
    assert tasks.windows(drsn.Signal(word, 8000.0), TASKS["speech"]).raw.shape == (1, 4096)


def test_a_drawing_becomes_a_digit_as_mnist_has_it():
    paper = np.ones((120, 90))
    paper[20:100, 60:68] = 0.1  # a one, off the middle, dark on light
    (picture,) = tasks.windows(drsn.Image(paper), TASKS["digits"]).raw
    rows, columns = np.nonzero(picture > 0.5 * picture.max())
    assert picture.shape == (28, 28)
    assert rows.max() - rows.min() + 1 == pytest.approx(20, abs=1)
    assert (rows.mean(), columns.mean()) == pytest.approx((13.5, 13.5), abs=0.6)
    assert drsn.predict(drsn.Image(paper), "digits").label == "1"


def test_the_command_line_predicts(tmp_path):
    file = tmp_path / "r.npz"
    file.write_bytes(drsn.write(drsn.synth.rig("missing-tooth", length=20_480, seed=3), "r.npz"))
    done = CliRunner().invoke(cli, ["predict", str(file), "--task", "rig", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["label"] == drsn.predict(drsn.read(file.read_bytes(), "r.npz"), "rig").label
    assert len(said["trace"]["records"]) == 12
    plain = CliRunner().invoke(cli, ["predict", str(file), "--task", "rig", "--model", "resnet"])
    assert "windows" in plain.output
    assert CliRunner().invoke(cli, ["predict", str(file), "--task", "rigs"]).exit_code == 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digit", [0, 4, 7])
def test_noise_does_not_turn_a_digit_round_and_dark_ink_is_read_like_light(digit, seed):
    clean = drsn.synth.written_digit(digit)
    noisy = drsn.add_noise(clean, "gaussian", -8, seed=seed)
    light, dark = (
        tasks.windows(picture, tasks.TASKS["digits"]).raw[0] for picture in (noisy, drsn.Image(1 - noisy.pixels))
    )
    np.testing.assert_allclose(light, noisy.pixels[0], atol=1e-12)
    np.testing.assert_allclose(light - light.mean(), dark - dark.mean(), atol=1e-12)
