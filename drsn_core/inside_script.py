"""A question to a network as a short script that repeats it and prints the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

from drsn_core.question import AS_LEARNED, WhatIf
from drsn_core.recipe import Noise, Recipe
from drsn_core.script import signal_lines


@dataclass(frozen=True)
class Shown:
    """What a network is shown, in the words of the core.

    Parameters
    ----------
    net : name of a network of `drsn_core.hub`; "" for one of the reader's own, in two files
    recipe : the signal and its noise
    length : samples that are shown at most
    classifier : whether it answers with classes
    task, sample : what a classifier was trained for, and which of `drsn_core.samples` it is shown; "" for the signal
    picture, side : one of `drsn_core.photographs` instead, cut to a square; "" for none
    """

    net: str
    recipe: Recipe
    length: int
    classifier: bool = False
    task: str = ""
    sample: str = ""
    picture: str = ""
    side: int = 256


def to_script(shown: Shown, asked: WhatIf = AS_LEARNED) -> str:
    """Write Python that runs the network on the sample, as learned and as changed, and prints what came of it.

    Of a denoiser it prints the SNR where the clean signal is known, of a classifier the probabilities, and of both
    every block's threshold.
    """
    lines = ['"""Made by DRSN Studio: a network opened, and what was changed in it."""', ""]
    own, is_file = not shown.net, shown.recipe.source.kind == "file" and not (shown.sample or shown.picture)
    lines += ["from pathlib import Path", ""] if own or is_file else []
    lines += ["import drsn_core as drsn", f"from drsn_core import {', '.join(_modules(shown, asked))}", ""]
    lines += _sample(shown)
    if own:
        files = 'Path("card.toml").read_bytes(), Path("model.safetensors").read_bytes()'
        lines += [f"card, network = hub.read_network({files})  # your two files"]
    else:
        lines += [f"network = hub.load({shown.net!r})"]
    lines += [f"question = whatif.parse({str(asked)!r})", "means = None"]
    if asked.needs_means:
        samples = f"samples.reference({shown.task!r})" if shown.task else f"response.reference({bool(shown.picture)})"
        lines[-1] = f"means = response.mean_thresholds(network, {samples})"
    lines += ["", 'for name, asked in (("as learned", whatif.AS_LEARNED), ("with changes", question)):']
    lines += ["    found = whatif.run(network, given, asked, means)", "    print(name)"]
    lines += _answer(shown)
    lines += [
        "    for block in found.trace.records:",
        '        print(f"    {block.name}: threshold {block.threshold.mean():.6g}, zeroed {block.zeroed.mean():.1%}")',
        "",
    ]
    return "\n".join(lines)


def _modules(shown: Shown, asked: WhatIf) -> list[str]:
    """What the script needs of the core."""
    known = {"hub", "whatif", "response" if shown.classifier else "metrics"}
    known |= {"tasks"} if shown.task else {"photographs"} if shown.picture else set()
    known |= {"samples"} if shown.task and (shown.sample or asked.needs_means) else set()
    return sorted(known | ({"response"} if asked.needs_means else set()))


def _added(what: str, noise: Noise, more: str = "") -> str:
    return f"drsn.add_noise({what}, {noise.kind!r}, snr_db={noise.snr_db!r}, seed={noise.seed}{more})"


def _sample(shown: Shown) -> list[str]:
    """Lines that make ``given``, what the network takes."""
    noise = shown.recipe.noise
    if shown.sample:
        rate = "" if shown.task == "digits" else ", rate_hz=about.rate_hz"
        lines = [f"about = tasks.task({shown.task!r})"]
        lines += [f"raw = tasks.windows(samples.sample({shown.task!r}, {shown.sample!r}), about).raw[:1]"]
        if noise.kind != "none":
            noisy = _added("raw.ravel()", noise, f", definition='variance'{rate}")
            lines += [f"raw = {noisy}.reshape(raw.shape)"]
        return [*lines, "given = tasks.standard(raw, about)", ""]
    if shown.picture:
        lines = [f"clean = photographs.small({shown.picture!r}).pixels[0, :{shown.side}, :{shown.side}]"]
        noisy = f"{_added('clean.ravel()', noise)}.reshape(clean.shape)"
        lines += [f"noisy = {'clean' if noise.kind == 'none' else noisy}"]
        return [*lines, "shift, scale = 0.5, 0.25", "given = (noisy[None] - shift) / scale", ""]
    lines = signal_lines(shown.recipe)
    if shown.task:
        lines += [f"about = tasks.task({shown.task!r})", "raw = tasks.windows(noisy.channel(0), about).raw[:1]"]
        return [*lines, "given = tasks.standard(raw, about)", ""]
    lines += [f"clean, noisy = signal.samples[0, :{shown.length}], noisy.samples[0, :{shown.length}]"]
    return [*lines, "shift, scale = noisy.mean(), noisy.std() or 1.0", "given = (noisy[None] - shift) / scale", ""]


def _answer(shown: Shown) -> list[str]:
    """Lines that print what the network answered."""
    if shown.classifier:
        classes = "about.classes" if shown.task else "range(1, found.output.shape[1] + 1)"
        return [
            f"    for label, share in zip({classes}, response.probabilities(found.output[0])):",
            '        print(f"    {label}: {share:.4f}")',
        ]
    estimate = "    estimate = found.output[0] * scale + shift"
    if shown.recipe.noise.kind == "none" and not shown.picture and shown.recipe.source.kind == "file":
        return [estimate, '    print(f"    removed rms {metrics.rmse(noisy, estimate):.6g}")']
    return [estimate, '    print(f"    SNR {metrics.snr_db(clean.ravel(), estimate.ravel()):.3f} dB")']
