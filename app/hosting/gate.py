"""Who may talk to the server: foreign names and foreign pages are refused before anything of Streamlit runs.

A page of somebody else that a visitor has open could otherwise talk to the Studio in the visitor's name, at any address
that the visitor's browser reaches (by WebSocket, or under a name of its own that it lets point here: DNS rebinding).
Streamlit 1.67 looks at both as well, but compares pages by host name only, takes every name unless told otherwise, and
asks an outside service for the address of this machine before it refuses a page: up to two seconds in which nobody is
served, for each try.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from app.i18n import LANGUAGES, Words

#: The names of this machine for itself.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Asked by supervisors and balancers, which call a server by its number; they say nothing but "ready" and "ok".
FOR_ALL = ("/ready", "/_stcore/health")
#: Pages open at the same time. One without work costs about half a megabyte.
PAGES = 1000

log = logging.getLogger("drsn_studio")


@dataclass(frozen=True)
class Names:
    """The names this server goes by, and whose pages may talk to it.

    Parameters
    ----------
    hosts : names in a request that are ours, "*.school.edu" for all below it; if empty, any name
    origins : pages ("https://studio.school.edu") that may talk to us besides our own
    """

    hosts: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()

    @classmethod
    def configured(cls) -> Names:
        """As Streamlit's settings say; a server that listens to this machine only goes by its own names for itself."""
        hosts = tuple(config.get_option("server.allowedHosts"))
        if not hosts and config.get_option("server.address") in LOOPBACK:
            hosts = LOOPBACK
        return cls(tuple(map(_plain, hosts)), frozenset(config.get_option("server.corsAllowedOrigins")))

    def know(self, host: str) -> bool:
        """Whether the "Host" of a request is a name of ours, at any port."""
        try:
            asked = urlsplit(f"//{host}")
            name, _ = _plain(asked.hostname or ""), asked.port
        except ValueError:
            return False
        if not name or asked.netloc != host or "@" in host:
            return False
        return not self.hosts or any(fnmatchcase(name, pattern) for pattern in self.hosts)

    def trust(self, origin: str, host: str) -> bool:
        """Whether a page may talk to us: it came from here, port included, or is named in the settings."""
        return urlsplit(origin).netloc.lower() == host.lower() or origin in self.origins


def _plain(name: str) -> str:
    return name.strip().lower().rstrip(".")


class Gate:
    """Middleware that refuses foreign names and pages, and pages beyond `PAGES`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.names = Names.configured()
        self.pages = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in FOR_ALL:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts, origin = headers.getlist("host"), headers.get("origin")
        host = hosts[0] if len(hosts) == 1 else ""  # who says two names may mean either
        if not self.names.know(host):
            await refuse(scope, receive, send, 403, "server.host")
        elif origin is not None and not self.names.trust(origin, host):
            await refuse(scope, receive, send, 403, "server.origin")
        elif scope["type"] == "http":
            await self.app(scope, receive, send)
        elif self.pages >= PAGES:
            await refuse(scope, receive, send, 503, "server.full")
        else:
            self.pages += 1
            try:
                await self.app(_as_ours(scope, host, origin), receive, send)
            finally:
                self.pages -= 1


def _as_ours(scope: Scope, host: str, origin: str | None) -> Scope:
    """Call a page that is named in the settings one of our own, so that Streamlit does not ask the outside world."""
    if origin is None or urlsplit(origin).netloc.lower() == host.lower():
        return scope
    ours = (b"origin", f"{urlsplit(origin).scheme}://{host}".encode())
    return {**scope, "headers": [ours if name == b"origin" else (name, value) for name, value in scope["headers"]]}


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    """Say no, in every language: nobody's page is open that could say which."""
    log.info("refused %s: %s", scope["path"][:80], reason)
    text = "\n".join(Words(lang)(reason) for lang in LANGUAGES)
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the server answers 403
    else:
        await PlainTextResponse(f"{text}\n", status)(scope, receive, send)
