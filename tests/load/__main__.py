"""Measure a server under a class: ``python -m tests.load``, or with ``--quick`` in a minute.

``--replicas`` measures two of them behind nginx, with the configuration that is shipped; ``--soak 30`` lets visitors
come and go for half an hour and looks at the memory alone.

It starts `drsn app` on this machine and speaks to it as browsers do. Figures go to stdout as a Markdown table, with the
machine and the date, and with how busy the machine was at the start: visitors, server and whatever else runs share its
cores.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from drsn_core.console import machine
from tests.load import course
from tests.load.course import percentile
from tests.serving import Server, balancing, free_port, nginx, running

#: Seconds for the p95 of first loads, by the number of visitors.
GOALS = {30: 1.0, 100: 3.0, 200: 8.0}

#: A closed page keeps its session for a minute, and the server looks for those every quarter of a minute.
CLOSED_SECONDS = 90.0


class Rows(list[tuple[str, str, str]]):
    """What was measured, said on the way too: what came before a breakdown is not lost."""

    def append(self, row: tuple[str, str, str]) -> None:
        note(" | ".join(row))
        super().append(row)


def spread(seconds: list[float]) -> str:
    return f"p50 {percentile(seconds, 50):.2f} s, p95 {percentile(seconds, 95):.2f} s"


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def measure(server: Server, quick: bool) -> Rows:
    rows = Rows()
    idle = course.memory_mb(server)
    rows.append(("memory of the idle server, all loaded", f"{idle:.0f} MB", ""))
    await course.first_loads(server, 3)  # what only the very first visitors wait for
    pages = 10 if quick else 60
    rows.append((f"memory a page, of {pages} open", f"{await course.memory_a_page(server, pages):.2f} MB", "≤ 1 MB"))
    await waits(server, quick, rows)
    files = await course.all_files(server, 30)
    rows.append(("the server's processor time for a browser's files", f"{1000 * files.busy_seconds:.0f} ms", ""))
    await soaked(server, 100 if quick else 600, 1 if quick else 2, 0, rows)
    return rows


async def waits(server: Server, quick: bool, rows: Rows) -> None:
    """What visitors wait for, all at once, one after another, and beside one who has a large file."""
    for count in [10] if quick else GOALS:
        note(f"{count} first loads")
        seconds, errors, health = await course.first_loads(server, count)
        goal = f"p95 ≤ {GOALS[count]:g} s" if count in GOALS else ""
        rows.append((f"{count} first loads at once", f"{spread(seconds)}{said(errors)}", goal))
        rows.append((f"health meanwhile, of {len(health.seconds)} times", worst(health), "< 1 s"))
    count = 10 if quick else 200
    note(f"the files of {count} first visits")
    files = await course.all_files(server, count)
    rows.append(
        (
            f"scripts, styles and fonts for {count} browsers at once, {files.megabytes:.1f} MB each",
            spread(files.seconds) + said(files.errors),
            "",
        )
    )
    seconds_ = 3.0 if quick else 10.0
    note(f"{count} reruns")
    seconds, errors, health = await course.reruns(server, count, seconds_)
    rows.append(
        (f"{count} changes of the noise spread over {seconds_:g} s", spread(seconds) + said(errors), "p95 ≤ 0.5 s")
    )
    rows.append((f"health meanwhile, of {len(health.seconds)} times", worst(health), "< 1 s"))
    samples, others = (10**6, 4) if quick else (10**7, 20)
    note(f"one file of {samples:,} samples")
    large = await course.large_file(server, samples, others, 6 if quick else 20)
    rows.append(
        (
            f"changes of {others} others while one denoises {samples:,} samples",
            spread(large.others) + said(large.errors),
            "p95 ≤ 1 s",
        )
    )
    rows.append(("that one presses stop", f"{large.stopped:.2f} s", "< 1 s"))


async def soaked(server: Server, visitors: int, moves: int, minutes: float, rows: Rows) -> None:
    """What many visitors, one after another, leave behind."""
    note(f"soak of {visitors} visitors, {minutes:g} minutes")
    soak = await course.soak(server, visitors, moves, minutes, until_gone=CLOSED_SECONDS)
    rows.append(
        (
            f"memory over {soak.visitors[-1]} visitors, second half",
            f"{soak.slope:+.1f} MB a hundred{said(soak.errors)}",
            "≤ 1 MB",
        )
    )
    rows.append(("memory then", f"{soak.memory[-1]:.0f} MB", ""))
    rows.append(("threads and open files more than before", f"{soak.threads}, {soak.files}", "≤ 5"))


async def measure_soak(server: Server, minutes: float) -> Rows:
    rows = Rows()
    await soaked(server, 100, 2, minutes, rows)
    return rows


async def measure_replicas(server: Server, quick: bool) -> Rows:
    rows = Rows()
    for _ in range(3):
        await course.first_loads(server, 4)  # what only the very first visitors of a replica wait for
    await waits(server, quick, rows)
    return rows


@contextlib.contextmanager
def two(log: IO[str]) -> Iterator[Server]:
    """Two servers behind nginx, as one."""
    with tempfile.TemporaryDirectory(prefix="drsn-nginx-") as folder, running(log=log) as a, running(log=log) as b:
        port = free_port()
        with balancing(Path(folder), port, (a.port, b.port)) as process:
            yield Server(port, process)


def said(errors: list[str]) -> str:
    return f"; {len(errors)} errors, first {errors[0][:60]!r}" if errors else ""


def worst(health: course.Health) -> str:
    failed = f", {health.failures} failed" if health.failures else ""
    return f"at most {health.worst:.2f} s{failed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="few visitors, a minute")
    parser.add_argument("--replicas", action="store_true", help="two servers behind nginx")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="visitors who come and go for so long, alone")
    asked = parser.parse_args()
    if asked.replicas and nginx() is None:
        parser.error("nginx is not installed")
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    log = Path(tempfile.mkstemp(prefix="drsn-load-", suffix=".log")[1])
    with log.open("w") as out:
        if asked.replicas:
            with two(out) as server:
                rows = asyncio.run(measure_replicas(server, asked.quick))
        else:
            with running(log=out) as server:
                rows = asyncio.run(
                    measure(server, asked.quick) if asked.soak is None else measure_soak(server, asked.soak)
                )
    print(course.table(rows))
    print(f"\n{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine()}; {busy:.1f} processes ran before it began.")
    troubles = sum("Traceback" in line for line in log.read_text().splitlines())
    note(f"{troubles} traces of errors in {log}")


if __name__ == "__main__":
    main()
