"""Folders of files through the command line: what is bad, what is done, what is killed, what is too long for memory."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import drsn_core as drsn
from drsn_core import batch, catalog, piecewise
from drsn_core.batch import Batch, Job, Journal, Order, Source, jobs
from drsn_core.cli import cli
from drsn_core.errors import Unsupported
from drsn_core.io import limits
from drsn_core.io.pieces import PIECES, open_long
from drsn_core.method import ignore

COMMAND = [sys.executable, "-m", "drsn_core.cli", "denoise"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(drsn.__file__).parents[1]), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, exit_code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["denoise", *map(str, arguments)])
        assert result.exit_code == exit_code, result.output
        assert "Traceback" not in result.output
        return result.output

    return run


def recordings(folder: Path, count: int, length: int = 500) -> None:
    folder.mkdir()
    for seed in range(count):
        np.save(folder / f"r{seed:02d}.npy", np.random.default_rng(seed).normal(size=length).cumsum())


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def ages(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}


def test_bad_files_are_named_and_passed_over(call, tmp_path):
    recordings(tmp_path / "in", 4)
    (tmp_path / "in" / "prose.csv").write_text("not numbers")
    (tmp_path / "in" / "nothing.wav").write_bytes(b"")
    (tmp_path / "in" / "short.npy").write_bytes((tmp_path / "in" / "r00.npy").read_bytes()[:900])
    said = call("in", "--method", "median", "-o", "out", exit_code=1)
    for name in ("prose.csv", "nothing.wav", "short.npy"):
        assert name in said
    assert "3 of 7" in said
    assert sorted(digests(tmp_path / "out")) == [f"r{i:02d}.npy" for i in range(4)]


@pytest.mark.parametrize(
    ("sources", "targets"),
    [
        (["a.png", "a.jpg"], ["a.png", "a.jpg.png"]),
        (["a.mat", "a.h5", "a.npz"], ["a.mat.npz", "a.h5.npz", "a.npz"]),
        (["a.jpg", "a.png", "a.jpg.png"], ["a.jpg.*.png", "a.png", "a.jpg.png"]),
        (["x/a.csv", "y/a.csv"], ["a.csv.*.csv", "a.csv.*.csv"]),
        (["A.csv", "a.CSV"], ["A.csv.*.csv", "a.CSV.*.CSV"]),
        (["a.csv", "b.flac"], ["a.csv", "b.npz"]),
    ],
)
def test_no_two_files_get_the_same_output(sources, targets):
    found = [job.target for job in jobs([Source(Path(source)) for source in sources], Path("out"))]
    assert len({str(target).lower() for target in found}) == len(sources)
    for target, pattern in zip(found, targets, strict=True):
        assert target.match(f"out/{pattern}")


def test_folders_below_are_entered_if_asked_and_outputs_lie_in_the_same_folders(call, tmp_path):
    recordings(tmp_path / "in", 1)
    recordings(tmp_path / "in" / "monday", 2)
    recordings(tmp_path / "in" / "monday" / "late", 1)
    (tmp_path / "elsewhere").mkdir()
    recordings(tmp_path / "elsewhere" / "deep", 1)
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")

    def made() -> set[str]:
        return {f.relative_to(tmp_path / "in" / "out").as_posix() for f in (tmp_path / "in" / "out").rglob("*.npy")}

    call("in", "--method", "median", "-o", "in/out")
    assert made() == {"r00.npy"}
    call("in", "-r", "--method", "median", "-o", "in/out")
    every = {"r00.npy", "monday/r00.npy", "monday/r01.npy", "monday/late/r00.npy"}
    assert made() == every  # neither what a link leads to, nor the outputs themselves
    again = json.loads(call("in", "-r", "--method", "median", "-o", "in/out", "--json"))
    assert [report["kept"] for report in again] == [True] * 4
    same_name = np.load(tmp_path / "in/out/monday/r00.npy") == np.load(tmp_path / "in/out/r00.npy")
    assert same_name.all()  # of equal inputs


def test_what_is_bad_is_named_by_its_place(call, tmp_path):
    recordings(tmp_path / "in", 1)
    recordings(tmp_path / "in" / "below", 1)
    (tmp_path / "in" / "below" / "bad.wav").write_bytes(b"nothing")
    output = call("in", "-r", "--method", "median", "-o", "out", exit_code=1)
    assert "in/below/bad.wav: The file bad.wav is damaged" in output.replace("\n", "")
    assert "1 of 3 files could not be done." in output


def test_an_empty_folder_says_that_there_may_be_some_below(call, tmp_path):
    (tmp_path / "in").mkdir()
    recordings(tmp_path / "in" / "below", 1)
    assert "--recursive" in call("in", "-o", "out", exit_code=1)


def test_a_picture_and_a_photograph_of_one_name_both_arrive(call, tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    (tmp_path / "in").mkdir()
    for name, grey in (("a.png", 40), ("a.jpg", 200)):
        pillow.fromarray(np.full((16, 16), grey, np.uint8)).save(tmp_path / "in" / name)
    call("in", "--method", "median", "-o", "out")
    found = {f.name: drsn.read(f.read_bytes(), f.name).pixels.mean() for f in (tmp_path / "out").iterdir()}
    assert found == {"a.png": pytest.approx(40 / 255, abs=1e-4), "a.jpg.png": pytest.approx(200 / 255, abs=1e-4)}


def test_what_is_done_is_kept_until_input_or_settings_change(call, tmp_path):
    recordings(tmp_path / "in", 3)
    call("in", "--method", "median", "-o", "out")
    first, old = digests(tmp_path / "out"), ages(tmp_path / "out")
    assert "done before" in call("in", "--method", "median", "-o", "out")
    assert ages(tmp_path / "out") == old

    assert call("in", "--method", "savgol", "-o", "out", exit_code=3).count("--again") == 3
    assert ages(tmp_path / "out") == old
    call("in", "--method", "savgol", "-o", "out", "--again")
    assert not set(digests(tmp_path / "out").values()) & set(first.values())

    call("in", "--method", "median", "-o", "out", "--again")
    assert digests(tmp_path / "out") == first
    np.save(tmp_path / "in" / "r01.npy", np.arange(500.0))
    assert "r01.npy" in call("in", "--method", "median", "-o", "out", exit_code=3)
    call("in", "--method", "median", "-o", "out", "--again")
    assert [name for name, made in digests(tmp_path / "out").items() if made != first[name]] == ["r01.npy"]


def test_an_output_that_was_cut_afterwards_is_not_taken_for_done(call, tmp_path):
    recordings(tmp_path / "in", 2)
    call("in", "--method", "median", "-o", "out")
    good = digests(tmp_path / "out")
    cut = tmp_path / "out" / "r01.npy"
    cut.write_bytes(cut.read_bytes()[:-100])
    assert "--force" in call("in", "--method", "median", "-o", "out", exit_code=3)
    call("in", "--method", "median", "-o", "out", "--force")
    assert digests(tmp_path / "out") == good


def test_without_a_journal_equal_outputs_count_as_done_and_others_are_left_alone(call, tmp_path):
    recordings(tmp_path / "in", 3)
    call("in", "--method", "median", "-o", "out")
    (tmp_path / ".out.drsn-journal.jsonl").unlink()
    (tmp_path / "out" / "r01.npy").write_bytes(b"somebody else's")
    said = call("in", "--method", "median", "-o", "out", exit_code=3)
    assert said.count("done before") == 2
    assert (tmp_path / "out" / "r01.npy").read_bytes() == b"somebody else's"


def test_a_damaged_journal_is_no_harm(call, tmp_path):
    recordings(tmp_path / "in", 2)
    call("in", "--method", "median", "-o", "out")
    good = digests(tmp_path / "out")
    journal = tmp_path / ".out.drsn-journal.jsonl"
    for text in (b"\xff\xfe\x00", b"[]\n5\n{}\n", journal.read_bytes()[:-40]):
        journal.write_bytes(text)
        call("in", "--method", "median", "-o", "out")
        assert digests(tmp_path / "out") == good


def test_an_input_is_never_the_place_of_an_output(call, tmp_path):
    recordings(tmp_path / "in", 2)
    before = digests(tmp_path / "in")
    assert "is an input itself" in call("in", "--method", "median", "-o", "in", "--force", exit_code=3)
    assert digests(tmp_path / "in") == before


def test_a_link_in_the_place_of_an_output_is_replaced_not_followed(call, tmp_path):
    recordings(tmp_path / "in", 1)
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "r00.npy").symlink_to(tmp_path / "precious")
    call("in", "--method", "median", "-o", "out", exit_code=3)
    call("in", "--method", "median", "-o", "out", "--force")
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_cannot_be_a_folder_is_one_sentence_before_any_work(call, tmp_path, place):
    recordings(tmp_path / "in", 2)
    (tmp_path / "file").write_text("x")
    said = call("in", "in/r00.npy", "--method", "median", "-o", place, exit_code=3)
    assert len(said.strip().splitlines()) == 1


def test_a_full_disk_leaves_no_half_file_and_the_small_ones_go_on(tmp_path):
    """A limit on the size of files stands for the disk: writing fails in the midst of a file, as there."""
    (tmp_path / "in").mkdir()
    for name, length in (("a", 100), ("b", 5000), ("c", 100)):
        np.save(tmp_path / "in" / f"{name}.npy", np.random.default_rng(0).normal(size=length))
    run = subprocess.run(
        [*COMMAND, "in", "--method", "median", "-o", "out"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 3
    assert "b.npy could not be written" in run.stderr
    assert "Traceback" not in run.stderr
    assert sorted(digests(tmp_path / "out")) == ["a.npy", "c.npy"]
    for file in (tmp_path / "out").iterdir():
        assert np.load(file).shape == (100,)


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bytes(tmp_path):
    recordings(tmp_path / "in", 12, length=4000)
    command = [*COMMAND, "in", "--method", "nlm", "-o"]
    whole = subprocess.run([*command, "whole"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False)
    assert whole.returncode == 0, whole.stderr
    chance, out = random.Random(1), tmp_path / "out"
    for kills in range(1, 4):
        run = subprocess.Popen([*command, "out"], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        enough = 3 * kills
        while len(list(out.glob("*.npy")) if out.exists() else ()) < enough and run.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.05))
        run.send_signal(signal.SIGKILL)
        run.wait()
    for file in out.glob("*.npy"):
        assert digests(tmp_path / "whole")[file.name] == hashlib.sha256(file.read_bytes()).hexdigest()
    last = subprocess.run([*command, "out"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert last.stdout.count("done before") >= 9
    assert digests(out) == digests(tmp_path / "whole")
    journals = [(tmp_path / f".{name}.drsn-journal.jsonl").read_text() for name in ("out", "whole")]
    assert journals[0] == journals[1]
    assert str(tmp_path) not in journals[0]


def test_the_json_report_says_what_became_of_each_file(call, tmp_path):
    recordings(tmp_path / "in", 2)
    (tmp_path / "in" / "bad.csv").write_text("x")
    run = CliRunner().invoke(cli, ["denoise", "in", "--method", "median", "-o", "out", "--json"])
    assert run.exit_code == 1
    reports = {Path(r["file"]).name: r for r in json.loads(run.stdout)}
    assert "error" in reports["bad.csv"]
    assert reports["r00.npy"]["parameters"] == {"window": None}
    assert reports["r00.npy"]["kept"] is False


# --- recordings longer than memory -------------------------------------------------------------------------------


@pytest.fixture
def small_limits(monkeypatch):
    """What counts as too long for memory, made small enough to test."""
    monkeypatch.setattr(limits, "MAX_SAMPLES", 1000)
    monkeypatch.setattr(limits, "MAX_FILE", 2000)


LENGTH = 270_000
WAVE = np.stack([np.sin(np.arange(LENGTH) / 90), np.sign(np.sin(np.arange(LENGTH) / 5000))])
NOISY = 0.6 * WAVE + 0.1 * np.random.default_rng(0).normal(size=WAVE.shape)


def npy(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def wav(coding: str, samples: np.ndarray = NOISY) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples.T, 8000, format="WAV", subtype=coding)
    return out.getvalue()


LONG: dict[str, tuple[str, Callable[[], bytes]]] = {
    "one channel": ("a.npy", lambda: npy(NOISY[0].astype(np.float32))),
    "two channels": ("a.npy", lambda: npy(NOISY)),
    "channels last": ("a.npy", lambda: npy(np.ascontiguousarray(NOISY.T))),
    "Fortran order": ("a.npy", lambda: npy(np.asfortranarray(NOISY))),
    "big-endian counts": ("a.npy", lambda: npy((1000 * NOISY[1]).astype(">i2"))),
    **{coding: ("a.wav", lambda coding=coding: wav(coding)) for coding in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32")},
    "FLOAT": ("a.wav", lambda: wav("FLOAT")),
    "DOUBLE": ("a.wav", lambda: wav("DOUBLE", NOISY[:1])),
}


@pytest.mark.parametrize("case", LONG)
def test_pieces_of_a_file_are_what_the_whole_file_is(case, tmp_path, small_limits):
    name, make = LONG[case]
    (tmp_path / name).write_bytes(make())
    found = open_long(tmp_path / name)
    assert found is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_SAMPLES", 10**8)
        patch.setattr(limits, "MAX_FILE", 10**8)
        whole = drsn.read((tmp_path / name).read_bytes(), name)
    assert (found.channels, found.length, found.rate_hz) == (whole.channels, whole.length, whole.rate_hz)
    np.testing.assert_allclose(found.read(100_001, 100_777), whole.samples[:, 100_001:100_777], rtol=0, atol=1e-7)


IN_PIECES = ["drsn-cw-small", "drsn-cw-large", "wavelet-attention-mix", "median", "savgol", "wiener", "tv", "nlm"]


@pytest.mark.parametrize("key", IN_PIECES)
def test_in_pieces_a_method_says_what_it_says_of_the_whole(key, tmp_path, small_limits, monkeypatch):
    learned = catalog.info(key).family == "learned"
    monkeypatch.setattr(piecewise, "FILTER_TILE", 9_000)
    (tmp_path / "a.npy").write_bytes(npy(NOISY[0] if learned else NOISY[:, :30_000]))
    recording = open_long(tmp_path / "a.npy")
    parameters = {"sigma": 0.1} if "sigma" in catalog.info(key).parameters else {}
    with (tmp_path / "out.npy").open("wb") as file:
        method = catalog.make(key, **parameters)
        trace = piecewise.denoise(recording, method, key, PIECES[".npy"](file, recording))
    whole = catalog.denoise(np.load(tmp_path / "a.npy"), key, **parameters)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), whole.estimate, atol=2e-5)
    assert [r.name for r in trace.records] == [r.name for r in whole.trace.records]


def test_in_pieces_the_noise_level_is_found_from_parts_of_the_recording(tmp_path, small_limits):
    (tmp_path / "a.wav").write_bytes(wav("FLOAT"))
    batch_ = Batch(Order("wiener"))
    done = batch_.run(Job(tmp_path / "a.wav", tmp_path / "b.wav"), ignore)
    assert done.status == "done", done.message
    samples, rate = soundfile.read(tmp_path / "b.wav", always_2d=True)
    assert (samples.shape, rate) == ((LENGTH, 2), 8000)
    whole = catalog.denoise(drsn.Signal(NOISY), "wiener").estimate.samples
    assert np.sqrt(np.mean((samples.T - whole) ** 2)) < 0.002


def test_a_rule_that_needs_the_whole_recording_says_so(tmp_path, small_limits):
    (tmp_path / "a.npy").write_bytes(npy(NOISY[0]))
    recording = open_long(tmp_path / "a.npy")
    with pytest.raises(Unsupported, match="all samples at once; drsn-cw"):
        piecewise.denoise(recording, catalog.make("ebayes"), "ebayes", None)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (npy(NOISY[0])[:-8], "a.npy", "bytes are there"),
        (npy(np.where(np.arange(LENGTH) == 250_000, np.nan, NOISY[0])), "a.npy", "NaN"),
        (npy(np.where(np.arange(LENGTH) == 250_000, 1e200, NOISY[0])), "a.npy", "larger than"),
        (npy(NOISY[0] * 1j), "a.npy", "complex"),
        (npy(np.zeros((600, 600))), "a.npy", "limit is 2,000"),
        (wav("PCM_16")[:-5], "a.wav", "it ends after"),
        (b"1\n" * 5000, "a.csv", "limit is 2,000"),
    ],
)
def test_a_long_file_that_is_bad_leaves_nothing(tmp_path, small_limits, data, name, said):
    (tmp_path / name).write_bytes(data)
    outcome = Batch(Order("median")).run(Job(tmp_path / name, tmp_path / "out" / name), ignore)
    assert outcome.status == "refused"
    assert said in outcome.message
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_long_recording_becomes_npy_or_wav_and_nothing_else(tmp_path, small_limits):
    (tmp_path / "a.npy").write_bytes(npy(NOISY[0]))
    outcome = Batch(Order("median")).run(Job(tmp_path / "a.npy", tmp_path / "a.csv"), ignore)
    assert ".npy, .wav" in outcome.message


def test_memory_does_not_grow_with_the_length_of_a_recording(tmp_path):
    """Twenty-one million samples are 170 MB as float64, more than the whole process takes."""
    np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.uint8, (21_000_000,))[::1000] = 1
    script = (
        "import re, sys; from pathlib import Path; from drsn_core.cli import cli; "
        "cli(sys.argv[1:], standalone_mode=False); "
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())[1])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, "denoise", "a.npy", "--method", "savgol", "-o", "b.npy"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout.split()[-1]) < 150 * 1024
    assert np.load(tmp_path / "b.npy", mmap_mode="r").shape == (21_000_000,)


def test_a_journal_of_a_folder_without_a_name_is_none():
    assert Journal(Path("/")).path is None
    assert batch.Journal(None).lines == {}
