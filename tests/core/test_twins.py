"""Twins of a denoiser: trained alike, compared seed by seed, kept one by one."""

import math

import pytest

from drsn_core.bench import twins
from drsn_core.bench.pairs import difference
from drsn_core.bench.twins import Twin
from drsn_core.errors import BadRecipe
from drsn_core.train.config import Config, DenoiserNetwork, Pictures, Signals, Training, UNetNetwork

TINY = Config(
    name="tiny",
    network=DenoiserNetwork(widths=(4, 6), depths=(1, 1), kernel_size=3),
    data=Signals(length=256, batch=2),
    training=Training(steps=9, epoch_steps=3, warmup_steps=1),
)


def test_twins_are_trained_alike_and_what_is_kept_is_not_trained_again(tmp_path, monkeypatch):
    kept = tmp_path / "twins.jsonl"
    found = list(twins.measure(TINY, steps=2, seeds=1, kept=kept))
    assert [twin.mode for twin in found] == list(twins.MODES)
    sizes = {twin.mode: twin.parameters for twin in found}
    assert sizes["none"] < sizes["cs"] < sizes["cw"] == sizes["se"]
    assert all(math.isfinite(twin.bed_db) and math.isfinite(twin.held_out_db) for twin in found)
    monkeypatch.setattr(twins, "_trained", lambda *_: pytest.fail("trained again"))
    again = list(twins.measure(TINY, steps=2, seeds=1, kept=kept))
    assert [(twin.mode, twin.bed_db) for twin in again] == [(twin.mode, twin.bed_db) for twin in found]


def test_twins_are_made_of_denoisers_and_files_of_twins_are_checked(tmp_path):
    other = TINY.model_copy(update={"network": UNetNetwork(ndim=2), "data": Pictures(folder=".", files=("*.png",))})
    with pytest.raises(BadRecipe, match="denoiser"):
        next(twins.measure(other, steps=1, seeds=1))
    (tmp_path / "strange.jsonl").write_text("{}\n")
    with pytest.raises(BadRecipe, match="no twins"):
        twins.read(tmp_path / "strange.jsonl")


def test_a_difference_is_that_of_pairs_with_the_interval_of_student():
    a, b = {0: 3.0, 1: 5.0, 2: 4.0, 7: 99.0}, {0: 2.0, 1: 3.0, 2: 1.0}
    gap = difference("a", "b", a, b)
    assert (gap.mean, gap.pairs) == (2.0, 3)
    # Gaps 1, 2, 3: standard error 1 / sqrt(3), and the 97.5 % point of t with 2 degrees of freedom is 4.3027.
    assert gap.high - gap.mean == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert difference("a", "b", {0: 1.0}, b) is None


def test_shipped_twins_have_the_pairs_that_readers_ask_for():
    found = twins.stored()
    assert {twin.seed for twin in found if twin.mode == "cw"} == {0, 1, 2}
    assert {(gap.first, gap.second) for gap in twins.differences(found)} == set(twins.PAIRS)
    made = [Twin("cw", seed, 1, 1, 0.0, 1.0 + seed, 0.0) for seed in (0, 1)]
    made += [Twin("none", seed, 1, 1, 0.0, 0.5, 0.0) for seed in (0, 1)]
    (gap,) = twins.differences(made)
    assert gap.mean == 1.0
