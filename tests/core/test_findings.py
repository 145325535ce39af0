"""What the cells of the paper's experiment say together: differences over all noises, courses of trainings, costs."""

from dataclasses import replace

import numpy as np
import pytest

from drsn_core.bench import diagnosis, findings
from drsn_core.bench.diagnosis import Cell, Experiment, setting
from drsn_core.bench.findings import Split, split_of
from drsn_core.tasks import MODELS

PLAIN = setting(Experiment("bearing"))


def cell(model, seed, accuracy, noise="gaussian", snr="0", named=PLAIN, curve=None, seconds=1.0):
    return Cell(named, model, noise, snr, seed, accuracy, 1.0, [[1]], 7, seconds, 0.5, (10, 5), None, curve)


@pytest.mark.parametrize(
    ("wanted", "split", "rank"),
    [
        (Experiment("bearing"), Split(), 0),
        (Experiment("bearing", train_groups=("0", "1"), test_groups=("3",)), Split("0+1", "3"), 1),
        (Experiment("speech", test_groups=("theo",)), Split("all", "theo"), 1),
        (Experiment("rig", count=5), Split(few=5), 1),
        (Experiment("bearing", leaky=True), Split(leaky=True), 2),
        (Experiment("bearing", train_groups=("0",), test_groups=("3",), leaky=True), Split("0", "3", True), 3),
    ],
)
def test_a_setting_says_how_it_was_split(wanted, split, rank):
    assert split_of(setting(wanted)) == split
    assert split.rank == rank


def test_the_paper_s_own_question_is_the_setting_split_by_time_that_was_tried_most():
    other = setting(Experiment("bearing", epochs=3))
    cells = [cell("resnet", seed, 0.5) for seed in range(3)] + [cell("resnet", 0, 0.5, named=other)]
    leaky = setting(Experiment("bearing", leaky=True))
    cells += [cell("resnet", seed, 0.9, named=leaky) for seed in range(9)]
    cells += [cell("resnet", seed, 0.9, named=diagnosis.SHIPPED) for seed in range(9)]
    assert findings.principal(cells) == cells[:3]
    assert len(findings.trained(cells)) == 3 + 1 + 9
    assert findings.principal([]) == []


def test_over_all_noises_a_seed_counts_once_and_only_if_it_has_them_all():
    gains = {("gaussian", "0"): 1.0, ("pink", "0"): 4.0, ("pink", "5"): 4.0}
    cells = []
    for (noise, snr), gain in gains.items():
        for seed in range(3):
            base = 0.5 + seed / 10
            cells.append(cell("resnet", seed, base, noise, snr))
            cells.append(cell("drsn-cw", seed, base + (gain + seed) / 100, noise, snr))
    gap = findings.overall(cells, "drsn-cw", "resnet")
    assert (gap.mean, gap.pairs) == (pytest.approx(3 + 1), 3)
    half = 4.302653 / np.sqrt(3)  # the seeds gain 3, 4 and 5 points
    assert (gap.low, gap.high) == (pytest.approx(4 - half), pytest.approx(4 + half))
    lacking = cells[:-1]  # seed 2 has not finished the last condition
    assert findings.overall(lacking, "drsn-cw", "resnet").pairs == 2
    assert findings.overall(cells, "drsn-cw", "se") is None


def test_what_the_paper_says_of_two_networks():
    assert findings.in_paper("drsn-cw", "resnet") == pytest.approx(3.32)
    assert findings.in_paper("drsn-cs", "resnet") == pytest.approx(2.30)
    assert findings.in_paper("se", "resnet") is None


def test_the_course_is_the_mean_of_the_trainings_that_kept_theirs():
    one, two = [[0.8, 0.9], [0.4, 0.5], [0.2, 0.3], [0.1, 0.2], [0.1, 0.2]], [[0.6, 0.7]] * 5
    cells = [cell("resnet", 0, 0.8, curve=one), cell("resnet", 1, 0.3, curve=two), cell("se", 0, 0.5)]
    course = findings.course(cells)
    assert list(course.training) == ["resnet"]
    np.testing.assert_allclose(course.training["resnet"], [0.7, 0.5, 0.4, 0.35, 0.35])
    np.testing.assert_allclose(course.validation["resnet"][:2], [0.8, 0.6])
    assert (course.epochs, course.seeds, course.steps) == (5, 2, (2, 4))
    assert findings.course([replace(one, curve=None) for one in cells]) is None


def test_the_rate_falls_after_the_epochs_that_are_named():
    """With 16 epochs the training takes its first step before the eighth and its second before the fourteenth."""
    course = findings.course([cell("se", 0, 0.5, curve=[[0.5, 0.5]] * 16)])
    assert course.steps == (7, 13)
    rates = [sum(epoch >= share * 16 for share in findings.STEPS) for epoch in range(16)]
    assert [sum(rate >= step for rate in rates) for step in (1, 2)] == [16 - step for step in course.steps]


def test_costs_are_medians_with_their_range():
    cells = [cell("se", seed, 0.5, seconds=seconds) for seed, seconds in enumerate((9.0, 1.0, 2.0))]
    (cost,) = findings.costs(cells)
    assert (cost.model, cost.train_cpu_s, cost.least_s, cost.most_s, cost.cells) == ("se", 2.0, 1.0, 9.0, 3)
    both = findings.costs([cell("resnet", 0, 0.5), *cells])
    assert [one.model for one in both] == [m for m in MODELS if m in ("resnet", "se")]
