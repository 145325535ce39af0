"""Messages between our process and the parsing child: JSON facts, raw bytes behind them, nothing that is code.

A frame on the wire is its length (8 bytes) and a message; a message is the length of its facts (4 bytes), the facts
as JSON, and the bytes.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

Facts = dict[str, Any]
Parts = list[memoryview | bytes]

FRAME = struct.Struct("!Q")
HEAD = struct.Struct("!I")


def pack(facts: Facts, body: memoryview | bytes = b"") -> Parts:
    """Write facts and bytes as one message, in parts so that the numbers are not copied."""
    head = json.dumps(facts).encode()
    parts: Parts = [HEAD.pack(len(head)), head]
    return [*parts, body] if len(body) else parts


def unpack(message: bytes | memoryview) -> tuple[Facts, memoryview]:
    """Undo `pack`, without a copy of the bytes."""
    (length,) = HEAD.unpack_from(message)
    view = memoryview(message)
    return json.loads(bytes(view[HEAD.size : HEAD.size + length])), view[HEAD.size + length :]


def send(stream: IO[bytes], parts: Parts) -> None:
    """Write one frame."""
    stream.write(FRAME.pack(sum(len(part) for part in parts)))
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one frame; None if the other side has gone."""
    head = stream.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    (length,) = FRAME.unpack(head)
    message = stream.read(length)
    return message if len(message) == length else None
