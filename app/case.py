"""What is diagnosed: a recording, its noise, and what of the answer is looked at; the state of the page Diagnose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from drsn_core.errors import BadParameter, quote
from drsn_core.noise import KINDS
from drsn_core.picture_noise import PICTURE_KINDS
from drsn_core.recipe import FASTEST_HZ, SEEDS, SNR_RANGE, LinkProblem, LinkReader, Noise, Source
from drsn_core.samples import SAMPLES, truth
from drsn_core.synth.digits import decode_strokes
from drsn_core.tasks import MODELS, MOST_WINDOWS, TASKS, Task

#: Parts of the link.
PARTS = (
    "task",
    "sample",
    "strokes",
    "name",
    "file",
    "column",
    "rate",
    "noise",
    "snr",
    "seed",
    "model",
    "look",
    "window",
)

#: Views of the page: window by window; what noise does; what is taken for what; the thresholds; the features; is it
#: known; the paper.
SECTIONS = ("time", "noise", "confusion", "thresholds", "features", "known", "paper")


#: What a digit drawn by hand is called in a link, and the task that takes one.
DRAWN, DRAWN_TASK = "drawn", "digits"

#: What the page opens with: a faulty bearing of the simulated rig in as much noise as signal.
FIRST, LOUD = Source(name="inner-race"), Noise("gaussian", 0.0)


@dataclass(frozen=True)
class Case:
    """One case. ``source`` is an example ("synth" or "picture", by its name) or a visitor's file.

    ``model`` is the network that is looked at more closely, ``window`` the number of the window, from 0.
    """

    task: str = "rig"
    source: Source = FIRST
    noise: Noise = LOUD
    model: str = "drsn-cw"
    see: str = "time"
    window: int = 0

    @property
    def about(self) -> Task:
        return TASKS[self.task]

    @property
    def on_picture(self) -> bool:
        return self.about.ndim == 2

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of noise that can be added."""
        return tuple(PICTURE_KINDS if self.on_picture else KINDS)

    @property
    def truth(self) -> str | None:
        """The class that is right, where it is known."""
        return None if self.source.is_file or self.is_drawn else truth(self.task, self.source.name)

    @property
    def is_drawn(self) -> bool:
        """Whether the sample is a digit that the visitor has drawn."""
        return bool(self.source.curve)


def drawn(strokes: str) -> Source:
    """The source of a digit drawn by hand, see `drsn_core.synth.digits`."""
    return Source("picture", DRAWN, curve=strokes)


def example_of(task: str, name: str = "") -> Source:
    """The source of an example: the one called ``name`` if the task has it, else the task's first."""
    names = SAMPLES[task]
    return Source("picture" if TASKS[task].ndim == 2 else "synth", name if name in names else names[0])


def another_task(case: Case, task: str) -> Case:
    """Go over to another task: a file stays if the task takes such files, an example if the task has one so called."""
    fits = (TASKS[task].ndim == 2) == case.on_picture
    source = case.source if case.source.is_file and fits else example_of(task, case.source.name)
    noise = case.noise if fits else replace(case.noise, kind="gaussian")
    return replace(case, task=task, source=source, noise=noise, window=0)


def to_query(case: Case) -> dict[str, str]:
    """Write a case as the parts of a link."""
    source, noise = case.source, case.noise
    query = {"task": case.task}
    if source.is_file:
        query |= {"sample": "file", "name": source.name, "file": source.digest}
        query |= {"column": source.column} if source.column else {}
        query |= {"rate": f"{source.rate_hz:g}"} if source.rate_hz else {}
    else:
        query["sample"] = source.name
        query |= {"strokes": source.curve} if source.curve else {}
    query |= {"noise": noise.kind, "snr": f"{noise.snr_db:g}", "seed": str(noise.seed)}
    plain = Case()
    query |= {"model": case.model} if case.model != plain.model else {}
    query |= {"look": case.see} if case.see != plain.see else {}
    return query | ({"window": str(case.window + 1)} if case.window else {})


def from_query(query: Mapping[str, str]) -> tuple[Case, list[LinkProblem]]:
    """Read a case; parts that are not understood take their defaults and are reported."""
    read, plain = LinkReader(query), Case()
    task = read.one_of("task", tuple(TASKS), plain.task)
    source = example_of(task, plain.source.name)
    if query.get("sample") == "file":
        kind = "picture-file" if TASKS[task].ndim == 2 else "file"
        rate_hz = read.number("rate", 0.0, 0.0, FASTEST_HZ)
        source = Source(
            kind, query.get("name", ""), column=query.get("column", ""), digest=query.get("file", ""), rate_hz=rate_hz
        )
    elif query.get("sample") == DRAWN and task == DRAWN_TASK:
        try:
            decode_strokes(query.get("strokes", ""))
            source = drawn(query["strokes"])
        except BadParameter:
            read.problems.append(LinkProblem("strokes", quote(query.get("strokes", "")), source.name))
    else:
        source = example_of(task, read.one_of("sample", SAMPLES[task], source.name))
    case = Case(task, source)
    noise = Noise(
        read.one_of("noise", ("none", *case.kinds), plain.noise.kind),
        read.number("snr", plain.noise.snr_db, *SNR_RANGE),
        int(read.number("seed", plain.noise.seed, *SEEDS, whole=True)),
    )
    model = read.one_of("model", MODELS, plain.model)
    see = read.one_of("look", SECTIONS, plain.see)
    window = int(read.number("window", 1, 1, MOST_WINDOWS, whole=True)) - 1
    return Case(task, source, noise, model, see, window), read.problems
