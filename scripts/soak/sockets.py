"""The OpenEnv protocol over a WebSocket, spoken by hand: no library answers pings behind our back."""

import base64
import os
import socket
import struct
from typing import IO, Any, NamedTuple

from pydantic_core import from_json, to_json

from lab.bench.wire import LOOPBACK

TAKEN, OTHER_ERROR = "told that all are taken", "other error"
CLOSE, PING, PONG = 0x8, 0x9, 0xA
PATIENCE = 30.0


class Opened(NamedTuple):
    socket: socket.socket | None
    """One on which an episode has begun."""
    said: str
    """Where there is none: why."""


def openenv(port: int, wish: dict[str, Any]) -> Opened:
    made = socket.create_connection((LOOPBACK, port), timeout=PATIENCE)
    with made.makefile("rb") as came:
        said = _begun(made, came, wish)
    if not said:
        return Opened(made, "")
    made.close()
    return Opened(None, said)


def _begun(made: socket.socket, came: IO[bytes], wish: dict[str, Any]) -> str:
    key = base64.b64encode(os.urandom(16)).decode()
    made.sendall(
        f"GET /openenv/ws HTTP/1.1\r\nhost: lab\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n".encode()
    )
    status = came.readline()
    if b" 101 " not in status:
        return f"{OTHER_ERROR}: no socket, {status!r}"
    while came.readline().strip():
        pass
    made.sendall(frame(to_json({"type": "reset", "data": wish})))
    return said_by(*message(came))


def said_by(kind: int, content: bytes) -> str:
    """Why no episode has begun; nothing where one has."""
    answer = {"type": "close"} if kind == CLOSE else from_json(content)
    if answer["type"] == "observation":
        return ""
    code = answer.get("data", {}).get("code", answer["type"])
    return TAKEN if code == "CAPACITY_REACHED" else f"{OTHER_ERROR}: {code} {content[:120]!r}"


def frame(content: bytes) -> bytes:
    """One masked text frame (RFC 6455, 5.2)."""
    mask = os.urandom(4)
    head = b"\x81" + (bytes([0x80 | len(content)]) if len(content) < 126 else b"\xfe" + struct.pack(">H", len(content)))
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(content))


def message(came: IO[bytes]) -> tuple[int, bytes]:
    """The next frame that is no ping; a server masks none and, as this one, may leave them whole."""
    first, length = _exactly(came, 2)
    if length >= 126:
        length = int.from_bytes(_exactly(came, 2 if length == 126 else 8))
    content = _exactly(came, length)
    kind = first & 0x0F
    return message(came) if kind in (PING, PONG) else (kind, content)


def _exactly(came: IO[bytes], length: int) -> bytes:
    content = came.read(length)
    if len(content) < length:
        raise EOFError("the server closed the socket")
    return content


def reset(one: socket.socket) -> None:
    """Closes without a word: the peer is told by a reset."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
