"""The script of a question to a network prints the numbers that the core has for it."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

import drsn_core as drsn
from drsn_core import bundle, hub, photographs, response, samples, tasks, whatif
from drsn_core.errors import UnknownName
from drsn_core.inside_script import Shown, to_script
from drsn_core.recipe import Noise, Recipe, Source

RECIPE = Recipe(source=Source(name="bumps", length=512), noise=Noise("gaussian", 3.0, 4))


def printed(shown, text=""):
    out = io.StringIO()
    script = to_script(shown, whatif.parse(text))
    with contextlib.redirect_stdout(out):
        exec(compile(script, "script", "exec"), {})
    learned, changed = out.getvalue().split("with changes\n")
    return learned, changed


@pytest.mark.parametrize("text", ["", "b3-times-0.5~shrink-hard", "all-mean"])
def test_of_a_denoiser_it_prints_the_snr_and_every_threshold(text):
    clean = drsn.synth.signal("bumps", length=512)
    noisy = drsn.add_noise(clean, "gaussian", 3.0, seed=4).samples[0]
    network = hub.load("drsn-cs")
    given = ((noisy - noisy.mean()) / noisy.std())[None]
    means = response.mean_thresholds(network, response.reference()) if "mean" in text else None
    for said, asked in zip(printed(Shown("drsn-cs", RECIPE, 65536), text), ("", text), strict=True):
        found = whatif.run(network, given, whatif.parse(asked), means)
        snr = drsn.metrics.snr_db(clean.samples[0], found.output[0] * noisy.std() + noisy.mean())
        assert f"SNR {snr:.3f} dB" in said
        assert re.findall(r"threshold (\S+),", said) == [f"{r.threshold.mean():.6g}" for r in found.trace.records]


@pytest.mark.parametrize(("task", "name"), [("digits", "8"), ("speech", "two"), ("gearbox", "healthy")])
def test_of_a_classifier_it_prints_the_probabilities(task, name):
    about = tasks.task(task)
    raw = tasks.windows(samples.sample(task, name), about).raw[:1]
    raw = drsn.add_noise(raw.ravel(), "gaussian", 3.0, seed=4, definition="variance").reshape(raw.shape)
    shown = Shown(f"{task}-drsn-cw", RECIPE, 65536, True, task, name)
    for said, asked in zip(printed(shown, "b2-times-3"), ("", "b2-times-3"), strict=True):
        found = whatif.run(hub.load(f"{task}-drsn-cw"), tasks.standard(raw, about), whatif.parse(asked))
        shares = response.probabilities(found.output[0])
        assert re.findall(r": (\d\.\d{4})$", said, re.MULTILINE) == [f"{share:.4f}" for share in shares]


def test_of_a_picture_it_prints_the_snr():
    clean = photographs.small("moon").pixels[0, :64, :64]
    noisy = drsn.add_noise(clean.ravel(), "gaussian", 3.0, seed=4).reshape(clean.shape)
    found = whatif.run(hub.load("drsn-image"), (noisy[None] - 0.5) / 0.25)
    snr = drsn.metrics.snr_db(clean.ravel(), (found.output[0] * 0.25 + 0.5).ravel())
    assert f"SNR {snr:.3f} dB" in printed(Shown("drsn-image", RECIPE, 0, picture="moon", side=64))[0]


def test_a_file_and_a_network_of_ones_own_are_read_from_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noisy = np.random.default_rng(0).standard_normal(300)
    Path("mine.csv").write_text("x\n" + "\n".join(f"{v:.17g}" for v in noisy) + "\n")
    for file in ("card.toml", "model.safetensors"):
        Path(file).write_bytes((bundle.folder("pretrained") / "drsn-cw-small" / file).read_bytes())
    recipe = Recipe(source=Source("file", "mine.csv"), noise=Noise("none"))
    first = noisy[:256]  # as many as are shown
    found = whatif.run(hub.load("drsn-cw-small"), ((first - first.mean()) / first.std())[None])
    rmse = drsn.metrics.rmse(first, found.output[0] * first.std() + first.mean())
    assert f"removed rms {rmse:.6g}" in printed(Shown("", recipe, 256))[0]


@pytest.mark.parametrize("task", samples.SAMPLES)
def test_every_sample_can_be_predicted(task):
    for name in samples.SAMPLES[task][:2]:
        assert drsn.predict(samples.sample(task, name), task).probabilities.shape[1] == len(tasks.task(task).classes)
    assert samples.reference(task, each=1).shape == (len(samples.SAMPLES[task]), *tasks.task(task).shape)
    with pytest.raises(UnknownName):
        samples.sample(task, "none")
