"""Trained networks: what ships loads, denoises as its card says, and cuts long recordings without seams."""

import numpy as np
import pytest
import torch

import drsn_core as drsn
from drsn_core import catalog, hub, learned
from drsn_core.bench import denoise_1d
from drsn_core.errors import BadWeights, UnknownName
from drsn_core.metrics import snr_db
from drsn_core.nn import RSBU, Shrinkage

NAMES = sorted(hub.cards())


@pytest.mark.parametrize("name", NAMES)
def test_every_card_loads_its_network(name):
    card, network = hub.cards()[name], hub.load(name)
    assert sum(p.numel() for p in network.parameters()) == card.parameters
    assert not network.training
    assert card.name == name
    assert card.licence


def test_loading_twice_gives_two_networks():
    assert hub.load("drsn-cw") is not hub.load("drsn-cw")


def test_an_unknown_network_lists_the_known_ones():
    with pytest.raises(UnknownName, match="drsn-cw"):
        hub.load("drsn-xl")


def test_altered_weights_are_refused(tmp_path):
    source = hub.bundle.folder("pretrained") / "drsn-cw"
    (tmp_path / hub.CARD).write_bytes((source / hub.CARD).read_bytes())
    with pytest.raises(BadWeights, match="missing"):
        hub.load_folder(tmp_path)
    data = bytearray((source / hub.WEIGHTS).read_bytes())
    data[-1] ^= 1
    (tmp_path / hub.WEIGHTS).write_bytes(data)
    with pytest.raises(BadWeights, match="checksum"):
        hub.load_folder(tmp_path)
    (tmp_path / hub.CARD).write_text("name = ")
    with pytest.raises(BadWeights, match="card"):
        hub.load_folder(tmp_path)


def test_the_network_reaches_its_mark_on_the_benchmark():
    """Four signals, four noise levels; below 18.5 dB something is broken, whatever the card says."""
    (row,) = denoise_1d.measure(["drsn-cw"], seeds=3)
    assert row.mean > 18.5
    assert row.mean == pytest.approx(hub.cards()["drsn-cw"].scores["denoise_1d_mean_db"], abs=0.5)


def test_thresholds_of_a_few_windows_stand_for_those_of_the_whole_recording(monkeypatch):
    noisy = drsn.add_noise(drsn.synth.signal("speech", length=200_000), snr_db=5, seed=0)
    whole = drsn.denoise(noisy, "drsn-cw")
    monkeypatch.setattr(learned, "WHOLE", 100_000)
    windows = drsn.denoise(noisy, "drsn-cw")
    change = np.mean((whole.estimate.samples - windows.estimate.samples) ** 2) / np.mean(noisy.samples**2)
    assert 10 * np.log10(change) < -25


def test_the_factor_scales_every_threshold_of_the_first_block():
    noisy = drsn.add_noise(drsn.synth.signal("bumps"), snr_db=5, seed=0)
    first = [drsn.denoise(noisy, "drsn-cw", threshold_factor=f).trace.records[0] for f in (0, 1, 2)]
    assert np.all(first[0].threshold == 0)
    assert np.all(first[0].zeroed == 0)
    np.testing.assert_allclose(first[2].threshold, 2 * first[1].threshold, rtol=1e-5)


def test_in_all_views_a_turned_recording_has_the_turned_answer():
    noisy = drsn.add_noise(drsn.synth.signal("bumps", length=1024), snr_db=0, seed=1).samples[0]
    heard = []
    result = drsn.denoise(noisy, "drsn-cs", report=heard.append, views="all")
    for turn in (lambda x: -x, lambda x: x[::-1], lambda x: -x[::-1]):
        turned = drsn.denoise(turn(noisy), "drsn-cs", views="all").estimate
        np.testing.assert_allclose(turn(turned), result.estimate, atol=1e-5)
    assert [(p.done, p.total) for p in heard] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    one = drsn.denoise(noisy, "drsn-cs")
    assert [record.name for record in result.trace.records] == [record.name for record in one.trace.records]


def test_the_mean_of_all_views_is_closer_on_average():
    gains = []
    for name in ("blocks", "bumps", "heavisine", "doppler"):
        clean = drsn.synth.signal(name, length=2048)
        for seed in range(2):
            noisy = drsn.add_noise(clean, snr_db=5, seed=seed)
            one, every = (drsn.denoise(noisy, "drsn-cw", views=views).estimate.samples for views in ("one", "all"))
            gains.append(snr_db(clean.samples, every) - snr_db(clean.samples, one))
    assert np.mean(gains) > 0.1


def test_channel_shared_blocks_report_one_threshold_and_many_shares():
    noisy = drsn.add_noise(drsn.synth.signal("bumps"), snr_db=5, seed=0)
    record = drsn.denoise(noisy, "drsn-cs").trace.records[0]
    assert record.threshold.shape == record.alpha.shape == (1,)
    assert record.zeroed.shape == (16,)


def test_inspect_reads_any_network_with_shrinkage_inside_and_leaves_it_alone():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv1d(1, 4, 3), RSBU(4, 8, 2), Shrinkage(8, "cs"), torch.nn.Flatten())
    before = {k: v.clone() for k, v in module.state_dict().items()}
    trace = drsn.inspect(module, torch.randn(3, 1, 40))
    assert [r.name for r in trace.records] == ["1", "2"]
    assert [r.threshold.shape for r in trace.records] == [(8,), (1,)]
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert not any(m._forward_hooks for m in module.modules())


WAVELET_RULES = ("wavelet", "visushrink", "sureshrink", "bayesshrink")


@pytest.mark.parametrize(("signal", "noise_db"), [("blocks", 5), ("bumps", 0), ("doppler", 10)])
def test_the_default_network_beats_every_wavelet_rule(signal, noise_db):
    """Three cells of the benchmark, three draws of noise; the margin is a fraction of what was measured."""
    clean = drsn.synth.signal(signal, length=2048)

    def score(method):
        noisy = [drsn.add_noise(clean, snr_db=noise_db, seed=seed) for seed in range(3)]
        return np.mean([snr_db(clean.samples, drsn.denoise(x, method).estimate.samples) for x in noisy])

    assert score("drsn-cw") > max(score(rule) for rule in WAVELET_RULES) + 1


NETWORKS = sorted(key for key, entry in catalog.CATALOG.items() if entry.kind() is learned.NetworkDenoiser)


@pytest.mark.parametrize("key", NETWORKS)
def test_shift_and_scale_of_the_signal_go_through_a_network(key):
    noisy = drsn.add_noise(drsn.synth.signal("heavisine", length=1000), snr_db=5, seed=0).samples[0]
    plain = drsn.denoise(noisy, key).estimate
    np.testing.assert_allclose(drsn.denoise(1e-3 * noisy + 7, key).estimate, 1e-3 * plain + 7, atol=1e-5)
    np.testing.assert_allclose(drsn.denoise(1e6 * noisy - 3e6, key).estimate, 1e6 * plain - 3e6, atol=1e3)


@pytest.mark.parametrize("key", NETWORKS)
def test_long_recordings_have_no_seams_whatever_the_network(key, monkeypatch):
    """Tiles and the whole differ by less than -60 dB of the signal when their thresholds are the same."""
    noisy = drsn.add_noise(drsn.synth.signal("speech", length=50_000), snr_db=5, seed=0)
    monkeypatch.setattr(learned, "WHOLE", 20_000)
    monkeypatch.setattr(learned, "TILE", 8192)
    tiled = drsn.denoise(noisy, key).estimate.samples
    monkeypatch.setattr(learned, "TILE", 10**6)
    whole = drsn.denoise(noisy, key).estimate.samples
    assert 10 * np.log10(np.mean((tiled - whole) ** 2) / np.mean(noisy.samples**2)) < -80
