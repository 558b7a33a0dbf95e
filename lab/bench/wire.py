"""HTTP as sparing as can be, so that the server is measured and not its client: keep-alive over bare sockets."""

import socket
from types import TracebackType
from typing import NamedTuple, Self

LOOPBACK, TIMEOUT = "127.0.0.1", 60.0


class Answer(NamedTuple):
    status: int
    body: bytes


class Connection:
    """One request at a time; `lab.bench.drive` keeps many of them busy."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((LOOPBACK, port), TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came = bytearray()
        self._needed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        self.send(method, path, body)
        while (answer := self.receive()) is None:
            pass
        return answer

    def send(self, method: str, path: str, body: bytes = b"") -> None:
        head = f"{method} {path} HTTP/1.1\r\nhost: lab\r\ncontent-length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)

    def receive(self) -> Answer | None:
        """What has come; None while the answer is not whole."""
        came = self.socket.recv(262_144)
        if not came:
            raise ConnectionError("the server closed the connection")
        self._came += came
        return self._whole() if len(self._came) >= self._needed else None

    def _whole(self) -> Answer | None:
        end = self._came.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        head = bytes(self._came[:end]).lower()
        self._needed = end + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._came) < self._needed:
            return None
        answer = Answer(int(head[9:12]), bytes(self._came[end : self._needed]))
        self._came, self._needed = self._came[self._needed :], 0
        return answer
