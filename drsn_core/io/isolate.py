"""Parsing in another process, so that no file can take ours down.

A crafted MAT file of 216 bytes makes ``scipy.io.loadmat`` 1.17 crash the interpreter, and no ``except`` helps. So every
file is parsed by a child of a small worker process (`drsn_core.io.child`) that costs milliseconds once it runs. Workers
are started when first needed, at most one for each core, and shared by all threads; they end with this process.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from drsn_core.io import limits
from drsn_core.io.message import Parts, pack, receive, send
from drsn_core.io.parsed import Parsed, from_message

#: Workers at most; more parses at once wait for their turn.
WORKERS = max(1, min(4, os.cpu_count() or 1))
#: Seconds after which a worker counts as stuck, over the time it gives its child.
GRACE = 5.0
#: Numerical libraries start a thread per core otherwise, which a process that forks must not have.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def parse(data: bytes, name: str, form: str, column: str | int | None = None) -> Parsed:
    """Decode bytes of the format ``form`` in a child process with bounded memory and time.

    Raises
    ------
    DrsnError
        What the parser found; `DamagedFile` if it crashed, `UnsafeFile` if it took too long or too much memory.
    """
    request = {"format": form, "name": name, "column": column, "seconds": limits.SECONDS, "memory": limits.MEMORY}
    return from_message(_workers.ask(pack(request, data), limits.SECONDS + GRACE), name)


def environment() -> dict[str, str]:
    """The variables of a child process of ours: it finds this very package, and computes with one thread."""
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": path}


class Worker:
    """One process that parses, one file after another."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-W",
                "ignore",
                "-m",
                "drsn_core.io.child",
            ],  # -P: nothing from the working directory
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )

    def ask(self, request: Parts, seconds: float) -> bytes | None:
        """Send a request and wait for the answer; None if the process ended, or had to be ended after ``seconds``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        alarm = threading.Timer(seconds, self.process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            send(self.process.stdin, request)
            return receive(self.process.stdout)
        except (OSError, ValueError):  # a pipe closed there, or here
            return None
        finally:
            alarm.cancel()

    def leave(self) -> None:
        """Let go of a process that belongs to somebody else."""
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self.process.returncode = 0  # nothing of ours to wait for

    def close(self) -> None:
        """End the process; its child, if any, ends by its own limits."""
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Workers:
    """The idle workers, and a turn for each that may run."""

    def __init__(self) -> None:
        self.turns = threading.Semaphore(WORKERS)
        self.idle: list[Worker] = []  # append and pop are atomic

    def ask(self, request: Parts, seconds: float) -> bytes:
        """Have a worker answer; one that died while idle, or dies of this request, is replaced once."""
        with self.turns:
            for _ in range(2):
                worker = self.take()
                started = time.monotonic()
                message = worker.ask(request, seconds)
                if message is not None:
                    self.idle.append(worker)
                    return message
                worker.close()
                if time.monotonic() - started >= seconds:
                    return b"".join(pack({"failure": "time"}))
        return b"".join(pack({"failure": "crash"}))

    def take(self) -> Worker:
        """A worker that is alive: an idle one, or a new one."""
        with contextlib.suppress(IndexError):  # somebody else took the last
            while True:
                worker = self.idle.pop()
                if worker.process.poll() is None:
                    return worker
                worker.close()
        return Worker()

    def close(self) -> None:
        while self.idle:
            self.take().close()


def warm() -> None:
    """Start a worker in advance, so that the first file does not wait for it (0.3 s)."""
    _workers.idle.append(Worker())


_workers = Workers()


@atexit.register
def _close() -> None:
    _workers.close()


def _forget() -> None:
    """A forked copy of our process must not talk to our workers, nor keep them alive."""
    for worker in _workers.idle:
        worker.leave()
    _workers.idle.clear()
    _workers.turns = threading.Semaphore(WORKERS)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
