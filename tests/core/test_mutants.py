"""Sound files with bits flipped, pieces cut, doubled and swapped, and lengths that lie: read or refused, nothing else.

Thirty of every format on a desk, three hundred where CI is set; `DRSN_MUTANTS` asks for another number. Each is drawn
from the name of its file and its number alone, so that what fails once fails again.
"""

from __future__ import annotations

import io
import os
import random
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest
import scipy.io
import soundfile
import tifffile
from PIL import Image as pillow

from drsn_core.data import Image, Signal
from drsn_core.errors import DrsnError
from drsn_core.io import isolate, read
from tests.core.odd.case import saved

COUNT = int(os.environ.get("DRSN_MUTANTS") or (300 if os.environ.get("CI") else 30))
WAVE = np.sin(np.arange(240) / 9) / 2
PICTURE = np.add.outer(np.arange(20) * 5, np.arange(24) * 4).astype(np.uint8)
COLOUR = np.dstack([PICTURE, PICTURE.T[:20, :20].repeat(2, 1)[:, :24], PICTURE[::-1]])


def hdf5() -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.create_dataset("a/x", data=WAVE, chunks=(60,), compression=4, shuffle=True)
        file["a/fs"] = 8000
    return out.getvalue()


def sound(form: str, coding: str) -> bytes:
    return saved(soundfile.write, np.tile(WAVE, 8), 8000, format=form, subtype=coding)


def picture(form: str) -> bytes:
    return saved(pillow.fromarray(COLOUR).save, form)


#: Two kinds of each format where there are two: packed and plain, text and marks.
SEEDS: dict[str, list[tuple[str, bytes]]] = {
    "text": [
        ("a.csv", b"t [ms];x\n" + b"".join(b"%d;%d,5\n" % (4 * i, i % 7) for i in range(60))),
        ("a.txt", "Größe\n1,5\n2,5\n3,5\n".encode("utf-16")),
    ],
    "npy": [("a.npy", saved(np.save, WAVE)), ("a.npy", saved(np.save, PICTURE.astype(">i2")))],
    "npz": [
        ("a.npz", saved(np.savez_compressed, x=WAVE, fs=8000, unit="V")),
        ("a.npz", saved(np.savez, x=WAVE, gain=2.0)),
    ],
    "mat": [
        ("a.mat", saved(scipy.io.savemat, {"x": WAVE, "run": {"y": WAVE[:90], "fs": 8000.0}})),
        ("a.mat", saved(scipy.io.savemat, {"x": WAVE}, do_compression=True)),
    ],
    "hdf5": [("a.h5", hdf5())],
    "wav": [("a.wav", sound("WAV", "PCM_16")), ("a.wav", sound("WAVEX", "FLOAT"))],
    "flac": [("a.flac", sound("FLAC", "PCM_16"))],
    "ogg": [("a.ogg", sound("OGG", "VORBIS")), ("a.opus", saved(soundfile.write, WAVE, 8000, "OPUS", format="OGG"))],
    "mp3": [("a.mp3", sound("MP3", "MPEG_LAYER_III"))],
    "png": [("a.png", picture("PNG"))],
    "jpeg": [("a.jpg", picture("JPEG"))],
    "tiff": [
        ("a.tif", picture("TIFF")),
        ("a.tif", saved(tifffile.imwrite, PICTURE.astype(np.uint16), compression="zlib", tile=(16, 16))),
    ],
    "bmp": [("a.bmp", picture("BMP"))],
    "webp": [("a.webp", picture("WEBP"))],
}
#: Lengths, counts and offsets that programs trip over.
LIES = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\0\0\0\x80",
    b"\x01\0\0\0",
)
PRIVATE = re.compile(r"Traceback|site-packages|(?<![\w.])/\w+/\w|Error\b|0x[0-9a-f]{4}")


def mutant(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """One damage, sometimes two: what discs, mail programs and attackers do."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(broken))
        match chance.randrange(7):
            case 0:  # bits
                for _ in range(chance.randint(1, 8)):
                    broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            case 1:  # bits of the head, where the lengths are
                broken[chance.randrange(min(len(broken), 200))] = chance.randrange(256)
            case 2:  # the end
                del broken[max(1, at) :]
            case 3:  # the middle
                del broken[at : at + chance.randint(1, 64)]
            case 4:  # said twice
                broken[at:at] = broken[at : at + chance.randint(1, 200)]
            case 5:  # a piece of another file
                start = chance.randrange(len(other))
                piece = other[start : start + chance.randint(1, 200)]
                broken[at : at + len(piece)] = piece
            case _:  # a length
                place = chance.randrange(min(len(broken), 400))
                broken[place : place + 4] = chance.choice(LIES)
        if not broken:
            return b"\0"
    return bytes(broken)


def mutants(form: str) -> Iterator[tuple[str, bytes]]:
    every = [data for seeds in SEEDS.values() for _, data in seeds]
    for number in range(COUNT):
        chance = random.Random(f"{form} {number}")
        name, data = SEEDS[form][number % len(SEEDS[form])]
        yield name, mutant(data, chance.choice(every), chance)


def verdict(name: str, data: bytes) -> str:
    """Empty if the file was read or refused as it should be; else what is wrong."""
    try:
        found = read(data, name)
    except DrsnError as error:
        said = str(error)
        bad = len(said) > 300 or "\n" in said or PRIVATE.search(said)
        return f"says {said!r}" if bad else ""
    except BaseException as error:  # whatever else comes is what this test looks for
        return f"raises {error!r}"
    values = found.samples if isinstance(found, Signal) else found.pixels
    sound = isinstance(found, Signal | Image) and values.dtype == np.float64 and np.isfinite(values).all()
    return "" if sound else f"reads {values.dtype} {values.shape}"


@pytest.mark.parametrize("form", SEEDS)
def test_mutants_are_read_or_refused_and_nothing_else(form: str) -> None:
    for name, data in SEEDS[form]:
        assert verdict(name, data) == ""
        read(data, name)  # what was not damaged is read
    with ThreadPoolExecutor(isolate.WORKERS) as pool:
        found = list(pool.map(lambda mutant: verdict(*mutant), mutants(form)))
    wrong = {number: what for number, what in enumerate(found) if what}
    assert not wrong, f"of {form}: {wrong}"


def test_reading_goes_on_as_before() -> None:
    """No mutant left a worker behind that is stuck, nor a thread."""
    assert len(isolate._workers.idle) <= isolate.WORKERS
    assert all(worker.process.poll() is None for worker in isolate._workers.idle)
    assert verdict("a.csv", b"1\n2\n3\n") == ""
    assert threading.active_count() < 20
