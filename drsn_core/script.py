"""The picture and its program: a recipe as a short script that repeats it."""

from __future__ import annotations

from drsn_core.recipe import Choice, Recipe


def to_script(recipe: Recipe) -> str:
    """Write Python that makes the same signals with `drsn_core` and prints the same numbers.

    The script saves time, noisy signal and estimates as ``denoised.csv`` in the current folder. A recipe whose
    source is a file reads that file from the current folder.
    """
    source, noise = recipe.source, recipe.noise
    lines = [
        '"""Made by DRSN Studio: the experiment on the screen, step by step."""',
        "",
        *(["from pathlib import Path", ""] if source.kind == "file" else []),
        "import numpy as np",
        "",
        "import drsn_core as drsn",
        "",
    ]
    if source.kind == "file":
        column = f", column={source.column!r}" if source.column else ""
        lines += [
            f"name = {source.name!r}  # the file that was open, SHA-256 {source.digest}...",
            f"signal = drsn.read(Path(name).read_bytes(), name{column}).channel(0)",
        ]
        if source.rate_hz:
            lines.append(f"signal = drsn.Signal(signal.samples, rate_hz={source.rate_hz!r}, unit=signal.unit)")
    else:
        lines.append(f"signal = drsn.synth.signal({source.name!r}, length={source.length})")
    if noise.kind == "none":
        lines.append("noisy = signal")
    else:
        lines.append(f"noisy = drsn.add_noise(signal, {noise.kind!r}, snr_db={noise.snr_db!r}, seed={noise.seed})")
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


def _call(choice: Choice) -> str:
    arguments = "".join(f", {name}={value!r}" for name, value in choice.parameters)
    return f"drsn.denoise(noisy, {choice.method!r}{arguments})"
