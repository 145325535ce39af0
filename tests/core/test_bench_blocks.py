"""The measurement of what shrinkage costs: fair contestants and complete rows; times themselves are not judged."""

import pytest
import torch

from drsn_core.bench import blocks
from drsn_core.errors import UnknownName
from drsn_core.nn import paper_network


def test_the_naive_contestant_computes_the_same_as_ours():
    ours = paper_network("drsn-cw").eval()
    x = torch.randn(2, 1, 128)
    expected = ours(x)
    torch.testing.assert_close(blocks.disguised(ours, blocks.NaiveRSBU)(x), expected)


def test_every_setting_has_a_row_for_every_contestant():
    rows = list(blocks.measure(["infer", "1-D", "paper", "batch 1"], rounds=3))
    names = [*blocks.CONTESTANTS, *(f"{name} folded" for name in blocks.FOLDED)]
    assert [row.network for row in rows] == names
    assert rows[0].ratio == 1
    assert all(row.milliseconds > 0 and row.quarter <= row.ratio <= row.three_quarters for row in rows)


def test_a_setting_that_there_is_not_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match="train, 2-D, wide, batch 64"):
        next(blocks.measure(["4-D"]))
