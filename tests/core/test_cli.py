"""The command line, called as a person would."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import drsn_core as drsn
from drsn_core.classical.wavelet import TRANSFORMS
from drsn_core.cli import cli
from drsn_core.trace import Trace


@pytest.fixture
def drsn_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def call(*arguments, exit_code=0):
        result = runner.invoke(cli, [str(a) for a in arguments])
        assert result.exit_code == exit_code, result.output
        return result

    return call


def test_make_a_signal_denoise_it_and_keep_the_thresholds(drsn_command, tmp_path):
    drsn_command("synth", "doppler", "--snr", 5, "--seed", 3, "-o", "noisy.csv")
    drsn_command(
        "denoise", "noisy.csv", "--method", "bayesshrink", "-p", "level=4", "-o", "out.csv", "--trace", "trace.json"
    )
    noisy = drsn.read((tmp_path / "noisy.csv").read_bytes(), "noisy.csv")
    expected = drsn.add_noise(drsn.synth.signal("doppler", seed=3), snr_db=5, seed=3)
    np.testing.assert_array_equal(noisy.samples, expected.samples)
    result = drsn.denoise(noisy, "bayesshrink", level=4)
    out = drsn.read((tmp_path / "out.csv").read_bytes(), "out.csv")
    np.testing.assert_array_equal(out.samples, result.estimate.samples)
    assert out.rate_hz == pytest.approx(noisy.rate_hz)
    trace = Trace.from_dict(json.loads((tmp_path / "trace.json").read_text()))
    assert trace.to_dict() == result.trace.to_dict()


def test_several_files_go_to_a_folder_and_one_bad_one_does_not_stop_the_others(drsn_command, tmp_path):
    for name in ("a", "b"):
        drsn_command("synth", "ecg", "--snr", 10, "-o", f"{name}.wav")
    (tmp_path / "bad.csv").write_text("this is prose, not numbers")
    done = drsn_command(
        "denoise", "a.wav", "bad.csv", "b.wav", "--method", "sureshrink", "-o", "out", "--json", exit_code=1
    )
    reports = json.loads(done.stdout)
    assert [("error" in r) for r in reports] == [False, True, False]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.wav", "b.wav"]


def test_nothing_is_overwritten_unasked(drsn_command, tmp_path):
    drsn_command("synth", "step", "-o", "x.csv")
    before = (tmp_path / "x.csv").read_bytes()
    assert "--force" in drsn_command("synth", "blip", "-o", "x.csv", exit_code=3).output
    assert (tmp_path / "x.csv").read_bytes() == before
    drsn_command("synth", "blip", "-o", "x.csv", "--force")
    assert (tmp_path / "x.csv").read_bytes() != before


def test_pictures_go_through_the_same_command(drsn_command, tmp_path):
    rng = np.random.default_rng(0)
    picture = np.clip(np.linspace(0, 1, 64)[:, None] + 0.1 * rng.normal(size=(64, 64)), 0, 1)
    (tmp_path / "p.png").write_bytes(drsn.write(drsn.Image(picture), "p.png"))
    drsn_command("denoise", "p.png", "--method", "bayesshrink", "-o", "q.png")
    out = drsn.read((tmp_path / "q.png").read_bytes(), "q.png")
    assert out.pixels.shape == (1, 64, 64)
    refused = drsn_command("denoise", "p.png", "--method", "drsn-cw", "-o", "r.png", exit_code=1)
    assert "takes signals" in refused.output


def test_a_picture_is_denoised_by_the_network_for_pictures_unless_told_otherwise(drsn_command, tmp_path):
    drsn_command("synth", "discs", "--size", 64, "--sigma", 25, "--seed", 3, "-o", "noisy.npy")
    noisy = drsn.add_noise(drsn.synth.image("discs", 64, seed=3), sigma=25 / 255, seed=3)
    read = drsn.read((tmp_path / "noisy.npy").read_bytes(), "noisy.npy")
    np.testing.assert_array_equal(
        np.ravel(read.pixels if isinstance(read, drsn.Image) else read.samples), noisy.pixels.ravel()
    )
    drsn_command("synth", "discs", "--size", 64, "--sigma", 25, "--seed", 3, "-o", "noisy.tif")
    done = drsn_command("denoise", "noisy.tif", "-o", "out.tif", "--json")
    assert json.loads(done.stdout)[0]["method"] == "drsn-image"
    out = drsn.read((tmp_path / "out.tif").read_bytes(), "out.tif")
    np.testing.assert_allclose(out.pixels, drsn.denoise(noisy, "drsn-image").estimate.pixels, atol=1e-5)


def test_a_folder_of_pictures_becomes_a_folder_of_pictures(drsn_command, tmp_path):
    for name in ("steps", "blobs"):
        drsn_command("synth", name, "--size", 32, "--sigma", 25, "-o", f"in/{name}.png")
    pillow = pytest.importorskip("PIL.Image")
    pillow.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(tmp_path / "in" / "photo.jpg")
    (tmp_path / "in" / "notes.md").write_text("not for us")
    drsn_command("denoise", "in", "--method", "bivariate", "-o", "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["blobs.png", "photo.png", "steps.png"]
    photo = drsn.read((tmp_path / "out" / "photo.png").read_bytes(), "photo.png")
    assert photo.pixels.shape == (3, 20, 30)
    (tmp_path / "empty").mkdir()
    assert "no file that we read" in drsn_command("denoise", "empty", "-o", "out2", exit_code=1).output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["denoise", "none.csv", "-o", "o.csv"], 1, "none.csv"),
        (["denoise", "none.csv", "--method", "magic", "-o", "o.csv"], 2, "bayesshrink"),
        (["denoise", "none.csv", "-p", "level", "-o", "o.csv"], 2, "name=value"),
        (["denoise", "none.csv", "-p", "level=4", "-o", "o.csv"], 2, "threshold_factor"),
        (["synth", "magic", "-o", "o.csv"], 2, "doppler"),
        (["synth", "doppler", "-o", "o.xyz"], 2, ".csv"),
        (["synth", "doppler", "--sigma", "25", "-o", "o.csv"], 2, "--snr"),
        (["synth", "magic", "-o", "o.png"], 2, "zone-plate"),
        (["synth", "steps", "--noise", "pink", "--sigma", "9", "-o", "o.png"], 2, "salt-pepper"),
        (["synth", "steps", "--snr", "9", "--sigma", "9", "-o", "o.png"], 2, "not several"),
        (["synth", "doppler", "--snr", "5", "--noise", "loud", "-o", "o.csv"], 2, "gaussian"),
        (["train", "none.toml"], 1, "none.toml"),
        (["bench", "magic"], 2, "denoise-1d"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(drsn_command, arguments, code, said):
    output = drsn_command(*arguments, exit_code=code).output
    assert said in output.replace("\n", "")
    assert "Traceback" not in output


def test_the_list_of_methods_is_json_for_programs(drsn_command):
    listed = json.loads(drsn_command("methods", "--json").stdout)
    assert set(listed) == set(drsn.methods())
    assert listed["wavelet"]["parameters"]["transform"]["choices"] == list(TRANSFORMS)
    assert "bayesshrink" in drsn_command("methods").output


def test_a_short_training_leaves_a_network_that_loads(drsn_command, tmp_path):
    (tmp_path / "r.toml").write_text(
        'name = "tiny"\n[network]\nwidths = [4, 4]\ndepths = [1, 1]\n[data]\nlength = 256\nbatch = 2\n'
        "[training]\nsteps = 4\nepoch_steps = 2\nwarmup_steps = 1\n"
    )
    lines = drsn_command("train", "r.toml", "-o", "nets", "--json").stdout.strip().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2, 4]
    network = drsn.hub.load_folder(tmp_path / "nets" / "tiny")
    assert network.names() == ["down 1.1", "down 2.1", "up 1.1"]


@pytest.mark.parametrize("command", [[], ["synth"], ["denoise"], ["methods"], ["train"], ["app"], ["bench"]])
def test_help_teaches(command):
    result = CliRunner().invoke(cli, [*command, "--help"])
    assert result.exit_code == 0
    assert len(result.output) > 200


def test_gaps_of_a_file_are_refused_or_bridged_and_left_open(drsn_command, tmp_path):
    (tmp_path / "gaps.csv").write_text(
        "time [s],a [g]\n" + "".join(f"{i / 10},{'' if i in (3, 4) else i % 5}\n" for i in range(40))
    )
    call = ("denoise", "gaps.csv", "--method", "median", "-o")
    assert "2 of 40" in drsn_command(*call, "out.csv", exit_code=1).output
    drsn_command(*call, "out.csv", "--gaps", "fill")
    out = drsn.read((tmp_path / "out.csv").read_bytes(), "out.csv", gaps="fill")
    assert np.flatnonzero(out.gaps).tolist() == [3, 4]
    assert (out.rate_hz, out.unit) == (pytest.approx(10.0), "g")
    assert "refuse, fill" in drsn_command(*call, "x.csv", "--gaps", "ignore", exit_code=2).output


def test_colour_pictures_are_denoised_in_the_planes_asked_for(drsn_command, tmp_path):
    noisy = drsn.Image(np.random.default_rng(0).uniform(size=(3, 20, 30)))
    (tmp_path / "noisy.npy").write_bytes(drsn.write(noisy, "noisy.npy"))
    found = {}
    for colour in ("channels", "opponent"):
        drsn_command("denoise", "noisy.npy", "--method", "tv", "--colour", colour, "-o", f"{colour}.npy")
        found[colour] = drsn.read((tmp_path / f"{colour}.npy").read_bytes(), "x.npy").pixels
        np.testing.assert_array_equal(found[colour], drsn.denoise(noisy, "tv", colour=colour).estimate.pixels)
    assert not np.allclose(*found.values())
    assert (
        "channels, opponent"
        in drsn_command("denoise", "noisy.npy", "-o", "x.npy", "--colour", "lab", exit_code=2).output
    )
