"""The Studio as its users start it: `drsn app` on a free port of this machine."""

import contextlib
import functools
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from drsn_core import bundle

START_SECONDS = 60
DEPLOY = bundle.folder("app") / "hosting" / "deploy"


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


def nginx() -> str | None:
    """Where nginx is, if it is on this machine."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextlib.contextmanager
def balancing(folder: Path, port: int, ports: tuple[int, int]) -> Iterator[subprocess.Popen[bytes]]:
    """Run nginx as it is shipped at ``port``, with two replicas at ``ports`` behind it; it writes in ``folder``."""
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in (("listen 80;", f"listen 127.0.0.1:{port};"), (":8501", f":{ports[0]}"), (":8502", f":{ports[1]}")):
        assert old in text
        text = text.replace(old, new)
    (folder / "studio.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "worker_rlimit_nofile 16384; events { worker_connections 8192; }\n"
        f"http {{ access_log off; {places} include {folder}/studio.conf; }}\n"
    )
    program = nginx()
    assert program is not None
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as line:
                    line.connect()
                break
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(10)


#: What ends with the test process, see `tests.conftest`.
AT_THE_END = contextlib.ExitStack()


@functools.cache
def shared() -> Server:
    """One Studio for all who only visit it; it runs until the tests end."""
    return AT_THE_END.enter_context(running())
