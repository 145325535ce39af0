"""From start to end of the server: load what all visitors need, say when that is done, tidy up now and then."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import pkgutil
import sys
import webbrowser
from collections.abc import AsyncIterator
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from streamlit import config
from streamlit.runtime import get_instance
from streamlit.web.server import server_util

from app import compute, views

#: Packages that Plotly does not load but looks for whenever it is given values. While a first visitor's page loads one,
#: another visitor's would find half of it, and fail. So they are there before anybody comes.
LOOKED_FOR = ("pandas",)

#: Seconds for which a thread may go on when others want to: pages take less time in all if they change hands less often
#: (measured: 0.053 instead of 0.064 s of processor time a first page with a hundred at once; Python begins with 0.005).
SWITCH = 0.02

#: Seconds between two looks for visitors who have left.
ROUND = 15.0

#: Files that may be open at once, where the machine lets us: an open page has three, a browser that comes opens six
#: lines. Two hundred who come at once are beyond the 1,024 that shells begin with.
OPEN_FILES = 8192


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start loading, open a browser where there is somebody to look at it, and tidy up until the end."""
    sys.setswitchinterval(SWITCH)
    allow_open_files()
    for module in LOOKED_FOR:
        importlib.import_module(module)
    compute.behind(_load)
    address = server_util.get_url(server_util.get_display_address(config.get_option("server.address") or "localhost"))
    print(f"\n  DRSN Studio: {address}\n", flush=True)
    if not config.get_option("server.headless"):
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
    tidying = asyncio.create_task(_tidy())
    yield {}
    tidying.cancel()


def allow_open_files() -> None:
    """Raise our own limit to `OPEN_FILES`, or to what the machine allows at most; never lower it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _load() -> None:
    """Load the pages, and what they need; what has been loaded is then left alone by the garbage collector."""
    for page in pkgutil.iter_modules(views.__path__):
        importlib.import_module(f"{views.__name__}.{page.name}")
    compute.load()


async def _tidy() -> None:
    """What visitors leave is dropped and collected here, once a round.

    Streamlit would collect after every run of every page: with a hundred open, two thirds of all time (measured: 0.26
    against 0.08 s of processor time a first load).
    """
    while True:
        await asyncio.sleep(ROUND)
        end_left_sessions()
        await asyncio.to_thread(gc.collect)


def end_left_sessions() -> None:
    """Shut down the sessions of pages that have been closed for longer than ``server.disconnectedSessionTTL``.

    Streamlit does so only when the next page is closed: until then the last ones keep their data, and three open files
    each (the event loop that a session gets).
    """
    storage = getattr(getattr(get_instance(), "_session_mgr", None), "_session_storage", None)
    closed = getattr(storage, "_cache", None)
    if closed is not None:
        for _, info in closed.expire():
            info.session.shutdown()


async def ready(_request: Request) -> PlainTextResponse:
    """Whether all has been loaded: 200 "ready", else 503 "starting"; for balancers that wait before they send visitors.

    `/_stcore/health` says "ok" as soon as the server answers.
    """
    done = compute.WARM.is_set()
    return PlainTextResponse("ready" if done else "starting", 200 if done else 503, {"Cache-Control": "no-store"})
