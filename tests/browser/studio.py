"""The Studio as a visitor meets it: a server on a free port, and a Chromium that talks to nobody else."""

import contextlib
from collections.abc import Iterator
from typing import IO, Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import needs_browser
from tests.serving import running, shared

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@contextlib.contextmanager
def serving(log: IO[str] | None = None) -> Iterator[str]:
    """Run `drsn app` and give its address."""
    with running(log=log, ready=False) as server:
        yield server.address


@contextlib.contextmanager
def visiting(path: str, **context: Any) -> Iterator[Page]:
    """Open a page of the Studio that all visits of this test process share.

    At the end it has reached nobody else, no script of it has failed, and nothing broke the server's policy of content.
    """
    browser_path = needs_browser()
    address = shared().address
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        foreign: list[str] = []
        broken: list[str] = []
        own = ("http://127.0.0.1", "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
        page.on("pageerror", lambda e: broken.append(str(e)))
        page.on("console", lambda m: broken.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(f"{address}/{path}")
        yield page
        browser.close()
    assert foreign == [], "a page must not reach beyond its own server"
    assert broken == []


def settled(page: Page) -> None:
    """Wait until the page's script has ended and what it made is drawn; no error may stand there.

    The sign of a running script that visitors see comes late and is no witness: while it is not there yet, half of a
    page may be new.
    """
    page.wait_for_timeout(150)  # what was done here has reached the server
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    page.wait_for_timeout(200)  # and what came of it is drawn
    expect(page.get_by_test_id("stException")).to_have_count(0)
