"""Strangers' files: each bad one meets one clear error of ours, promptly, and nobody else notices."""

from __future__ import annotations

import io
import os
import pickle
import random
import re
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import soundfile
import tifffile
from PIL import Image as pillow

from drsn_core.data import Signal
from drsn_core.errors import (
    BadData,
    ComplexData,
    DamagedFile,
    DrsnError,
    EmptyFile,
    NoNumbers,
    NotFinite,
    TooLarge,
    TooShort,
    UnknownFormat,
    UnsafeFile,
)
from drsn_core.io import isolate, limits, read

WAVE = np.sin(np.arange(600) / 9) / 2
PICTURE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)


def made(save: Callable[..., object], *args: object, **options: object) -> bytes:
    """What ``save`` writes into a file."""
    out = io.BytesIO()
    save(out, *args, **options)
    return out.getvalue()


def hdf5(fill: Callable[[h5py.File], object]) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        fill(file)
    return out.getvalue()


def sound(form: str, coding: str, samples: np.ndarray = WAVE) -> bytes:
    return made(soundfile.write, samples, 8000, format=form, subtype=coding)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return out.getvalue()


def npy_header(shape: str, kind: str = "<f8", body: bytes = b"") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + body


class Trap:
    """A pickle of this writes a file."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {MARKER}",)


MARKER = "/tmp/drsn-test-marker-of-a-pickle"
TRAP = made(np.save, np.array([Trap()], dtype=object), allow_pickle=True)

GOOD = {
    "a.csv": b"t [ms];x\n" + b"".join(b"%d;%d,5\n" % (i, i % 7) for i in range(60)),
    "a.npy": made(np.save, WAVE),
    "a.npz": made(np.savez_compressed, x=WAVE, fs=np.array(8000), unit=np.array("V")),
    "stored.npz": made(np.savez, x=WAVE.astype(np.int16), x_scale=np.array(0.5)),
    "a.mat": made(scipy.io.savemat, {"x": WAVE, "fs": 8000.0}),
    "packed.mat": made(scipy.io.savemat, {"x": WAVE, "fs": 8000.0, "s": {"a": 1.0}}, do_compression=True),
    "a.h5": hdf5(lambda file: (file.create_dataset("x", data=WAVE, compression=4), file.create_dataset("fs", data=8))),
    "a.wav": sound("WAV", "PCM_16"),
    "a.flac": sound("FLAC", "PCM_16"),
    "a.ogg": sound("OGG", "VORBIS"),
    "a.mp3": sound("MP3", "MPEG_LAYER_III"),
    "a.png": made(pillow.fromarray(PICTURE).save, "PNG"),
    "a.jpg": made(pillow.fromarray(PICTURE).save, "JPEG"),
    "a.bmp": made(pillow.fromarray(PICTURE).save, "BMP"),
    "a.webp": made(pillow.fromarray(PICTURE).save, "WEBP"),
    "a.tif": made(pillow.fromarray(PICTURE).save, "TIFF"),
    "float.tif": made(tifffile.imwrite, PICTURE[..., 0].astype(np.float32)),
}
JUNK = random.Random(0).randbytes(5000)

HOSTILE: dict[str, tuple[str, bytes, type[DrsnError]]] = {
    "nothing": ("a.csv", b"", EmptyFile),
    "nothing called mat": ("a.mat", b"", EmptyFile),
    "white space": ("a.csv", b" \n\t\n", NoNumbers),
    "only a header": ("a.csv", b"time,acc\n", NoNumbers),
    "only comments": ("a.csv", b"# 1\n# 2\n", NoNumbers),
    "prose": ("a.txt", b"It was the best of times,\nit was the worst of times, in 1859.\n", NoNumbers),
    "JSON": ("a.txt", b'{"x": [1, 2, 3]}', NoNumbers),
    "HTML": ("a.csv", b"<html><body>404</body></html>", NoNumbers),
    "a ragged row": ("a.csv", b"1,2\n3,4\n5,6,7\n8,9\n", DamagedFile),
    "a row cut short": ("a.csv", b"1,2\n3,4\n5", DamagedFile),
    "words among numbers": ("a.csv", b"1\n2\nERROR\n4\n5\n", DamagedFile),
    "an open quotation mark": ("a.csv", b'1,2\n3,4\n"5,6\n' + b"7,8\n" * 40_000, DamagedFile),
    "one number": ("a.csv", b"1\n", TooShort),
    "infinity": ("a.csv", b"1\n2\ninf\n", NotFinite),
    "nan": ("a.csv", b"1\n2\nnan\n", NotFinite),
    "a gap": ("a.csv", b"a,b\n1,2\n3,\n5,6\n", NotFinite),
    "a value beyond all bounds": ("a.csv", b"1\n2\n1e999\n", NotFinite),
    "a number of 100,000 digits": ("a.csv", b"1\n" + b"9" * 100_000 + b"\n", TooLarge),
    "200,000 columns": ("a.csv", b"1," * 200_000 + b"1\n", TooLarge),
    "200,000 equal names": ("a.csv", b"x," * 200_000 + b"x\n" + b"1," * 200_000 + b"1\n", TooLarge),
    "a line of 5 MB": ("a.csv", b"1," * 2_500_000, TooLarge),
    "21 million lines": ("a.csv", b"1\n" * 21_000_000, TooLarge),
    "51 MB": ("a.csv", bytes(51 * 2**20), TooLarge),
    "half a UTF-16 character": ("a.csv", "1;2\n3;4\n".encode("utf-16")[:-1], DamagedFile),
    "junk": ("a", JUNK, UnknownFormat),
    "junk called csv": ("a.csv", JUNK, UnknownFormat),
    **{f"junk called {suffix}": (f"a.{suffix}", JUNK, DamagedFile) for suffix in ("wav", "mat", "npy", "h5", "png")},
    "zeros called mat": ("a.mat", bytes(1000), DamagedFile),
    "a program": ("a.exe", b"MZ\x90\x00" + JUNK, UnknownFormat),
    "a PDF": ("a.pdf", b"%PDF-1.7\n" + JUNK, UnknownFormat),
    "a spreadsheet": ("a.xlsx", zipped(xl__xml=b"<x/>"), NoNumbers),
    "a zip archive of a table": ("a.zip", zipped(a__csv=b"1\n2\n"), NoNumbers),
    "an empty zip archive": ("a.npz", zipped(), NoNumbers),
    "a pickle": ("a.pkl", pickle.dumps(Trap()), UnsafeFile),
    "a pickle called csv": ("a.csv", pickle.dumps(Trap()), UnsafeFile),
    "an old pickle": ("a.pkl", pickle.dumps(Trap(), 0), UnsafeFile),
    "weights": ("a.pt", zipped(**{"archive/data__pkl": pickle.dumps(Trap())}), UnsafeFile),
    "a pickle in an npy": ("a.npy", TRAP, UnsafeFile),
    "a pickle in an npz": ("a.npz", zipped(x__npy=TRAP), UnsafeFile),
    "a header that is a program": ("a.npy", npy_header(f"(__import__('os').system('touch {MARKER}'),)"), DamagedFile),
    "text in an npy": ("a.npy", made(np.save, np.array(["a", "b"])), NoNumbers),
    "complex numbers": ("a.npy", made(np.save, np.ones(5) * 1j), ComplexData),
    "complex numbers in MATLAB": ("a.mat", made(scipy.io.savemat, {"x": np.ones(5) * 1j}), ComplexData),
    "gaps in an npy": ("a.npy", made(np.save, np.array([1, np.nan, 3])), NotFinite),
    "three axes": ("a.npy", made(np.save, np.ones((9, 9, 9))), NoNumbers),
    "no samples": ("a.npy", made(np.save, np.ones(0)), DrsnError),
    "8 TB claimed": ("a.npy", npy_header("(1000000000000,)"), DamagedFile),
    "a negative length": ("a.npy", npy_header("(-5,)", body=bytes(80)), DamagedFile),
    "a bomb of an npz": ("a.npz", zipped(x__npy=npy_header("(40000000,)", "|u1", bytes(40_000_000))), TooLarge),
    "a structure": ("a.mat", made(scipy.io.savemat, {"s": {"a": 1.0}}), NoNumbers),
    "a sparse matrix": ("a.mat", made(scipy.io.savemat, {"x": __import__("scipy").sparse.eye(9).tocsc()}), NoNumbers),
    "HDF5 of nothing": ("a.h5", hdf5(lambda file: None), NoNumbers),
    "HDF5 of text": ("a.h5", hdf5(lambda file: file.create_dataset("x", data=["a", "b"])), NoNumbers),
    "HDF5 of 8 TB": ("a.h5", hdf5(lambda f: f.create_dataset("x", (10**12,), "f8", chunks=(999,))), TooLarge),
    "a soft link": ("a.h5", hdf5(lambda file: file.update(x=WAVE, y=h5py.SoftLink("/x"))), UnsafeFile),
    "a link outside": ("a.h5", hdf5(lambda file: file.update(x=h5py.ExternalLink("/etc/x.h5", "/x"))), UnsafeFile),
    "a wav of no channels": ("a.wav", sound("WAV", "PCM_16")[:22] + b"\0\0" + sound("WAV", "PCM_16")[24:], DamagedFile),
    "not a number in a wav": ("a.wav", sound("WAV", "FLOAT", np.array([0, np.nan, 1])), NotFinite),
    "silence that swells": ("a.flac", sound("FLAC", "PCM_16", np.zeros(21_000_000)), TooLarge),
    "a picture of 41 megapixels": ("a.png", made(pillow.new("1", (41_000, 1000)).save, "PNG"), TooLarge),
    "one pixel": ("a.png", made(pillow.new("L", (1, 1)).save, "PNG"), TooShort),
    "a moving picture": ("a.gif", made(pillow.new("L", (9, 9)).save, "GIF"), UnknownFormat),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_bad_file_meets_one_sentence_of_ours(case: str) -> None:
    name, data, error = HOSTILE[case]
    with pytest.raises(error) as caught:
        read(data, name)
    message = str(caught.value)
    assert 20 < len(message) <= 300
    assert "\n" not in message
    assert not re.search(r"Traceback|site-packages|(?<![\w.])/\w+/\w|Error\b|0x[0-9a-f]{4}", message)
    assert not Path(MARKER).exists()


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_read(name: str) -> None:
    assert read(GOOD[name], name)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", [name for name in GOOD if not name.endswith("csv")])
def test_a_cut_file_is_never_taken_for_a_whole_one(name: str, part: float) -> None:
    with pytest.raises(DrsnError):
        read(GOOD[name][: int(part * len(GOOD[name]))], name)


def mutants(data: bytes, chance: random.Random, count: int) -> list[bytes]:
    """Flip bits, cut, repeat and overwrite: what discs, mail programs and attackers do."""
    found = []
    for i in range(count):
        broken = bytearray(data)
        at = chance.randrange(len(data))
        match i % 4:
            case 0:
                for _ in range(chance.randint(1, 8)):
                    broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del broken[at : at + chance.randint(1, len(data) - at)]
            case 2:
                broken[at:at] = data[chance.randrange(len(data)) :][: chance.randint(1, 64)]
            case _:
                at = chance.randrange(min(len(data), 400))
                broken[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
        found.append(bytes(broken))
    return found


@pytest.mark.parametrize("name", GOOD)
def test_mutants_are_read_or_refused_and_nothing_else(name: str) -> None:
    chance = random.Random(name)
    for data in mutants(GOOD[name], chance, 40):
        try:
            assert read(data, name)
        except DrsnError as error:
            assert len(str(error)) <= 300  # noqa: PT017


def matlab_with_type(code: int) -> bytes:
    """A MAT file whose numbers have a type that does not exist; SciPy 1.17 crashes on most."""
    data = bytearray(made(scipy.io.savemat, {"x": np.arange(4.0)}))
    assert data.count(struct.pack("<II", 9, 32)) == 1
    at = data.index(struct.pack("<II", 9, 32))
    data[at : at + 4] = struct.pack("<I", code)
    return bytes(data)


@pytest.mark.parametrize("code", [0, 8, 10, 11, 14, 15, 19, 20, 100, 5000])
def test_a_parser_that_crashes_takes_nothing_with_it(code: int) -> None:
    with pytest.raises(DamagedFile):
        read(matlab_with_type(code), "a.mat")
    assert read(GOOD["a.mat"], "a.mat")


def test_scipy_still_crashes_so_isolation_is_no_luxury() -> None:
    """If this fails, SciPy became safe: good news, and the child process may be reconsidered."""
    script = "import io, sys, scipy.io; scipy.io.loadmat(io.BytesIO(sys.stdin.buffer.read()))"
    ended = [
        subprocess.run([sys.executable, "-c", script], input=matlab_with_type(code), capture_output=True, check=False)
        for code in (0, 8)
    ]
    assert any(run.returncode < 0 for run in ended)


@pytest.mark.parametrize("kind", ["external", "virtual", "compact-external-in-group"])
def test_hdf5_does_not_read_other_files(kind: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_bytes(b"SECRET" * 20)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.frombuffer(canary.read_bytes(), np.uint8)

    def fill(file: h5py.File) -> None:
        if kind == "virtual":
            layout = h5py.VirtualLayout((120,), np.uint8)
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (120,))
            file.create_virtual_dataset("x", layout)
        else:
            group = file.create_group("g") if "group" in kind else file
            group.create_dataset("x", (120,), np.uint8, external=[(str(canary), 0, 120)])

    with pytest.raises(UnsafeFile):
        read(hdf5(fill), "a.h5")


def test_hdf5_with_a_cycle_of_groups_ends() -> None:
    def fill(file: h5py.File) -> None:
        file["x"] = WAVE
        file["g/again"] = file.create_group("g") and file["/"]

    assert isinstance(read(hdf5(fill), "a.h5"), Signal)


def test_a_parser_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    read(GOOD["a.csv"], "a.csv")
    monkeypatch.setattr(limits, "SECONDS", 0.05)
    started = time.monotonic()
    with pytest.raises(UnsafeFile, match=r"longer than 0\.05 s"):
        read(b"1234,5678\n" * 1_000_000, "slow.csv")
    assert time.monotonic() - started < 3
    monkeypatch.undo()
    assert read(GOOD["a.csv"], "a.csv")


def test_a_parser_that_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMORY", 64 * 2**20)
    with pytest.raises(DrsnError):
        read(made(np.savez_compressed, x=np.zeros(15_000_000)), "a.npz")
    monkeypatch.undo()
    assert read(GOOD["a.npz"], "a.npz")


def test_workers_that_died_are_replaced() -> None:
    read(GOOD["a.npy"], "a.npy")
    isolate.warm()
    isolate.warm()
    for worker in isolate._workers.idle:
        worker.process.kill()
        worker.process.wait()
    assert read(GOOD["a.npy"], "a.npy")


def test_many_threads_read_at_once() -> None:
    failures: list[object] = []

    def visitor(seed: int) -> None:
        values = np.random.default_rng(seed).normal(size=500)
        for _ in range(5):
            found = read(made(np.save, values), "a.npy")
            if not (isinstance(found, Signal) and np.array_equal(found.samples, [values])):
                failures.append(seed)

    threads = [threading.Thread(target=visitor, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(isolate._workers.idle) <= isolate.WORKERS


def test_workers_end_with_their_parent_and_need_no_main_file(tmp_path: Path) -> None:
    script = (
        "from drsn_core.io import isolate, read\n"
        "read(b'1\\n2\\n', 'a.csv')\n"
        "print(*(worker.process.pid for worker in isolate._workers.idle), flush=True)\n"
        "import os; os._exit(0)\n"  # as if killed: nobody says goodbye
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(isolate.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    pids = [int(pid) for pid in run.stdout.split()]
    assert pids
    for _ in range(100):
        if not any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids):
            return
        time.sleep(0.05)
    pytest.fail("a worker outlived its parent")


SLOW = """
from drsn_core.io import limits, read
limits.SECONDS = 60.0
read(b"1234,5678\\n" * 1_000_000, "a.csv")
print("done")
for _ in range(100):
    read(b"1234,5678\\n" * 4_000_000, "a.csv")
"""


@pytest.mark.parametrize("victim", ["the whole process", "the worker"])
def test_a_parse_under_way_ends_with_who_wanted_it_even_if_that_is_killed(victim: str) -> None:
    psutil = pytest.importorskip("psutil")
    path = {**os.environ, "PYTHONPATH": str(Path(isolate.__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", SLOW], env=path, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"done\n"
        for _ in range(1000):
            family = psutil.Process(run.pid).children(recursive=True)
            if len(family) == 2:  # the worker and its child
                break
            time.sleep(0.01)
        worker, child = family
        assert child.ppid() == worker.pid
        (psutil.Process(run.pid) if victim == "the whole process" else worker).kill()
        _, alive = psutil.wait_procs([child], timeout=3)
        assert not alive, "the child went on"
        _, alive = psutil.wait_procs([worker], timeout=3)
        assert not alive, "the worker went on"
        run.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not end a process with its parent")
def test_a_child_whose_worker_ended_before_it_could_ask_ends_too() -> None:
    script = (
        "import os, sys, time\n"
        "from drsn_core.io import child\n"
        "worker = os.getpid()\n"
        "if os.fork(): os._exit(0)\n"
        "while os.getppid() == worker: time.sleep(0.01)\n"
        "print('asks', flush=True)\n"
        "child.end_with(worker)\n"
        "print('went on')\n"
    )
    path = {**os.environ, "PYTHONPATH": str(Path(isolate.__file__).parents[2])}
    run = subprocess.run([sys.executable, "-c", script], env=path, capture_output=True, text=True, check=True)
    assert run.stdout == "asks\n"


def test_the_worker_has_no_torch_and_the_package_none_of_its_parsers() -> None:
    for module, strangers in {
        "drsn_core.io.child": {"torch", "streamlit"},
        "drsn_core.io": {"torch", "streamlit", "h5py", "soundfile", "PIL", "tifffile", "scipy"},
    }.items():
        script = f"import sys, {module}; print(*sys.modules)"
        path = {**os.environ, "PYTHONPATH": str(Path(isolate.__file__).parents[2])}
        run = subprocess.run([sys.executable, "-c", script], env=path, capture_output=True, text=True, check=True)
        assert not strangers & set(run.stdout.split())


def test_an_error_from_the_worker_is_as_good_as_one_of_ours() -> None:
    with pytest.raises(TooLarge) as caught:
        read(b"1," * 200_000, "a.csv")
    assert (caught.value.actual, caught.value.limit) == (200_001, 10_000)


def test_values_too_large_to_square_are_refused() -> None:
    with pytest.raises(BadData):
        read(made(np.save, np.array([1.0, 1e300])), "a.npy")
