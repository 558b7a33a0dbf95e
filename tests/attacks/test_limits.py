"""Bounds of a served lab: bodies, messages, heads, patience, memory of an episode, and who may reach it."""

import json
import logging
import socket
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lab.actions import parse_move
from lab.cluster.wait import NotYet, wait_until
from lab.episode import run_step, start, state
from lab.play import impatient, serving
from lab.play.serving import LOOPBACK, Served
from lab.scenarios import get
from lab.server import limits
from lab.server.limits import BODY_LIMIT
from tests.unit.server_kit import TinySource, quiet
from tests.unit.tiny_world import TinyWorld

SOON = 0.4


@pytest.fixture(scope="module", autouse=True)
def _logging_as_before() -> Iterator[None]:
    """uvicorn sets its loggers up for the whole process; the tests that come later know nothing of it."""
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")]
    before = [(one.handlers[:], one.propagate, one.level) for one in loggers]
    yield
    for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


@pytest.fixture(scope="module", name="served")
def _served() -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        # The page takes seconds to load, and has tests of its own.
        patch.setenv("LAB_PAGE_READY", "false")
        yield from _serving()


def _serving() -> Iterator[Served]:
    with serving.serving(TinySource(), 0, log=quiet()) as served:
        yield served


@pytest.fixture(name="hurried")
def _hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server whose patience ends soon."""
    monkeypatch.setattr(impatient, "HEAD_SECONDS", SOON)
    monkeypatch.setattr(limits.BodyLimit.__init__, "__defaults__", (BODY_LIMIT, SOON))
    monkeypatch.setenv("LAB_PAGE_READY", "false")
    yield from _serving()


class Raw:
    """A client that speaks as badly as it likes."""

    def __init__(self, served: Served) -> None:
        self.socket = socket.create_connection((LOOPBACK, int(served.url.rsplit(":", 1)[1])), timeout=20)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def heard_until(self, end: str) -> str:
        """One answer, in however many pieces it comes."""
        said = b""
        while not said.endswith(end.encode()):
            part = self.socket.recv(65_536)
            assert part, f"hung up after {said!r}"
            said += part
        return said.decode()

    def heard(self) -> str:
        """All that the server says until it hangs up."""
        parts = []
        try:
            while part := self.socket.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts).decode()


def post(length: int, path: str = "/step") -> str:
    return f"POST {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"


@pytest.mark.parametrize("path", ["/reset", "/step", "/fork", "/openenv/reset"])
def test_a_body_that_is_declared_too_long_is_not_read(served: Served, path: str) -> None:
    with Raw(served) as raw:
        raw.say(post(BODY_LIMIT + 1, path))
        assert raw.heard().startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize("path", ["/reset", "/step"])
def test_a_body_that_never_ends_is_cut_off(served: Served, path: str) -> None:
    with Raw(served) as raw:
        raw.say(f"POST {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = f"{0x4000:x}\r\n{' ' * 0x4000}\r\n"
        try:
            for _ in range(BODY_LIMIT // 0x4000 + 8):
                raw.say(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert " 413 " in raw.heard()


def test_a_head_that_never_ends_is_cut_off(served: Served) -> None:
    with Raw(served) as raw:
        raw.say("GET /health HTTP/1.1\r\nHost: lab\r\n")
        sent = 0
        try:
            while sent < 64 * impatient.HEAD_LIMIT:
                raw.say(f"X-{sent}: {'x' * 8_000}\r\n")
                sent += 8_000
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 64 * impatient.HEAD_LIMIT
        assert "200" not in raw.heard()


def test_who_says_nothing_is_hung_up_on(hurried: Served) -> None:
    with Raw(hurried) as raw:
        since = time.monotonic()
        assert raw.heard() == ""
        assert time.monotonic() - since < 10 * SOON


def test_a_head_in_drops_is_hung_up_on(hurried: Served) -> None:
    with Raw(hurried) as raw:
        since = time.monotonic()
        try:
            for letter in "GET /health HTTP/1.1\r\n" * 10:
                raw.say(letter)
                time.sleep(SOON / 8)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert raw.heard() == ""
        assert time.monotonic() - since < 20 * SOON


@pytest.mark.parametrize("path", ["/reset", "/step", "/fork"])
def test_a_body_that_does_not_come_is_given_up(hurried: Served, path: str) -> None:
    with Raw(hurried) as raw:
        raw.say(post(100, path) + '{"task')
        answer = raw.heard()
        assert answer.startswith("HTTP/1.1 408 ")
        assert "did not come in time" in answer


def test_who_goes_on_asking_is_not_hung_up_on(hurried: Served) -> None:
    with Raw(hurried) as raw:
        for _ in range(8):
            raw.say("GET /health HTTP/1.1\r\nHost: lab\r\n\r\n")
            answer = raw.heard_until('"}')
            assert answer.startswith("HTTP/1.1 200 OK"), answer
            time.sleep(SOON / 2)


def test_a_message_on_a_socket_is_bounded(served: Served) -> None:
    with connect(f"ws{served.url[4:]}/openenv/ws", open_timeout=60) as socket_:
        socket_.send(json.dumps({"type": "reset", "data": {"task_id": "alert_classification"}}))
        assert json.loads(socket_.recv(60))["type"] == "observation"
        socket_.send(json.dumps({"type": "step", "data": {"action_type": "x" * (BODY_LIMIT + 1)}}))
        with pytest.raises(ConnectionClosed):
            socket_.recv(20)
    wait_until(lambda: must_be(served, 0), 20, every=0.05, what="the episode's end")


def must_be(served: Served, episodes: int) -> None:
    if len(served.sessions) != episodes:
        raise NotYet(f"{len(served.sessions)} episodes are there")


def test_what_could_not_be_done_is_not_kept_at_length() -> None:
    world = TinyWorld()
    episode = start(world, get("AC-001"), 0)
    long = {"a": "x" * 15_000, **{f"n{number}": number for number in range(50)}}
    for raw in (
        {"action_type": "dance", "parameters": long},
        {"action_type": "submit_resolution", "parameters": {"summary": "x" * 10_000}},
        {"action_type": "dance", "parameters": {"a": [1, {"b": None}]}},
    ):
        run_step(world, episode, parse_move(raw))
    first, second, short = (action["parameters"] for action in state(episode)["action_history"])
    assert len(str(first)) < 1_200 > len(str(second))
    assert "(cut)" in str(first)
    assert short == {"a": [1, {"b": None}]}


def test_connections_are_watched_for_peers_that_vanish(served: Served) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        serving.with_keepalive(listener)
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as taken:
            assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.0.2.7", False)]
)
def test_loopback_is_told_from_the_rest(host: str, own: bool) -> None:
    assert serving.is_loopback(host) is own
