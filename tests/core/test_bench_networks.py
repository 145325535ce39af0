"""The measurement of what the trained denoisers take: every path computes the same; times are not judged."""

import jaxtyping
import pytest

from drsn_core.bench import networks
from drsn_core.errors import UnknownName


@pytest.mark.parametrize("name", ["drsn-cw-small", "drsn-colour"])
def test_every_path_comes_to_the_same_estimate(name, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    monkeypatch.setattr(networks, "SIDE", 64)
    rows = {row.path: row for row in networks.measure([name], rounds=2, length=1000)}
    assert list(rows) == ["float32", "bfloat16", "onnx"]
    assert rows["onnx"].on == ("1000 samples" if name == "drsn-cw-small" else "64 x 64 x 3")
    assert rows["float32"].ratio == 1
    assert rows["onnx"].difference_db < -80
    assert rows["bfloat16"].difference_db < -20  # eight bits of a number's digits are left


def test_what_is_no_denoiser_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match="drsn-image"):
        next(networks.measure(["rig-drsn-cw"]))
