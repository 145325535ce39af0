"""Training classifiers: splits without leakage, the same weights after a stop, a bench that resumes and adds up."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from drsn_core import hub, likeness
from drsn_core.bench import diagnosis
from drsn_core.cli import cli
from drsn_core.errors import BadData, BadRecipe, BadWeights
from drsn_core.metrics import snr_db
from drsn_core.synth.rig import STATES, rig
from drsn_core.tasks import MODELS, TASKS
from drsn_core.train import classconfig, classify, labelled
from drsn_core.train.labelled import Labelled, Wanted

DATA = Path(hub.__file__).resolve().parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "cwru_bearing").is_dir(),
    reason="it listens to the CWRU recordings, which are not ours to hand on (../shared/data/cwru_bearing)",
)


def tiny(model="drsn-cw", **training):
    plain = classconfig.recipe("rig", model)
    data = plain.data.model_copy(update={"count": 1, "noise": ("gaussian",), "snr_db": (10.0, 10.0), "clean": 0.0})
    pace = plain.training.model_copy(update={"epochs": 2, "batch": 32, **training})
    return plain.model_copy(update={"data": data, "training": pace})


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path):
    parts = tuple((torch.randn(40, 1, 256), torch.arange(40) % 8) for _ in ("train", "validation"))
    straight = list(classify.fit(tiny(), parts=parts))[-1]
    running = classify.fit(tiny(), tmp_path, parts)
    next(running)
    running.close()
    (resumed,) = classify.fit(tiny(), tmp_path, parts)
    assert resumed.curve == straight.curve
    for key, value in straight.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[key], value, rtol=0, atol=0)
    with pytest.raises(BadRecipe, match="another training"):
        next(classify.fit(tiny(seed=1), tmp_path, parts))
    (tmp_path / classify.CHECKPOINT).write_bytes(b"nonsense")
    with pytest.raises(BadWeights, match="no checkpoint"):
        next(classify.fit(tiny(), tmp_path, parts))


def test_training_learns_to_tell_heavy_strikes_from_none():
    """Two classes that nobody could confuse, three short epochs."""
    made = [
        np.stack([rig(state, seed=100 * i + j).samples[0] for j in range(48)])
        for i, state in enumerate(("healthy", "missing-tooth"))
    ]
    x = torch.from_numpy(labelled.prepared(np.concatenate(made), "rig"))
    y = torch.arange(2).repeat_interleave(48)
    config = tiny("resnet", epochs=6, batch=16)
    last = list(classify.fit(config, parts=((x[::2], y[::2]), (x[1::2], y[1::2]))))[-1]
    assert last.validation > 0.8


@pytest.mark.parametrize("fold", range(5))
def test_parts_of_a_recording_are_a_window_apart(fold):
    x, size = np.arange(40_960.0), 2048
    found = {part: labelled.of_time(x, Wanted(part, fold), size) for part in labelled.PARTS}
    spans = [(part, row[0], row[-1]) for part, rows in found.items() for row in rows]
    for part, begin, end in spans:
        for other, first, last in spans:
            if part != other:
                assert first - end >= size - 2 or begin - last >= size - 2
    assert len(found["train"]) == 60


def test_the_leaky_split_does_what_one_should_not():
    x = np.arange(40_960.0)
    train, test = (labelled.of_time(x, Wanted(part, leaky=True), 2048)[:, 0] for part in ("train", "test"))
    assert np.abs(train[:, None] - test[None]).min(axis=0).max() < 2048


def test_noise_is_added_at_the_exact_ratio_and_kinds_take_turns():
    clean = Labelled(np.random.default_rng(0).standard_normal((6, 512)), np.zeros(6, int), np.array(["a"] * 6))
    noisy = labelled.with_noise(clean, ("gaussian", "impulse"), (-3.0, -3.0), 0.0, np.random.default_rng(1))
    for row, one in zip(clean.raw, noisy, strict=True):
        assert snr_db(row, one) == pytest.approx(-3.0, abs=0.3)  # of the power about the mean
    assert [np.mean(a == b) > 0.5 for a, b in zip(clean.raw, noisy, strict=True)] == [False, True] * 3
    untouched = labelled.with_noise(clean, ("pink",), (0.0, 9.0), 1.0, np.random.default_rng(1))
    np.testing.assert_array_equal(untouched, clean.raw)


@pytest.mark.parametrize("state", STATES)
def test_the_rig_repeats_itself_by_seed_and_load_adds_force(state):
    one, again, other = (rig(state, seed=seed).samples for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    strong, weak = (np.mean([rig(state, load_lbft=lbft, seed=s).samples.std() for s in range(5)]) for lbft in (18, 1))
    assert strong > 1.2 * weak


def test_a_healthy_rig_shows_its_mesh_and_a_faulty_one_strikes():
    x = rig("healthy", length=25_600, shaft_hz=30, seed=1).samples[0]
    spectrum = np.abs(np.fft.rfft(x * np.hanning(x.size)))
    assert abs(spectrum.argmax() * 12_800 / x.size - 29 * 30) < 25

    def peakedness(state):
        x = rig(state, length=25_600, seed=1).samples[0]
        return np.mean((x - x.mean()) ** 4) / x.var() ** 2

    for state in ("inner-race", "outer-race", "ball", "broken-tooth", "missing-tooth"):
        assert peakedness(state) > peakedness("healthy") + 0.5, state


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": {"task": "engine"}}, "task must be one of"),
        ({"data": {"task": "rig", "noise": ["loud"]}}, "gaussian"),
        ({"network": {"kind": "classifier", "n_classes": 3}}, "8 classes"),
        ({"training": {"epochs": 0}}, "training.epochs"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_where(tmp_path, change, said):
    import tomli_w

    plain = classconfig.recipe("rig", "resnet").model_dump(mode="json")
    path = tmp_path / "r.toml"
    path.write_bytes(tomli_w.dumps({**plain, **change}).encode())
    with pytest.raises(BadRecipe, match=said):
        classconfig.load(path)


def test_missing_recordings_are_a_sentence():
    config = classconfig.recipe("bearing", "resnet", folder="nowhere")
    with pytest.raises(BadData, match="nowhere"):
        next(classify.fit(config))


@pytest.mark.parametrize("name", sorted(name for name, card in hub.cards().items() if card.task))
def test_shipped_recipes_are_those_of_their_cards(name):
    folder = hub.bundle.folder("pretrained") / name
    recipe, card = classconfig.load(folder / "recipe.toml"), hub.read_card(folder)
    assert recipe.name == name == f"{recipe.data.task}-{recipe.network.name}"
    assert recipe.network.model_dump(mode="json") == card.network
    assert (recipe.training.epochs, recipe.training.seed) == (card.training["epochs"], card.training["seed"])
    assert likeness.load(folder, card.likeness).threshold > 0


def test_a_classifier_is_trained_by_the_command_line_and_loads(tmp_path):
    import tomli_w

    (tmp_path / "r.toml").write_bytes(tomli_w.dumps(tiny().model_dump(mode="json")).encode())
    done = CliRunner().invoke(cli, ["train", str(tmp_path / "r.toml"), "-o", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["step"] for line in done.stdout.splitlines()] == [1, 2]
    card = hub.read_card(tmp_path / "rig-drsn-cw")
    assert {"test_accuracy_clean", "test_accuracy_gaussian_0_db"} <= set(card.scores)
    assert hub.load_folder(tmp_path / "rig-drsn-cw")(torch.zeros(2, 2048)).shape == (2, 8)


def test_the_bench_resumes_and_adds_up(tmp_path):
    call = [
        "bench",
        "rig",
        "--count",
        "1",
        "--epochs",
        "1",
        "--snr",
        "5",
        "--resume",
        str(tmp_path / "r.json"),
        "--json",
    ]
    call += ["--model", "resnet", "--model", "convnet", "--seeds"]
    first = CliRunner().invoke(cli, [*call, "1"])
    assert first.exit_code == 0, first.output
    kept = diagnosis.read(tmp_path / "r.json")[1]
    second = json.loads(CliRunner().invoke(cli, [*call, "2"]).stdout)
    assert [(c["model"], c["seed"]) for c in second["cells"]] == [(m, s) for s in (0, 1) for m in ("resnet", "convnet")]
    assert [cell.train_cpu_s for cell in kept] == [c["train_cpu_s"] for c in second["cells"][:2]]
    assert len(second["commands"]) == 2
    (point,) = kept[0].curve  # one epoch: mistakes on training and on validation windows
    assert point[0] == pytest.approx(1 - kept[0].train_accuracy, abs=1e-3)
    assert 0 <= point[1] <= 1
    assert "resnet" in CliRunner().invoke(cli, [*call[:-2], "2"]).output


def made_up(model, seed, accuracy):
    return diagnosis.Cell("s", model, "gaussian", "0", seed, accuracy, 1.0, [[1]], 1, 1.0, 1.0, (1, 1))


def test_differences_are_taken_pair_by_pair():
    """The folds differ by ten points, the networks always by one or two: the interval knows only the latter."""
    cells = [made_up("resnet", s, 0.5 + s / 10) for s in range(3)]
    cells += [made_up("drsn-cw", s, 0.51 + s / 10 + 0.005 * s) for s in range(3)]
    (one,) = diagnosis.summaries(cells)
    (gap,) = one.differences
    assert gap.mean == pytest.approx(1.5)
    half = 4.302653 * 0.5 / np.sqrt(3)
    assert (gap.low, gap.high) == pytest.approx((1.5 - half, 1.5 + half))
    assert one.accuracy["resnet"] == pytest.approx((60, 10, 3))
    assert one.order_holds is None
    cells = [made_up(model, s, 0.5 + i / 100) for i, model in enumerate(diagnosis.PAPER_ORDER) for s in (0, 1)]
    assert diagnosis.summaries(cells)[0].order_holds
    assert diagnosis.summaries(cells[::2])[0].order_holds is None
    assert diagnosis.summaries([*cells[:7], made_up("drsn-cw", 1, 0.1)])[0].order_holds is False


@pytest.mark.parametrize(
    "path",
    sorted(p for p in (hub.bundle.folder("pretrained") / "results").glob("*.json") if "-" not in p.stem),
    ids=lambda p: p.stem,
)
def test_stored_results_are_whole(path):
    made, cells = diagnosis.stored(path.stem)
    assert made["commands"]
    assert made["machine"]
    assert path.stem in TASKS
    for cell in cells:
        counts = np.array(cell.confusion)
        assert counts.sum() == cell.windows[1]
        assert np.trace(counts) / counts.sum() == pytest.approx(cell.accuracy, abs=1e-3)
        assert cell.model in MODELS


def test_no_results_are_no_error():
    assert diagnosis.stored("nothing") == ({}, [])


@needs_data
@pytest.mark.parametrize("model", ["resnet", "drsn-cw"])
def test_shipped_bearing_networks_know_stretches_they_have_not_heard(model):
    test = labelled.bearing(str(DATA / "cwru_bearing"), Wanted("test", 4), 0)
    x = torch.from_numpy(labelled.prepared(test.raw, "bearing"))
    guess = classify.logits_of(hub.load(f"bearing-{model}"), x).argmax(1).numpy()
    assert np.mean(guess == test.label) > 0.9
