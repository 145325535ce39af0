"""HDF5 and MATLAB 7.3: layouts, filters, links, and storage in other people's files."""

from __future__ import annotations

import io
from collections.abc import Callable

import h5py
import numpy as np

from drsn_core.errors import ComplexData, DamagedFile, NoNumbers, NotFinite, TooLarge, TooShort, UnsafeFile
from tests.core.odd.arrays import PAIR, WAVE
from tests.core.odd.case import Make, Odd, bad, good, patched

#: A file that every Linux machine has, and that must not be read.
CANARY = "/etc/passwd"


def made(fill: Callable[[h5py.File], object], userblock: bytes = b"", **options: object) -> Make:
    def make() -> bytes:
        out = io.BytesIO()
        with h5py.File(out, "w", userblock_size=512 if userblock else 0, **options) as file:
            fill(file)
        return patched(out.getvalue(), 0, userblock) if userblock else out.getvalue()

    return make


def dataset(values: object = WAVE, **options: object) -> Make:
    return made(lambda file: file.create_dataset("x", data=values, **options))


MATLAB = b"MATLAB 7.3 MAT-file".ljust(124, b" ") + b"\x00\x02IM"


def in_matlab(file: h5py.File) -> None:
    file["x"] = PAIR.T  # MATLAB counts columns first
    file["x"].attrs["MATLAB_class"] = np.bytes_("double")


def structs(file: h5py.File) -> None:
    group = file.create_group("run")
    group.attrs["MATLAB_class"] = np.bytes_("struct")
    group["x"] = WAVE[:, None]
    group["fs"] = [[8000.0]]
    for key in ("x", "fs"):
        group[key].attrs["MATLAB_class"] = np.bytes_("double")


def compact(file: h5py.File) -> None:
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(WAVE.shape)
    h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, plan).write(h5py.h5s.ALL, h5py.h5s.ALL, WAVE)


def named_type(file: h5py.File) -> None:
    file["kind"] = np.dtype("f8")
    file["x"] = WAVE


def external(file: h5py.File) -> None:
    file.create_dataset("x", (100,), np.uint8, external=[(CANARY, 0, 100)])


def external_in_group(file: h5py.File) -> None:
    external(file.create_group("a/b/c"))
    file["harmless"] = WAVE


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((100,), np.uint8)
    layout[:] = h5py.VirtualSource(CANARY, "x", (100,))
    file.create_virtual_dataset("x", layout)


def virtual_of_itself(file: h5py.File) -> None:
    file["y"] = WAVE
    layout = h5py.VirtualLayout((300,), "f8")
    layout[:] = h5py.VirtualSource(".", "y", (300,))
    file.create_virtual_dataset("x", layout)


def link(target: object) -> Make:
    def fill(file: h5py.File) -> None:
        file["harmless"] = WAVE
        file["a/b"] = target

    return made(fill)


def deep(file: h5py.File) -> None:
    file["/".join("g" * 40) + "/x"] = WAVE


def wide(file: h5py.File) -> None:
    for i in range(10_100):
        h5py.h5g.create(file.id, b"%d" % i)


def filtered(file: h5py.File) -> None:
    """A filter that no one has: HDF5 would look for it on the disk."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((100,))
    plan.set_filter(32999, h5py.h5z.FLAG_OPTIONAL)
    h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, h5py.h5s.create_simple((300,)), plan)


CASES: dict[str, Odd] = {
    "in one piece": good("a.h5", dataset(), [WAVE]),
    "in the header": good("a.h5", made(compact), [WAVE]),
    "in chunks": good("a.h5", dataset(chunks=(77,)), [WAVE]),
    "packed": good("a.h5", dataset(compression=9, shuffle=True, fletcher32=True), [WAVE]),
    "packed with lzf": good("a.h5", dataset(compression="lzf"), [WAVE]),
    "packed with scaleoffset": good("a.h5", dataset((8 * WAVE).astype("i4"), scaleoffset=0), [8 * WAVE]),
    "that may grow": good("a.hdf5", dataset(maxshape=(None,)), [WAVE]),
    "big-endian": good("a.h5", dataset(WAVE.astype(">f8")), [WAVE]),
    "big-endian counts": good("a.h5", dataset((8 * WAVE).astype(">i2")), [8 * WAVE]),
    "half precision": good("a.h5", dataset(WAVE.astype("f2")), [WAVE.astype("f2")]),
    "columns as channels": good("a.h5", dataset(PAIR.T), PAIR),
    "the latest format": good("a.h5", made(lambda file: file.create_dataset("x", data=WAVE), libver="latest"), [WAVE]),
    "behind a head of 512 bytes": good(
        "a.h5", made(lambda file: file.create_dataset("x", data=WAVE), b"hello"), [WAVE]
    ),
    "in a group": good("a.h5", made(lambda file: file.create_dataset("a/b/x", data=WAVE)), [WAVE]),
    "with a rate": good("a.h5", made(lambda file: file.update(x=WAVE, fs=8000)), [WAVE], rate=8000),
    "with an unused type": good("a.h5", made(named_type), [WAVE]),
    "with two names": good("a.h5", made(lambda file: file.update(x=WAVE) or file.update(y=file["x"])), [WAVE]),
    "of MATLAB": good("a.mat", made(in_matlab, MATLAB), PAIR),
    "a struct of MATLAB": good("a.mat", made(structs, MATLAB), [WAVE], rate=8000),
    "a chunk that was never written": good(
        "a.h5", made(lambda f: f.create_dataset("x", (300,), "f8", chunks=(50,), fillvalue=2.5)), [[2.5] * 300]
    ),
    "nothing": bad("a.h5", made(lambda file: None), NoNumbers),
    "groups alone": bad("a.h5", made(lambda file: file.create_group("a/b/c")), NoNumbers),
    "a scalar": bad("a.h5", made(lambda file: file.update(x=1.0)), TooShort),
    "empty space": bad("a.h5", made(lambda file: file.create_dataset("x", data=h5py.Empty("f8"))), TooShort),
    "text": bad("a.h5", made(lambda file: file.update(x=["a", "b"])), NoNumbers),
    "records": bad("a.h5", dataset(np.zeros(9, [("t", "f8"), ("x", "f8")])), NoNumbers),
    "references": bad(
        "a.h5", made(lambda f: f.create_dataset("x", data=np.array([f.ref, f.ref], h5py.ref_dtype))), NoNumbers
    ),
    "rows of any length": bad("a.h5", made(lambda f: f.create_dataset("x", (3,), h5py.vlen_dtype("f8"))), NoNumbers),
    "complex": bad("a.h5", dataset(WAVE * 1j), ComplexData),
    "NaN": bad("a.h5", dataset(np.array([1, np.nan])), NotFinite),
    "storage in another file": bad("a.h5", made(external), UnsafeFile),
    "storage in another file, deep down": bad("a.h5", made(external_in_group), UnsafeFile),
    "storage in another file, called mat": bad("a.mat", made(external, MATLAB), UnsafeFile),
    "a view of another file": bad("a.h5", made(virtual), UnsafeFile),
    "a view of itself": bad("a.h5", made(virtual_of_itself), UnsafeFile),
    "a link into another file": bad("a.h5", link(h5py.ExternalLink(CANARY, "/x")), UnsafeFile),
    "a soft link": bad("a.h5", link(h5py.SoftLink("/harmless")), UnsafeFile),
    "a soft link to nothing": bad("a.h5", link(h5py.SoftLink("/nowhere")), UnsafeFile),
    "a soft link to itself": bad("a.h5", link(h5py.SoftLink("/a/b")), UnsafeFile),
    "a filter from elsewhere": bad("a.h5", made(filtered), UnsafeFile),
    "groups too deep": bad("a.h5", made(deep), UnsafeFile),
    "10,100 groups": bad("a.h5", made(wide), TooLarge),
    "8 TB that were never written": bad(
        "a.h5", made(lambda f: f.create_dataset("x", (10**12,), "f8", chunks=(10**5,))), TooLarge
    ),
    "zeros that swell": bad(
        "a.h5", made(lambda f: f.create_dataset("x", (2**25,), "f8", chunks=(2**20,), compression=1)), TooLarge
    ),
    "the signature alone": bad("a.h5", b"\x89HDF\r\n\x1a\n", DamagedFile),
    "half of it": bad("a.h5", lambda: dataset()()[:2000], DamagedFile),
    "a byte less": bad("a.h5", lambda: dataset()()[:-1], DamagedFile),
    "zeros for a root": bad("a.h5", lambda: patched(dataset()(), 24, bytes(72)), DamagedFile),
}
