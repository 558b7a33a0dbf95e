"""The short way to the two calls of training answers exactly as the framework's way does."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from lab.server.limits import BODY_LIMIT
from lab.server.quick import Quick
from tests.unit.server_kit import TinySource, client_over
from tests.unit.tiny_world import TinyWorld

LOOK = b'{"action_type": "query_logs", "parameters": {"service": "api-gateway"}}'
CALLS: list[tuple[str, bytes]] = [
    ("/step", LOOK),
    ("/reset", b'{"episode_id": "one"}'),
    ("/reset?scenario_id=RP-001&episode_id=a%20b&seed=3", b""),
    ("/reset?scenario_id=RP-001&scenario_id=RP-002&episode_id=x+y", b""),
    ("/step", LOOK),
    ("/step?episode_id=one", LOOK),
    ("/step", b'{"action": ' + LOOK + b"}"),
    ("/step?episode_id=a%20b", LOOK),
    ("/step?episode_id=nobody", LOOK),
    ("/step?episode_id=", LOOK),
    ("/step", b"[]"),
    ("/step", b"{"),
    ("/step", b"\xff"),
    ("/step", b""),
    ("/reset", b'{"episode_id": 1}'),
    ("/reset?seed=x", b""),
    ("/step", b'{"action_type": "' + b"x" * BODY_LIMIT + b'"}'),
]


def answers(client: TestClient) -> list[tuple[int, str | None, Any]]:
    told = [client.post(path, content=content) for path, content in CALLS]
    return [(one.status_code, one.headers.get("content-type"), one.content) for one in told]


def test_it_answers_as_the_routes_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with client_over(TinySource()) as client:
        quick = answers(client)
    monkeypatch.setattr(Quick, "__call__", lambda self, *arguments: self.app(*arguments))
    with client_over(TinySource()) as client:
        assert answers(client) == quick
    assert [status for status, *_ in quick][:4] == [400, 200, 200, 200]


def test_what_nobody_foresaw_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    source = TinySource()
    with client_over(source) as client:
        monkeypatch.setattr("lab.server.session.Session.observation", lambda self: 1 / 0)
        answer = client.post("/reset")
        assert (answer.status_code, answer.json()["detail"][-1]) == (503, ".")
        assert client.get("/health").status_code == 200


def test_a_broken_lab_is_503() -> None:
    with client_over(TinySource(lambda: TinyWorld(breaks_on=["begin"]))) as client:
        assert client.post("/reset").status_code == 503


def test_who_leaves_in_the_middle_gets_nothing_and_harms_nothing() -> None:
    came: list[Message] = [
        {"type": "http.request", "body": b'{"action', "more_body": True},
        {"type": "http.disconnect"},
    ]
    called, sent = [], []

    async def receive() -> Message:
        return came.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def call(query: dict[str, str], content: bytes) -> bytes:
        called.append(content)
        return b""

    scope = {"type": "http", "method": "POST", "path": "/step", "query_string": b""}
    asyncio.run(Quick(None, {"/step": call})(scope, receive, send))  # type: ignore[arg-type]
    assert (called, sent) == ([], [])
