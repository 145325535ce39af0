"""MAT files: classes, packed and not, structs, and those that crash SciPy."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import scipy.io
import scipy.sparse

from drsn_core.errors import ComplexData, DamagedFile, DrsnError, NoNumbers, NotFinite, TooShort
from tests.core.odd.arrays import PAIR, WAVE
from tests.core.odd.case import Odd, bad, good, patched, saved

CRASHES = (0, 8, 10, 11, 14, 15, 19, 20, 100, 5000, 65535)


def mat(packed: bool = False, **variables: object) -> bytes:
    return saved(scipy.io.savemat, variables, do_compression=packed)


def typed(code: int) -> bytes:
    """A file whose numbers have another type."""
    data = mat(x=np.arange(4.0))
    return patched(data, data.index(struct.pack("<II", 9, 32)), struct.pack("<I", code))


def packed_bomb(megabytes: int) -> bytes:
    """A packed variable that is nothing but zeros, many of them."""
    head = mat(x=np.ones(2))[:128]
    pack = zlib.compressobj(1)
    body = b"".join([pack.compress(bytes(2**20)) for _ in range(megabytes)] + [pack.flush()])
    return head + struct.pack("<II", 15, len(body)) + body


def nested(depth: int) -> bytes:
    value: object = WAVE
    for _ in range(depth):
        value = {"s": value}
    return mat(x=value)


KINDS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "single", "double")
CASES: dict[str, Odd] = {
    **{
        f"class {kind}, {'packed' if packed else 'plain'}": good(
            "a.mat", mat(packed, x=(np.arange(40) % 100).astype(kind)), [np.arange(40) % 100]
        )
        for kind in KINDS
        for packed in ([False, True] if kind in ("int16", "double") else [False])
    },
    "true and false": good("a.mat", mat(x=np.arange(40) % 2 == 0), [np.arange(40) % 2 == 0]),
    "a column": good("a.mat", saved(scipy.io.savemat, {"x": WAVE}, oned_as="column"), [WAVE]),
    "two channels": good("a.mat", mat(x=PAIR), PAIR),
    "columns as channels": good("a.mat", mat(x=PAIR.T), PAIR),
    "a rate beside it": good("a.mat", mat(x=WAVE, fs=12000.0), [WAVE], rate=12000),
    "a struct of one vector": good("a.mat", mat(run={"x": WAVE}), [WAVE]),
    "a struct with its rate": good("a.mat", mat(run={"x": WAVE, "fs": 8000.0, "who": "me"}), [WAVE], rate=8000),
    "a packed struct": good("a.mat", mat(True, run={"x": WAVE}), [WAVE]),
    "a struct in a struct": good("a.mat", mat(run={"data": {"x": WAVE}, "n": 1.0}), [WAVE]),
    "a struct in seven structs": good("a.mat", nested(7), [WAVE]),
    "a cell of one vector": good("a.mat", lambda: mat(x=_cell(WAVE)), [WAVE]),
    "a choice in a struct": good("a.mat", mat(run={"x": WAVE, "y": PAIR[1, :90]}), [PAIR[1, :90]], column="run/y"),
    "a text beside it": good("a.mat", mat(x=WAVE, note="a remark"), [WAVE]),
    "a name of 31 letters": good("a.mat", mat(**{"x" * 31: WAVE}), [WAVE]),
    "a struct of scalars": bad("a.mat", mat(s={"a": 1.0, "b": 2.0}), NoNumbers),
    "a struct too deep": bad("a.mat", nested(12), NoNumbers),
    "many structs": bad("a.mat", lambda: mat(x=np.zeros(3, [("a", object)])), NoNumbers),
    "a cell of many": bad("a.mat", lambda: mat(x=_cell(WAVE, WAVE)), NoNumbers),
    "a struct of complex numbers": bad("a.mat", mat(s={"x": WAVE * 1j}), DrsnError),
    "text alone": bad("a.mat", mat(x="only words"), NoNumbers),
    "complex": bad("a.mat", mat(x=WAVE * 1j), ComplexData),
    "sparse": bad("a.mat", mat(x=scipy.sparse.eye(9).tocsc()), NoNumbers),
    "NaN": bad("a.mat", mat(x=np.array([1, np.nan, 2])), NotFinite),
    "a scalar": bad("a.mat", mat(x=5.0), TooShort),
    "an empty array": bad("a.mat", mat(x=np.empty((0, 0))), TooShort),
    "no variables": bad("a.mat", mat(), NoNumbers),
    "version 4": bad("a.mat", saved(scipy.io.savemat, {"x": WAVE}, format="4"), DamagedFile),
    "the head alone": bad("a.mat", mat(x=WAVE)[:128], NoNumbers),
    "half of it": bad("a.mat", mat(x=WAVE)[:1000], DamagedFile),
    "half of a packed one": bad("a.mat", mat(True, x=WAVE)[:300], DamagedFile),
    "an unknown byte order": bad("a.mat", patched(mat(x=WAVE), 126, b"XX"), DamagedFile),
    "a wrong byte order": bad("a.mat", patched(mat(x=WAVE), 126, b"MI"), DamagedFile),
    "an element of 4 GB": bad("a.mat", patched(mat(x=WAVE), 132, b"\xff\xff\xff\x7f"), DamagedFile),
    "an element of a negative size": bad("a.mat", patched(mat(x=WAVE), 132, b"\xff\xff\xff\xff"), DamagedFile),
    "packed zeros that swell": bad("a.mat", lambda: packed_bomb(400), DrsnError),
    "words under the head of MATLAB": bad("a.mat", b"MATLAB 5.0".ljust(126) + b"IM" + b"word" * 100, DamagedFile),
    **{f"numbers of type {code}": bad("a.mat", typed(code), DamagedFile) for code in CRASHES},
}


def _cell(*values: object) -> np.ndarray:
    cell = np.empty((1, len(values)), object)
    for place, value in enumerate(values):
        cell[0, place] = value
    return cell
