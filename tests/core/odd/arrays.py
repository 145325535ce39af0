"""NPY and NPZ: every type that is a number, headers that lie, archives that swell, and pickles."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import numpy as np

from drsn_core.errors import (
    BadData,
    ComplexData,
    DamagedFile,
    NoNumbers,
    NotFinite,
    TooLarge,
    TooShort,
    UnsafeFile,
)
from tests.core.odd.case import Odd, bad, good, patched, saved

WAVE = np.round(1000 * np.sin(np.arange(300) / 9)) / 8
PAIR = np.stack([WAVE, WAVE[::-1]])
GREY = np.arange(70 * 80).reshape(70, 80) % 251


def npy(values: object, **options: object) -> bytes:
    return saved(np.save, values, **options)


def npz(**members: object) -> bytes:
    return saved(np.savez_compressed, **members)


def header(text: str, body: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """An NPY file with any text for a header."""
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text.encode("latin-1") + body


def described(shape: str, kind: str = "'<f8'", order: str = "False", body: bytes = bytes(80)) -> bytes:
    return header(f"{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}\n", body)


def zipped(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return out.getvalue()


class Trap:
    """A pickle of this prints when it is opened."""

    def __reduce__(self) -> tuple[object, ...]:
        return print, ("a pickle has run",)


def bomb() -> bytes:
    """A third of a gigabyte of zeros in a megabyte."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w") as member,
    ):
        member.write(described("(41943040,)", body=b""))
        for _ in range(20):
            member.write(bytes(2**24))
    return out.getvalue()


def lying_member() -> bytes:
    """An archive whose directory says that a member is small, while it unpacks to 200 MB."""
    data = zipped(x__npy=described("(12,)", body=bytes(96)) + bytes(60_000_000))
    at = data.rindex(b"PK\x01\x02")
    return patched(data, at + 24, struct.pack("<I", 300))


KINDS = (
    "i1",
    "u1",
    "<i2",
    ">i2",
    "<u2",
    ">u4",
    "<i8",
    ">i8",
    "<u8",
    "<f2",
    ">f2",
    "<f4",
    ">f4",
    "<f8",
    ">f8",
    "g",
    "?",
)
TYPES: dict[str, Odd] = {
    f"values of type {kind}": good("a.npy", npy((np.arange(40) % 2).astype(kind)), [np.arange(40) % 2])
    for kind in KINDS
}

CASES: dict[str, Odd] = {
    **TYPES,
    "two channels": good("a.npy", npy(PAIR), PAIR),
    "channels as columns": good("a.npy", npy(np.ascontiguousarray(PAIR.T)), PAIR),
    "Fortran order": good("a.npy", npy(np.asfortranarray(PAIR)), PAIR),
    "axes of length one": good("a.npy", npy(WAVE[None, :, None]), [WAVE]),
    "lowest of 16 bits": good("a.npy", npy(np.array([-32768, 32767], np.int16)), [[-32768, 32767]]),
    "a picture of bytes": good("a.npy", npy(GREY.astype(np.uint8)), [GREY / 255]),
    "a picture of floats": good("a.npy", npy(GREY / 251), [GREY / 251]),
    "a colour picture": good("a.npy", npy(np.dstack([GREY] * 3).astype(np.uint8)), [GREY / 255] * 3),
    "version 2 of the format": good(
        "a.npy",
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}\n", np.arange(3.0).tobytes(), (2, 0)),
        [[0, 1, 2]],
    ),
    "version 3 of the format": good(
        "a.npy",
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}\n", np.arange(3.0).tobytes(), (3, 0)),
        [[0, 1, 2]],
    ),
    "bytes behind the end": good("a.npy", npy(WAVE) + b"more", [WAVE]),
    "called csv": good("a.csv", npy(WAVE), [WAVE]),
    "an archive that is not packed": good("a.npz", saved(np.savez, WAVE), [WAVE]),
    "an archive with a rate": good("a.npz", npz(x=WAVE, fs=8000), [WAVE], rate=8000),
    "an archive with times": good("a.npz", npz(t=np.arange(300) / 250, x=WAVE), [WAVE], rate=250),
    "an archive with a gain": good("a.npz", npz(x=np.arange(300, dtype=np.int16), gain=200.0), [np.arange(300) / 200]),
    "an archive and a choice": good("a.npz", npz(x=WAVE, y=WAVE[:200]), [WAVE[:200]], column="y"),
    "an archive packed with LZMA": good("a.npz", zipped(zipfile.ZIP_LZMA, x__npy=npy(WAVE)), [WAVE]),
    "an archive packed with BZIP2": good("a.npz", zipped(zipfile.ZIP_BZIP2, x__npy=npy(WAVE)), [WAVE]),
    "an archive with a readme": good("a.npz", zipped(x__npy=npy(WAVE), readme__txt=b"hello"), [WAVE]),
    "an archive with folders": good("a.npz", zipped(**{"../../x__npy": npy(WAVE)}), [WAVE]),
    "gaps that may stay": good("a.npy", npy(np.array([1, np.nan, 3])), [[1, 2, 3]], gaps="fill"),
    "no samples": bad("a.npy", npy(np.empty(0)), TooShort),
    "one sample": bad("a.npy", npy(np.ones(1)), TooShort),
    "0-d": bad("a.npy", npy(np.array(1.0)), TooShort),
    "NaN": bad("a.npy", npy(np.array([1, np.nan])), NotFinite),
    "infinity as float16": bad("a.npy", npy(np.array([1, np.inf], np.float16)), NotFinite),
    "1e300": bad("a.npy", npy(np.array([1, 1e300])), BadData),
    "complex": bad("a.npy", npy(WAVE * 1j), ComplexData),
    "text": bad("a.npy", npy(np.array(["a", "bc"])), NoNumbers),
    "bytes as text": bad("a.npy", npy(np.array([b"a", b"bc"])), NoNumbers),
    "dates": bad("a.npy", npy(np.array(["2026-01-01", "2026-01-02"], "datetime64[D]")), NoNumbers),
    "records": bad("a.npy", npy(np.zeros(9, [("t", float), ("x", float)])), NoNumbers),
    "five axes": bad("a.npy", npy(np.zeros((2, 3, 4, 5, 6))), NoNumbers),
    "objects": bad("a.npy", lambda: npy(np.array([Trap(), 1], object), allow_pickle=True), UnsafeFile),
    "objects in an archive": bad("a.npz", lambda: npz(x=np.array([Trap(), 1], object)), UnsafeFile),
    "a pickle": bad("a.npy", lambda: pickle.dumps(Trap()), UnsafeFile),
    "an old pickle called npy": bad("a.npy", lambda: pickle.dumps(Trap(), 0), DamagedFile),
    "a pickle called npz": bad("a.npz", lambda: pickle.dumps(Trap(), 4), UnsafeFile),
    "weights of PyTorch": bad("a.pt", lambda: zipped(**{"archive/data__pkl": pickle.dumps(Trap())}), UnsafeFile),
    "a type of fields that holds objects": bad("a.npy", described("(2,)", "[('a', '|O')]"), UnsafeFile),
    "the signature alone": bad("a.npy", b"\x93NUMPY", DamagedFile),
    "half a header": bad("a.npy", npy(WAVE)[:60], DamagedFile),
    "a header and no numbers": bad("a.npy", npy(WAVE)[:128], DamagedFile),
    "half of the numbers": bad("a.npy", npy(WAVE)[:1000], DamagedFile),
    "one byte less": bad("a.npy", npy(WAVE)[:-1], DamagedFile),
    "a version that does not exist": bad("a.npy", patched(npy(WAVE), 6, b"\x09"), DamagedFile),
    "a header of 4 GB": bad("a.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 200, DamagedFile),
    "a header of 60 KB": bad("a.npy", header("{" + " " * 60_000 + "}\n"), DamagedFile),
    "a header that is a call": bad(
        "a.npy", header("{'descr': print('run'), 'fortran_order': False, 'shape': (2,)}"), DamagedFile
    ),
    "a header of brackets": bad("a.npy", header("(" * 5000), DamagedFile),
    "a header without a shape": bad("a.npy", header("{'descr': '<f8', 'fortran_order': False}\n"), DamagedFile),
    "a shape of text": bad("a.npy", described("('10',)"), DamagedFile),
    "a shape of floats": bad("a.npy", described("(10.0,)"), DamagedFile),
    "a negative shape": bad("a.npy", described("(-10,)"), DamagedFile),
    "two negative lengths": bad("a.npy", described("(-2, -5)"), DamagedFile),
    "a length beyond 64 bits": bad("a.npy", described(f"({2**70},)"), DamagedFile),
    "lengths whose product is beyond 64 bits": bad("a.npy", described(f"({2**40}, {2**40})"), DamagedFile),
    "lengths whose product wraps to zero": bad("a.npy", described(f"({2**32}, {2**32})"), DamagedFile),
    "80 TB": bad("a.npy", described("(10000000000000,)"), DamagedFile),
    "a type of no width": bad("a.npy", described("(1000000000000,)", "'|V0'"), NoNumbers),
    "a type that does not exist": bad("a.npy", described("(10,)", "'<q9'"), DamagedFile),
    "an order that is a number": bad("a.npy", described("(10,)", order="7"), DamagedFile),
    "an archive cut in half": bad("a.npz", lambda: npz(x=WAVE)[:300], DamagedFile),
    "an archive without its index": bad("a.npz", lambda: npz(x=WAVE)[:-40], DamagedFile),
    "an empty archive": bad("a.npz", zipped(), NoNumbers),
    "an archive of text": bad("a.npz", zipped(a__txt=b"1\n2\n"), NoNumbers),
    "an archive of empty members": bad("a.npz", zipped(a__npy=b""), DamagedFile),
    "an archive whose sum is wrong": bad(
        "a.npz",
        lambda: zipped(zipfile.ZIP_STORED, x__npy=npy(WAVE)).replace(npy(WAVE)[200:216], bytes(16), 1),
        DamagedFile,
    ),
    "an archive with a password": bad(
        "a.npz", lambda: patched(d := zipped(x__npy=npy(WAVE)), d.rindex(b"PK\x01\x02") + 8, b"\x01"), DamagedFile
    ),
    "an archive of 10,001 members": bad(
        "a.npz", lambda: zipped(zipfile.ZIP_STORED, **{f"{i}.npy": b"" for i in range(10_001)}), TooLarge
    ),
    "an archive in an archive": bad("a.npz", lambda: zipped(x__npy=npz(x=WAVE)), DamagedFile),
    "zeros that swell": bad("a.npz", bomb, TooLarge),
    "a member larger than it says": bad("a.npz", lying_member, DamagedFile),
}
