"""Every odd file loads as stated or is refused as stated: quickly, in bounded memory, in one sentence."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from drsn_core.data import Signal
from drsn_core.io import limits, read
from tests.core.odd import EVERY

GOOD = [case for case, odd in EVERY.items() if odd.error is None]
BAD = [case for case, odd in EVERY.items() if odd.error is not None]
#: What an error must not show: traces, folders of this machine, names of foreign errors, addresses.
PRIVATE = re.compile(r"Traceback|site-packages|(?<![\w.])/\w+/\w|Error\b|0x[0-9a-f]{4}")
#: Memory of our own process, in KB, that a file may cost at most: its decoded values and a copy.
OWN_KB = 400 * 1024


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("case", GOOD)
def test_an_odd_file_loads_with_its_shape_and_values(case: str) -> None:
    odd = EVERY[case]
    found = read(odd.make(), odd.name, **odd.options)
    values = found.samples if isinstance(found, Signal) else found.pixels
    assert values.shape == odd.values.shape
    np.testing.assert_allclose(values, odd.values, rtol=0, atol=odd.atol)
    if odd.rate is not None:
        assert isinstance(found, Signal)
        assert found.rate_hz == odd.rate


@pytest.mark.parametrize("case", BAD)
def test_a_broken_file_is_refused_in_one_sentence(case: str) -> None:
    odd = EVERY[case]
    data, before, began = odd.make(), peak_kb(), time.process_time()
    with pytest.raises(odd.error) as caught:
        read(data, odd.name, **odd.options)
    assert 20 < len(str(caught.value)) <= 300
    assert "\n" not in str(caught.value)
    assert not PRIVATE.search(str(caught.value))
    assert peak_kb() - before < OWN_KB
    assert time.process_time() - began < limits.SECONDS


def test_there_are_enough_of_every_format() -> None:
    assert len(EVERY) >= 150
    kinds = Counter(Path(odd.name).suffix for odd in EVERY.values())
    for suffix in (".csv", ".npy", ".npz", ".mat", ".h5", ".wav", ".flac", ".ogg", ".mp3", ".png", ".jpg", ".tif"):
        assert kinds[suffix] >= 2, suffix


def test_a_folder_of_them_all_is_denoised_as_far_as_it_is_sound(tmp_path: Path) -> None:
    """The command line meets the same layer: all sound ones are done, all others named, no trace of an error."""
    (tmp_path / "in").mkdir()
    names: dict[str, str] = {}
    for number, (case, odd) in enumerate(EVERY.items()):
        suffix = Path(odd.name).suffix or ".csv"
        if odd.options or suffix in (".pt", ".gif", ".eps", ".jp2", ".svg", ".aiff", ".exe"):
            continue
        names[f"{number:03d}{suffix}"] = case
        (tmp_path / "in" / f"{number:03d}{suffix}").write_bytes(odd.make())
    run = subprocess.run(
        [sys.executable, "-m", "drsn_core.cli", "denoise", "in", "--method", "median", "-o", "out", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    reports = {Path(report["file"]).name: report for report in json.loads(run.stdout)}
    assert reports.keys() == names.keys()
    wrong = {
        case: reports[name].get("error")
        for name, case in names.items()
        if ("error" in reports[name]) != (EVERY[case].error is not None)
    }
    # A signal in a file with the name of a picture cannot be written under that name, and the other way round.
    assert all("There is no file type" in str(error) for error in wrong.values()), wrong
    assert len(list((tmp_path / "out").iterdir())) == sum("error" not in report for report in reports.values())
