"""One method on many files: what is bad is reported and passed over, what is done stays done.

Every output is written under another name and renamed when it is whole, so that a run that is killed, or that fills the
disk, leaves no half files. A journal beside the folder of outputs says which of them belong to which bytes of input and
which settings; the next run passes over those. Without a journal, outputs are made again and compared: equal ones
count as done, and others are never overwritten unasked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from drsn_core import __version__, catalog, piecewise
from drsn_core.data import Data, Image, Signal
from drsn_core.errors import DrsnError, UnknownName
from drsn_core.hub import replace_file, whole_file
from drsn_core.io import READABLE, WRITABLE, read, write
from drsn_core.io.formats import SUFFIXES
from drsn_core.io.parsed import clean
from drsn_core.io.pieces import PIECES, LongRecording, open_long
from drsn_core.method import Report
from drsn_core.trace import Trace

#: What is used if no method is named, by the kind of data.
USUAL: dict[type, str] = {Signal: "drsn-cw", Image: "drsn-image"}
PICTURES = tuple(suffix for form in ("png", "jpeg", "tiff", "bmp", "webp") for suffix in SUFFIXES[form])
BLOCK = 2**20


@dataclass(frozen=True)
class Order:
    """What is done to every file: method (None takes `USUAL`), its parameters, and how files are read."""

    method: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    column: str | None = None
    gaps: str = "refuse"
    colour: str = "channels"

    def key(self, kind: type) -> str:
        return self.method or USUAL[kind]

    def check(self) -> None:
        """Refuse what no file could be denoised with; raises `BadParameter`."""
        catalog.make(self.method or USUAL[Signal], **self.parameters)
        catalog.check(self.gaps, self.colour)

    @property
    def digest(self) -> str:
        """Another one for whatever could make another output of the same input."""
        return hashlib.sha256(json.dumps([__version__, asdict(self)], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Job:
    """A file and where its estimate goes."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a job: "done", "kept" (it was done before), "refused" (the input), "unwritten" (the output).

    ``message`` is one sentence where something failed; ``trace`` is there if the method ran.
    """

    job: Job
    status: Literal["done", "kept", "refused", "unwritten"]
    method: str | None
    message: str = ""
    seconds: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    trace: Trace | None = None


@dataclass(frozen=True)
class Source:
    """A file to be read, and in which folder below the one that was named it lies."""

    path: Path
    below: Path = Path()


def inside(paths: Iterable[Path], recursive: bool = False, besides: Path | None = None) -> list[Source]:
    """The files, and in the place of each folder those in it whose names we read, by name; each file once.

    Parameters
    ----------
    recursive : also those in folders below; links to folders are not followed
    besides : a folder that is left out, where the outputs go
    """
    found: dict[Path, Source] = {}
    for path in paths:
        for source in _within(path, recursive, besides) if path.is_dir() else [Source(path)]:
            found.setdefault(source.path.resolve(), source)
    return list(found.values())


def _within(folder: Path, recursive: bool, besides: Path | None) -> Iterator[Source]:
    left_out = besides.resolve() if besides else None
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(one for one in folders if (here / one).resolve() != left_out) if recursive else []
        for file in sorted(map(here.joinpath, files)):
            if file.is_file() and file.suffix.lower() in READABLE:
                yield Source(file, here.relative_to(folder))


def suffix_for(source: Path) -> str:
    """The format of an estimate: that of the input if we write it, else PNG for pictures and NPZ for signals."""
    suffix = source.suffix.lower()
    if suffix in WRITABLE:
        return source.suffix
    return ".png" if suffix in PICTURES else ".npz"


def jobs(sources: Sequence[Source], folder: Path) -> list[Job]:
    """Give every source a file in ``folder``: no two the same one, whatever upper and lower case mean there.

    What lies in a folder below goes into a folder below, of the same name. "a.wav" becomes "a.wav", "a.jpg" "a.png".
    Where two would meet, the suffix stays in the name ("a.jpg.png"); where that does not help either, some digits that
    stand for the whole path come before it.
    """

    def names(source: Source) -> tuple[Path, Path, Path]:
        path = source.path
        suffix = suffix_for(path)
        whole = path.name if path.suffix == suffix else path.name + suffix
        place = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
        return source.below / (path.stem + suffix), source.below / whole, source.below / f"{path.name}.{place}{suffix}"

    choices, step = [names(source) for source in sources], [0] * len(sources)
    for _ in range(2 * len(names(Source(Path("x"))))):
        taken = Counter(str(choice[i]).lower() for choice, i in zip(choices, step, strict=True))
        step = [
            min(i + 1, len(choice) - 1) if taken[str(choice[i]).lower()] > 1 else i
            for choice, i in zip(choices, step, strict=True)
        ]
    return [Job(source.path, folder / choice[i]) for source, choice, i in zip(sources, choices, step, strict=True)]


class Journal:
    """Which outputs of a folder are done: place in it, digests of input, settings and output, one JSON object a line.

    It is a help and no more: where it cannot be read or written, outputs are made again.
    """

    def __init__(self, folder: Path | None) -> None:
        self.place = place = None if folder is None else folder.resolve()
        self.path = None if place is None or not place.name else place.with_name(f".{place.name}.drsn-journal.jsonl")
        self.lines: dict[str, dict[str, str]] = {}
        self.made: dict[str, set[str]] = {}
        with contextlib.suppress(OSError, ValueError):
            for line in self.path.read_text("utf-8").splitlines() if self.path else ():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    said = json.loads(line)
                    self.made.setdefault(said["output"], set()).add(said["sha256"])
                    self.lines[said["output"]] = said

    def done(self, target: Path, source: str, order: str) -> bool:
        """Whether ``target`` is there, whole, and made of this input with these settings."""
        said = self.lines.get(self._name(target), {})
        known = (said.get("input"), said.get("order")) == (source, order)
        with contextlib.suppress(OSError):
            return known and said.get("sha256") == digest_of(target)
        return False

    def ours(self, target: Path) -> bool:
        """Whether ``target`` is as one of our runs left it."""
        with contextlib.suppress(OSError):
            return digest_of(target) in self.made.get(self._name(target), ())
        return False

    def note(self, target: Path, source: str, order: str, made: str) -> None:
        """Say what ``target`` will be; said before it is, so that it is known even if we are killed in between."""
        name = self._name(target)
        said = {"output": name, "input": source, "order": order, "sha256": made}
        if self.path is None or self.lines.get(name) == said:
            return
        self.lines[name] = said
        self.made.setdefault(name, set()).add(made)
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(said)}\n")  # the line before may have been cut off

    def _name(self, target: Path) -> str:
        """Where a target lies in the folder, written alike everywhere."""
        if self.place is None:
            return target.name
        return Path(os.path.relpath(target.parent.resolve() / target.name, self.place)).as_posix()

    def close(self) -> None:
        """Write every line once, in the order of names."""
        if self.path is not None and self.lines:
            lines = [json.dumps(self.lines[name]) + "\n" for name in sorted(self.lines)]
            with contextlib.suppress(OSError):
                replace_file(self.path, "".join(lines).encode())


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


@dataclass(frozen=True)
class Batch:
    """The jobs of one command.

    Parameters
    ----------
    again : make what is done once more
    force : overwrite files that are not ours
    journal : of the folder of outputs
    """

    order: Order
    again: bool = False
    force: bool = False
    journal: Journal = field(default_factory=lambda: Journal(None))
    sources: frozenset[Path] = frozenset()

    def run(self, job: Job, report: Report) -> Outcome:
        """Denoise one file; never raises for what is wrong with it, or with the place of its output."""
        failed = Outcome(job, "refused", self.order.method)
        try:
            recording = open_long(job.source)
            source = digest_of(job.source)
        except OSError as exc:
            return replace(failed, message=f"{job.source} could not be read: {exc.strerror}")
        except DrsnError as exc:
            return replace(failed, message=str(exc))
        try:
            found = self._found(job, source)
            if found is None and recording is not None:
                found = self._long(job, recording, source, report)
            return found or self._short(job, source, report)
        except DrsnError as exc:
            failed = replace(failed, message=str(exc))
        except MemoryError:
            failed = replace(failed, message=f"{job.source} needs more memory than there is; cut it into parts first.")
        except OSError as exc:
            failed = replace(failed, status="unwritten", message=f"{job.target} could not be written: {exc.strerror}")
        return failed

    def _found(self, job: Job, source: str) -> Outcome | None:
        """What can be said without denoising, because of what lies in the output's place; None if nothing."""
        if not os.path.lexists(job.target):
            return None
        if job.target.resolve() in self.sources:
            message = f"{job.target} is an input itself; choose another place for the output"
            return Outcome(job, "unwritten", self.order.method, message)
        if not self.again and self.journal.done(job.target, source, self.order.digest):
            return Outcome(job, "kept", self.order.method)
        if self.force or (self.again and self.journal.ours(job.target)):
            return None
        if self.journal.ours(job.target):
            message = f"{job.target} was made from another input or with other settings; add --again to make it anew"
            return Outcome(job, "unwritten", self.order.method, message)
        return self._taken(job) if self.journal.path is None or self.again else None

    def _taken(self, job: Job) -> Outcome:
        message = f"{job.target} exists; choose another name or add --force"
        return Outcome(job, "unwritten", self.order.method, message)

    def _short(self, job: Job, source: str, report: Report) -> Outcome:
        order = self.order
        data: Data = read(job.source.read_bytes(), job.source.name, column=order.column, gaps=order.gaps)
        key = order.key(type(data))
        result = catalog.denoise(data, key, report=report, gaps=order.gaps, colour=order.colour, **order.parameters)
        del data  # 40 megapixels are 0.3 GB, and writing needs room too
        encoded = write(result.estimate, job.target.name)
        made = hashlib.sha256(encoded).hexdigest()
        done = Outcome(job, "done", key, "", result.seconds, result.parameters, result.trace)
        if job.target.exists() and not self.force and not self.again:
            if digest_of(job.target) != made:
                return self._taken(job)
            done = replace(done, status="kept")
        job.target.parent.mkdir(parents=True, exist_ok=True)
        self.journal.note(job.target, source, order.digest, made)
        if done.status == "done":
            replace_file(job.target, encoded)
        return done

    def _long(self, job: Job, recording: LongRecording, source: str, report: Report) -> Outcome:
        suffix = job.target.suffix.lower()
        if suffix not in PIECES:
            raise UnknownName("file type for recordings as long as this", suffix or "(none)", PIECES)
        if os.path.lexists(job.target) and not self.force and not self.again:
            return self._taken(job)
        key = self.order.key(Signal)
        method = catalog.make(key, **self.order.parameters)
        began = time.perf_counter()
        job.target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(job.target) as file:
            trace = piecewise.denoise(recording, method, key, PIECES[suffix](file, recording), report)
            file.flush()
            self.journal.note(job.target, source, self.order.digest, digest_of(Path(file.name)))
        used = {name: getattr(method, name) for name in catalog.info(key).parameters}
        return Outcome(job, "done", key, "", time.perf_counter() - began, used, trace)


def outcomes(
    batch: Batch, todo: Sequence[Job], report: Report, begin: Callable[[Job], None] = lambda job: None
) -> Iterator[Outcome]:
    """Run the jobs one after another; ``begin`` hears of each before it starts."""
    try:
        for job in todo:
            begin(job)
            yield batch.run(job, report)
    finally:
        batch.journal.close()


def title(job: Job) -> str:
    """The name of a job's file, fit to be printed."""
    return clean(job.source.name) or "…"
