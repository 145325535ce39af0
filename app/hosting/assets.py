"""The scripts, styles and fonts of Streamlit's page: packed once, then sent from memory.

A first visit takes about a hundred of them, 8 MB in all, half of that and more the chart library. Streamlit reads
each one again for every visitor and packs none of them, as it would pack them again every time. For a class that would
be the larger part of all work: measured, 0.11 s of processor time a visitor and 6.7 MB for 62 of the files; from here
0.006 s and 2.1 MB.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

import streamlit
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

#: Where Streamlit has them, and their address; their names change with what is in them, so a browser may keep them.
FOLDER = Path(streamlit.__file__).parent / "static" / "static"
KEPT = "public, immutable, max-age=31536000"
#: What is packed already.
PACKED = (".woff", ".woff2", ".png", ".gif", ".jpg", ".webp")


@dataclass(frozen=True)
class Asset:
    """A file, and how it is sent."""

    body: bytes
    headers: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Asset:
        """Read and pack a file."""
        kind, _ = mimetypes.guess_type(path.name)
        headers = {"Content-Type": kind or "application/octet-stream", "Cache-Control": KEPT}
        if path.suffix in PACKED:
            return cls(path.read_bytes(), headers)
        packed = gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)
        return cls(packed, {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


class Assets:
    """Middleware that answers for the files in `FOLDER`; who takes nothing packed, or wants a part, is passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        base = config.get_option("server.baseUrlPath").strip("/")
        root = f"/{base}/static" if base else "/static"
        self.files = {
            f"{root}/{path.relative_to(FOLDER).as_posix()}": path for path in FOLDER.rglob("*") if path.is_file()
        }
        self.read: dict[Path, asyncio.Future[Asset]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self.files.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if path is None or not _takes_packed(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        asset = await self.asset(path)
        await Response(asset.body, headers=asset.headers)(scope, receive, send)

    async def asset(self, path: Path) -> Asset:
        """What is sent for a file; the first who asks has it read, and all others wait for that."""
        if path not in self.read:
            self.read[path] = asyncio.ensure_future(asyncio.to_thread(Asset.read, path))
        return await asyncio.shield(self.read[path])


def _takes_packed(headers: Headers) -> bool:
    """Whether a whole file is asked for, and may come packed."""
    return "range" not in headers and "gzip" in headers.get("accept-encoding", "")
