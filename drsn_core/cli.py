"""The command line: the same methods on files and folders."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from drsn_core import bundle
from drsn_core.bench.command import bench
from drsn_core.console import FAILED, UNWRITABLE, USAGE, Force, Json, bar, bars, fail, folder, note, out, refusals, save
from drsn_core.errors import BadParameter, UnknownName
from drsn_core.method import Progress, Report
from drsn_core.photographs import PHOTOGRAPHS, photograph

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Denoise signals by wavelet shrinkage or by a deep residual shrinkage network, and see every threshold.

    A first try:

    `drsn synth doppler --snr 5 -o noisy.csv`

    `drsn denoise noisy.csv --method drsn-cw -o clean.csv --trace thresholds.json`

    `drsn denoise recordings/ -o denoised/`

    Exit codes: 0 all done, 1 some input could not be used, 2 wrong usage, 3 output could not be written.
    """,
)
cli.add_typer(bench, name="bench")


@cli.command()
def synth(
    name: Annotated[
        str,
        typer.Argument(help="Signal (doppler, ecg, speech ...) or picture (zone-plate, camera ...); a miss lists all."),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File: .csv, .npz, .npy or .wav; pictures .png, .tif, .npz or .npy.")
    ],
    length: Annotated[int, typer.Option(help="Samples.")] = 2048,
    size: Annotated[int, typer.Option(help="Pixels a side of a picture that is drawn.")] = 256,
    noise: Annotated[str, typer.Option(help="Kind of noise, or none.")] = "gaussian",
    snr: Annotated[float | None, typer.Option(help="SNR in dB; without it, the data stay clean.")] = None,
    sigma: Annotated[
        float | None, typer.Option(help="Of pictures: noise on the 0..255 scale, instead of --snr.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another noise; the same seed, the same file.")] = 0,
    force: Force = False,
) -> None:
    """Make a test signal or picture, clean or noisy: `drsn synth camera --sigma 25 -o noisy.png`."""
    import drsn_core as drsn

    with refusals():
        if name in PHOTOGRAPHS or name in drsn.synth.IMAGES:
            picture = photograph(name) if name in PHOTOGRAPHS else drsn.synth.image(name, size, seed=seed)
            strength = {"snr_db": snr, "sigma": None if sigma is None else sigma / 255}
            given: dict[str, Any] = {key: value for key, value in strength.items() if value is not None}
            if given and noise != "none":
                picture = drsn.add_noise(picture, noise, seed=seed, **given)
            save(output, drsn.write(picture, output.name), force)
            return
        if name not in drsn.synth.SIGNALS:
            raise UnknownName("signal or picture", name, (*drsn.synth.SIGNALS, *drsn.synth.IMAGES, *PHOTOGRAPHS))
        if sigma is not None:
            raise BadParameter("sigma", sigma, "for pictures only; signals take --snr")
        signal = drsn.synth.signal(name, length=length, seed=seed)
        if snr is not None and noise != "none":
            signal = drsn.add_noise(signal, noise, snr_db=snr, seed=seed)
        save(output, drsn.write(signal, output.name), force)


@cli.command()
def denoise(
    files: Annotated[list[Path], typer.Argument(help="Signals or pictures: CSV, WAV, NPY, MAT, PNG ..., or folders.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, or a folder if there are several.")],
    method: Annotated[
        str | None,
        typer.Option(help="Key of a method; see `drsn methods`. Else drsn-cw, for pictures drsn-image."),
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option("-p", help="Parameter of the method, name=value.")] = None,
    column: Annotated[str | None, typer.Option(help="Column or array to take from files with several.")] = None,
    trace: Annotated[Path | None, typer.Option(help="Also write every threshold to this JSON file.")] = None,
    gaps: Annotated[
        str,
        typer.Option(help="Missing values: refuse the file, or fill them for the method and leave them open after."),
    ] = "refuse",
    colour: Annotated[
        str,
        typer.Option(help="Colour pictures by channels (red, green, blue) or opponent planes (luminance and chroma)."),
    ] = "channels",
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Also folders below the named ones; outputs in the same folders.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make outputs anew that an earlier run has finished; else they are kept.")
    ] = False,
    force: Force = False,
    json_: Json = False,
) -> None:
    """Denoise files: `drsn denoise noisy.wav --method wavelet -p rule=bayes -o clean.wav`.

    Of several files, or of folders, those that cannot be read are reported and passed over. The same command goes on
    where a stopped run ended: outputs that it finished, of the same input and settings, are kept.
    """
    from drsn_core.batch import Batch, Job, Journal, Order, inside, jobs, outcomes, title

    several = len(files) > 1 or output.is_dir() or files[0].is_dir()
    found = inside(files, recursive, output)
    if not found:
        below = "" if recursive else "; --recursive looks into the folders below it too"
        raise fail(f"there is nothing to denoise: the folder holds no file that we read{below}", FAILED)
    if several and trace:
        raise fail("--trace takes one input file at a time", USAGE)
    with refusals():
        order = Order(method, settings(parameter), column, gaps, colour)
        order.check()
    todo = jobs(found, output) if several else [Job(found[0].path, output)]
    if several:
        folder(output)
    sources = frozenset(source.path.resolve() for source in found)
    batch = Batch(order, again, force, Journal(output if several else None), sources)
    reports: list[dict[str, Any]] = []
    codes: set[int] = set()
    with bars(len(todo)) as (begin, step):
        for job, outcome in zip(todo, outcomes(batch, todo, step, lambda job: begin(title(job))), strict=True):
            report: dict[str, Any] = {"file": str(job.source), "method": outcome.method}
            reports.append(report)
            if outcome.message:
                codes.add(FAILED if outcome.status == "refused" else UNWRITABLE)
                known = not several or str(job.source) in outcome.message
                fail(outcome.message if known else f"{job.source}: {outcome.message}", FAILED)
                report["error"] = outcome.message
                continue
            report |= {"output": str(job.target), "seconds": outcome.seconds, "parameters": outcome.parameters}
            report["kept"] = outcome.status == "kept"
            if trace and outcome.trace is not None:
                save(trace, json.dumps(outcome.trace.to_dict(), indent=1).encode(), force)
            if not json_:
                how = "done before" if report["kept"] else f"{outcome.seconds:.2f} s"
                out.print(f"{job.source} -> {job.target} ({how})", markup=False, highlight=False, soft_wrap=True)
    if json_:
        print(json.dumps(reports, indent=1))
    if several and codes:
        note(f"{sum('error' in report for report in reports)} of {len(reports)} files could not be done.")
    if codes:
        raise typer.Exit(max(codes))


@cli.command()
def predict(
    file: Annotated[Path, typer.Argument(help="A recording (CSV, WAV, NPY, MAT ...) or, for digits, a picture.")],
    task: Annotated[str, typer.Option(help="bearing, gearbox, rig, digits or speech.")] = "bearing",
    model: Annotated[str, typer.Option(help="convnet, resnet, se, drsn-cs or drsn-cw.")] = "drsn-cw",
    rate: Annotated[float | None, typer.Option(help="Samples a second, where the file does not say.")] = None,
    column: Annotated[str | None, typer.Option(help="Column or array to take from files with several.")] = None,
    channel: Annotated[int | None, typer.Option(help="Channel of a recording with several, from 0.")] = None,
    json_: Json = False,
) -> None:
    """Say what a recording or picture shows: `drsn predict recording.wav --task bearing --model drsn-cw`."""
    import drsn_core as drsn

    with refusals():
        try:
            data = drsn.read(file.read_bytes(), file.name, column=column)
        except OSError as exc:
            raise fail(f"{file} could not be read: {exc.strerror}", FAILED) from exc
        found = drsn.predict(data, task, model, rate_hz=rate, channel=channel)
    if json_:
        print(json.dumps({"file": str(file), **found.to_dict()}, indent=1))
        return
    said = (
        f"{found.label} ({found.agreement:.0%} of {len(found.starts)} windows, mean probability {found.confidence:.2f})"
    )
    out.print(said, markup=False, highlight=False, soft_wrap=True)
    table = Table("class", "mean probability", box=None, header_style="bold")
    for i in reversed(found.mean.argsort()):
        table.add_row(found.classes[i], f"{found.mean[i]:.3f}")
    out.print(table)
    if found.unlike:
        note(
            "Most of it is unlike what this network has learned from, so the answer means little "
            f"(false alarms: {found.false_alarms:.0%} of windows)."
        )


def settings(parameters: list[str] | None) -> dict[str, str]:
    """Read ``-p name=value`` options."""
    pairs = [text.partition("=") for text in parameters or []]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise BadParameter("-p", name, "name=value, for example -p level=5")
    return {name.strip(): value.strip() for name, _, value in pairs}


@cli.command()
def methods(json_: Json = False) -> None:
    """List the methods with their parameters."""
    from drsn_core import catalog

    infos = catalog.methods()
    if json_:
        plain = {key: {**dataclasses.asdict(i), "takes": [t.__name__ for t in i.takes]} for key, i in infos.items()}
        print(
            json.dumps(plain, indent=1, default=lambda x: None).replace("-Infinity", "null").replace("Infinity", "null")
        )
        return
    table = Table("method", "what it does", "parameters (-p name=value)", box=None, header_style="bold")
    for key, found in infos.items():
        lines = [f"{p.name}={'auto' if p.default is None else p.default}" for p in found.parameters.values()]
        table.add_row(key, f"{found.summary}\n[dim]{found.reference}[/dim]", "\n".join(lines))
    out.print(table)


@cli.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="Training recipe (TOML); pretrained/drsn-cw/recipe.toml is one.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for card and weights.")] = Path("trained"),
    json_: Json = False,
) -> None:
    """Train a denoiser or a classifier: `drsn train recipe.toml -o my-network`.

    Weights and a checkpoint are saved after every epoch; the same command goes on where a stopped run ended.
    """
    from drsn_core import hub
    from drsn_core.train.classconfig import is_classifier
    from drsn_core.train.config import load
    from drsn_core.train.loop import card, fit

    if is_classifier(recipe):
        return _train_classifier(recipe, output, json_)
    with refusals():
        config = load(recipe)
    text_of_recipe = recipe.read_bytes()
    with refusals(), bar(config.name) as step:
        for epoch in fit(config, output / config.name):
            hub.save(epoch.network, output / config.name, card(config, epoch))
            hub.replace_file(output / config.name / "recipe.toml", text_of_recipe)
            text = (
                f"step {epoch.step}/{epoch.steps}: loss {epoch.loss:.3f}, held-out output SNR "
                f"{epoch.validation_snr_db:.2f} dB, {epoch.cpu_seconds / 60:.1f} CPU min"
            )
            _tell(epoch, text, step, json_)


def _tell(epoch: Any, text: str, step: Report, json_: bool) -> None:
    """Report one epoch of a training: move the bar, and print what it came to."""
    step(Progress(epoch.step, epoch.steps))
    line = {k: v for k, v in vars(epoch).items() if k not in ("network", "curve")}
    print(json.dumps(line) if json_ else text, flush=True)


def _train_classifier(recipe: Path, output: Path, json_: bool) -> None:
    """Train by the recipe of a classifier; its scores are measured at the end."""
    from drsn_core import hub
    from drsn_core.train import classconfig
    from drsn_core.train.classify import card, finish, fit

    with refusals(), bar(recipe.name) as step:
        config = classconfig.load(recipe)
        folder = output / config.name
        for epoch in fit(config, folder):
            hub.save(epoch.network, folder, card(config, epoch))  # type: ignore[arg-type]
            text = (
                f"epoch {epoch.step}/{epoch.steps}: loss {epoch.loss:.3f}, right {epoch.accuracy:.1%} of training "
                f"windows, {epoch.validation:.1%} of held-out ones, {epoch.cpu_seconds / 60:.1f} CPU min"
            )
            _tell(epoch, text, step, json_)
        finish(config, folder)
        hub.replace_file(folder / "recipe.toml", recipe.read_bytes())


@cli.command()
def export(
    name: Annotated[str, typer.Argument(help="A trained network; a wrong name lists them all.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, .onnx.")],
    force: Force = False,
) -> None:
    """Write a trained network as an ONNX file, for programs without PyTorch: `drsn export drsn-cw -o drsn-cw.onnx`.

    It takes data in their own units, input "x": signals as (batch, 1, length), pictures as (batch, 1, height, width)
    of 0..1. It sets its thresholds as ever, for every sample.
    """
    with refusals():
        from drsn_core.export import to_onnx

        data = to_onnx(name)
    save(output, data, force)
    note(f"{output}: {len(data):,} bytes")


@cli.command()
def app(
    port: Annotated[int, typer.Option(help="Port on this computer.", min=1, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    host: Annotated[
        str | None, typer.Option(help="Address to listen at: 0.0.0.0 for all; else only this computer is served.")
    ] = None,
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="Name that the server goes by, for example studio.school.edu; repeatable.")
    ] = None,
) -> None:
    """Open the Studio in the browser: http://localhost:8501.

    Every setting of Streamlit can also be given as an environment variable, for example STREAMLIT_SERVER_BASE_URL_PATH.
    """
    folder = bundle.folder("app")
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "serve.py"), "--server.port", str(port)]
    command += ["--server.headless", "false" if browser else "true"]
    command += ["--server.address", host] if host else []
    for name in allowed_host or []:
        command += ["--server.allowedHosts", name]
    # This process becomes the server, so that whoever stops it stops the server too.
    os.execv(sys.executable, command)


def main() -> None:
    """Entry point of ``drsn``."""
    cli()


if __name__ == "__main__":
    main()
