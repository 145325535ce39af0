"""Recipes: links that survive, links that are broken, and scripts that repeat the screen."""

import re
import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import drsn_core as drsn
from drsn_core import catalog, noise, recipe, synth
from drsn_core import pictures as pictures_
from drsn_core.errors import DrsnError
from drsn_core.method import Parameter
from drsn_core.photographs import PHOTOGRAPHS
from drsn_core.picture_noise import PICTURE_KINDS
from drsn_core.recipe import Choice, Noise, Recipe, Source, choose, from_query, to_query
from drsn_core.script import to_commands, to_script
from drsn_core.synth.curves import EXAMPLE


def values_of(parameter: Parameter):
    if parameter.kind == "choice":
        values = st.sampled_from(parameter.choices)
    elif parameter.kind == "integer":
        values = st.integers(int(parameter.low), int(parameter.high))
    else:
        values = st.floats(parameter.low, min(parameter.high, 1e6), allow_subnormal=False)
    return st.none() | values if parameter.optional else values


@st.composite
def choices(draw, takes=drsn.Signal):
    method = draw(st.sampled_from(sorted(key for key, info in catalog.methods().items() if takes in info.takes)))
    return choose(method, {n: draw(values_of(p)) for n, p in catalog.info(method).parameters.items()})


sources = st.builds(
    Source, kind=st.just("synth"), name=st.sampled_from(sorted(synth.SIGNALS)), length=st.integers(*recipe.LENGTHS)
) | st.builds(
    Source,
    kind=st.just("file"),
    name=st.text(max_size=20),
    column=st.text(max_size=8),
    digest=st.text("0123456789abcdef", max_size=16),
    rate_hz=st.sampled_from([0.0, 360.0, 44_100.0]),
)
noises = st.builds(
    Noise,
    kind=st.sampled_from(["none", *noise.KINDS]),
    snr_db=st.sampled_from([-20.0, -2.5, 0.0, 5.0, 40.0]),
    seed=st.integers(*recipe.SEEDS),
)


pictures = st.builds(Source, kind=st.just("picture"), name=st.sampled_from([*PHOTOGRAPHS, *synth.IMAGES])) | st.builds(
    Source, kind=st.just("picture-file"), name=st.text(max_size=20), digest=st.text("0123456789abcdef", max_size=16)
)
picture_noises = st.builds(
    Noise,
    kind=st.sampled_from(["none", *PICTURE_KINDS]),
    snr_db=st.sampled_from([-20.0, 5.0, 40.0]),
    seed=st.integers(*recipe.SEEDS),
    sigma=st.sampled_from([0.0, 0.5, 25.0, 100.0]),
)


@given(
    st.builds(Recipe, sources, noises, choices(), choices())
    | st.builds(Recipe, pictures, picture_noises, choices(drsn.Image), choices(drsn.Image))
)
def test_a_recipe_survives_its_link(made):
    again, problems = from_query(to_query(made))
    assert problems == []
    assert again == made
    assert hash(again) == hash(made)


def test_an_empty_link_is_the_first_example():
    assert from_query({}) == (Recipe(), [])


@pytest.mark.parametrize(
    ("part", "value", "used"),
    [
        ("source", "moon", "synth"),
        ("name", "dopler", "doppler"),
        ("n", "1e9", "2048"),
        ("n", "12.5", "2048"),
        ("noise", "loud", "gaussian"),
        ("snr", "7000", "5.0"),
        ("snr", "nan", "5.0"),
        ("snr", "", "5.0"),
        ("seed", "-1", "0"),
        ("a", "magic", "ebayes"),
        ("a.level", "99", "auto"),
        ("a.colour", "red", "-"),
        ("b.threshold_factor", "7", "1.0"),
    ],
)
def test_a_broken_part_is_named_with_what_is_used_instead(part, value, used):
    found, problems = from_query({part: value})
    assert problems == [(part, value, used)]
    assert found == Recipe()


@pytest.mark.parametrize(
    ("part", "value", "used"),
    [
        ("name", "doppler", "camera"),
        ("noise", "pink", "gaussian"),
        ("sigma", "900", "25.0"),
        ("a", "ebayes-auto", "bivariate"),
        ("b", "drsn-cw", "drsn-image"),
    ],
)
def test_a_link_to_a_picture_knows_what_belongs_to_pictures(part, value, used):
    found, problems = from_query({"source": "picture", part: value})
    assert problems == [(part, value, used)]
    assert found == recipe.FIRST_PICTURE


def test_a_method_for_pictures_is_no_method_for_signals():
    assert from_query({"a": "bivariate"}) == (Recipe(), [("a", "bivariate", "ebayes")])


@given(st.dictionaries(st.sampled_from([*to_query(Recipe()), "a.level", "b.x", "rate", "file", "column"]), st.text()))
def test_no_link_is_bad_enough_to_fail(query):
    from_query(query)


def test_defaults_are_left_out_of_a_choice():
    assert choose("bayesshrink", {"level": "auto", "shrink": "auto"}) == Choice("bayesshrink")
    assert choose("bayesshrink", {"level": "5", "rule": "bayes"}) == Choice("bayesshrink", (("level", 5),))


def test_clean_is_unknown_for_a_file_to_which_nothing_was_added():
    file = drsn.Signal(np.random.default_rng(0).normal(size=300), name="mine.csv")
    plain = recipe.prepare(Recipe(Source("file", "mine.csv"), Noise("none")), file)
    noisy = recipe.prepare(Recipe(Source("file", "mine.csv"), Noise("gaussian", 3.0)), file)
    assert plain.clean is None
    assert noisy.clean is file
    with pytest.raises(DrsnError, match=re.escape("mine.csv")):
        recipe.prepare(Recipe(Source("file", "mine.csv")))


def run_script(text, folder):
    (folder / "again.py").write_text(text, "utf-8")
    done = subprocess.run([sys.executable, "again.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, np.loadtxt(folder / "denoised.csv", delimiter=",", skiprows=1)


def test_the_script_repeats_the_screen(tmp_path):
    made = Recipe(Source(name="bumps", length=1000), Noise("pink", 3.0, 4), choose("wavelet", {"level": 5}))
    experiment = recipe.run(made)
    printed, table = run_script(to_script(made), tmp_path)
    np.testing.assert_array_equal(table[:, 1], experiment.noisy.samples[0])
    np.testing.assert_array_equal(table[:, 2], experiment.results[0].estimate.samples[0])
    np.testing.assert_allclose(table[:, 3], experiment.results[1].estimate.samples[0], atol=1e-5)
    for result, score in zip(experiment.results, experiment.scores(), strict=True):
        assert f"{result.method}: {score.snr_db:.3f} dB" in printed


def test_the_script_of_a_drawn_curve_draws_it_again(tmp_path):
    made = Recipe(recipe.drawn(EXAMPLE, 600), Noise(snr_db=4.0, seed=2), b=Choice("tv"))
    _, table = run_script(to_script(made), tmp_path)
    np.testing.assert_array_equal(table[:, 1], recipe.run(made).noisy.samples[0])


def test_the_script_of_a_file_reads_that_file(tmp_path):
    samples = np.random.default_rng(0).normal(size=(2, 400)).cumsum(axis=1)
    data = drsn.write(drsn.Signal(samples, rate_hz=1.0), 'it\'s "mine".csv')
    (tmp_path / 'it\'s "mine".csv').write_bytes(data)
    opened = drsn.read(data, 'it\'s "mine".csv')
    column = opened.origin.columns[1]
    source = Source("file", opened.name, column=column, digest=recipe.digest(data), rate_hz=250.0)
    made = Recipe(source, Noise("none"))
    experiment = recipe.run(made, opened.channel(1))
    _, table = run_script(to_script(made), tmp_path)
    np.testing.assert_array_equal(table[:, 1], samples[1])
    np.testing.assert_allclose(table[1, 0], 1 / 250)
    np.testing.assert_array_equal(table[:, 2], experiment.results[0].estimate.samples[0])


def test_the_script_of_a_picture_repeats_its_numbers_and_saves_it(tmp_path):
    noise_ = Noise("poisson", sigma=20.0, seed=4)
    made = replace(recipe.FIRST_PICTURE, source=Source("picture", "steps"), noise=noise_, b=Choice("tv"))
    experiment = pictures_.run(made)
    (tmp_path / "again.py").write_text(to_script(made), "utf-8")
    done = subprocess.run([sys.executable, "again.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for result, score in zip(experiment.results, experiment.scores(), strict=True):
        assert f"{result.method}: PSNR {score.psnr_db:.2f} dB, SSIM {score.ssim:.4f}" in done.stdout
    for slot, result in zip("ab", experiment.results, strict=True):
        saved = drsn.read((tmp_path / f"{slot}.png").read_bytes(), "x.png")
        np.testing.assert_allclose(saved.pixels, np.clip(result.estimate.pixels, 0, 1), atol=1e-4)


def test_the_script_of_an_own_picture_reads_that_file(tmp_path):
    data = drsn.write(drsn.synth.image("discs", 40), "my picture.png")
    (tmp_path / "my picture.png").write_bytes(data)
    made = Recipe(
        Source("picture-file", "my picture.png", digest=recipe.digest(data)),
        Noise("none"),
        Choice("bayesshrink"),
        Choice("tv"),
    )
    experiment = pictures_.run(made, drsn.read(data, "my picture.png"))
    assert experiment.clean is None
    assert experiment.scores() == [None, None]
    (tmp_path / "again.py").write_text(to_script(made), "utf-8")
    done = subprocess.run([sys.executable, "again.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "bayesshrink: removed rms" in done.stdout


def test_the_commands_of_a_picture_repeat_its_pixels(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from drsn_core.cli import cli

    monkeypatch.chdir(tmp_path)
    noise_ = Noise("laplacian", sigma=30.0, seed=2)
    made = replace(recipe.FIRST_PICTURE, source=Source("picture", "blobs"), noise=noise_, b=Choice("tv"))
    for line in to_commands(made):
        done = CliRunner().invoke(cli, shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
    for slot, result in zip("ab", pictures_.run(made).results, strict=True):
        saved = drsn.read((tmp_path / f"{slot}.png").read_bytes(), "x.png")
        np.testing.assert_allclose(saved.pixels, np.clip(result.estimate.pixels, 0, 1), atol=1e-4)
