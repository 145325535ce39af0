"""What a class does to a server, measured: everybody opens the page at once, moves a slider, one has a large file.

Every function returns figures and asserts nothing: the command prints them, the tests judge them. Seconds are wall time
as a visitor's program sees it, from the handshake or the change to the end of the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import random
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import numpy as np
import psutil

from app.hosting import assets
from app.i18n import Words
from tests.load.visitor import Visitor, cookie, fetch, visiting
from tests.serving import Server

WORDS = Words("en")
#: A slider at which a visitor pulls, and the values that a class tries: a few that all share.
SNRS = tuple(range(-5, 16))
#: Pages that are opened at the same time where the opening is not what is measured.
AT_ONCE = 20
#: Open files more than before that are no sign of a leak.
FEW = 5


@dataclass
class Health:
    """How long the server took to say that it is well, asked again and again."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def worst(self) -> float:
        return max(self.seconds, default=0.0)


@contextlib.asynccontextmanager
async def watched(server: Server, every: float = 0.2) -> AsyncIterator[Health]:
    """Ask for health within this block, as a balancer does."""
    health = Health()

    def ask() -> None:
        began = time.perf_counter()
        try:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as line:
                line.request("GET", "/_stcore/health")
                if line.getresponse().read() != b"ok":
                    health.failures += 1
        except OSError:
            health.failures += 1
        health.seconds.append(time.perf_counter() - began)

    async def watch() -> None:
        while True:
            await asyncio.to_thread(ask)
            await asyncio.sleep(every)

    task = asyncio.create_task(watch())
    try:
        yield health
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def memory_mb(server: Server) -> float:
    """Resident memory of the server and its children."""
    parent = psutil.Process(server.process.pid)
    total = 0
    for process in (parent, *parent.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 2**20


def percentile(seconds: list[float], share: float) -> float:
    return float(np.percentile(seconds, share)) if seconds else float("nan")


@contextlib.asynccontextmanager
async def opened(server: Server, count: int) -> AsyncIterator[list[Visitor]]:
    """So many open pages, opened a few at a time."""
    async with contextlib.AsyncExitStack() as stack:
        visitors: list[Visitor] = []
        for start in range(0, count, AT_ONCE):
            some = (stack.enter_async_context(visiting(server.address)) for _ in range(min(AT_ONCE, count - start)))
            visitors += await asyncio.gather(*some)
        yield visitors


async def first_loads(server: Server, count: int) -> tuple[list[float], list[str], Health]:
    """All open the page in the same moment: seconds to the end of the first run, errors shown, health."""
    errors: list[str] = []

    async def visit() -> float:
        async with visiting(server.address) as visitor:
            errors.extend(visitor.errors)
            if not visitor.runs[0].figures:
                errors.append("no figure")
            return visitor.runs[0].seconds

    async with watched(server) as health:
        seconds = await asyncio.gather(*(visit() for _ in range(count)))
    return list(seconds), errors, health


def first_files() -> list[str]:
    """Addresses of the scripts, styles and fonts that a first page takes: those its HTML names, and the charts."""
    page = (assets.FOLDER.parent / "index.html").read_text("utf-8")
    charts = (f"static/js/{path.name}" for path in assets.FOLDER.glob("js/PlotlyChart*.js"))
    return sorted({f"/{path}" for path in (*re.findall(r'"\./(static/[^"]+)"', page), *charts)})


@dataclass
class Files:
    """What came of the files of a first page: seconds of each visitor, MB and the server's work a visitor."""

    seconds: list[float]
    megabytes: float
    busy_seconds: float
    errors: list[str]


async def all_files(server: Server, count: int) -> Files:
    """So many browsers that were never here before fetch the files of the page in the same moment."""
    paths = first_files()
    parent = psutil.Process(server.process.pid)
    errors: list[str] = []
    nbytes: list[int] = []

    def busy() -> float:
        return sum(sum(one.cpu_times()[:2]) for one in (parent, *parent.children(recursive=True)))

    async def visit() -> float:
        began = time.perf_counter()
        try:
            nbytes.append(await fetch(server.address, paths))
        except OSError as error:
            errors.append(str(error))
        return time.perf_counter() - began

    before = busy()
    seconds = list(await asyncio.gather(*(visit() for _ in range(count))))
    return Files(seconds, float(np.mean(nbytes or [0])) / 2**20, (busy() - before) / count, errors)


async def move(visitor: Visitor, snr: float) -> float:
    """Pull the slider of the noise level; seconds until the page has followed."""
    slider = visitor.named("slider", "snr")
    began = time.perf_counter()
    await visitor.run({slider.id: ("double_array_value", [snr])})
    return time.perf_counter() - began


async def memory_a_page(server: Server, count: int) -> float:
    """MB that an open page costs; of a server that never had more open, for what was freed is used again."""
    async with opened(server, AT_ONCE):
        before = memory_mb(server)
        async with opened(server, count):
            return (memory_mb(server) - before) / count


async def reruns(server: Server, count: int, spread: float, seed: int = 0) -> tuple[list[float], list[str], Health]:
    """All have the page open and pull the slider, each at a moment of its own."""
    chance = random.Random(seed)
    async with opened(server, count) as visitors, watched(server) as health:

        async def later(visitor: Visitor) -> float:
            await asyncio.sleep(chance.uniform(0, spread))
            return await move(visitor, float(chance.choice(SNRS)))

        seconds = await asyncio.gather(*map(later, visitors))
        errors = [error for visitor in visitors for error in visitor.errors]
    return list(seconds), errors, health


@dataclass
class Large:
    """One visitor with a large recording, and what the others had of it."""

    others: list[float]
    stopped: float
    errors: list[str]
    health: Health


async def large_file(server: Server, samples: int, others: int, seconds: float) -> Large:
    """One denoises a recording of so many samples, the others pull their sliders; then the one presses stop."""
    out = io.BytesIO()
    np.save(out, np.random.default_rng(0).normal(size=samples).astype(np.float32))
    chance = random.Random(1)
    async with visiting(server.address) as one, opened(server, others) as rest, watched(server) as health:
        kind = one.named("button_group", "source-kind")
        await one.run({kind.id: ("string_array_value", [WORDS("source.upload")])})
        uploader = one.named("file_uploader", "upload")
        status = await one.upload(server.address, uploader.id, "long.npy", out.getvalue(), cookie(server.address))
        errors = [] if status < 300 else [f"upload answered {status}"]
        await one.ask()
        work = asyncio.create_task(one.finish())
        taken: list[float] = []

        async def play(visitor: Visitor, until: float) -> None:
            while time.perf_counter() < until:
                taken.append(await move(visitor, float(chance.choice(SNRS))))
                await asyncio.sleep(chance.uniform(0.5, 1.5))

        until = time.perf_counter() + seconds
        await asyncio.gather(*(play(visitor, until) for visitor in rest))
        stop = [one_.id for one_ in one.elements("button") if one_.label == WORDS("progress.cancel")]
        began = time.perf_counter()
        if stop and not work.done():
            await one.ask(trigger=stop[0])
        elif not work.done():
            errors.append("no way to stop")
        else:
            errors.append("done before it could be stopped")
        await work
        errors += [error for visitor in rest for error in visitor.errors]
        return Large(taken, time.perf_counter() - began, errors, health)


@dataclass
class Soak:
    """Memory after each hundred visitors, MB, and what grew over them all."""

    visitors: list[int]
    memory: list[float]
    threads: int
    files: int
    errors: list[str]

    @property
    def slope(self) -> float:
        """MB a hundred visitors, of the second half: the first warms up."""
        half = len(self.memory) // 2
        if len(self.memory) - half < 2:
            return float("nan")
        return 100 * float(np.polyfit(self.visitors[half:], self.memory[half:], 1)[0])


async def soak(
    server: Server, visitors: int, moves: int, minutes: float = 0.0, together: int = 10, until_gone: float = 1.0
) -> Soak:
    """Visitors come and go, a few at a time, and each pulls the slider; so many at least, and for so long.

    Threads and files are counted as soon as there are few more than before, or ``until_gone`` seconds after the last.
    """
    parent = psutil.Process(server.process.pid)
    threads, files = parent.num_threads(), parent.num_fds()
    found, errors = Soak([], [], 0, 0, []), []

    async def visit(number: int) -> None:
        async with visiting(server.address) as visitor:
            for place in range(moves):
                await move(visitor, float(SNRS[(number + place) % len(SNRS)]))
            errors.extend(visitor.errors)

    until, done = time.monotonic() + 60 * minutes, 0
    while done < visitors or time.monotonic() < until:
        await asyncio.gather(*(visit(number) for number in range(done, done + together)))
        done += together
        if done % 50 < together:
            found.visitors.append(done)
            found.memory.append(memory_mb(server))
    until = time.monotonic() + until_gone
    while time.monotonic() < until and parent.num_fds() > files + FEW:
        await asyncio.sleep(1)
    return Soak(found.visitors, found.memory, parent.num_threads() - threads, parent.num_fds() - files, errors)


def table(rows: Iterator[tuple[str, str, str]] | list[tuple[str, str, str]]) -> str:
    """Figures as a Markdown table."""
    lines = ["| what | measured | goal |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {what} | {measured} | {goal} |" for what, measured, goal in rows)])
