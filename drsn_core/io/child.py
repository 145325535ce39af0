"""The process in which strangers' files are parsed: ``python -m drsn_core.io.child``.

One long-lived worker with the parsers loaded answers requests from `isolate`. For each it forks a child that has
limits on memory and time and cannot open a file, and passes the child's answer on. The worker has one thread and no
torch, so that the fork is safe and takes milliseconds. It ends when its input ends, that is, with its parent, in the
midst of a parse too; and the child ends with it.

Where there is no fork (Windows) the worker parses by itself and ends after each answer; the parent keeps the time.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import math
import os
import select
import signal
import sys
import time
from types import ModuleType
from typing import IO

from drsn_core.errors import DrsnError
from drsn_core.io.message import Facts, Parts, pack, receive, send, unpack
from drsn_core.io.parsed import to_message

#: The module whose ``parse`` reads a format. Loaded before the fork: the child cannot open files, not even modules.
PARSERS = {
    "text": "text",
    "npy": "numpy_files",
    "npz": "numpy_files",
    "mat": "matlab",
    "hdf5": "hdf5",
    **dict.fromkeys(("wav", "flac", "ogg", "mp3"), "audio"),
    **dict.fromkeys(("png", "jpeg", "tiff", "bmp", "webp"), "images"),
}
#: The system's C library, opened before the fork, and the number of a wish in its <sys/prctl.h>.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
CHUNK = 1 << 20
MOST_FILES = 256
LACKED_MODULES = 3
FORKS = hasattr(os, "fork")


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one request after another until there are no more."""
    while (message := receive(requests)) is not None:
        facts, data = unpack(message)
        parser = importlib.import_module(f"drsn_core.io.{PARSERS[facts['format']]}")
        if not FORKS:
            send(answers, attempt(parser, facts, bytes(data))[0])
            return
        gc.freeze()
        send(answers, contained(parser, facts, data, requests))
        del message, data  # megabytes: not kept while waiting


def contained(
    parser: ModuleType, facts: Facts, data: memoryview, requests: IO[bytes], known: frozenset[str] = frozenset()
) -> Parts:
    """Parse in a forked child; return its answer, or how it failed to give one.

    A child that failed and lacked modules asks for them: they are loaded here, and it has another try. If nobody is
    left who wants the answer, child and worker end at once.
    """
    reading, writing = os.pipe()
    worker = os.getpid()
    child = os.fork()
    if not child:
        try:
            end_with(worker)
            os._exit(parse_and_tell(parser, facts, data, writing))
        finally:
            os._exit(1)
    os.close(writing)
    try:
        answer = collect(reading, time.monotonic() + facts["seconds"], requests)
    except EOFError:
        os.kill(child, signal.SIGKILL)
        os._exit(0)
    os.close(reading)
    if answer is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if answer is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return pack({"failure": "time"})
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == LACKED_MODULES:
        lacked, rest = unpack(answer)
        if new := set(lacked["modules"]) - known:
            for module in new:
                with contextlib.suppress(Exception):
                    importlib.import_module(module)
            return contained(parser, facts, data, requests, known | new)
        return [rest]
    return [answer] if status == 0 else pack({"failure": "crash"})


def parse_and_tell(parser: ModuleType, facts: Facts, data: memoryview, pipe: int) -> int:
    """What the child does: parse, write the answer to ``pipe``, return the exit status."""
    lacked = Lacked()
    sys.meta_path.insert(0, lacked)
    confine(facts["seconds"], facts["memory"], pipe)
    answer, good = attempt(parser, facts, bytes(data))
    retry = bool(lacked.modules) and not good
    if retry:
        answer = [*pack({"modules": lacked.modules}), *answer]
    with open(pipe, "wb", closefd=False) as out:
        for part in answer:
            out.write(part)
    return LACKED_MODULES if retry else 0


class Lacked:
    """Notes which modules are imported too late: behind the limits no file can be opened, not even a module."""

    def __init__(self) -> None:
        self.modules: list[str] = []

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        self.modules.append(name)


def collect(pipe: int, deadline: float, requests: IO[bytes]) -> bytes | None:
    """Read a pipe to its end; None if that takes too long.

    Raises
    ------
    EOFError
        Meanwhile the requests have ended: nothing else can be there, for the next one waits for this answer.
    """
    chunks: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([pipe, requests.fileno()], [], [], left)
        if requests.fileno() in ready:
            raise EOFError
        if ready:
            chunk = os.read(pipe, CHUNK)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
    return None


def confine(seconds: float, memory: int, pipe: int) -> None:
    """Leave this process nothing but ``pipe``: no files, no output, no core, bounded memory and time.

    A limit that the system does not know or allow is left out: the others still hold.
    """
    import resource  # not on Windows

    os.dup2(0, 2)  # what a library complains of
    os.closerange(3, pipe)
    os.closerange(pipe + 1, MOST_FILES)
    processor, grown = math.ceil(seconds) + 1, used() + memory
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_AS, grown),
        (resource.RLIMIT_NOFILE, 0),  # also against HDF5 files that name other files: there is nothing they can open
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def end_with(parent: int) -> None:
    """Ask the system to end this process when ``parent``, which forked it, ends, however that comes about; Linux only.

    For a child of the worker, which has one thread. The worker itself cannot ask for it: it would end with the thread
    that started it, such as that of one visitor's page.
    """
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)


def used() -> int:
    """Bytes of address space this process has; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as status:
            return int(status.read().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def attempt(parser: ModuleType, facts: Facts, data: bytes) -> tuple[Parts, bool]:
    """Parse; return the result or the error as a message, and whether it is a result.

    Foreign errors keep their text to themselves: it may have paths in it.
    """
    try:
        return to_message(parser.parse(data, facts["name"], facts["column"])), True
    except DrsnError as error:
        return pack({"error": type(error).__name__, "facts": error.facts}), False
    except MemoryError:
        return pack({"failure": "memory"}), False
    except Exception:
        return pack({"failure": "decoder"}), False


def main() -> None:
    """Talk over the standard streams, which nothing else may use."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; we end with it
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # what a library prints
    with contextlib.suppress(BrokenPipeError):
        serve(requests, answers)
    os._exit(0)


if __name__ == "__main__":
    main()
