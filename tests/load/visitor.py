"""A browser without a screen: it speaks Streamlit's own protocol over a WebSocket, and keeps what it was shown.

Two hundred of these fit into one small process; two hundred browsers do not fit into one machine.
"""

import asyncio
import contextlib
import re
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

#: Connections that a browser opens to one server.
LINES = 6
#: The largest message that a visitor takes.
MAX_MESSAGE = 60 * 2**20


@dataclass
class Run:
    """One run of a page's script, as its visitor saw it."""

    seconds: float = 0.0
    messages: int = 0
    nbytes: int = 0
    figures: int = 0  # bytes of charts among them
    raw: list[bytes] = field(default_factory=list)


class Visitor:
    """One open page."""

    def __init__(self, socket: ClientConnection, replica: str, query: str, page: str, keep: bool) -> None:
        self.socket, self.replica = socket, replica
        self.query, self.page, self.keep = query, page, keep
        self.session = ""
        self.shown: dict[tuple[int, ...], Element] = {}
        self.known: dict[str, Element] = {}
        self.widgets: dict[str, Any] = {}
        self.runs: list[Run] = []
        self.said: asyncio.Queue[ForwardMsg] = asyncio.Queue()

    async def run(self, changed: dict[str, Any] | None = None, trigger: str = "") -> Run:
        """Run the script with other values of widgets (by id), or a button pressed, and wait until it has finished."""
        await self.ask(changed, trigger)
        return await self.finish()

    async def ask(self, changed: dict[str, Any] | None = None, trigger: str = "") -> None:
        self.widgets |= changed or {}
        state = ClientState(
            query_string=self.query, page_name=self.page, cached_message_hashes=list(self.known), context_info={}
        )
        for key, (kind, value) in self.widgets.items():
            _put(state.widget_states.widgets.add(id=key), kind, value)
        if trigger:
            state.widget_states.widgets.add(id=trigger, trigger_value=True)
        await self.socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def finish(self) -> Run:
        """Take what the server says until a run has finished."""
        began, run = time.perf_counter(), Run()
        while not self.take(await self.socket.recv(), run):
            pass
        run.seconds = time.perf_counter() - began
        self.runs.append(run)
        return run

    def take(self, data: bytes | str, run: Run) -> bool:
        """Read one message; whether it ends a run."""
        assert isinstance(data, bytes)
        run.messages += 1
        run.nbytes += len(data)
        if self.keep:
            run.raw.append(data)
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        place = tuple(message.metadata.delta_path)
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            self.page_hash = message.new_session.page_script_hash
        elif kind == "ref_hash":
            self.shown[place] = self.known[message.ref_hash]
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            self.shown[place] = element
            if message.metadata.cacheable:
                self.known[message.hash] = element
            if element.WhichOneof("type") == "plotly_chart":
                run.figures += len(data)
        elif kind == "file_urls_response":
            self.said.put_nowait(message)
        return kind == "script_finished" and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )

    def elements(self, kind: str) -> list[Any]:
        """All elements of one kind that are shown, as "slider" or "button"."""
        return [getattr(one, kind) for one in self.shown.values() if one.WhichOneof("type") == kind]

    def named(self, kind: str, key: str) -> Any:
        """The shown element of a kind whose widget has the key ``key``, or one that begins with it and a dash."""
        for one in self.elements(kind):
            name = one.id.split("-", 2)[-1]
            if name == key or name.startswith(f"{key}-"):
                return one
        raise LookupError(f"no {kind} {key!r} among {[one.id for one in self.elements(kind)]}")

    @property
    def errors(self) -> list[str]:
        """What the page says went wrong."""
        alerts = [one.body for one in self.elements("alert") if one.format == one.ERROR]
        return alerts + [one.message for one in self.elements("exception")]

    async def upload(self, address: str, uploader: str, name: str, data: bytes, cookie: str) -> int:
        """Send a file to a file uploader (by id) as a browser does; the status of the answer."""
        request = BackMsg()
        request.file_urls_request.request_id = "1"
        request.file_urls_request.file_names.append(name)
        await self.socket.send(request.SerializeToString())
        while self.said.empty():
            self.take(await self.socket.recv(), Run())
        urls = self.said.get_nowait().file_urls_response.file_urls[0]
        status = await asyncio.to_thread(put, f"{address}{urls.upload_url}", name, data, cookie, self.replica)
        if status < 300:
            self.widgets[uploader] = ("file", (name, len(data), urls))
        return status


def _put(widget: Any, kind: str, value: Any) -> None:
    if kind == "file":
        name, size, urls = value
        info = widget.file_uploader_state_value.uploaded_file_info.add(file_id=urls.file_id, name=name, size=size)
        info.file_urls.CopyFrom(FileURLs(upload_url=urls.upload_url, delete_url=urls.delete_url))
    elif kind.endswith("_array_value"):
        getattr(widget, kind).data[:] = value
    else:
        setattr(widget, kind, value)


def put(url: str, name: str, data: bytes, cookie: str, replica: str = "") -> int:
    """Send a file by PUT as a form, with the token against forged requests; the status of the answer."""
    edge = "edge-of-a-part"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    if cookie:
        headers |= {"Cookie": f"_streamlit_xsrf={cookie}; {replica}", "X-Xsrftoken": cookie}
    request = urllib.request.Request(url, body, headers, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (BrokenPipeError, ConnectionError, urllib.error.URLError):
        return 413  # the server closed the line on a body that it does not want


def cookie(address: str) -> str:
    """The token that the server gives every browser."""
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10) as answer:
        return str(answer.headers["Set-Cookie"]).split(";")[0].partition("=")[2]


async def fetch(address: str, paths: Sequence[str]) -> int:
    """Fetch files as a browser does, packed and over `LINES` lines at once; returns the bytes that came.

    Raises
    ------
    OSError
        If one does not come.
    """
    place, waiting = urlsplit(address), deque(paths)

    async def line() -> int:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        nbytes = 0
        with contextlib.closing(writer):
            while waiting:
                path = waiting.popleft()
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                if b" 200 " not in head.partition(b"\r\n")[0] or length is None:
                    raise OSError(f"{path}: {head[:60]!r}")
                nbytes += len(head) + len(await reader.readexactly(int(length[1])))
        return nbytes

    try:
        return sum(await asyncio.gather(*(line() for _ in range(LINES))))
    except asyncio.IncompleteReadError as error:
        raise OSError("the server closed a line") from error


@contextlib.asynccontextmanager
async def visiting(address: str, page: str = "", query: str = "", keep: bool = False) -> AsyncIterator[Visitor]:
    """Open a page and wait for its first run, which is `runs[0]` and counts from the handshake."""
    began = time.perf_counter()
    replica = f"drsn_replica={uuid.uuid4().hex}"  # as a balancer gave it before; see app/hosting/deploy/nginx.conf
    stream = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(
        stream,
        subprotocols=["streamlit"],
        origin=address,
        additional_headers={"Cookie": replica},
        max_size=MAX_MESSAGE,
        open_timeout=60,
        compression=None,
        ping_interval=None,  # browsers ask for no sign of life either
    ) as socket:
        visitor = Visitor(socket, replica, query, page, keep)
        run = await visitor.run()
        run.seconds = time.perf_counter() - began
        yield visitor
