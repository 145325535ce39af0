"""The Studio as a visitor meets it: a server on a free port, and a Chromium that talks to nobody else."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import IO

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
START_SECONDS = 60


@contextlib.contextmanager
def serving(log: IO[str] | None = None) -> Iterator[str]:
    """Run `drsn app` and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "drsn_core.cli", "app", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(4 * START_SECONDS):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    break
            time.sleep(0.25)
        else:
            raise TimeoutError("the Studio did not start")
        yield address
    finally:
        server.terminate()
        server.wait(20)
