"""Training: a stream of epochs, random data that are what they say, recipes that are checked."""

import itertools

import numpy as np
import pytest

from drsn_core import bundle
from drsn_core.errors import BadRecipe
from drsn_core.train import batches, config, loop

TINY = config.Config(
    name="tiny",
    network=config.Network(widths=(4, 6), depths=(1, 1)),
    data=config.Data(length=256, batch=8),
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


@pytest.mark.parametrize("family", batches.FAMILIES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("length", [256, 2048])
def test_every_family_draws_finite_signals_that_differ(family, length):
    rng = np.random.default_rng(0)
    drawn = [family(rng, length) for _ in range(20)]
    assert all(x.shape == (length,) and np.all(np.isfinite(x)) for x in drawn)
    assert not np.allclose(drawn[0], drawn[1])


def test_pairs_have_the_noise_they_claim():
    data = config.Data(length=512, batch=16, snr_db=(3.0, 3.0))
    for noisy, clean in itertools.islice(batches.pairs(data, seed=0), 5):
        measured = 10 * np.log10((clean**2).sum() / ((noisy - clean) ** 2).sum())
        assert measured == pytest.approx(3.0, abs=0.3)
        np.testing.assert_allclose((clean**2).mean(axis=1), 1, rtol=1e-4)


def test_only_weights_decay():
    network = next(loop.fit(TINY)).network
    decayed, spared = loop.optimiser(network, TINY.training).param_groups
    assert all(p.ndim > 1 for p in decayed["params"])
    assert all(p.ndim <= 1 for p in spared["params"])
    assert spared["weight_decay"] == 0


@pytest.mark.parametrize("name", ["drsn-cw", "drsn-cs"])
def test_shipped_recipes_match_their_cards(name):
    from drsn_core import hub

    recipe = config.load(bundle.folder("pretrained") / name / "recipe.toml")
    card = hub.cards()[name]
    assert recipe.name == name
    assert recipe.network.model_dump(mode="json") == card.network
    assert recipe.training.steps == card.training["steps"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "TOML"),
        ("", "name"),
        ('name = "x"\n[training]\nstep = 5', "training.step"),
        ('name = "x"\n[training]\nsteps = -5', "training.steps"),
        ('name = "x"\n[network]\nwidths = [4, 4]\ndepths = [1]', "same number"),
        ('name = "x"\n[network]\nmode = "cx"', "network.mode"),
        ('name = "../x"', "name"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_where(tmp_path, text, said):
    path = tmp_path / "r.toml"
    path.write_text(text)
    with pytest.raises(BadRecipe, match=said):
        config.load(path)
