"""How many bytes visitors may leave with us: a session, and all of them together.

Streamlit limits the size of one file, and only that: a session may send any number of them. What arrives is counted
here before it is read. A body that does not say how long it is counts as one of the largest size.
"""

from __future__ import annotations

import re
from collections import Counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.runtime import get_instance

from app.hosting.gate import refuse

#: Files of one session, in parts of a page that take one each; a second stays only until the page has looked at it.
FILES = 6
#: Bytes of one session, and of all sessions together.
SESSION_BYTES = 120 * 2**20
ALL_BYTES = 1024 * 2**20

_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")


class Uploads:
    """Middleware that refuses what is too much."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.largest = config.get_option("server.maxUploadSize") * 2**20
        self.arriving: Counter[str] = Counter()  # bytes by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = _PATH.search(scope.get("path", ""))
        if scope["type"] != "http" or scope["method"] != "PUT" or place is None:
            await self.app(scope, receive, send)
            return
        session, _ = place.groups()
        length = Headers(scope=scope).get("content-length", "")
        size = int(length) if length.isdecimal() else self.largest
        reason = self.too_much(session, size)
        if reason:
            await refuse(scope, receive, send, 413, reason)
            return
        self.arriving[session] += size
        try:
            await self.app(scope, receive, send)
        finally:
            self.arriving[session] -= size
            self.arriving += Counter()  # forgets those at zero

    def too_much(self, session: str, size: int) -> str | None:
        """Name the text that says which limit a file of ``size`` bytes would break; None if it may come."""
        held = {one: [len(file.data) for file in files.values()] for one, files in stored().items()}
        mine = held.get(session, [])
        if len(mine) >= FILES or sum(mine) + self.arriving[session] + size > SESSION_BYTES:
            return "server.upload.session"
        if sum(map(sum, held.values())) + self.arriving.total() + size > ALL_BYTES:
            return "server.upload.all"
        return None


def stored() -> dict[str, dict[str, object]]:
    """What Streamlit keeps of each session, as it stands now."""
    files = get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    return {session: dict(own) for session, own in list(files.items())}
