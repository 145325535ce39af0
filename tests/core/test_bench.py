"""The benches: the bed is the one that tables elsewhere were made on, and a killed run goes on to the same numbers."""

import csv
import io
import itertools
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

import drsn_core as drsn
from drsn_core.bench import contest, denoise_1d, images
from drsn_core.bench.contest import Entrant, Journal, Outcome, entrants, run
from drsn_core.bench.images import Images
from drsn_core.bench.recordings import Recordings, sets_of
from drsn_core.bench.signals import ABS, DJ, Signals, add, named
from drsn_core.bench.standings import standings
from drsn_core.cli import cli
from drsn_core.errors import BadParameter, DrsnError, UnknownName
from drsn_core.metrics import psnr_db, ssim

SMALL = ["signals", "--signals", "blocks", "--signals", "doppler", "--length", "256", "--snr", "0", "--snr", "10"]
TWO = ["--method", "bayesshrink", "--method", "wavelet:rule=universal,transform=dwt"]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments, exit_code=0):
        result = CliRunner().invoke(cli, ["bench", *map(str, arguments)])
        assert result.exit_code == exit_code, result.output
        return result

    return call


@pytest.fixture
def steady_clock(monkeypatch):
    """Every call takes a second, so that two runs can be compared byte by byte."""
    ticks = itertools.count()
    monkeypatch.setattr(contest, "perf_counter", lambda: next(ticks))


def test_the_signals_are_those_of_the_published_tables():
    rms = {
        "blocks": 2.462559485322,
        "bumps": 0.722016723051,
        "heavisine": 3.086364323253,
        "doppler": 0.293015867686,
    }
    for name, value in rms.items():
        x = drsn.synth.signal(name, length=2048).samples[0]
        assert np.sqrt(np.mean(x**2)) == pytest.approx(value, abs=1e-12)
    # The eight others by their formulas, three of them written again here.
    t = np.arange(1, 17) / 16
    others = {
        "step": 0.2 + 0.6 * ((t > 1 / 3) & (t <= 0.75)),
        "wave": 0.5 + 0.2 * np.cos(4 * np.pi * t) + 0.1 * np.cos(24 * np.pi * t),
        "blip": np.where(t <= 0.8, 0.32, -0.28)
        + 0.6 * t
        + 0.3 * np.exp(-100 * (t - np.where(t <= 0.8, 0.3, 1.3)) ** 2),
    }
    for name, expected in others.items():
        np.testing.assert_allclose(drsn.synth.signal(name, length=16).samples[0], expected, atol=1e-14)


def test_the_noise_is_one_draw_for_all_signals_and_ratios():
    x = np.full(2048, 2.0)
    drawn = add(x, "gaussian", 20.0, 0) - x
    assert drawn.sum() / 0.2 == pytest.approx(-55.969295997006, abs=1e-9)
    np.testing.assert_allclose(add(x, "gaussian", 0.0, 0) - x, 10 * drawn, rtol=1e-9)
    pink = add(x, "pink", 3.0, 7)
    np.testing.assert_array_equal(pink, drsn.add_noise(x, "pink", 3.0, seed=7))


def test_names_of_sets_stand_for_their_signals():
    assert named(("dj", "step", "blocks")) == (*DJ, "step")
    assert named(("all",)) == ABS
    assert len(ABS) == 12
    with pytest.raises(UnknownName, match="dj"):
        Signals(signals=("magic",))


def test_a_mean_is_over_cells_and_a_spread_over_seeds(steady_clock):
    bed = Signals(signals=("blocks", "bumps"), lengths=(256,), snrs_db=(0.0,), seeds=3)
    scores = {"blocks": [1.0, 2.0, 3.0], "bumps": [5.0, 6.0, 10.0]}

    def outcomes(name, shift):
        cells = {cell["signal"]: cell for cell in bed.cells}
        times = [1.0, 2.0, 9.0]
        return [
            Outcome(name, cells[s], ("0", "1", "2"), {"snr_db": [v + shift[s] for v in scores[s]]}, times)
            for s in scores
        ]

    who = [Entrant(n, None, role, lambda t: t.noisy) for n, role in (("a", "method"), ("b", "method"), ("o", "oracle"))]
    shifts = {"a": {"blocks": 0, "bumps": 0}, "b": {"blocks": 1, "bumps": -3}, "o": {"blocks": 9, "bumps": 9}}
    table = standings(bed, who, [o for name, shift in shifts.items() for o in outcomes(name, shift)])
    assert [(s.method, s.rank, s.wins) for s in table] == [("o", None, None), ("a", 1, 1), ("b", 2, 1)]
    a = table[1]
    assert a.mean["snr_db"] == pytest.approx((2 + 7) / 2)
    assert a.spread["snr_db"] == pytest.approx(np.std([3, 4, 6.5], ddof=1))
    assert a.milliseconds == 2.0
    assert [c.rank for c in a.cells] == [2, 1], "oracle and reference take no rank from a method"


def test_standings_leave_out_who_was_not_measured_everywhere():
    bed = Signals(signals=("blocks", "bumps"), lengths=(256,), snrs_db=(0.0,), seeds=1)
    (one,), _ = entrants(bed, ["visushrink"], references=False)
    found = list(run(bed, [one], Journal(None, "signals")))
    assert standings(bed, [one], found[:1]) == []
    assert [s.method for s in standings(bed, [one], found)] == ["visushrink"]


def test_a_killed_run_goes_on_to_the_same_bytes(bench, tmp_path, steady_clock):
    bench(*SMALL, *TWO, "--seeds", 2, "--resume", "whole.jsonl", "--csv", "whole.csv")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    cut = whole[: whole.index(b"universal") + 200]  # in the middle of a line
    assert 1 < cut.count(b"\n") < whole.count(b"\n")
    (tmp_path / "killed.jsonl").write_bytes(cut)
    bench(*SMALL, *TWO, "--seeds", 2, "--resume", "killed.jsonl", "--csv", "resumed.csv")
    assert (tmp_path / "killed.jsonl").read_bytes() == whole
    assert (tmp_path / "resumed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_what_is_known_is_not_run_again(tmp_path):
    bed = Signals(signals=("blocks",), lengths=(256,), snrs_db=(0.0, 5.0), seeds=2)
    calls = []

    def count(trial):
        calls.append(trial.name)
        return trial.noisy

    who = [Entrant("counted", None, "reference", count)]
    first = list(run(bed, who, Journal(tmp_path / "j", "signals")))
    assert len(calls) == 1 + 4, "one call to warm up, one per trial"
    assert list(run(bed, who, Journal(tmp_path / "j", "signals"))) == first
    assert len(calls) == 5
    more = Signals(signals=("blocks",), lengths=(256,), snrs_db=(0.0,), seeds=3)
    list(run(more, who, Journal(tmp_path / "j", "signals")))
    assert len(calls) == 5 + 1 + 3, "other trials are another result"


@pytest.mark.parametrize("text", ["prose\n", '{"bench": "images", "drsn_core": "0"}\n', "[1]\n[2]\n"])
def test_a_file_of_something_else_is_refused_and_kept(bench, tmp_path, text):
    (tmp_path / "other").write_text(text)
    bench(*SMALL, *TWO, "--resume", "other", exit_code=1)
    assert (tmp_path / "other").read_text() == text


def test_csv_json_and_table_say_the_same(bench, tmp_path):
    said = json.loads(bench(*SMALL, *TWO, "--seeds", 2, "--csv", "a.csv", "--json").stdout)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert len(lines) == 3 * (1 + 4), "two methods and the noisy signal, each in all and in four cells"
    for row in said["rows"]:
        mine = [line for line in lines if line["method"] == row["method"]]
        assert float(mine[0]["mean_snr_db"]) == row["mean"]["snr_db"]
        assert mine[0]["signal"] == ""
        for line, cell in zip(mine[1:], row["cells"], strict=True):
            assert (line["signal"], float(line["snr_db"])) == (cell["cell"]["signal"], cell["cell"]["snr_db"])
            assert float(line["mean_snr_db"]) == cell["mean"]["snr_db"]
            assert float(line["spread_snr_db"]) == cell["deviation"]["snr_db"]
    noisy = next(row for row in said["rows"] if row["role"] == "reference")
    assert noisy["rank"] is None
    assert noisy["mean"]["snr_db"] == pytest.approx(5, abs=0.6)
    assert said["spread_over"] == "seeds"
    assert "1" in bench(*SMALL, *TWO, "--seeds", 2).stdout


def test_a_method_that_cannot_is_left_out_with_a_line(bench, tmp_path):
    said = json.loads(bench(*SMALL, *TWO, "--method", "wavelet:level=12", "--seeds", 1, "--json").stdout)
    assert [s["name"] for s in said["skipped"]] == ["wavelet:level=12"]
    assert "level" in said["skipped"][0]["reason"]
    assert len(said["rows"]) == 3
    only = bench(*SMALL, "--method", "wavelet:level=12", "--seeds", 1, exit_code=1)
    assert "skipped" in only.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["magic"], 2, "denoise-1d"),
        (["signals", "--signals", "magic"], 2, "doppler"),
        (["signals", "--noise", "loud"], 2, "gaussian"),
        (["signals", "--method", "magic"], 2, "bayesshrink"),
        (["signals", "--method", "wavelet:rule"], 2, "key:parameter=value"),
        (["signals", "--method", "wavelet:rule=magic"], 2, "universal"),
        (["signals", "--figure", "a.png"], 2, ".svg"),
        (["images", "--data", "nowhere"], 1, "nowhere"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(bench, arguments, code, said):
    output = bench(*arguments, exit_code=code).output
    assert said in output.replace("\n", "")
    assert "Traceback" not in output


def test_results_that_exist_are_not_overwritten_unasked(bench, tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    assert "--force" in bench(*SMALL, *TWO, "--csv", "a.csv", exit_code=3).output
    assert (tmp_path / "a.csv").read_text() == "mine"


def test_the_figure_names_every_method_and_says_who_leads(bench, tmp_path):
    bench(*SMALL, *TWO, "--seeds", 2, "--figure", "a.svg")
    root = ElementTree.fromstring((tmp_path / "a.svg").read_text())
    text = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "1. bayesshrink" in text
    assert "2. wavelet:rule=universal,transform=dwt" in text
    assert "(noisy)" in text
    assert "bayesshrink leads" in root[0].text
    bench(*SMALL, *TWO, "--seeds", 2, "--figure", "a.html")
    page = (tmp_path / "a.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", ""), "nothing is fetched from anywhere"


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "little"
    folder.mkdir()
    y, x = np.mgrid[:40, :48] / 48
    grey, red = 0.5 + 0.4 * np.sin(6 * x + 9 * y**2), np.stack([x, y * 0.5, 1 - x])
    (folder / "a.png").write_bytes(drsn.write(drsn.Image(grey), "a.png"))
    (folder / "b.png").write_bytes(drsn.write(drsn.Image(red), "b.png"))
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_pictures_of_a_folder_are_scored_by_psnr_and_ssim(bench, pictures):
    call = [
        "images",
        "--data",
        pictures,
        "--sigma",
        15,
        "--sigma",
        50,
        "--method",
        "bayesshrink",
        "--method",
        "drsn-cw",
    ]
    said = json.loads(bench(*call, "--json").stdout)
    assert said["cells"] == 2
    method, noisy = said["rows"]
    for cell, sigma in zip(noisy["cells"], (15, 50), strict=True):
        assert cell["mean"]["psnr_db"] == pytest.approx(20 * np.log10(255 / sigma), abs=0.2), "nothing is clipped"
        assert cell["trials"] == 2
    assert method["mean"]["psnr_db"] > noisy["mean"]["psnr_db"] + 3
    assert 0 < noisy["mean"]["ssim"] < method["mean"]["ssim"] <= 1


def test_colour_is_kept_where_asked_and_made_grey_where_not(pictures):
    grey = Images(folders=(pictures,))
    assert [p.channels for p in grey.sets["little"]] == [1, 1]
    colour = Images(folders=(pictures,), colour=True)
    (only,) = colour.sets["little"]
    assert only.channels == 3
    (trial,) = colour.trials(colour.cells[0])
    z = np.random.default_rng(1).standard_normal(only.pixels.shape)
    np.testing.assert_allclose(trial.noisy.pixels - only.pixels, 25 / 255 * z, atol=1e-12)
    np.testing.assert_allclose(grey.sets["little"][1].pixels[0], np.tensordot([0.299, 0.587, 0.114], only.pixels, 1))


def test_without_a_folder_the_pictures_come_from_scikit_image_itself():
    (found,) = Images().sets.values()
    assert len(found) == len(images.SHIPPED)
    assert all(min(p.pixels.shape[1:]) >= 256 and p.channels == 1 for p in found)


@pytest.fixture
def folder(tmp_path):
    """Two recordings of several arrays, one that does not change, and one that is too short."""
    (tmp_path / "ship").mkdir()
    t = np.arange(500)
    for name, x in {
        "a": 3 + np.sin(t / 9),
        "b": np.stack([np.cos(t / 30), t]),
        "flat": np.ones(500),
        "short": t[:90] % 7,
    }.items():
        np.savez(tmp_path / "ship" / f"{name}.npz", hull=x, fs=100)
    return tmp_path / "ship"


def test_recordings_are_cut_from_start_to_end_and_get_noise_of_the_ratio_asked_for(folder):
    bed = Recordings(sets_of([folder]), column="hull", length=128, stretches=3, snrs_db=(0.0, 10.0))
    trials = list(bed.trials({"set": "ship", "snr_db": 10.0}))
    assert [t.name for t in trials] == [
        f"{name}.npz hull from {start} to {start + 128}" for name in "ab" for start in (0, 186, 372)
    ]
    clean = np.sin(np.arange(186, 314) / 9)
    assert np.allclose(trials[1].clean.samples, [clean - clean.mean()])
    scale = np.sqrt(np.mean(trials[4].clean.samples ** 2) / 10)
    noise = (trials[4].noisy.samples - trials[4].clean.samples)[0]
    assert np.allclose(noise, scale * np.random.default_rng(4).standard_normal(128))
    assert len(bed.cells) == 2


def test_recordings_of_a_folder_are_a_set_and_their_table_names_it(bench, folder):
    files = sorted(folder.glob("[ab].npz"))
    said = bench("recordings", *files, "--column", "hull", "--length", "128", "--stretches", "2", *TWO).output
    assert "at ship 0" in said
    assert "at ship 10" in said
    assert "over stretches" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--column", "hull", "--length", "2048"], "no recording of ship has 2048 samples that change"),
        (["--column", "mast"], "a.npz"),
        (["nowhere.wav"], "there is no such file"),
    ],
)
def test_recordings_that_cannot_be_used_are_named(bench, folder, arguments, said):
    assert said in bench("recordings", folder, *arguments, *TWO, exit_code=1).output.replace("\n", " ")


def test_scores_of_pictures_at_their_limits():
    x = np.linspace(0, 1, 400).reshape(1, 20, 20)
    assert psnr_db(x, x) == np.inf
    assert psnr_db(x, x + 0.1) == pytest.approx(20)
    assert ssim(x, x) == pytest.approx(1)
    assert np.isnan(ssim(x[:, :5], x[:, :5]))


def test_an_entrant_is_written_as_on_the_command_line():
    assert contest.entrant("wavelet:rule=bayes,level=4").name == "wavelet:rule=bayes,level=4"
    with pytest.raises(BadParameter):
        contest.entrant("wavelet:=3")
    with pytest.raises(DrsnError):
        contest.entrant("drsn-cw:level=3")


def test_the_cited_short_bench_is_the_same_bed(bench):
    (row,) = denoise_1d.measure(["bayesshrink"], seeds=2)
    bed = Signals(signals=DJ, seeds=2)
    (one,), _ = entrants(bed, ["bayesshrink"], references=False)
    (same,) = standings(bed, [one], list(run(bed, [one], Journal(None, "signals"))))
    assert (row.mean, row.spread) == (same.mean["snr_db"], same.spread["snr_db"])
    assert list(row.cells) == list(DJ)
    said = json.loads(bench("denoise-1d", "--seeds", 1, "--method", "visushrink", "--json").stdout)
    assert said["rows"][0]["method"] == "visushrink"


def test_an_oracle_is_told_the_clean_signal_and_takes_no_rank(bench, monkeypatch):
    knows = Entrant("perfect (oracle)", "wavelet", "oracle", lambda trial: contest._told(told, trial))
    heard = []

    def told(*, noisy, clean):
        heard.append((noisy.shape, clean.shape))
        return clean + 0.001

    monkeypatch.setattr(contest, "_oracles", lambda: [knows])
    said = json.loads(bench(*SMALL, *TWO, "--seeds", 1, "--oracles", "--json").stdout)
    top = said["rows"][0]
    assert (top["method"], top["role"], top["rank"], top["wins"]) == ("perfect (oracle)", "oracle", None, None)
    assert said["rows"][1]["rank"] == 1
    assert set(heard) == {((256,), (256,))}
    assert "oracle" in bench(*SMALL, *TWO, "--seeds", 1, "--oracles").stdout
    monkeypatch.setattr(contest, "_oracles", list)
    assert "this version has none" in bench(*SMALL, *TWO, "--seeds", 1, "--oracles").stderr


def test_the_rules_are_timed_beside_another_library_in_one_run():
    from drsn_core.bench import rules

    rows = {row.method: row for row in rules.measure(["bayesshrink", "visushrink"], rounds=3)}
    assert set(rows) == {rules.OTHER, "bayesshrink", "visushrink", rules.ALL}
    assert rows[rules.OTHER].ratio == 1
    assert all(row.milliseconds > 0 and row.quarter <= row.ratio <= row.three_quarters for row in rows.values())
