"""The Studio as a visitor meets it: a server on a free port, and a Chromium that talks to nobody else."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import IO, Any

from playwright.sync_api import Page, sync_playwright

from tests.conftest import needs_browser

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


@contextlib.contextmanager
def visiting(path: str, **context: Any) -> Iterator[Page]:
    """Open a page of a Studio of its own; at the end it has reached nobody else, and no script of it has failed."""
    browser_path = needs_browser()
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        foreign: list[str] = []
        broken: list[str] = []
        own = ("http://127.0.0.1", "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
        page.on("pageerror", lambda e: broken.append(str(e)))
        page.goto(f"{address}/{path}")
        yield page
        browser.close()
    assert foreign == [], "a page must not reach beyond its own server"
    assert broken == []
