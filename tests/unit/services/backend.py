"""Peers that answer what a test says, over httpx's own mock transport."""

from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI

from microservices.common.http_client import Peer

Answer = Callable[[httpx.Request], httpx.Response]


def mock_client(answer: Answer) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def mock_peer(name: str, answer: Answer, timeout: float = 1.0) -> Peer:
    return Peer(name, f"http://{name}", timeout, mock_client(answer))


def always(code: int, body: Any) -> Answer:
    return lambda _request: httpx.Response(code, json=body)


def failing(error: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("as the test has it", request=request)

    return answer


def caller(app: FastAPI) -> httpx.AsyncClient:
    """Whoever calls the service; its lifespan does not run."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")
