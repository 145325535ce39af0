"""``drsn bench``: measure methods on this machine; the numbers in README come from here."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from typer.core import TyperGroup

from drsn_core import bundle
from drsn_core.console import FAILED, Force, Json, bar, fail, machine, note, out, refusals, save
from drsn_core.errors import UnknownName

if TYPE_CHECKING:
    from drsn_core.bench.contest import Bed
    from drsn_core.bench.diagnosis import Experiment, Summary
    from drsn_core.bench.pairs import Difference
    from drsn_core.bench.standings import Standing


#: A row of a short bench, a dataclass.
Row = TypeVar("Row")


class _Benches(TyperGroup):
    """A group whose misses list what there is."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            with refusals():
                raise UnknownName("benchmark", args[0], self.commands)
        return super().resolve_command(ctx, args)


bench = typer.Typer(
    cls=_Benches,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Measure methods on this machine; the numbers in README come from here.

    `drsn bench signals --method ebayes --method drsn-cw --csv scores.csv`

    `drsn bench images --data pictures/BSD68 --sigma 25 --figure scores.svg`

    A method with parameters is written `wavelet:rule=sure,transform=dwt`. Means are over all cells, each counting the
    same; the spread is the standard deviation over seeds (images: over pictures and seeds) of that mean.
    """,
)

Methods = Annotated[
    list[str] | None,
    typer.Option("--method", help="Only this method, as key or key:name=value,name=value; may be repeated."),
]
Csv = Annotated[Path | None, typer.Option("--csv", help="Also write every cell to this CSV file.")]
Figure = Annotated[Path | None, typer.Option("--figure", help="Also draw the standings: .svg or .html.")]
Resume = Annotated[
    Path | None,
    typer.Option("--resume", help="Keep every result in this file at once; what it holds already is not run again."),
]
Oracles = Annotated[bool, typer.Option("--oracles", help="Also rows that are told the clean data; they take no rank.")]
Full = Annotated[bool, typer.Option("--full", help="The whole bed, with the options given taking precedence.")]


@bench.command("signals")
def signals_(
    signals: Annotated[list[str] | None, typer.Option(help="Signal, dj (four) or all (twelve); repeatable.")] = None,
    length: Annotated[list[int] | None, typer.Option(help="Samples, 2048 if none is given; repeatable.")] = None,
    snr: Annotated[list[float] | None, typer.Option(help="Input SNR in dB, -5 0 5 10; repeatable.")] = None,
    noise: Annotated[list[str] | None, typer.Option(help="Kind of noise, gaussian; repeatable.")] = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many noises of each kind: 3, or 20 with --full.", min=1)
    ] = None,
    method: Methods = None,
    oracles: Oracles = False,
    full: Full = False,
    csv: Csv = None,
    figure: Figure = None,
    resume: Resume = None,
    force: Force = False,
    json_: Json = False,
) -> None:
    """Output SNR on twelve signals x lengths x noises x SNRs x seeds; without options two minutes or so.

    Gaussian noise is default_rng(seed).standard_normal(n), one per seed for all signals, scaled by the SNR of the
    clean signal with its offset; so tables made elsewhere with this definition can be compared cell by cell.
    `--full` takes lengths 1024, 2048 and 4096, noises gaussian, laplacian, pink and impulse, and 20 seeds.
    """
    from drsn_core.bench.signals import LENGTHS, SEEDS, SNRS_DB, Signals, named

    with refusals():
        bed = Signals(
            named(tuple(signals or ("all",))),
            tuple(length or (LENGTHS if full else (2048,))),
            tuple(noise or (("gaussian", "laplacian", "pink", "impulse") if full else ("gaussian",))),
            tuple(snr or SNRS_DB),
            seeds or (SEEDS if full else 3),
        )
        _hold(bed, method or (), oracles=oracles, csv=csv, figure=figure, resume=resume, force=force, json_=json_)


@bench.command("images")
def images_(
    data: Annotated[
        list[Path] | None, typer.Option(help="Folder of clean pictures, a set by itself; repeatable.")
    ] = None,
    sigma: Annotated[list[float] | None, typer.Option(help="Noise on the 0..255 scale, 25; repeatable.")] = None,
    seeds: Annotated[int, typer.Option(help="How many noises of each picture.", min=1)] = 1,
    colour: Annotated[bool, typer.Option("--colour", help="Keep colour; grey pictures are left out.")] = False,
    method: Methods = None,
    oracles: Oracles = False,
    full: Full = False,
    csv: Csv = None,
    figure: Figure = None,
    resume: Resume = None,
    force: Force = False,
    json_: Json = False,
) -> None:
    """PSNR and SSIM on folders of pictures, such as Set12 and BSD68, or on pictures that scikit-image brings along.

    White Gaussian noise, not clipped, from default_rng(1000 seed + number of the picture). `--full` takes sigma 15, 25
    and 50.
    """
    from drsn_core.bench.images import SIGMAS, Images

    with refusals():
        bed = Images(tuple(data or ()), tuple(sigma or (SIGMAS if full else (25.0,))), seeds, colour)
        _hold(bed, method or (), oracles=oracles, csv=csv, figure=figure, resume=resume, force=force, json_=json_)


@bench.command("recordings")
def recordings_(
    data: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them; a folder's are a set.")],
    column: Annotated[str, typer.Option(help="Array or column of a file that has several.")] = "",
    snr: Annotated[list[float] | None, typer.Option(help="Input SNR in dB, 0 and 10; repeatable.")] = None,
    length: Annotated[int, typer.Option(help="Samples of a stretch.", min=16)] = 2048,
    stretches: Annotated[int, typer.Option(help="Stretches of a recording, from its start to its end.", min=1)] = 6,
    method: Methods = None,
    csv: Csv = None,
    figure: Figure = None,
    resume: Resume = None,
    force: Force = False,
    json_: Json = False,
) -> None:
    """Output SNR on recordings of yours with white Gaussian noise added; their own noise counts as signal.

    Of each recording the first channel, without its mean; the noise of the i-th stretch is default_rng(i).
    """
    from drsn_core.bench.recordings import Recordings, sets_of

    with refusals():
        bed = Recordings(sets_of(data), column, length, stretches, tuple(snr or (0.0, 10.0)))
        _hold(bed, method or (), oracles=False, csv=csv, figure=figure, resume=resume, force=force, json_=json_)


@bench.command("denoise-1d")
def denoise_1d_(
    seeds: Annotated[int, typer.Option(help="How many noises.", min=1)] = 20,
    method: Methods = None,
    json_: Json = False,
) -> None:
    """Mean output SNR on Blocks, Bumps, HeaviSine and Doppler: the short form that cards and README cite.

    The same as `drsn bench signals --signals dj --seeds 20`.
    """
    from drsn_core.bench import denoise_1d

    _rows("denoise-1d", denoise_1d.measure(tuple(method or ()), seeds), json_)


@bench.command("speed")
def speed_(method: Methods = None, json_: Json = False) -> None:
    """Seconds on 4,096 samples and on a minute of audio, and memory."""
    from drsn_core.bench import speed

    _rows("speed", speed.measure(tuple(method or ())), json_)


@bench.command("rules")
def rules_(method: Methods = None, json_: Json = False) -> None:
    """Processor time of every wavelet method on 2,048 samples, beside scikit-image's BayesShrink, taking turns."""
    from drsn_core.bench import rules

    _rows("rules", rules.measure(tuple(method or ())), json_)


@bench.command("blocks")
def blocks_(
    words: Annotated[
        list[str] | None, typer.Argument(help="Only settings with these words: 1-D, train, paper ...")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Turns that every network takes.", min=1)] = 40,
    json_: Json = False,
) -> None:
    """What shrinkage costs: paper networks and wider ones over their ResNet twin, all taking turns in one run."""
    from drsn_core.bench import blocks

    _rows("blocks", blocks.measure(tuple(words or ()), rounds), json_)


@bench.command("networks")
def networks_(
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these denoisers; else all that can be exported.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Turns that every path takes.", min=2)] = 20,
    length: Annotated[int, typer.Option(help="Samples of the signal.", min=16)] = 4096,
    json_: Json = False,
) -> None:
    """Time of the trained denoisers in float32, bfloat16 and ONNX, taking turns, and what a path changes."""
    from drsn_core.bench import networks

    _rows("networks", networks.measure(tuple(names or ()), rounds, length), json_)


@bench.command("twins")
def twins_(
    recipe: Annotated[
        Path | None, typer.Option(help="Training recipe of a denoiser; a small one of the package if none is given.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps each twin is trained for.", min=1)] = 1500,
    seeds: Annotated[int, typer.Option(help="Trainings of each twin.", min=1)] = 3,
    mode: Annotated[list[str] | None, typer.Option(help="Only cw, cs, se or none; repeatable.")] = None,
    resume: Resume = None,
    json_: Json = False,
) -> None:
    """What the thresholds of a denoiser add: the same network with and without them, trained alike; an hour."""
    from drsn_core.bench import twins
    from drsn_core.train.config import load

    with refusals():
        if unknown := set(mode or ()) - set(twins.MODES):
            raise UnknownName("mode", unknown.pop(), twins.MODES)
        chosen = load(recipe or bundle.folder("pretrained") / "results" / "twins.toml")
    found = _rows("twins", twins.measure(chosen, steps, seeds, tuple(mode or twins.MODES), resume), json_)
    if not json_:
        for gap in twins.differences(found):
            _gap(gap, "dB")


def _gap(gap: Difference, unit: str) -> None:
    line = f"{gap.first} - {gap.second}: {gap.mean:+.2f} {unit}, 95 % interval {gap.low:+.2f} to {gap.high:+.2f}"
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def _diagnose(task: str) -> None:
    """Add the bench of one task: the same experiment on other data."""

    def held(
        data: Annotated[Path | None, typer.Option(help="Folder of the recordings; by default beside this one.")] = None,
        model: Annotated[list[str] | None, typer.Option(help="Only this network; repeatable.")] = None,
        noise: Annotated[list[str] | None, typer.Option(help="Kind of noise, gaussian; repeatable.")] = None,
        snr: Annotated[list[float] | None, typer.Option(help="SNR in dB, a training for each; repeatable.")] = None,
        varying: Annotated[bool, typer.Option("--varying", help="One training over the range of SNRs.")] = False,
        seeds: Annotated[int, typer.Option(help="Seeds, each with its own fold.", min=1)] = 3,
        epochs: Annotated[int, typer.Option(help="Epochs a training; the paper has 100.", min=1)] = 20,
        batch: Annotated[int, typer.Option(help="Windows a step; the paper has 128, of many more.", min=2)] = 32,
        count: Annotated[int, typer.Option(help="Training windows a recording.", min=1)] = 45,
        train_on: Annotated[list[str] | None, typer.Option(help="Only this load; repeatable.")] = None,
        test_on: Annotated[list[str] | None, typer.Option(help="Load, or speaker kept out; repeatable.")] = None,
        shipped: Annotated[bool, typer.Option("--shipped", help="Train nothing; test the shipped networks.")] = False,
        leaky: Annotated[
            bool, typer.Option("--leaky", help="The usual mistake: overlapping windows, split at random.")
        ] = False,
        features: Annotated[
            Path | None,
            typer.Option(help="Train nothing; keep here how shipped networks see test windows at one noise and SNR."),
        ] = None,
        budget: Annotated[float, typer.Option(help="Begin nothing after so many CPU minutes; 0: no limit.")] = 0.0,
        resume: Resume = None,
        json_: Json = False,
    ) -> None:
        from drsn_core.bench import diagnosis
        from drsn_core.tasks import MODELS

        folder = str(data) if data else f"../shared/data/{diagnosis.FOLDERS.get(task, '')}"
        wanted = diagnosis.Experiment(
            task=task,
            folder=folder,
            models=tuple(model or MODELS),
            noises=tuple(noise or ("gaussian",)),
            snr_db=tuple(snr or ()),
            seeds=seeds,
            epochs=epochs,
            batch=batch,
            count=count,
            varying=varying,
            train_groups=tuple(train_on or ()),
            test_groups=tuple(test_on or ()),
            leaky=leaky,
            budget=budget,
        )
        with refusals():
            _known(wanted)
            if features is not None:
                _seen(wanted, features)
                return
            _trained(wanted, diagnosis.shipped if shipped else diagnosis.run, resume, json_)

    held.__doc__ = (
        f"The paper's experiment on {task}: five networks trained alike under noise, on data split without leakage; "
        "mean ± standard deviation over seeds, and paired differences."
    )
    bench.command(task)(held)


for _task in ("bearing", "gearbox", "rig", "digits", "speech"):
    _diagnose(_task)


def _known(wanted: Experiment) -> None:
    """Refuse networks and noises that there are not."""
    from drsn_core.noise import KINDS
    from drsn_core.tasks import MODELS

    for what, names, legal in (("network", wanted.models, MODELS), ("noise", wanted.noises, KINDS)):
        for name in names:
            if name not in legal:
                raise UnknownName(what, name, legal)


def _seen(wanted: Experiment, path: Path) -> None:
    """Keep the features of the shipped networks at the first noise and SNR asked for, and tell how they come apart."""
    from drsn_core.bench import features
    from drsn_core.method import Progress as Step

    if path.exists():
        save(path, b"", False)  # refuses now rather than after a minute of work
    with bar(f"features {wanted.task}") as step:
        for number, (model, found) in enumerate(features.measure(wanted), start=1):
            step(Step(number, len(wanted.models)))
            seen = found.networks[model]
            note(
                f"{model}: {seen.accuracy:.1%} right, neighbours {seen.apart:.1%}, in the plane "
                f"{seen.apart_in_plane:.1%}; it holds {seen.plane.share:.1%} of the variance"
            )
    head = _header(wanted.task) | {"command": " ".join(["drsn", *sys.argv[1:]])}
    save(path, features.write(found, head), False)


def _trained(wanted: Experiment, cells_of: Callable[..., Iterator[Any]], resume: Path | None, json_: bool) -> None:
    """Run what is missing, tell each result as it comes, and sum up."""
    from drsn_core.bench import diagnosis
    from drsn_core.method import Progress as Step

    head, cells = diagnosis.read(resume) if resume else ({}, [])
    fresh = _header(wanted.task) | {"command": " ".join(["drsn", *sys.argv[1:]])}
    head = {**fresh, "commands": [*head.get("commands", []), fresh.pop("command")]}
    with bar(f"bench {wanted.task}") as step:
        for cell, number, total in cells_of(wanted, cells):
            cells.append(cell)
            step(Step(number, total))
            note(
                f"{number}/{total} {cell.model}, {cell.noise} {cell.snr_db} dB, seed {cell.seed}: "
                f"{cell.accuracy:.1%} ({cell.train_cpu_s:.0f} s)"
            )
            if resume:
                diagnosis.write(resume, head, cells)
    found = diagnosis.summaries(cells)
    if json_:
        rows = [dataclasses.asdict(one) | {"order_holds": one.order_holds} for one in found]
        print(json.dumps({**head, "summaries": rows, "cells": [dataclasses.asdict(cell) for cell in cells]}, indent=1))
        return
    out.print(f"{head['date']}, {head['machine']}", markup=False, highlight=False)
    for one in found:
        _summary(one)


def _summary(one: Summary) -> None:
    said = f"{one.noise} noise, {one.snr_db} dB; {one.setting}"
    out.print(said, markup=False, highlight=False, soft_wrap=True)
    table = Table("network", "test accuracy (%)", "seeds", box=None, header_style="bold")
    for model, (mean, spread, seeds) in one.accuracy.items():
        table.add_row(model, f"{mean:.1f} ± {spread:.1f}", str(seeds))
    out.print(table)
    for gap in one.differences:
        _gap(gap, "points")
    if one.order_holds is not None:
        line = "The paper's order ConvNet < ResNet < DRSN-CS < DRSN-CW "
        line += "holds for these means." if one.order_holds else "does not hold for these means."
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _hold(
    bed: Bed,
    texts: Sequence[str],
    *,
    oracles: bool,
    csv: Path | None,
    figure: Path | None,
    resume: Path | None,
    force: bool,
    json_: bool,
) -> None:
    """Measure, and show the standings in every form that was asked for."""
    from drsn_core.bench import figure as figures
    from drsn_core.bench.contest import Journal, Outcome, entrants, run
    from drsn_core.bench.standings import standings, to_csv
    from drsn_core.method import Progress as Step

    if figure is not None:
        figures.check(figure)
    for path in (csv, figure):
        if path is not None and path.exists() and not force:
            save(path, b"", force)  # refuses now rather than after minutes of work
    taking_part, skipped = entrants(bed, texts, oracles=oracles)
    journal = Journal(resume, bed.name)
    outcomes: list[Outcome] = []
    with bar(f"bench {bed.name}") as step:
        for found in run(bed, taking_part, journal):
            if isinstance(found, Outcome):
                outcomes.append(found)
                step(Step(len(outcomes), len(taking_part) * len(bed.cells)))
            else:
                skipped.append(found)
    table = standings(bed, taking_part, outcomes)
    for one in skipped:
        note(f"{one.name} skipped: {one.reason}")
    if not any(one.role == "method" for one in table):
        raise fail("no method could be measured", FAILED)
    head = _header(bed.name)
    heading = f"{head['date']}, {head['machine']}"
    if csv is not None:
        save(csv, to_csv(bed, table), force)
    if figure is not None:
        save(figure, figures.draw(bed, table, figure, heading), force)
    if json_:
        about = {"scores": bed.scores, "spread_over": bed.trial, "cells": len(bed.cells)}
        rows = {"rows": [one.to_dict() for one in table], "skipped": [dataclasses.asdict(one) for one in skipped]}
        print(json.dumps(head | about | rows, indent=1))
        return
    out.print(heading, markup=False, highlight=False)
    drawn = _table(bed, table)
    wide = Measurement.get(out, out.options.update(width=1000), drawn).maximum
    page = out if out.is_terminal else Console(width=wide)  # a file is as wide as it needs to be
    page.print(drawn)
    spread = "" if table[0].spread[bed.scores[0]] is None else f"± is the standard deviation over {bed.trial}; "
    said = f"{spread}(noisy) is what came in.\n{figures.takeaway(bed, table)}"
    out.print(said, markup=False, highlight=False, soft_wrap=True)


def _table(bed: Bed, table: Iterable[Standing]) -> Table:
    from drsn_core.bench.standings import columns

    rows = list(table)
    drawn = Table(box=None, header_style="bold")
    units = {"psnr_db": "PSNR (dB)", "snr_db": "SNR (dB)", "ssim": "SSIM"}
    drawn.add_column("rank", justify="right", no_wrap=True)
    drawn.add_column("method", no_wrap=True)
    for name in (*(units[score] for score in bed.scores), "wins", "ms"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for name in columns(bed, rows[0]):
        drawn.add_column(f"at {name}", justify="right", no_wrap=True)
    for one in rows:
        means = [_plus_minus(one.mean[name], one.spread[name]) for name in bed.scores]
        rank, wins = str(one.rank or one.role), "" if one.wins is None else str(one.wins)
        parts = [f"{v:.2f}" for v in columns(bed, one).values()]
        drawn.add_row(rank, one.method, *means, wins, f"{one.milliseconds:.3g}", *parts)
    return drawn


def _plus_minus(mean: float, spread: float | None) -> str:
    digits = 2 if abs(mean) >= 2 else 3
    return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")


def _header(name: str) -> dict[str, Any]:
    from drsn_core import __version__

    return {
        "bench": name,
        "drsn_core": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
    }


def _rows(name: str, measured: Iterable[Row], json_: bool) -> list[Row]:
    """Print the rows of a short bench, and return them."""
    from drsn_core.method import Progress as Step

    found: list[Row] = []
    with refusals(), bar(name) as step:
        for row in measured:
            found.append(row)
            step(Step(len(found), len(found) + 1))
    rows = [dataclasses.asdict(row) for row in found]  # type: ignore[call-overload]
    head = _header(name)
    if json_:
        print(json.dumps({**head, "rows": rows}, indent=1))
        return found
    out.print(f"{head['date']}, {head['machine']}", markup=False, highlight=False)
    flat = [_flatten(row) for row in rows]
    table = Table(*flat[0], box=None)
    for line in flat:
        table.add_row(*(f"{v:.4g}" if isinstance(v, float) else str(v) for v in line.values()))
    out.print(table)
    return found


def _flatten(row: dict[str, Any]) -> dict[str, Any]:
    """Turn the cells of a row into columns of their own: one mean per signal."""
    cells = row.pop("cells", {})
    return {**row, **{name: math.fsum(values) / len(values) for name, values in cells.items()}}
