"""One list of checks over every method of the catalog, as scikit-learn's ``check_estimator`` has for its estimators.

Whatever a caller hands in, there is a finite answer of the same kind and shape, or one sentence of ours; the caller's
data stay as they were, and the same data give the same bytes again. `test_promise.py` has what a method does to
ordinary numbers; here are all others.
"""

from __future__ import annotations

import decimal
import hashlib
import inspect
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core.data import LARGEST, Image, Signal
from drsn_core.errors import BadData, ComplexData, DrsnError, MissingPackage, NotFinite, TooShort, UnknownName

RNG = np.random.default_rng(0)
ROW = RNG.normal(size=64).cumsum()
PICTURE = np.clip(np.add.outer(np.arange(18.0), np.arange(22.0)) / 40 + 0.1 * RNG.normal(size=(18, 22)), 0, 1)
METHODS = drsn.methods()
FOR_SIGNALS = [key for key, info in METHODS.items() if Signal in info.takes]
FOR_PICTURES = [key for key, info in METHODS.items() if Image in info.takes]

#: Numbers that a method must be able to work on, as rows; `pictures` folds them.
EXTREME: dict[str, np.ndarray] = {
    "lowest int16": np.full(60, -32768, np.int16),
    "int16 from end to end": np.tile(np.array([-32768, 32767], np.int16), 30),
    "int8": np.tile(np.array([-128, 127, 0], np.int8), 20),
    "uint8 from end to end": np.tile(np.array([0, 255, 255, 0], np.uint8), 15),
    "uint64 beyond float64": np.array([2**64 - 1, 0, 2**63, 1] * 15, np.uint64),
    "int64 from end to end": np.array([-(2**63), 2**63 - 1] * 30),
    "largest float16": np.tile(np.array([65504, -65504, 6e-8], np.float16), 20),
    "largest float32": np.tile(np.array([3.4e38, -3.4e38, 1e-45], np.float32), 20),
    "nearly the largest that we take": np.tile([LARGEST / 10, -LARGEST / 10], 30),
    "one of nearly the largest": np.eye(1, 60, 31)[0] * LARGEST / 10,
    "smallest normal": np.tile([2.3e-308, -2.3e-308, 0], 20),
    "denormal": 5e-324 * np.arange(60),
    "one denormal": 5e-324 * np.eye(1, 60, 31)[0],
    "denormal float32": (1e-45 * np.arange(60)).astype(np.float32),
    "all magnitudes": np.logspace(-300, 99, 60) * np.tile([1, -1], 30),
    "nearly constant": 1 + np.spacing(1.0) * (np.arange(60) % 2),
    "constant on a large offset": np.full(60, 1e15) + np.arange(60) % 2,
    "minus zero": np.full(60, -0.0),
    "two values": (np.arange(60) % 7 == 0).astype(float),
    "a ramp": np.arange(60.0),
    "a step": (np.arange(60) > 30) * 1e6,
    "true and false": np.arange(60) % 2 == 0,
    "long double": ROW[:60].astype(np.longdouble),
    "big-endian float32": ROW[:60].astype(">f4"),
    "big-endian int16": (1000 * ROW[:60]).astype(">i2"),
}
LENGTHS = (2, 3, 4, 5, 7, 8, 16, 17, 31, 64, 65, 129)
SIDES = ((2, 2), (2, 3), (3, 2), (2, 40), (40, 2), (5, 7), (17, 17), (31, 37))


class Odd(np.ndarray):
    """A subclass that would rather be left alone."""


def strange(values: np.ndarray) -> dict[str, Any]:
    """Ways to hand in the same numbers; the answer is the same."""
    held = np.empty((*values.shape, 3))
    held[..., 1] = values
    aligned = np.zeros(values.nbytes + 1, np.uint8)
    aligned[1:] = np.frombuffer(values.tobytes(), np.uint8)
    fixed = values.copy()
    fixed.flags.writeable = False
    return {
        "every third place": held[..., 1],
        "backwards twice": np.ascontiguousarray(values[..., ::-1])[..., ::-1],
        "Fortran order": np.asfortranarray(values),
        "not aligned": aligned[1:].view(np.float64).reshape(values.shape),
        "read-only": fixed,
        "swapped bytes": values.astype(">f8"),
        "a subclass": values.copy().view(Odd),
        "nested lists": values.tolist(),
        "masked without a mask": np.ma.masked_array(values),
        "broadcast": np.broadcast_to(values, values.shape),
        "a memory view": memoryview(np.ascontiguousarray(values)),
    }


#: What is no signal, and how that is called.
NO_SIGNAL: dict[str, tuple[Any, type[DrsnError]]] = {
    "NaN": ([1.0, 2.0, np.nan], NotFinite),
    "infinity": ([1.0, 2.0, np.inf], NotFinite),
    "minus infinity": ([-np.inf, 2.0, 3.0], NotFinite),
    "nothing but NaN": (np.full(9, np.nan), NotFinite),
    "NaN as float16": (np.array([1, np.nan], np.float16), NotFinite),
    "masked": (np.ma.masked_array(np.arange(9), np.arange(9) == 4), NotFinite),
    "all masked": (np.ma.masked_all(9), NotFinite),
    "1e300": (np.array([0, 1e300, -1e300]), BadData),
    "a little more than the largest": (np.array([0, 1.0001 * LARGEST]), BadData),
    "long double out of range": (np.array([1, 2], np.longdouble) * np.longdouble("1e4000"), NotFinite),
    "nothing": ([], TooShort),
    "one sample": ([1.0], TooShort),
    "channels of nothing": (np.empty((3, 0)), TooShort),
    "no channels": (np.empty((0, 3)), TooShort),
    "one sample a channel": (np.ones((3, 1)), TooShort),
    "0-d": (np.array(1.0), BadData),
    "a number": (1.0, BadData),
    "None": (None, BadData),
    "three axes": (np.zeros((2, 3, 4)), BadData),
    "complex": (np.array([1j, 2]), ComplexData),
    "complex without an imaginary part": (np.array([1 + 0j, 2]), ComplexData),
    "text": (["1", "2"], BadData),
    "a word": ("12345", BadData),
    "bytes": (b"12345", BadData),
    "objects": ([object(), object()], BadData),
    "numbers as objects": (np.array([1.0, 2.0], object), BadData),
    "None among numbers": ([1.0, None, 3.0], BadData),
    "decimals": ([decimal.Decimal(1), decimal.Decimal(2)], BadData),
    "fractions": ([Fraction(1, 2), Fraction(2)], BadData),
    "beyond 64 bits": ([10**30, 1], BadData),
    "dates": (np.array(["2026-01-01", "2026-01-02"], "datetime64[D]"), BadData),
    "spans": (np.array([1, 2], "timedelta64[s]"), BadData),
    "records": (np.zeros(5, [("t", float), ("x", float)]), BadData),
    "ragged lists": ([[1.0, 2.0], [3.0]], BadData),
    "a set": ({1.0, 2.0}, BadData),
    "a dictionary": ({"x": [1.0, 2.0]}, BadData),
    "a function": (print, BadData),
}
NO_PICTURE: dict[str, tuple[Any, type[DrsnError]]] = {
    "NaN": (np.where(np.eye(9) > 0, np.nan, 1.0), NotFinite),
    "infinity": (np.where(np.eye(9) > 0, np.inf, 1.0), NotFinite),
    "masked": (np.ma.masked_array(np.ones((9, 9)), np.eye(9) > 0), NotFinite),
    "1e300": (1e300 * np.eye(9), BadData),
    "one pixel": (np.ones((1, 1)), TooShort),
    "one row": (np.ones((1, 9)), TooShort),
    "nothing": (np.ones((0, 9)), TooShort),
    "0-d": (np.array(1.0), BadData),
    "a row": (np.ones(9), BadData),
    "five channels": (np.ones((5, 9, 9)), BadData),
    "four axes": (np.ones((1, 3, 9, 9)), BadData),
    "complex": (np.ones((9, 9)) * 1j, ComplexData),
    "text": (np.full((9, 9), "a"), BadData),
    "objects": (np.full((9, 9), None), BadData),
    "ragged": ([[1.0, 2.0], [3.0]], BadData),
}


def run(key: str, data: Any, **parameters: Any) -> Any:
    """The estimate; methods whose package is not installed are passed over."""
    try:
        return drsn.denoise(data, key, **parameters).estimate
    except MissingPackage:
        pytest.skip("needs a package that is not free")


def values(data: Any) -> np.ndarray:
    if isinstance(data, Signal | Image):
        return data.samples if isinstance(data, Signal) else data.pixels
    return np.asarray(data)


def fingerprint(data: Any) -> tuple[str, ...]:
    """What must not change of somebody's array."""
    if not isinstance(data, np.ndarray):
        return (repr(data),)
    return str(data.dtype), str(data.shape), str(data.strides), str(data.flags.writeable), repr(data.tolist())


def sound(key: str, data: Any, case: str, **parameters: Any) -> None:
    """Finite, of the same kind and shape, and the input as it was."""
    before = fingerprint(values(data) if isinstance(data, Signal | Image) else data)
    estimate = run(key, data, **parameters)
    found = values(estimate)
    assert isinstance(estimate, type(data) if isinstance(data, Signal | Image) else np.ndarray), case
    assert found.shape == np.shape(values(data)), case
    assert found.dtype == (np.float32 if getattr(data, "dtype", None) == np.float32 else np.float64), case
    assert np.isfinite(found).all(), case
    assert fingerprint(values(data) if isinstance(data, Signal | Image) else data) == before, case


# --- the checks; each takes the key of a method ------------------------------------------------------------------


def extremes(key: str) -> None:
    for case, row in EXTREME.items():
        sound(key, row, case)


def the_largest_that_we_take(key: str) -> None:
    """An estimate may go a little beyond the data; then a sentence says that they are too large."""
    for row in (np.tile([LARGEST, -LARGEST], 30), np.eye(1, 60, 31)[0] * LARGEST):
        try:
            sound(key, row, "largest")
        except BadData as error:
            assert "choose another unit" in str(error)  # noqa: PT017


def lengths(key: str) -> None:
    for length in LENGTHS:
        sound(key, RNG.normal(size=length), f"{length} samples")
        sound(key, np.ones(length), f"{length} ones")
        sound(key, RNG.normal(size=(2, length)), f"2 x {length}")


def no_signals(key: str) -> None:
    for case, (data, error) in NO_SIGNAL.items():
        with pytest.raises(error) as caught:
            run(key, data)
        assert len(str(caught.value)) < 300, case
        assert "\n" not in str(caught.value), case


def the_same_however_it_lies_in_memory(key: str) -> None:
    expected = run(key, ROW)
    for case, same in strange(ROW).items():
        before = fingerprint(same)
        assert run(key, same).tobytes() == expected.tobytes(), case
        assert fingerprint(same) == before, case


def the_same_alone_and_beside_others(key: str) -> None:
    """Channels do not know of each other, up to the last digits of sums in another order."""
    together = run(key, np.stack([ROW, -3 * ROW, np.zeros(64)]))
    np.testing.assert_allclose(together[0], run(key, ROW), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(together[1], run(key, -3 * ROW), rtol=1e-5, atol=1e-5)
    assert not together[2].any()


def the_answer_is_the_callers_own(key: str) -> None:
    data = ROW.copy()
    estimate = run(key, data)
    assert not np.shares_memory(estimate, data)
    assert estimate.flags.writeable
    estimate[:] = np.nan
    assert np.isfinite(run(key, data)).all()


def signals_keep_what_they_are(key: str) -> None:
    signal = Signal(np.stack([ROW, ROW[::-1]]), 12.5, "a name", "mV")
    sound(key, signal, "a signal")
    estimate = run(key, signal)
    assert (estimate.rate_hz, estimate.name, estimate.unit) == (12.5, "a name", "mV")


def every_parameter_at_its_ends(key: str) -> None:
    for name, parameter in METHODS[key].parameters.items():
        ends = list(parameter.choices[:: max(1, len(parameter.choices) // 8)])
        if parameter.kind in ("integer", "number"):
            ends = [end for end in (parameter.low, parameter.high) if np.isfinite(end)]
        for end in ends:
            for case, row in {"a walk": ROW, "17 samples": ROW[:17], "zeros": np.zeros(40)}.items():
                try:
                    sound(key, row, f"{name} = {end}: {case}", **{name: end})
                except DrsnError as error:  # a level that is too deep, a rule that asks for another transform
                    assert len(str(error)) < 400, (name, end)  # noqa: PT017


def wrong_parameters(key: str) -> None:
    for name in METHODS[key].parameters:
        for wrong in ("a word", np.nan, [1], {}, 1e400, -1e400):
            with pytest.raises(DrsnError) as caught:
                drsn.denoise(ROW, key, **{name: wrong})
            assert name in str(caught.value)
    with pytest.raises(UnknownName):
        drsn.denoise(ROW, key, no_such_parameter=1)


CHECKS: list[Callable[[str], None]] = [
    extremes,
    the_largest_that_we_take,
    lengths,
    no_signals,
    the_same_however_it_lies_in_memory,
    the_same_alone_and_beside_others,
    the_answer_is_the_callers_own,
    signals_keep_what_they_are,
    every_parameter_at_its_ends,
    wrong_parameters,
]


@pytest.mark.parametrize("key", FOR_SIGNALS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_signals(check: Callable[[str], None], key: str) -> None:
    check(key)


def extreme_pictures(key: str) -> None:
    for case, row in EXTREME.items():
        sound(key, Image(np.resize(row, (12, 15))), case)


def sides(key: str) -> None:
    for shape in SIDES:
        sound(key, Image(RNG.uniform(size=shape)), str(shape))
        sound(key, Image(np.ones(shape)), f"{shape}, white")
        sound(key, Image(RNG.uniform(size=(3, *shape))), f"{shape}, colour")


def the_same_picture_however_it_lies_in_memory(key: str) -> None:
    expected = run(key, Image(PICTURE)).pixels
    for case, same in strange(PICTURE).items():
        before = fingerprint(same)
        assert run(key, Image(same)).pixels.tobytes() == expected.tobytes(), case
        assert fingerprint(same) == before, case


def every_parameter_at_its_ends_for_pictures(key: str) -> None:
    for name, parameter in METHODS[key].parameters.items():
        ends = list(parameter.choices[:: max(1, len(parameter.choices) // 8)])
        if parameter.kind in ("integer", "number"):
            ends = [end for end in (parameter.low, parameter.high) if np.isfinite(end)]
        for end in ends:
            try:
                sound(key, Image(PICTURE), f"{name} = {end}", **{name: end})
            except DrsnError as error:
                assert len(str(error)) < 400, (name, end)  # noqa: PT017


CHECKS_OF_PICTURES = [
    extreme_pictures,
    sides,
    the_same_picture_however_it_lies_in_memory,
    every_parameter_at_its_ends_for_pictures,
]


@pytest.mark.parametrize("key", FOR_PICTURES)
@pytest.mark.parametrize("check", CHECKS_OF_PICTURES, ids=lambda check: check.__name__)
def test_pictures(check: Callable[[str], None], key: str) -> None:
    check(key)


@pytest.mark.parametrize("case", NO_PICTURE)
def test_what_is_no_picture_is_none_before_any_method_sees_it(case: str) -> None:
    pixels, error = NO_PICTURE[case]
    with pytest.raises(error) as caught:
        Image(pixels)
    assert len(str(caught.value)) < 300


def test_every_method_is_checked() -> None:
    assert {*FOR_SIGNALS, *FOR_PICTURES} == set(METHODS)
    assert all(inspect.isfunction(check) for check in CHECKS + CHECKS_OF_PICTURES)


EVERY = """
import hashlib, sys
import numpy as np
import drsn_core as drsn
row = np.random.default_rng(7).normal(size=300).cumsum()
for key, info in drsn.methods().items():
    if drsn.Signal in info.takes:
        print(key, hashlib.sha256(drsn.denoise(row, key).estimate.tobytes()).hexdigest())
"""


def test_another_process_comes_to_the_same_bytes() -> None:
    row = np.random.default_rng(7).normal(size=300).cumsum()
    told = subprocess.run([sys.executable, "-c", EVERY], capture_output=True, text=True, check=True).stdout
    ours = {key: hashlib.sha256(run(key, row).tobytes()).hexdigest() for key in FOR_SIGNALS}
    assert dict(line.split() for line in told.splitlines()) == ours
