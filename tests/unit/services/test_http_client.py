import asyncio
from collections.abc import Callable

import httpx
import pytest

from microservices.common import logs, metrics, tracing
from microservices.common.errors import PeerFailed
from microservices.common.http_client import ATTEMPTS, Peer, close_shared_client, shared_client
from microservices.common.settings import ServiceSettings
from tests.unit.services.backend import always, failing, mock_client, mock_peer


def counted(peer: str, outcome: str) -> float:
    return metrics.value("client_requests_total", peer=peer, outcome=outcome)


def test_an_answer_comes_back_and_carries_the_request_id_on() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"ok": True})

    async def story() -> httpx.Response:
        logs.request_id.set("abc")
        return await mock_peer("happy", answer).post("/things", json={"a": 1}, headers={"x-more": "1"})

    assert asyncio.run(story()).json() == {"ok": True}
    (request,) = seen
    assert request.headers["x-request-id"] == "abc"
    assert request.headers["x-more"] == "1"
    assert str(request.url) == "http://happy/things"
    assert request.content == b'{"a":1}'
    assert counted("happy", "ok") == 1


def traced(setting: str) -> list[str | None]:
    """The trace headers of two calls that one request makes."""
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("traceparent"))
        return httpx.Response(200)

    async def story() -> None:
        logs.request_id.set("abc")
        for _ in range(2):
            await mock_peer("traced", answer).get("/")

    tracing.configure(ServiceSettings.model_validate({"tracing_headers": setting}))
    try:
        asyncio.run(story())
    finally:
        tracing.configure(ServiceSettings())
    return seen


def test_a_release_may_pass_trace_context_on() -> None:
    first, second = traced("w3c")
    assert first is not None
    assert second is not None
    version, trace, span, flags = first.split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert second.split("-")[1] == trace
    assert second.split("-")[2] != span
    assert traced("none") == [None, None]


def test_a_refusal_is_an_answer() -> None:
    answer = asyncio.run(mock_peer("refusing", always(404, {})).get("/"))
    assert answer.status_code == 404
    assert counted("refusing", "ok") == 1


@pytest.mark.parametrize(
    ("name", "answer", "reason", "outcome"),
    [
        ("broken", always(502, {}), "answered 502", "error"),
        ("late", failing(httpx.ReadTimeout), "timeout", "timeout"),
        ("unreachable", failing(httpx.ConnectTimeout), "timeout", "timeout"),
        ("away", failing(httpx.ConnectError), "refused", "refused"),
        ("cut", failing(httpx.ReadError), "connection lost", "error"),
    ],
)
def test_everything_else_is_one_kind_of_failure(
    name: str, answer: Callable[[httpx.Request], httpx.Response], reason: str, outcome: str
) -> None:
    with pytest.raises(PeerFailed, match=f"^{name}: {reason}$"):
        asyncio.run(mock_peer(name, answer).get("/"))
    assert counted(name, outcome) == 1
    assert metrics.value("client_request_seconds_count", peer=name) == 1


@pytest.mark.parametrize("error", [httpx.RemoteProtocolError, httpx.ConnectError, httpx.ReadError])
def test_what_was_not_answered_is_sent_again_as_the_same_request(error: type[httpx.TransportError]) -> None:
    ids: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        ids.append(request.headers["x-request-id"])
        if len(ids) < ATTEMPTS:
            raise error("closed", request=request)
        return httpx.Response(200)

    async def story() -> httpx.Response:
        logs.request_id.set("abc")
        return await mock_peer("restarting", answer).post("/", json={})

    assert asyncio.run(story()).status_code == 200
    assert ids == ["abc"] * ATTEMPTS


def test_what_was_answered_is_not_sent_again() -> None:
    calls: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503)

    with pytest.raises(PeerFailed):
        asyncio.run(mock_peer("down", answer).get("/"))
    assert len(calls) == 1


def test_a_peer_that_trickles_is_cut_off_at_the_deadline() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError(request)

    async def story() -> None:
        client = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        await Peer("trickling", "http://trickling", 0.02, client).get("/")

    with pytest.raises(PeerFailed, match="trickling: timeout"):
        asyncio.run(story())


def test_a_caller_who_gives_up_counts_against_nobody() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError(request)

    async def story() -> None:
        peer = Peer("blameless", "http://blameless", 5, httpx.AsyncClient(transport=httpx.MockTransport(slow)))
        async with asyncio.timeout(0.02):
            await peer.get("/")

    with pytest.raises(TimeoutError):
        asyncio.run(story())
    assert [counted("blameless", outcome) for outcome in ("ok", "error", "timeout", "refused")] == [0, 0, 0, 0]


def test_a_base_url_may_end_in_a_slash() -> None:
    peer = Peer("tidy", "http://tidy/", 1, mock_client(lambda request: httpx.Response(200, json=str(request.url))))
    assert asyncio.run(peer.get("/a")).json() == "http://tidy/a"


def test_the_shared_client_is_one_until_it_is_closed() -> None:
    async def story() -> None:
        first = shared_client()
        assert shared_client() is first
        await close_shared_client()
        assert first.is_closed
        assert shared_client() is not first
        await close_shared_client()

    asyncio.run(story())
