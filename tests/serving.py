"""The Studio as its users start it: `drsn app` on a free port of this machine."""

import contextlib
import functools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running Studio."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self, path: str, body: bytes) -> None:
        """Wait until ``path`` answers with ``body``."""
        for _ in range(10 * START_SECONDS):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.address}{path}", timeout=5) as answer:
                if answer.read() == body:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise TimeoutError(f"the Studio did not answer {path}")

    def stop(self) -> None:
        """End it as a supervisor would, or, if that does not help, by force."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextlib.contextmanager
def running(*options: str, log: IO[str] | None = None, ready: bool = True, **settings: str) -> Iterator[Server]:
    """Run `drsn app` with ``options`` and environment variables; ``ready`` waits until all has been loaded."""
    port = free_port()
    command = [sys.executable, "-m", "drsn_core.cli", "app", "--no-browser", "--port", str(port), *options]
    env = {**os.environ, **settings}
    server = Server(port, subprocess.Popen(command, stdout=log, stderr=log, env=env))
    try:
        server.wait("/_stcore/health", b"ok")
        if ready:
            server.wait("/ready", b"ready")
        yield server
    finally:
        server.stop()


#: What ends with the test process, see `tests.conftest`.
AT_THE_END = contextlib.ExitStack()


@functools.cache
def shared() -> Server:
    """One Studio for all who only visit it; it runs until the tests end."""
    return AT_THE_END.enter_context(running())
