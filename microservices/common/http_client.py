"""Calls to the other services: one shared client that keeps connections, a deadline, metrics, and the request's id."""

import asyncio
import functools
import time
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from microservices.common import logs, metrics, tracing
from microservices.common.errors import PeerFailed

# Who calls seldom finds the nearest pod anew each time; and it is the client that lets go of an idle connection, as a
# server keeps it for 65 s.
KEEPALIVE_SECONDS = 5.0
# The other side may close an idle connection while we send on it (a graceful restart), or be gone a moment before its
# endpoint is. Nothing was answered then, and what is posted is safe to send again (orders and charges carry a key).
UNANSWERED = (httpx.RemoteProtocolError, httpx.ConnectError, httpx.ReadError, httpx.WriteError)
ATTEMPTS = 3


@functools.cache
def shared_client() -> httpx.AsyncClient:
    # verify=False: peers speak plain HTTP, and loading the certificates would cost each process megabytes.
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=KEEPALIVE_SECONDS)
    return httpx.AsyncClient(limits=limits, verify=False, trust_env=False)


async def close_shared_client() -> None:
    if shared_client.cache_info().currsize:
        client = shared_client()
        shared_client.cache_clear()
        await client.aclose()


class Peer:
    """A service by its name. Answers below 500 are returned; everything else raises PeerFailed."""

    def __init__(self, name: str, base_url: str, timeout: float, client: httpx.AsyncClient | None = None) -> None:
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._client = client

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self._call("GET", path, headers=headers)

    async def post(self, path: str, json: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self._call("POST", path, json=json, headers=headers)

    async def put(self, path: str, json: Any = None) -> httpx.Response:
        return await self._call("PUT", path, json=json)

    async def _call(self, verb: str, path: str, **kwargs: Any) -> httpx.Response:
        begun = time.perf_counter()
        try:
            answer = await self._answered(verb, path, **kwargs)
        except PeerFailed as failed:
            self._record(failed.reason if failed.reason in ("timeout", "refused") else "error", begun)
            raise
        self._record("ok", begun)
        return answer

    def _record(self, outcome: str, begun: float) -> None:
        metrics.client_requests.labels(self.name, outcome).inc()
        metrics.client_seconds.labels(self.name).observe(time.perf_counter() - begun)

    async def _answered(self, verb: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._send(verb, path, **kwargs)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise PeerFailed(self.name, "timeout") from error
        except httpx.ConnectError as error:
            raise PeerFailed(self.name, "refused") from error
        except httpx.TransportError as error:
            raise PeerFailed(self.name, "connection lost") from error
        if answer.status_code >= 500:
            raise PeerFailed(self.name, f"answered {answer.status_code}")
        return answer

    async def _send(
        self, verb: str, path: str, headers: dict[str, str] | None = None, json: Any = None
    ) -> httpx.Response:
        client = self._client or shared_client()
        every = {"x-request-id": logs.request_id.get(), **tracing.headers(), **(headers or {})}
        tries = AsyncRetrying(
            retry=retry_if_exception_type(UNANSWERED),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(multiplier=0.05, max=0.2),
            reraise=True,
        )
        return await tries(
            client.request, verb, f"{self._base_url}{path}", headers=every, json=json, timeout=self._timeout
        )
