"""How the command line speaks: results on stdout, all else on stderr, one line and an exit code for what fails."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from drsn_core.errors import BadParameter, DrsnError
from drsn_core.method import Report

#: Exit codes: 0 all done, 1 some input could not be used, 2 wrong usage, 3 output could not be written.
FAILED, USAGE, UNWRITABLE = 1, 2, 3

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]


def fail(message: str, code: int) -> typer.Exit:
    """Print one line to stderr and return the exit to raise."""
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(code)


def note(message: str) -> None:
    """Print one line to stderr that is no failure."""
    err.print(message, style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn errors of the family into one line and an exit code."""
    try:
        yield
    except BadParameter as exc:
        raise fail(str(exc), USAGE) from exc
    except DrsnError as exc:
        raise fail(str(exc), FAILED) from exc


@contextmanager
def bar(label: str) -> Iterator[Any]:
    """A progress bar on stderr (none if that is not a terminal) as a function of `drsn_core.method.Progress`."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    quiet = not err.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True, disable=quiet) as progress:
        task = progress.add_task(label, total=None)
        yield lambda step: progress.update(task, completed=step.done, total=step.total)


@contextmanager
def bars(total: int) -> Iterator[tuple[Callable[[str], None], Report]]:
    """Progress bars on stderr, of all files and of one, as functions of the name of the next file and of its steps."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal) as progress:
        whole = progress.add_task(f"{total} files", total=total, visible=total > 1)
        one = progress.add_task("", total=None)
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            progress.update(whole, completed=begun)
            progress.reset(one, total=None, description=name)
            begun += 1

        yield begin, lambda step: progress.update(one, completed=step.done, total=step.total)


def folder(path: Path) -> None:
    """Make a folder for outputs, or say that there is no place for them before any work is done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise fail(f"{path} could not be made a folder: {exc.strerror}", UNWRITABLE) from exc
    if not os.access(path, os.W_OK | os.X_OK):
        raise fail(f"{path} could not be written to; choose another folder", UNWRITABLE)


def save(path: Path, data: bytes, force: bool) -> None:
    """Write a file whole or not at all, never over another one unasked."""
    from drsn_core.hub import replace_file

    if path.exists() and not force:
        raise fail(f"{path} exists; choose another name or add --force", UNWRITABLE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as exc:
        raise fail(f"{path} could not be written: {exc.strerror}", UNWRITABLE) from exc


def machine() -> str:
    """Describe this computer: cores, processor, Python."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
