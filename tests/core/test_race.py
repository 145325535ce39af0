"""Two networks trained side by side: equal data, taken in turns, the same with the same seed."""

import json
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from drsn_core.errors import BadParameter, UnknownName
from drsn_core.train.race import Race, from_line, run, to_line

QUICK = Race(("resnet", "drsn-cs"), epochs=2, count=1, seed=4)


def without_time(laps):
    return [replace(lap, seconds=0.0) for lap in laps]


def test_networks_take_turns_on_the_same_windows_and_a_seed_repeats_all():
    laps = list(run(QUICK))
    assert [(lap.model, lap.epoch) for lap in laps] == [(m, e) for e in (1, 2) for m in QUICK.models]
    assert {lap.windows for lap in laps} == {(72, 72)}
    assert laps[0].loss > laps[2].loss
    assert len(laps[1].thresholds) == len(laps[1].alphas) == 12
    assert without_time(run(QUICK)) == without_time(laps)
    alone = list(run(replace(QUICK, models=("resnet",))))
    assert without_time(alone) == without_time(laps[::2])


def test_without_noise_the_windows_are_as_they_are_made():
    quiet, loud = (next(run(replace(QUICK, noise=kind, epochs=1))) for kind in ("none", "gaussian"))
    assert quiet.loss != loud.loss


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"models": ()}, BadParameter),
        ({"models": ("resnet", "resnet")}, BadParameter),
        ({"models": ("resnet", "vgg")}, UnknownName),
        ({"noise": "purple"}, UnknownName),
        ({"epochs": 0}, BadParameter),
        ({"snr_db": float("nan")}, BadParameter),
        ({"count": 1000}, BadParameter),
    ],
)
def test_what_cannot_be_raced_is_refused(wrong, error):
    with pytest.raises(error):
        Race(**wrong)


def test_a_lap_comes_back_from_its_line():
    lap = next(run(replace(QUICK, models=("drsn-cw",), epochs=1)))
    assert from_line(to_line(lap)) == lap


def test_the_runner_answers_a_line_for_a_line_and_ends_with_its_input():
    command = [sys.executable, "-m", "drsn_core.train.runner"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps(asdict(QUICK)) + "\nlap\n")
        process.stdin.flush()
        assert from_line(process.stdout.readline()).model == "resnet"
        process.stdin.close()  # as when the server is killed
        assert process.wait(timeout=60) == 0
        assert process.stdout.read() == ""
