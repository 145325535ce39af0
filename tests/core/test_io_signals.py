"""Signals in, signals out: what a file says is what the signal has, and what we write we read."""

from __future__ import annotations

import io
import math

import h5py
import numpy as np
import pytest
import scipy.io
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from drsn_core.data import Image, Signal
from drsn_core.errors import ComplexData, DamagedFile, NotFinite, TooShort, UnknownName
from drsn_core.io import READABLE, WRITABLE, read, write

RNG = np.random.default_rng(0)
WAVE = np.sin(np.arange(400) / 7)
few = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def signal(data: bytes, name: str = "a.csv", **options: str | int | None) -> Signal:
    found = read(data, name, **options)  # type: ignore[arg-type]
    assert isinstance(found, Signal)
    return found


def notes(found: Signal) -> dict[str, str]:
    assert found.origin is not None
    return dict(found.origin.notes)


def npz(**members: object) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **members)  # type: ignore[arg-type]
    return out.getvalue()


def npy(array: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array))
    return out.getvalue()


def mat(**members: object) -> bytes:
    out = io.BytesIO()
    scipy.io.savemat(out, members, do_compression=True)  # type: ignore[arg-type]
    return out.getvalue()


def hdf5(matlab: bool = False, **members: object) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        for key, value in members.items():
            dataset = file.create_dataset(key.replace("__", "/"), data=value)
            if matlab:
                dataset.attrs["MATLAB_class"] = np.bytes_("double")
    return out.getvalue()


def sound(samples: np.ndarray, rate: int, form: str, coding: str) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form, subtype=coding)
    return out.getvalue()


TABLES = {
    "one number a line": ("1\n2\n3\n", [[1, 2, 3]]),
    "no line end at the end": ("1\n2", [[1, 2]]),
    "commas": ("1,5\n2,6\n3,4\n", [[1, 2, 3], [5, 6, 4]]),
    "semicolons": ("1.5;2\n2.5;3\n", [[1.5, 2.5], [2, 3]]),
    "decimal commas": ("1,5;2,5\n-3,5;4\n", [[1.5, -3.5], [2.5, 4]]),
    "three decimals after a comma": ("1,234;2,345\n3,456;4,567\n", [[1.234, 3.456], [2.345, 4.567]]),
    "one column of decimal commas": ("1,05\n-0,5\n2,25\n", [[1.05, -0.5, 2.25]]),
    "tabs": ("1\t4\n2\t5\n3\t3\n", [[1, 2, 3], [4, 5, 3]]),
    "many spaces": ("  1   4\n 20   5 \n  3   3\n", [[1, 20, 3], [4, 5, 3]]),
    "bars": ("1|4\n2|5\n", [[1, 2], [4, 5]]),
    "grouped digits": ('"1,234.5";"2"\n"12,345,678";3\n', [[1234.5, 12345678], [2, 3]]),
    "grouped digits and decimal commas": ("1.234,5;2,5\n2.345,25;3,5\n", [[1234.5, 2345.25], [2.5, 3.5]]),
    "spaces in numbers": ("1 234,5;2\n2 345,5;3\n", [[1234.5, 2345.5], [2, 3]]),
    "powers of ten": ("1e-3\n-2.5E+2\n.5\n", [[1e-3, -250, 0.5]]),
    "comments and empty lines": ("# made by hand\n\n1\n% half-time\n2\n\n", [[1, 2]]),
    "a header": ("left,right\n1,5\n2,6\n", [[1, 2], [5, 6]]),
    "lines above the header": ("Device: X\nOperator: Y\nleft,right\n1,5\n2,6\n", [[1, 2], [5, 6]]),
    "a separator at the end": ("1,5,\n2,6,\n", [[1, 2], [5, 6]]),
    "a text column": ("1,a,5\n3,b,6\n", [[1, 3], [5, 6]]),
    "one long row": ("1,2,5,3\n", [[1, 2, 5, 3]]),
    "old Mac line ends": ("1\r2\r3", [[1, 2, 3]]),
    "Windows line ends": ("1;2\r\n3;5\r\n", [[1, 3], [2, 5]]),
    "a Unicode minus": ("\u22121\n2\n", [[-1, 2]]),
    "constants": ("5\n5\n5\n5\n", [[5, 5, 5, 5]]),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_is_read_as_a_reader_would(case: str) -> None:
    text, expected = TABLES[case]
    np.testing.assert_array_equal(signal(text.encode()).samples, expected)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_the_encoding_does_not_matter(codec: str) -> None:
    found = signal("Größe (µm);Höhe\n1,5;2\n3,5;4\n".encode(codec))
    assert found.origin is not None
    assert found.origin.columns == ("Größe (µm)", "Höhe")
    np.testing.assert_array_equal(found.samples, [[1.5, 3.5], [2, 4]])


@pytest.mark.parametrize(
    ("header", "step", "rate"),
    [
        ("time", 0.002, 500),
        ("Time (s)", 0.002, 500),
        ("t [ms]", 2, 500),
        ("timestamp", 0.1, 10),
        ("Zeit [µs]", 20, 50_000),
        ("时间", 0.5, 2),
        ("time_ms", 4, 250),
        ("sec", 1 / 360, 360),
    ],
)
def test_a_time_column_sets_the_rate_and_is_no_channel(header: str, step: float, rate: float) -> None:
    rows = "\n".join(f"{i * step!r},{math.sin(i)!r}" for i in range(50))
    found = signal(f"{header},acc [g]\n{rows}\n".encode())
    assert (found.rate_hz, found.channels, found.unit) == (rate, 1, "g")
    assert notes(found)["time-column"] == header


def test_times_rounded_to_the_millisecond_still_mean_360_hertz() -> None:
    rows = "\n".join(f"{i / 360:.3f},{i % 7}" for i in range(3600))
    assert signal(f"t,x\n{rows}".encode()).rate_hz == 360


def test_dates_are_times() -> None:
    rows = "\n".join(f"2026-03-01 12:00:{i:02d},{i % 7}" for i in range(40))
    found = signal(f"date,x\n{rows}".encode())
    assert (found.rate_hz, found.channels) == (1, 1)
    assert notes(found)["rate-from"] == "time column"


def test_an_even_first_column_is_time_even_without_a_name() -> None:
    rows = "\n".join(f"{i * 0.25},{i % 3}" for i in range(20))
    assert signal(rows.encode()).rate_hz == 4


@pytest.mark.parametrize("times", [[0, 1, 2, 4, 5], [0, 1, 1, 2, 3], [4, 3, 2, 1, 0]])
def test_uneven_times_are_said_and_set_no_rate(times: list[int]) -> None:
    rows = "\n".join(f"{t},{i % 2}" for i, t in enumerate(times))
    found = signal(f"time,x\n{rows}".encode())
    assert (found.rate_hz, found.channels) == (1, 1)
    assert notes(found)["time-not-even"] == "time"


def test_a_missing_sample_makes_times_uneven() -> None:
    rows = "\n".join(f"{i / 100},{i % 7}" for i in range(1000) if i != 500)
    assert "time-not-even" in notes(signal(f"time,x\n{rows}".encode()))


def test_a_rate_in_a_comment_counts() -> None:
    assert signal(b"# fs = 250 Hz\n1\n2\n3\n").rate_hz == 250


@pytest.mark.parametrize("column", ["acc [g]", "acc", 1, "1"])
def test_a_column_is_chosen_by_name_or_number(column: str | int) -> None:
    found = signal(b"t,v [mV],acc [g]\n0,1,5\n1,2,6\n2,4,7\n", column=column)
    assert (found.samples.tolist(), found.unit) == ([[5, 6, 7]], "g")


@pytest.mark.parametrize("column", ["speed", 2, -1, "=1+1", ""])
def test_a_column_that_is_not_there_is_answered_with_those_that_are(column: str | int) -> None:
    with pytest.raises(UnknownName, match=r"acc.*voltage"):
        read(b"acc,voltage\n1,5\n2,6\n4,9", "a.csv", column=column)


def test_units_of_a_second_header_line_are_taken() -> None:
    found = signal(b"Time;Channel A\n(ms);(mV)\n\n0;1,5\n1;2,5\n2;0,5\n")
    assert (found.rate_hz, found.unit) == (1000, "mV")


def test_empty_cells_are_gaps() -> None:
    with pytest.raises(NotFinite) as caught:
        read(b"a,b\n1,5\n,6\n4,\n", "a.csv")
    assert caught.value.facts == {"count": 2, "total": 6}
    assert signal(b"a,b\n1,5\n3,6\n4,\n", column="a").samples.tolist() == [[1, 3, 4]]


@pytest.mark.parametrize("kind", ["i1", "u1", "<i2", ">i2", "<u4", ">i8", "<f2", ">f4", "<f8", "g", "?"])
def test_npy_keeps_values_of_every_real_type(kind: str) -> None:
    values = np.array([0, 1, 1, 0, 1]).astype(kind)
    np.testing.assert_array_equal(signal(npy(values), "a.npy").samples, [[0, 1, 1, 0, 1]])


def test_integers_keep_their_values() -> None:
    assert signal(npy(np.array([31500, -32768], np.int16)), "a.npy").samples.tolist() == [[31500, -32768]]


def test_the_shorter_axis_is_the_channels() -> None:
    values = RNG.normal(size=(3, 200))
    for array in (values, values.T, np.asfortranarray(values), values[None]):
        np.testing.assert_array_equal(signal(npy(array), "a.npy").samples, values)


def test_a_matrix_without_a_short_axis_is_a_picture() -> None:
    assert isinstance(read(npy(RNG.normal(size=(65, 70))), "a.npy"), Image)


CONTAINERS = {"a.npz": npz, "a.mat": mat, "a.h5": hdf5}


@pytest.mark.parametrize("name", CONTAINERS)
def test_scalars_beside_an_array_give_rate_and_scale(name: str) -> None:
    data = CONTAINERS[name](DE=np.arange(-50, 50, dtype=np.int16), FE=np.ones(90), DE_scale=0.5, fs=12000)
    found = signal(data, name)
    np.testing.assert_array_equal(found.samples, [np.arange(-50, 50) / 2])
    assert found.rate_hz == 12000
    assert notes(found)["array"] == "DE"
    assert notes(found)["other-arrays"] == "FE"
    assert notes(found)["scaled-by"] == "DE_scale = 0.5"
    assert signal(data, name, column="FE").samples.max() == 1


@pytest.mark.parametrize("name", CONTAINERS)
def test_complex_arrays_are_refused(name: str) -> None:
    with pytest.raises(ComplexData):
        read(CONTAINERS[name](x=np.arange(4) * 1j), name)


def test_counts_are_divided_by_their_gain_and_leads_name_the_channels() -> None:
    counts = RNG.integers(-900, 900, (2, 300)).astype(np.int16)
    found = signal(npz(sig=counts, gain=200.0, fs=360, leads=np.array(["MLII", "V1"])), "101.npz")
    np.testing.assert_array_equal(found.samples, counts / 200)
    assert found.origin is not None
    assert found.origin.columns == ("MLII", "V1")
    assert signal(npz(sig=counts, leads=np.array(["MLII", "V1"])), "a.npz", column="V1").samples[0, 0] == counts[1, 0]


def test_a_time_array_sets_the_rate() -> None:
    assert signal(npz(t=np.arange(100) / 250, x=np.ones(100)), "a.npz").rate_hz == 250


def test_a_missing_array_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="first, second"):
        read(npz(first=np.ones(3), second=np.ones(2)), "a.npz", column="third")


def test_groups_of_hdf5_have_their_own_rate() -> None:
    assert signal(hdf5(run__x=np.arange(9.0), run__fs=50, fs=7), "a.hdf5").rate_hz == 50


def test_matlab_7_arrays_come_in_the_order_of_matlab() -> None:
    found = signal(hdf5(matlab=True, x=np.arange(20.0).reshape(2, 10)), "a.mat")
    assert found.samples.shape == (2, 10)
    assert found.origin is not None
    assert found.origin.shape == (10, 2)


@pytest.mark.parametrize(
    ("form", "coding", "accuracy"),
    [
        ("WAV", "PCM_U8", 1 / 127),
        ("WAV", "PCM_16", 1 / 32767),
        ("WAV", "PCM_24", 2**-23),
        ("WAV", "PCM_32", 2**-30),
        ("WAV", "FLOAT", 1e-7),
        ("WAV", "DOUBLE", 0),
        ("FLAC", "PCM_16", 1 / 32767),
        ("FLAC", "PCM_24", 2**-22),
    ],
)
def test_sound_comes_with_rate_channels_and_amplitude(form: str, coding: str, accuracy: float) -> None:
    samples = np.stack([np.sin(np.arange(9600) / 50), np.cos(np.arange(9600) / 70)], 1) / 2
    found = signal(sound(samples, 48000, form, coding), f"a.{form.lower()}")
    assert found.rate_hz == 48000
    np.testing.assert_allclose(found.samples, samples.T, atol=accuracy, rtol=0)
    assert ("pcm" in notes(found)) == coding.startswith("PCM")


@pytest.mark.parametrize(("form", "coding"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")])
def test_lossy_sound_is_nearly_what_it_was(form: str, coding: str) -> None:
    tone = np.sin(np.arange(48000) / 50) / 2
    found = signal(sound(np.stack([tone, -tone], 1), 48000, form, coding), f"a.{form.lower()}")
    assert found.samples.shape == (2, 48000)
    assert np.corrcoef(found.samples[0], tone)[0, 1] > 0.99
    assert np.corrcoef(found.samples[0], found.samples[1])[0, 1] < -0.9


def test_flac_of_unknown_length_is_read() -> None:
    data = bytearray(sound(WAVE / 2, 8000, "FLAC", "PCM_16"))
    data[21] &= 0xF0  # the 36 bits of the length, as streaming encoders leave them
    data[22:26] = bytes(4)
    assert signal(bytes(data), "a.flac").length == len(WAVE)


def test_a_minute_of_stereo_sound_is_within_the_limits() -> None:
    found = signal(sound(np.zeros((60 * 48000, 2)), 48000, "WAV", "PCM_16"), "minute.wav")
    assert found.seconds == 60


def test_the_content_decides_not_the_name() -> None:
    found = signal(sound(WAVE, 8000, "WAV", "FLOAT"), "speech.csv")
    assert found.rate_hz == 8000
    assert notes(found)["content-decides"] == "not .csv"


def test_names_are_cut_to_something_printable() -> None:
    assert signal(b"1\n2\n", "../../etc/\x00pass\nwd.csv").name == "passwd.csv"
    assert signal(b"1\n2\n", "C:\\data\\x.csv").name == "x.csv"
    assert len(signal(b"1\n2\n", "n" * 3000 + ".csv").name) <= 80


def test_a_constant_signal_is_legal_and_a_single_sample_is_not() -> None:
    assert signal(npy(np.zeros(5)), "a.npy").samples.tolist() == [[0] * 5]
    for data, name in ((b"1\n", "a.csv"), (npy([1.0]), "a.npy"), (npy(1.0), "a.npy"), (npz(x=1.0), "a.npz")):
        with pytest.raises(TooShort):
            read(data, name)


# --- round trips -------------------------------------------------------------------------------------------------

doubles = st.floats(-1e100, 1e100, allow_nan=False)
long_enough = array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=40).filter(lambda shape: shape[0] < shape[1])
rates = st.one_of(st.integers(1, 10**6).map(float), st.floats(1e-3, 1e6).map(lambda rate: float(f"{rate:.6g}")))


@few
@given(arrays(np.float64, long_enough, elements=doubles), rates)
def test_csv_and_npz_keep_every_bit_and_the_rate(samples: np.ndarray, rate: float) -> None:
    before = Signal(samples, rate, "made", "mV")
    for name in ("a.csv", "a.npz"):
        after = signal(write(before, name), name)
        np.testing.assert_array_equal(after.samples, before.samples)
        assert (after.rate_hz, after.unit) == (rate, "mV")


@few
@given(st.floats(1e-3, 1e6))
def test_csv_keeps_odd_rates_to_fifteen_digits(rate: float) -> None:
    assert signal(write(Signal(WAVE, rate), "a.csv")).rate_hz == pytest.approx(rate, rel=4e-15)


@few
@given(arrays(np.float32, long_enough, elements=st.floats(-8, 8, width=32)), st.integers(1, 192_000))
def test_wav_keeps_float32_values_even_beyond_one(samples: np.ndarray, rate: int) -> None:
    after = signal(write(Signal(samples, rate), "a.wav"), "a.wav")
    np.testing.assert_array_equal(after.samples, samples.astype(np.float64))
    assert after.rate_hz == rate


@few
@given(arrays(np.float64, long_enough, elements=doubles))
def test_npy_keeps_every_bit_of_a_signal_longer_than_it_is_wide(samples: np.ndarray) -> None:
    np.testing.assert_array_equal(signal(write(Signal(samples), "a.npy"), "a.npy").samples, samples)


def test_npz_keeps_the_name() -> None:
    assert signal(write(Signal(WAVE, name="第一 run"), "x.npz"), "x.npz").name == "第一 run"


def test_wav_rounds_the_rate() -> None:
    assert signal(write(Signal(WAVE, 0.2), "a.wav"), "a.wav").rate_hz == 1
    assert signal(write(Signal(WAVE, 359.7), "a.wav"), "a.wav").rate_hz == 360


def test_equal_signals_give_equal_bytes() -> None:
    for name in ("a.csv", "a.npz", "a.npy", "a.wav"):
        assert write(Signal(WAVE, 8000), name) == write(Signal(WAVE, 8000), name)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_header_we_write_is_a_formula(start: str) -> None:
    evil = f"{start}cmd|'/C calc'!A0"
    before = signal(f"{evil},b\n1,5\n2,4\n7,9\n".encode())
    written = write(before, "a.csv").decode()
    assert f",'{evil}" in written.splitlines()[0]
    after = signal(written.encode())
    assert after.origin is not None
    assert after.origin.columns[0] == evil


def test_numbers_in_csv_stay_numbers() -> None:
    assert write(Signal([-1.0, 2.0]), "a.csv").decode().splitlines()[1] == "0.0,-1.0"


@pytest.mark.parametrize("name", ["a.png", "a", "a.exe", "a.CSV.gz", ""])
def test_a_file_type_we_cannot_write_is_answered_with_those_we_can(name: str) -> None:
    with pytest.raises(UnknownName, match=r"\.csv, \.npz, \.npy, \.wav"):
        write(Signal(WAVE), name)


def test_every_suffix_we_write_is_one_we_read() -> None:
    assert set(WRITABLE) <= set(READABLE)


@pytest.mark.parametrize("text", ["a,b\n1,2\n3\n4,5\n6,7\n", "1,2\n3,4\n5,6,7\n", "1\n2\nthree\n4\n5\n"])
def test_ragged_rows_and_words_among_numbers_are_named_by_row(text: str) -> None:
    with pytest.raises(DamagedFile, match=r"row [23] of the numbers"):
        read(text.encode(), "a.csv")
