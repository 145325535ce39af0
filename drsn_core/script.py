"""The picture and its program: a recipe as a short script, or as command lines, that repeat it."""

from __future__ import annotations

import shlex

from drsn_core import synth
from drsn_core.recipe import Choice, Recipe


def to_script(recipe: Recipe) -> str:
    """Write Python that makes the same signals with `drsn_core` and prints the same numbers.

    The script saves time, noisy signal and estimates as ``denoised.csv`` in the current folder. A recipe whose
    source is a file reads that file from the current folder. Estimates of a picture are saved as ``a.png``, ``b.png``.
    """
    source, noise = recipe.source, recipe.noise
    if source.is_picture:
        return "\n".join(_picture(recipe))
    lines = [
        '"""Made by DRSN Studio: the experiment on the screen, step by step."""',
        "",
        *(["from pathlib import Path", ""] if source.kind == "file" else []),
        "import numpy as np",
        "",
        "import drsn_core as drsn",
        "",
    ]
    lines += signal_lines(recipe)
    lines += [
        "",
        f"a = {_call(recipe.a)}",
        f"b = {_call(recipe.b)}",
        "",
        "for result in (a, b):",
    ]
    if noise.kind == "none" and source.kind == "file":
        lines.append(
            '    print(f"{result.method}: removed rms {drsn.metrics.rmse(noisy.samples, result.estimate.samples):.6g}")'
        )
    else:
        lines += [
            "    score = drsn.metrics.scores(signal.samples, noisy.samples, result.estimate.samples)",
            '    print(f"{result.method}: {score.snr_db:.3f} dB, gain {score.gain_db:+.3f} dB, rmse {score.rmse:.6g}")',
        ]
    lines += [
        "    for block in result.trace.records:",
        '        print(f"    {block.name}: threshold {block.threshold.mean():.6g}, zeroed {block.zeroed.mean():.1%}")',
        "",
        "time = np.arange(noisy.length) / noisy.rate_hz",
        "table = np.column_stack([time, noisy.samples[0], a.estimate.samples[0], b.estimate.samples[0]])",
        'np.savetxt("denoised.csv", table, delimiter=",", header="time,noisy,a,b", comments="", fmt="%.17g")',
        "",
    ]
    return "\n".join(lines)


def signal_lines(recipe: Recipe) -> list[str]:
    """Lines that make ``signal`` and ``noisy``, with the core as ``drsn`` and, for a file, `pathlib.Path` at hand."""
    source, noise = recipe.source, recipe.noise
    lines: list[str] = []
    if source.kind == "file":
        column = f", column={source.column!r}" if source.column else ""
        lines += [
            f"name = {source.name!r}  # the file that was open, SHA-256 {source.digest}...",
            f"signal = drsn.read(Path(name).read_bytes(), name{column}).channel(0)",
        ]
        if source.rate_hz:
            lines.append(f"signal = drsn.Signal(signal.samples, rate_hz={source.rate_hz!r}, unit=signal.unit)")
    elif source.kind == "drawn":
        lines.append(f"signal = drsn.synth.drawn({source.curve!r}, length={source.length})")
    else:
        lines.append(f"signal = drsn.synth.signal({source.name!r}, length={source.length})")
    if noise.kind == "none":
        lines.append("noisy = signal")
    else:
        lines.append(f"noisy = drsn.add_noise(signal, {noise.kind!r}, snr_db={noise.snr_db!r}, seed={noise.seed})")
    return lines


def _call(choice: Choice) -> str:
    arguments = "".join(f", {name}={value!r}" for name, value in choice.parameters)
    return f"drsn.denoise(noisy, {choice.method!r}{arguments})"


def _picture(recipe: Recipe) -> list[str]:
    """The lines of a script that repeats an experiment on a picture."""
    source, noise = recipe.source, recipe.noise
    made = source.name in synth.IMAGES and not source.is_file
    lines = [
        '"""Made by DRSN Studio: the experiment on the screen, step by step."""',
        "",
        "from pathlib import Path",
        "",
        "import drsn_core as drsn",
        *([] if made or source.is_file else ["from drsn_core.photographs import photograph"]),
        "",
    ]
    if source.is_file:
        lines += [
            f"name = {source.name!r}  # the file that was open, SHA-256 {source.digest}...",
            "picture = drsn.read(Path(name).read_bytes(), name)",
        ]
    else:
        lines.append(f"picture = {'drsn.synth.image' if made else 'photograph'}({source.name!r})")
    strength = f"sigma={noise.sigma!r} / 255" if noise.sigma else f"snr_db={noise.snr_db!r}"
    noisy = f"drsn.add_noise(picture, {noise.kind!r}, {strength}, seed={noise.seed})"
    lines += [
        f"noisy = {'picture' if noise.kind == 'none' else noisy}",
        "",
        f"a = {_call(recipe.a)}",
        f"b = {_call(recipe.b)}",
        "",
        'for slot, result in (("a", a), ("b", b)):',
        "    estimate = result.estimate.pixels",
    ]
    if noise.kind == "none" and source.is_file:
        lines.append('    print(f"{result.method}: removed rms {drsn.metrics.rmse(noisy.pixels, estimate):.6g}")')
    else:
        lines += [
            "    psnr = drsn.metrics.psnr_db(picture.pixels, estimate)",
            "    ssim = drsn.metrics.ssim(picture.pixels, estimate)",
            '    print(f"{result.method}: PSNR {psnr:.2f} dB, SSIM {ssim:.4f}")',
        ]
    return [
        *lines,
        "    for block in result.trace.records:",
        '        print(f"    {block.name}: threshold {block.threshold.mean():.6g}, zeroed {block.zeroed.mean():.1%}")',
        '    Path(f"{slot}.png").write_bytes(drsn.write(result.estimate, f"{slot}.png"))',
        "",
    ]


def to_commands(recipe: Recipe) -> list[str]:
    """Write the command lines that make the pictures of a recipe: the noisy one, ``a.png`` and ``b.png``.

    The noise of a file cannot be added on the command line; its lines take the file as it is.
    """
    source, noise = recipe.source, recipe.noise
    lines: list[str] = []
    name = source.name
    if not source.is_file:
        name = "noisy.tif"
        strength = f"--sigma {noise.sigma:g}" if noise.sigma else f"--snr {noise.snr_db:g}"
        added = "" if noise.kind == "none" else f" --noise {noise.kind} {strength} --seed {noise.seed}"
        lines.append(f"drsn synth {source.name}{added} -o {name}")
    for slot, choice in zip("ab", recipe.choices, strict=True):
        given = "".join(f" -p {shlex.quote(f'{key}={value}')}" for key, value in choice.parameters)
        lines.append(f"drsn denoise {shlex.quote(name)} --method {choice.method}{given} -o {slot}.png")
    return lines
