"""The measurement of what shrinkage costs: fair contestants and complete rows; times themselves are not judged."""

import jaxtyping
import numpy as np
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


@pytest.mark.parametrize("path", ["folded", "onnx"])
def test_a_network_computes_the_same_on_every_path(path, monkeypatch):
    """Compiled is left out: that takes a quarter of a minute, and is tested with the layer alone."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    network, x = paper_network("drsn-cs").eval(), torch.randn(1, 1, 128)
    with torch.inference_mode():
        found = torch.as_tensor(np.squeeze(blocks.PATHS[path](network, x)()))
    torch.testing.assert_close(found, network(x)[0], rtol=1e-4, atol=1e-5)


def test_every_setting_has_a_row_for_every_contestant(monkeypatch):
    monkeypatch.setattr(blocks, "compiler", lambda: False)
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    rows = list(blocks.measure(["infer", "1-D", "paper", "batch 1"], rounds=3))
    names = [*blocks.CONTESTANTS, *(f"{name} {path}" for path in ("folded", "onnx") for name in blocks.PREPARED)]
    assert [row.network for row in rows] == names
    assert rows[0].ratio == 1
    assert [row.same_path for row in rows if row.network.startswith("resnet")] == [1, 1, 1]
    assert all(row.milliseconds > 0 and row.quarter <= row.ratio <= row.three_quarters for row in rows)


def test_a_batch_is_measured_folded_and_one_sample_on_all_paths_of_this_machine(monkeypatch):
    assert blocks.paths(64) == ("folded",)
    monkeypatch.setattr(blocks, "compiler", lambda: True)
    assert blocks.paths(1) == tuple(blocks.PATHS)


def test_a_setting_that_there_is_not_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match="train, 2-D, wide, batch 64"):
        next(blocks.measure(["4-D"]))
