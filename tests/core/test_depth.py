"""Many units with and without shortcuts: what the lesson on residual learning claims."""

import numpy as np
import torch

from drsn_core.train import depth


def test_both_kinds_begin_with_the_same_values():
    plain, residual = (depth.network(kind, 3, seed=1) for kind in depth.KINDS)
    for a, b in zip(plain.parameters(), residual.parameters(), strict=True):
        assert torch.equal(a, b)


def test_gradients_of_a_deep_plain_network_grow_by_orders_of_magnitude_and_those_of_a_residual_one_do_not():
    plain, residual = (depth.gradients(kind, 24) for kind in depth.KINDS)
    assert plain.shape == residual.shape == (24,)
    assert plain[0] / plain[-1] > 1000
    assert residual[0] / residual[-1] < 50


def test_a_race_is_the_same_for_the_same_seed_and_tests_at_its_end():
    first, again = (list(depth.race(2, 3, seed=4, tests=1)) for _ in range(2))
    assert first == again
    assert [lap.step for lap in first] == [1, 2, 3]
    assert [lap.accuracy is None for lap in first] == [True, True, False]
    assert first != list(depth.race(2, 3, seed=5, tests=1))


def test_shallow_networks_of_both_kinds_learn():
    laps = list(depth.race(2, 90, tests=1))
    for kind in depth.KINDS:
        start, end = (np.mean([lap.losses[kind] for lap in part]) for part in (laps[:10], laps[-10:]))
        assert end < 0.8 * start
