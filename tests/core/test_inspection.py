"""Traces of networks: every layer, every sample, also of layers written elsewhere, also by two threads at once."""

import copy
import json
import threading

import numpy as np
import pytest
import torch
from torch import nn

import drsn_core as drsn
from drsn_core.errors import BadParameter
from drsn_core.inspection import KINDS, BatchTrace
from drsn_core.nn import RSBU, Shrinkage
from drsn_core.trace import Trace


def network(mode="cw"):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(1, 4, 3), RSBU(4, 8, 2, mode), nn.ReLU(), Shrinkage(8, mode)).eval()


def batch(n=3):
    return torch.randn(n, 1, 40, generator=torch.Generator().manual_seed(1)) * torch.arange(1.0, n + 1).reshape(
        -1, 1, 1
    )


def as_foreign_libraries_write_it(size_of, gate=False):
    """A shrinkage layer in the manner of public ports; ``size_of`` is what they pool."""

    class ForeignShrinkage(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.pool = nn.AdaptiveAvgPool1d(1)
            self.net = nn.Sequential(
                nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels), nn.Sigmoid()
            )

        def forward(self, x):
            mean = torch.flatten(self.pool(size_of(x)), 1)
            scale = self.net(mean)
            if gate:
                return x * scale.unsqueeze(2)
            tau = (mean * scale).unsqueeze(2)
            return torch.sign(x) * torch.max(torch.abs(x) - tau, torch.zeros_like(x))

    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4), ForeignShrinkage(4), nn.ReLU()).eval()


# ---- our own layers


@pytest.mark.parametrize("mode", ["cw", "cs"])
def test_every_sample_has_the_trace_it_would_have_alone(mode):
    model, x = network(mode), batch()
    trace = drsn.inspect(model, x)
    assert [r.name for r in trace.records] == ["1", "3"]
    assert len(trace.samples) == 3
    for i, sample in enumerate(trace.samples):
        alone = drsn.inspect(model, x[i : i + 1])
        for a, b in zip(sample.records, alone.records, strict=True):
            for name, value in vars(a).items():
                same = value == b.name if name == "name" else np.allclose(value, vars(b)[name], rtol=1e-4, atol=1e-6)
                assert same, (i, a.name, name)
    assert not np.allclose(trace.samples[0].records[0].threshold, trace.samples[2].records[0].threshold)


def test_a_trace_holds_what_the_layers_decided_and_did():
    model, x = network(), batch()
    features = model[:3](x)
    y, decision = model[3].traced(features)
    trace = drsn.inspect(model, x)
    for i, sample in enumerate(trace.samples):
        record = sample.records[1]
        np.testing.assert_allclose(record.alpha, decision.alpha[i].detach(), rtol=1e-5)
        np.testing.assert_allclose(record.threshold, decision.threshold[i].detach(), rtol=1e-5)
        np.testing.assert_allclose(record.magnitude, features[i].abs().mean(1).detach(), rtol=1e-5)
        np.testing.assert_allclose(record.peak, features[i].abs().amax(1).detach(), rtol=1e-6)
        zeroed = ((y[i] == 0) & (features[i] != 0)).float().mean(1)
        np.testing.assert_allclose(record.zeroed, zeroed, rtol=1e-5)
        removed = ((y[i] - features[i]) ** 2).sum(1) / (features[i] ** 2).sum(1)
        np.testing.assert_allclose(record.energy_removed, removed.nan_to_num().detach(), rtol=1e-4)


def test_the_records_of_a_batch_are_means_over_its_samples():
    trace = drsn.inspect(network(), batch())
    for i, record in enumerate(trace.records):
        for name in ("threshold", "alpha", "magnitude", "zeroed"):
            each = [getattr(sample.records[i], name) for sample in trace.samples]
            np.testing.assert_allclose(getattr(record, name), np.mean(each, axis=0), rtol=1e-6)


def test_a_trace_of_a_batch_survives_json_and_an_old_reader_finds_its_records():
    trace = drsn.inspect(network("cs"), batch())
    plain = json.loads(json.dumps(trace.to_dict()))
    again = BatchTrace.from_dict(plain)
    assert again.to_dict() == trace.to_dict()
    assert len(again.samples) == 3
    assert [r.name for r in Trace.from_dict(plain).records] == ["1", "3"]
    without_peak = [{k: v for k, v in r.items() if k != "peak"} for r in plain["records"]]
    assert Trace.from_dict({"records": without_peak}).records[0].peak is None


def test_a_unit_that_is_called_twice_has_two_records():
    unit = RSBU(4, 4).eval()
    assert [r.name for r in drsn.inspect(nn.Sequential(unit, unit), torch.randn(1, 4, 20)).records] == ["0", "0"]


@pytest.mark.parametrize("shrink", ["hard", "garrote", "firm", "leaky"])
def test_other_functions_than_soft_report_what_they_removed(shrink):
    layer, x = Shrinkage(4, shrink=shrink).eval(), torch.randn(1, 4, 500)
    removed = ((layer(x) - x) ** 2).sum(2) / (x**2).sum(2)
    np.testing.assert_allclose(drsn.inspect(layer, x).records[0].energy_removed, removed[0].detach(), rtol=1e-4)


def test_thresholds_of_every_position_are_told_by_their_mean():
    layer, x = Shrinkage(4, estimator="position", ndim=1).eval(), torch.randn(2, 4, 50)
    _, decision = layer.traced(x)
    record = drsn.inspect(layer, x).samples[1].records[0]
    np.testing.assert_allclose(record.threshold, decision.threshold[1].mean(1).detach(), rtol=1e-5)


def test_training_statistics_are_left_alone_and_so_are_the_weights_and_hooks():
    model = network().train()
    before = copy.deepcopy(model.state_dict())
    drsn.inspect(model, batch())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert model.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_two_threads_that_trace_one_network_never_mix():
    model = network()
    inputs = [batch(2) * scale for scale in (1.0, 100.0)]
    expected = [drsn.inspect(model, x).to_dict() for x in inputs]
    wrong, finished = [], []

    def work(which):
        for _ in range(25):
            if drsn.inspect(model, inputs[which]).to_dict() != expected[which]:
                wrong.append(which)
        finished.append(which)

    threads = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(finished) == [0, 1]
    assert wrong == []
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


# ---- layers written elsewhere


def test_thresholds_of_a_foreign_layer_are_read_off_what_it_does():
    model, x = as_foreign_libraries_write_it(torch.abs), batch()
    features = model[:2](x)
    layer = model[2]
    mean = features.abs().mean(2)
    tau = mean * layer.net(mean)
    for trace in (drsn.inspect(model, x), drsn.inspect(model, x, foreign="2")):
        assert [r.name for r in trace.records] == ["2"]
        for i, sample in enumerate(trace.samples):
            np.testing.assert_allclose(sample.records[0].threshold, tau[i].detach(), rtol=1e-4)
            np.testing.assert_allclose(sample.records[0].alpha, (tau / mean)[i].detach(), rtol=1e-4)
        assert trace.misfit["2"] < 1e-5


def test_one_threshold_for_all_channels_is_recognised_as_such():
    class Shared(nn.Module):
        def forward(self, x):
            return nn.functional.softshrink(x, 0.25)

    (record,) = drsn.inspect(Shared(), torch.randn(2, 3, 100)).records
    np.testing.assert_allclose(record.threshold, [0.25], rtol=1e-5)


def test_layers_that_do_not_threshold_are_not_taken_for_shrinkage():
    plain = nn.Sequential(nn.Conv1d(1, 4, 3), nn.Identity(), nn.LeakyReLU(), nn.ReLU(), nn.BatchNorm1d(4), nn.Tanh())
    assert drsn.inspect(plain.eval(), batch()).records == ()


def test_a_missing_abs_in_a_foreign_checkpoint_is_caught():
    """Bug A1: pooling x instead of |x|; half of the thresholds are negative, and values grow."""
    model, x = as_foreign_libraries_write_it(lambda x: x), batch(8)
    weights = {key: value.clone() for key, value in model.state_dict().items()}
    assert weights.keys() == as_foreign_libraries_write_it(torch.abs).state_dict().keys(), "only the behaviour tells"
    for validity in (drsn.validity(model, x), drsn.validity(model, x, foreign=type(model[2]))):
        negative = [f for f in validity.findings if f.kind == "negative"]
        assert [f.place for f in negative] == ["2"]
        assert negative[0].count > 4
        assert negative[0].worst < 0
        assert "averages x where the paper averages |x|" in negative[0].sentence
        assert not validity.ok
    right = drsn.validity(as_foreign_libraries_write_it(torch.abs), x)
    assert right.ok, str(right)


def test_a_gate_that_is_called_thresholding_is_caught():
    """Bug A5: multiplying by the gate is squeeze and excitation; nothing is ever set to zero."""
    (finding,) = drsn.validity(as_foreign_libraries_write_it(torch.abs, gate=True), batch(), foreign="2").findings
    assert (finding.kind, finding.place) == ("not soft", "2")
    assert finding.worst > 0.05
    assert "squeeze-and-excitation" in finding.sentence


# ---- validity


@pytest.mark.parametrize(("bias", "kind"), [(-4.0, "open"), (4.0, "shut")])
def test_collapse_is_reported_with_its_place(bias, kind):
    model = network()
    for unit in (model[1], model[3]):
        nn.init.zeros_(unit.threshold.fc2.weight)
        nn.init.constant_(unit.threshold.fc2.bias, bias if unit is model[3] else 0.0)
    (finding,) = drsn.validity(model, batch()).findings
    assert (finding.place, finding.kind) == ("3", kind)
    assert finding.worst == pytest.approx(1 / (1 + np.exp(-bias)), rel=1e-4)


def test_collapse_is_judged_by_the_limit_that_alpha_has():
    layer = Shrinkage(4, tau_scale=3.0).eval()
    nn.init.zeros_(layer.threshold.fc2.weight)
    nn.init.zeros_(layer.threshold.fc2.bias)  # alpha is 1.5 everywhere, half of what it may be
    x = torch.randn(2, 4, 200)
    assert drsn.validity(layer, x).ok
    nn.init.constant_(layer.threshold.fc2.bias, 4.0)
    assert "shut" in {f.kind for f in drsn.validity(layer, x).findings}


def test_a_shared_threshold_that_silences_a_weak_channel_is_reported():
    layer = Shrinkage(2, "cs").eval()
    nn.init.zeros_(layer.threshold.fc2.weight)
    x = torch.randn(3, 2, 100) * torch.tensor([[[1.0], [0.01]]])
    (finding,) = drsn.validity(layer, x).findings
    assert (finding.kind, finding.count, finding.of) == ("silenced", 3, 6)
    assert "nothing of the channel is left" in finding.sentence


def test_sound_thresholds_are_called_sound_and_a_trace_will_do():
    trace = drsn.inspect(network(), batch())
    assert drsn.validity(trace).ok
    assert str(drsn.validity(trace)) == "All thresholds are sound."
    assert drsn.validity(drsn.denoise(drsn.synth.signal("bumps").samples, "bayesshrink").trace) is not None


def test_not_finite_thresholds_are_reported():
    model = network()
    nn.init.constant_(model[3].threshold.fc2.bias, float("nan"))
    assert "not finite" in {f.kind for f in drsn.validity(model, batch()).findings}


def test_every_kind_is_one_sentence():
    for kind, sentence in KINDS.items():
        assert sentence.format(place="layer1.0", count=1, of=2, worst=0.5).count(". ") == 0, kind
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drsn.validity(nn.Conv1d(1, 1, 3), batch()), "a network with a layer that soft-thresholds"),
        (lambda: drsn.validity(network()), r"validity\(network, x\)"),
        (lambda: drsn.inspect("drsn-cw", batch()), r"a torch\.nn\.Module"),
        (lambda: drsn.inspect(network(), batch(), foreign="nowhere*"), "names or classes of modules in the network"),
        (lambda: drsn.inspect(network(), batch(), foreign="0"), "layers that return"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_accepted(call, message):
    with pytest.raises(BadParameter, match=message):
        call()
