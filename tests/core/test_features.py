"""Features in a plane: the plane itself, how well classes come apart in it, and what is kept for the page."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from drsn_core.bench import diagnosis, features
from drsn_core.cli import cli
from drsn_core.errors import BadRecipe
from drsn_core.plane import NEAREST, plane_of, separation, vote
from drsn_core.tasks import MODELS, TASKS


def heaps(apart, count=40, seed=0):
    """Two round heaps in five dimensions, their centres so many standard deviations apart."""
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((2 * count, 5))
    points[count:, 0] += apart
    return points, np.repeat([0, 1], count)


def test_points_of_a_plane_keep_their_distances_in_it():
    rng = np.random.default_rng(1)
    frame = np.linalg.qr(rng.standard_normal((6, 2)))[0].T
    flat = rng.standard_normal((30, 2)) @ frame + 7
    plane = plane_of(flat)
    assert plane.share == pytest.approx(1)
    placed = plane.place(flat)
    np.testing.assert_allclose(placed.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(placed[3] - placed[5]), np.linalg.norm(flat[3] - flat[5]))
    assert placed[:, 0].var() > placed[:, 1].var()


def test_the_share_is_that_of_the_two_largest_variances():
    points = np.diag([3.0, 2.0, 1.0])
    points = np.concatenate([points, -points])
    assert plane_of(points).share == pytest.approx((9 + 4) / (9 + 4 + 1))


def test_the_same_points_in_another_order_have_the_same_picture():
    points, _ = heaps(3)
    one, other = plane_of(points), plane_of(points[::-1])
    np.testing.assert_allclose(one.place(points), other.place(points), atol=1e-9)


def test_classes_far_apart_are_told_by_neighbours_and_one_heap_is_not():
    points, labels = heaps(20)
    assert separation(points, labels) == 1.0
    points, labels = heaps(0, count=300)
    assert 0.4 < separation(points, labels) < 0.6


def test_a_point_has_no_vote_on_itself():
    """Every point has its own place and its neighbours are all of the other class."""
    line = np.arange(2.0 * NEAREST)[:, None]
    labels = np.zeros(len(line), dtype=int)
    labels[3] = 1
    assert separation(line, labels) == pytest.approx(1 - 1 / len(line))
    assert vote(line, labels, line[3:4])[0] == 0


def test_equal_votes_go_to_the_closer():
    known = np.array([[1.0], [-2.0], [-3.0], [4.0], [9.0]])
    assert vote(known, np.array([1, 0, 0, 1, 2]), np.zeros((1, 1)))[0] == 1


@pytest.mark.parametrize("task", TASKS)
def test_what_is_kept_of_a_task_is_what_the_bench_has_measured(task):
    made, kept = features.stored(task)
    assert kept is not None
    assert made["command"].startswith(f"drsn bench {task} --features")
    assert tuple(kept.networks) == MODELS
    cells = {c.model: c for c in diagnosis.stored(task)[1] if (c.setting, c.noise) == (diagnosis.SHIPPED, kept.noise)
             and float(c.snr_db) == kept.snr_db}  # fmt: skip
    for model, seen in kept.networks.items():
        assert seen.accuracy == pytest.approx(cells[model].accuracy, abs=2e-3)
        assert kept.windows == cells[model].windows[1]
        assert seen.points.shape == (len(kept.labels), 2)
        np.testing.assert_allclose(seen.plane.directions @ seen.plane.directions.T, np.eye(2), atol=1e-3)
        assert 1 / len(TASKS[task].classes) < seen.apart_in_plane <= 1
        drawn = separation(seen.points, kept.labels)  # of fewer windows: not the same, but not far
        assert drawn == pytest.approx(seen.apart_in_plane, abs=0.12)
    assert set(kept.labels) == set(range(len(TASKS[task].classes)))


def test_the_features_of_the_rig_come_out_again(tmp_path):
    path = tmp_path / "f.json"
    call = ["bench", "rig", "--model", "drsn-cw", "--features", str(path)]
    done = CliRunner().invoke(cli, call)
    assert done.exit_code == 0, done.output
    _, again = features.read(path)
    _, kept = features.stored("rig")
    for name in ("accuracy", "apart", "apart_in_plane"):
        assert getattr(again.networks["drsn-cw"], name) == pytest.approx(
            getattr(kept.networks["drsn-cw"], name), abs=0.01
        )
    np.testing.assert_allclose(again.networks["drsn-cw"].points, kept.networks["drsn-cw"].points, atol=0.02)
    assert again.labels.tolist() == kept.labels.tolist()
    refused = CliRunner().invoke(cli, call)
    assert refused.exit_code != 0
    assert "exists" in refused.output


def test_features_are_those_of_one_noise(tmp_path):
    call = ["bench", "rig", "--snr", "0", "--snr", "5", "--features", str(tmp_path / "f.json")]
    refused = CliRunner().invoke(cli, call)
    assert refused.exit_code != 0
    assert "0.0, 5.0" in refused.output
    assert not (tmp_path / "f.json").exists()


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"networks": {}}), json.dumps({"networks": {"se": 1}})])
def test_a_file_that_holds_no_features_is_refused(tmp_path, text):
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(BadRecipe, match="no features"):
        features.read(tmp_path / "f.json")
