"""Training: a stream of epochs, random data that are what they say, recipes that are checked."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from scipy.io import wavfile

from drsn_core import bundle, hub
from drsn_core.errors import BadData, BadRecipe, BadWeights, UnknownName
from drsn_core.nn.kinds import build
from drsn_core.train import batches, checkpoint, config, loop, pictures
from drsn_core.train.recordings import Recorded
from drsn_core.train.task import in_words, log_mse, standardise, task

TINY = config.Config(
    name="tiny",
    network=config.DenoiserNetwork(widths=(4, 6), depths=(1, 1)),
    data=config.Signals(length=256, batch=8),
    training=config.Training(steps=60, epoch_steps=20, warmup_steps=5),
)


def test_a_few_steps_already_lower_the_loss():
    epochs = list(loop.fit(TINY))
    assert [e.step for e in epochs] == [20, 40, 60]
    assert epochs[-1].loss < epochs[0].loss - 0.3
    assert epochs[-1].validation_snr_db > epochs[0].validation_snr_db
    assert all(0 < a < 1 for a in epochs[-1].alphas)


def test_the_same_recipe_trains_the_same_network():
    first, second = (next(loop.fit(TINY)) for _ in range(2))
    assert (first.loss, first.validation_snr_db) == (second.loss, second.validation_snr_db)


def test_a_network_may_learn_in_bfloat16_and_keeps_its_weights_in_float32():
    training = TINY.training.model_copy(update={"precision": "bfloat16"})
    coarse, fine = list(loop.fit(TINY.model_copy(update={"training": training}))), list(loop.fit(TINY))
    assert coarse[-1].loss < coarse[0].loss - 0.3
    assert coarse[0].loss != fine[0].loss
    assert coarse[0].loss == pytest.approx(fine[0].loss, abs=0.1)
    assert {p.dtype for p in coarse[-1].network.parameters()} == {torch.float32}
    assert loop.card(TINY.model_copy(update={"training": training}), coarse[-1])["training"]["precision"] == "bfloat16"
    assert "precision" not in loop.card(TINY, fine[-1])["training"]


UNET = config.UNetNetwork(widths=(4, 6), depths=(1, 1), factor=2)
NETWORKS = {
    "denoiser": TINY.network,
    "unet": UNET,
    "wavelet": config.WaveletNetwork(bases=("haar", "sym8"), levels=3, hidden=4),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_run_that_was_killed_goes_on_to_the_same_weights(tmp_path, kind):
    recipe = TINY.model_copy(update={"network": NETWORKS[kind]})
    straight = list(loop.fit(recipe))[-1]
    running = loop.fit(recipe, tmp_path)
    killed_after = next(running).step
    running.close()
    resumed = list(loop.fit(recipe, tmp_path))
    assert resumed[0].step == 2 * killed_after
    assert resumed[-1].curve == straight.curve
    for key, value in straight.network.state_dict().items():
        torch.testing.assert_close(resumed[-1].network.state_dict()[key], value, rtol=0, atol=0)


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    short = TINY.model_copy(update={"training": config.Training(steps=2, epoch_steps=1, warmup_steps=1)})
    assert len(list(loop.fit(short, tmp_path))) == 2
    assert list(loop.fit(short, tmp_path)) == []


def test_a_checkpoint_of_another_network_or_of_nothing_is_refused(tmp_path):
    next(loop.fit(TINY, tmp_path))
    with pytest.raises(BadRecipe, match="another network"):
        next(loop.fit(TINY.model_copy(update={"network": UNET}), tmp_path))
    (tmp_path / checkpoint.FILE).write_bytes(b"no checkpoint")
    with pytest.raises(BadWeights, match="no checkpoint"):
        next(loop.fit(TINY, tmp_path))


def test_the_averaged_weights_lag_behind_and_start_as_the_network_itself():
    network, average = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    torch.nn.init.constant_(network.weight, 2.0)
    torch.nn.init.constant_(average.weight, 0.0)
    loop.follow(average, network, decay=0.9, step=10_000)
    assert average.weight.item() == pytest.approx(0.2)
    loop.follow(average, network, decay=0.9, step=0)  # early steps: an average of few
    assert average.weight.item() == pytest.approx(0.2 + 0.9 * 1.8)


def test_a_stream_can_go_on_in_the_middle():
    data = config.Signals(length=256, batch=4)
    third = list(itertools.islice(batches.pairs(data, seed=5), 3))[2]
    again = next(batches.pairs(data, seed=5, first=2))
    np.testing.assert_array_equal(third, again)


def test_the_curve_in_the_card_is_short_and_ends_where_the_training_ended():
    curve = tuple((step, -step / 50, 10 + step / 50) for step in range(1, 91))
    short = TINY.model_copy(update={"training": config.Training(steps=1, epoch_steps=1)})
    epoch = dataclasses.replace(next(loop.fit(short)), curve=curve)
    points = [[float(n) for n in point.split()] for point in loop.card(short, epoch)["training"]["curve"].split("; ")]
    assert loop.CURVE_POINTS <= len(points) <= 2 * loop.CURVE_POINTS
    assert points[-1] == pytest.approx(epoch.curve[-1], abs=5e-3)


# ---- data of the reader's


def test_noise_of_several_kinds_has_the_power_it_claims_and_goes_on_in_the_middle():
    kinds = ("gaussian", "laplacian", "pink", "impulse", "hum")
    data = config.Signals(length=256, batch=6, snr_db=(3, 3), noise=kinds)
    noisy, clean = list(itertools.islice(batches.pairs(data, seed=5), 3))[2]
    powers = [np.mean(x.astype(float) ** 2, axis=1) for x in (clean, noisy - clean)]
    np.testing.assert_allclose(10 * np.log10(powers[0] / powers[1]), 3, atol=1e-3)
    np.testing.assert_array_equal(noisy, next(batches.pairs(data, seed=5, first=2))[0])
    assert "mixed of gaussian, laplacian, pink" in in_words(data)["data"]


def test_noise_that_does_not_exist_is_refused_by_name(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text('name = "x"\n[data]\nnoise = ["gaussian", "purple"]\n')
    with pytest.raises(BadRecipe, match=r"data.noise: .*no such noise: purple"):
        config.load(path)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(21):
        shade = np.full((40, 30 + i), 10 * i, dtype=np.uint8)
        PIL.Image.fromarray(shade + rng.integers(0, 9, shade.shape, dtype=np.uint8)).save(tmp_path / f"{i:02}.png")
    np.savez(tmp_path / "two.npz", x=rng.integers(-99, 99, (2, 900)).astype(np.int16))
    wavfile.write(tmp_path / "tone.wav", 8000, np.sin(np.arange(5000)).astype(np.float32))
    return tmp_path


def test_patches_in_colour_have_three_channels(folder):
    rng = np.random.default_rng(1)
    PIL.Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(folder / "colour.png")
    data = config.Pictures(folder=str(folder), files=("0*.png", "colour.png"), patch=24, batch=8, colour=True)
    noisy, clean = next(pictures.patches(data, seed=0))
    assert noisy.shape == clean.shape == (8, 3, 24, 24)
    assert "colour" in in_words(data)["data"]


def test_patches_have_the_noise_they_claim_and_come_from_the_named_folder(folder):
    data = config.Pictures(folder=str(folder), files=("*.png",), patch=24, batch=8, sigma=(25, 25))
    noisy, clean = next(pictures.patches(data, seed=0))
    assert noisy.shape == clean.shape == (8, 1, 24, 24)
    assert (noisy - clean).std() * 255 == pytest.approx(25, rel=0.05)
    assert clean.min() >= 0
    assert clean.max() <= 1
    third = list(itertools.islice(pictures.patches(data, seed=3), 3))[2]
    np.testing.assert_array_equal(third, next(pictures.patches(data, seed=3, first=2)))


def test_noise_in_pictures_is_uniform_or_more_often_weak(folder):
    def levels(skew: float) -> list[float]:
        data = config.Pictures(folder=str(folder), files=("0*.png",), patch=24, batch=8, sigma=(10.0, 70.0), skew=skew)
        batches_ = itertools.islice(pictures.patches(data, seed=0), 40)
        return sorted(
            255 * float(np.std(n - c)) for noisy, clean in batches_ for n, c in zip(noisy, clean, strict=True)
        )

    for skew in (1.0, 2.0):
        found = levels(skew)
        assert 9 < found[0] < 14
        assert 60 < found[-1] < 76
        assert found[len(found) // 2] == pytest.approx(10 + 60 * 0.5**skew, abs=4)


def test_pictures_kept_back_for_validation_are_never_trained_on(folder):
    data = config.Pictures(folder=str(folder), files=("*.png",), patch=24, batch=64, sigma=(0, 0))

    def shades(held_out):
        _, clean = next(pictures.patches(data, seed=0, held_out=held_out))
        return set(np.round(clean.mean(axis=(1, 2, 3)) * 255 / 10 - 0.4).astype(int))

    assert shades(held_out=True) <= {0, 20}
    assert shades(held_out=False) <= set(range(1, 20))


def test_recorded_signals_come_from_the_named_files(folder):
    data = config.Signals(
        length=256,
        batch=4,
        folder=str(folder),
        recorded=1.0,
        recordings=(config.Recordings(files="*.npz", key="x"), config.Recordings(files="*.wav")),
    )
    recorded = Recorded(data)
    assert [len(rows) for rows in recorded.sets] == [2, 1]
    assert recorded.draw(np.random.default_rng(0), 2000).shape == (2000,)
    _, clean = next(batches.pairs(data, seed=0))
    np.testing.assert_allclose((clean**2).mean(axis=1), 1, rtol=1e-4)


@pytest.mark.parametrize(
    "data",
    [
        config.Pictures(folder="/nowhere", files=("*.png",)),
        config.Signals(folder="/nowhere", recorded=0.5, recordings=(config.Recordings(files="*.npz", key="x"),)),
    ],
)
def test_a_folder_without_the_named_files_is_named(data):
    with pytest.raises(BadData, match="/nowhere"):
        next(loop.fit(TINY.model_copy(update={"data": data})))


@pytest.mark.parametrize(
    ("loss", "said"), [("absolute", "mean absolute error"), ("decibels", "ln(mean squared error)")]
)
def test_pictures_train_a_network_with_two_axes(folder, loss, said):
    recipe = config.Config(
        name="tiny-pictures",
        network=config.UNetNetwork(widths=(4, 6), depths=(1, 1), ndim=2, factor=2),
        data=config.Pictures(folder=str(folder), files=("*.png",), patch=24, batch=4, loss=loss),
        training=config.Training(steps=40, epoch_steps=20, warmup_steps=5),
    )
    first, last = loop.fit(recipe)
    assert last.loss < first.loss
    card = loop.card(recipe, last)
    assert card["training"]["sigma"] == [0, 75]
    assert "*.png" in card["training"]["data"]
    assert said in card["training"]["loss"]


def test_in_decibels_a_halved_error_counts_the_same_at_any_level_that_is_seen(folder):
    loss = task(config.Pictures(folder=str(folder), files=("*.png",), patch=24, loss="decibels")).loss
    clean, error = torch.zeros(2, 1, 24, 24), torch.randn(2, 1, 24, 24, generator=torch.Generator().manual_seed(0))
    for level in (1.0, 0.2):
        gained = loss(level * error, clean) - loss(level / 2 * error, clean)
        assert gained.item() == pytest.approx(np.log(4), rel=0.01)
    assert (loss(1e-4 * error, clean) - loss(0 * error, clean)).item() < 0.01


@pytest.mark.parametrize("family", batches.FAMILIES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("length", [256, 2048])
def test_every_family_draws_finite_signals_that_differ(family, length):
    rng = np.random.default_rng(0)
    drawn = [family(rng, length) for _ in range(20)]
    assert all(x.shape == (length,) and np.all(np.isfinite(x)) for x in drawn)
    assert not np.allclose(drawn[0], drawn[1])


def test_pairs_have_the_noise_they_claim():
    data = config.Signals(length=512, batch=16, snr_db=(3.0, 3.0))
    for noisy, clean in itertools.islice(batches.pairs(data, seed=0), 5):
        measured = 10 * np.log10((clean**2).sum() / ((noisy - clean) ** 2).sum())
        assert measured == pytest.approx(3.0, abs=0.3)
        np.testing.assert_allclose((clean**2).mean(axis=1), 1, rtol=1e-4)


def test_a_recipe_may_give_families_other_shares():
    flat = {family.__name__: 0.0 for family in batches.FAMILIES} | {"jumps": 2.0}
    assert batches.shares_of(flat).tolist() == [float(family is batches.jumps) for family in batches.FAMILIES]
    data = config.Signals(length=256, batch=8, snr_db=(60, 60), families=flat)
    steps = np.diff(next(batches.pairs(data, seed=0))[1], axis=1)
    assert (np.abs(steps) < 1e-6).mean() > 0.8  # constant but for jumps
    with pytest.raises(BadData, match="nothing could be drawn"):
        batches.shares_of(dict.fromkeys(flat, 0.0))
    with pytest.raises(UnknownName, match="peak"):
        next(batches.pairs(data.model_copy(update={"families": {"peak": 1.0}}), seed=0))


def test_faint_signals_may_be_of_families_of_their_own():
    faint = config.Faint(below_db=0.0, families={"jumps": 1.0})
    data = config.Signals(length=256, batch=32, snr_db=(-6.0, 6.0), families={"jumps": 0.0})
    ordinary = next(batches.pairs(data, seed=0))[1]
    noisy, clean = next(batches.pairs(data.model_copy(update={"faint": faint}), seed=0))
    below = ((noisy - clean) ** 2).mean(axis=1) > 1
    assert 8 < below.sum() < 24
    flat = (np.abs(np.diff(clean, axis=1)) < 1e-6).mean(axis=1) > 0.8
    assert flat[below].mean() > 0.6  # some are two at once, or cut where no jump is
    assert not flat[~below].any()
    np.testing.assert_array_equal(clean[~below], ordinary[~below])


def test_signals_at_rest_are_flat_at_both_ends_and_half_of_them_return():
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, 2048)
    resting = np.stack([batches.at_rest(rng, ramp) for _ in range(200)])
    speed = np.diff(resting, axis=1) * 2047  # 1 everywhere before
    assert np.abs(speed[:, [0, -1]]).max() < 0.1
    returned = np.abs(resting[:, -1] - resting[:, 0]) < 1e-9
    assert 60 < returned.sum() < 140
    np.testing.assert_allclose(resting[~returned][:, -1], 1)
    assert (speed[~returned] >= 0).all()  # time never runs backwards
    constant = batches.unit_deviation(resting[returned][0])  # a ramp that returns leaves nothing
    assert np.ptp(constant) == 0


def test_a_share_of_the_faint_signals_is_at_rest():
    slopes = []
    for rest in (0.0, 1.0):
        faint = config.Faint(below_db=0.0, families={"tones": 1.0}, rest=rest)
        data = config.Signals(length=512, batch=32, snr_db=(-6.0, 6.0), families={"jumps": 1.0}, faint=faint)
        noisy, clean = next(batches.pairs(data, seed=3))
        below = ((noisy - clean) ** 2).mean(axis=1) > 1
        slopes.append(np.median(np.abs(np.diff(clean, axis=1))[below][:, [0, -1]]))
    assert slopes[1] < slopes[0] / 10


def test_a_share_of_the_signals_ends_where_it_began():
    gaps = []
    for share in (0.0, 1.0):
        data = config.Signals(length=512, batch=64, snr_db=(60, 60), families={"trends": 100.0}, joined=share)
        clean = next(batches.pairs(data, seed=0))[1]
        gaps.append(np.median(np.abs(clean[:, 0] - clean[:, -1])))
    assert gaps[0] > 0.2
    assert gaps[1] < 0.02


def test_only_weights_decay():
    network = next(loop.fit(TINY)).network
    decayed, spared = loop.optimiser(network, TINY.training).param_groups
    assert all(p.ndim > 1 for p in decayed["params"])
    assert all(p.ndim <= 1 for p in spared["params"])
    assert spared["weight_decay"] == 0


@pytest.mark.parametrize("name", sorted(name for name, card in hub.cards().items() if not card.task))
def test_shipped_recipes_match_their_cards_and_never_train_on_a_benchmark(name):
    recipe = config.load(bundle.folder("pretrained") / name / "recipe.toml")
    card = hub.cards()[name]
    assert recipe.name == name
    assert type(recipe.network).model_validate(card.network) == recipe.network
    assert recipe.training.steps == card.training["steps"]
    assert "eval" not in str(recipe.data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "TOML"),
        ("", "name"),
        ('name = "x"\n[training]\nstep = 5', "training.step"),
        ('name = "x"\n[training]\nsteps = -5', "training.steps"),
        ('name = "x"\n[network]\nwidths = [4, 4]\ndepths = [1]', "same number"),
        ('name = "x"\n[network]\nmode = "cx"', "network.mode"),
        ('name = "x"\n[network]\nkind = "unet"\nndim = 4', "network.ndim"),
        ('name = "x"\n[network]\nkind = "unit"', "network"),
        ('name = "x"\n[data]\nkind = "pictures"', "data.folder"),
        ('name = "../x"', "name"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_where(tmp_path, text, said):
    path = tmp_path / "r.toml"
    path.write_text(text)
    with pytest.raises(BadRecipe, match=said):
        config.load(path)


def test_a_training_may_start_from_a_shipped_network():
    shipped = hub.load("wavelet-attention")
    recipe = config.Config(
        name="further",
        network=config.WaveletNetwork(**hub.cards()["wavelet-attention"].network),
        data=config.Signals(length=256, batch=2),
        training=config.Training(start="wavelet-attention", steps=1, epoch_steps=1, learning_rate=1e-9, ema=0.0),
    )
    network = next(loop.fit(recipe)).network
    for key, value in shipped.named_parameters():
        torch.testing.assert_close(dict(network.named_parameters())[key], value)
    with pytest.raises(BadRecipe, match="another network"):
        next(loop.fit(recipe.model_copy(update={"network": UNET})))


@pytest.mark.parametrize(
    ("coarser", "more"), [(0, {}), (2, {}), (0, {"approximations": True}), (0, {"around": 32})], ids=str
)
def test_a_trained_network_may_go_on_with_more_parts_from_where_it_stood(coarser: int, more: dict[str, Any]):
    shipped = hub.load("drsn-cw")
    before = hub.cards()["drsn-cw"].network
    depths = (*(depth + 1 for depth in before["depths"]), *(2,) * coarser)
    widths = (*before["widths"], *(32,) * coarser)
    deeper = config.DenoiserNetwork(**{**before, "depths": depths, "widths": widths, **more})
    network = build(deeper.model_dump())
    loop.grow(network, shipped)
    noisy, clean = (torch.from_numpy(part) for part in next(task(config.Signals(batch=16)).stream(0, 0)))
    y, mean, scale = standardise(noisy)
    network.eval()
    with torch.inference_mode():
        # Running statistics of the new units are those of nothing yet; their branches are quiet all the same.
        loss, stood = (log_mse(net(y), (clean - mean) / scale).item() for net in (network, shipped))
    assert abs(loss - stood) < 0.5
    untrained = build(deeper.model_dump()).eval()
    assert loss < log_mse(untrained(y), (clean - mean) / scale).item() - 1


def test_a_trained_network_does_not_go_on_as_one_with_fewer_units_or_other_widths():
    shipped = hub.load("drsn-cw")
    network = hub.cards()["drsn-cw"].network
    for changed in ({"depths": (1,) * 7}, {"widths": (8,) * 7}, {"widths": (16, 24), "depths": (1, 1)}):
        with pytest.raises((RuntimeError, ValueError)):
            loop.grow(build({**network, **changed}), shipped)
    with pytest.raises(ValueError, match="no weights for"):
        loop.grow(build(network), torch.nn.ModuleDict())


RECIPES = [path for kind in ("drsn", "wavelet") for path in bundle.folder("pretrained").glob(f"{kind}-*/recipe.toml")]


@pytest.mark.parametrize("path", sorted(RECIPES), ids=lambda p: p.parent.name)
def test_recipes_build_networks_of_the_promised_size_and_see_no_benchmark(path):
    recipe = config.load(path)
    assert recipe.name == path.parent.name
    assert "eval" not in str(recipe.data)
    assert sum(p.numel() for p in build(recipe.network.model_dump()).parameters()) <= 1_500_000
