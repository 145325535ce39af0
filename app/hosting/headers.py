"""What a browser is told about our pages: load nothing from elsewhere, and let nobody frame them.

Streamlit needs more than the strictest policy: its index page has one short script in line (allowed by its digest), its
styles are made by scripts, and components of version 2, like ours, are loaded from "blob:" addresses.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Pages that may show the Studio in a frame, with spaces between them: "https://moodle.school.edu". By default our own.
FRAMED_BY = "DRSN_FRAMED_BY"
#: Sites in that list: a scheme, a name that may begin with "*.", a port.
_SITE = re.compile(r"https?://(\*\.)?[\w.-]+(:\d+)?")


def inline_scripts(page: str) -> list[str]:
    """The scripts in line of an HTML page, as sources of a content security policy."""
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]


def policy(framed_by: tuple[str, ...]) -> str:
    """The content security policy of every answer."""
    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    sources = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "blob:", *inline_scripts(index)],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'", *framed_by],
    }
    return "; ".join(f"{kind} {' '.join(allowed)}" for kind, allowed in sources.items())


def headers(framed_by: tuple[str, ...] = ()) -> dict[str, str]:
    """All headers that are added to answers which do not have them yet."""
    added = {
        "Content-Security-Policy": policy(framed_by),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # a link holds the whole page: it is nobody else's to know
        "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    # The older header cannot name other sites; where some are named, the policy alone speaks.
    return added if framed_by else {**added, "X-Frame-Options": "SAMEORIGIN"}


def framing_sites() -> tuple[str, ...]:
    """The sites of `FRAMED_BY`; what is none is left out."""
    return tuple(site for site in os.environ.get(FRAMED_BY, "").split() if _SITE.fullmatch(site))


class Headers:
    """Middleware that adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.added = headers(framing_sites())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self.added.items():
                    given.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, tell)
