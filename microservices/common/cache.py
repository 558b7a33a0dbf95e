"""Redis as a cache of text with an expiry, for the services that have one of their own. A failure is a CacheFailed."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from microservices.common import metrics
from microservices.common.errors import CacheFailed

TIMEOUT_SECONDS = 1.0


class Cache:
    """All keys carry the prefix, so that clearing it leaves others' keys alone."""

    def __init__(self, peer: str, host: str, port: int, prefix: str) -> None:
        self._peer = peer
        self._prefix = prefix
        self._redis = Redis(
            host=host,
            port=port,
            decode_responses=True,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self._redis.aclose()

    async def get(self, key: str) -> str | None:
        with self._recorded():
            found = await self._redis.get(self._prefix + key)
        metrics.cache_requests.labels(self._peer, "miss" if found is None else "hit").inc()
        return None if found is None else str(found)

    async def put(self, key: str, value: str, seconds: int) -> None:
        with self._recorded():
            await self._redis.set(self._prefix + key, value, ex=seconds)

    async def clear(self) -> int:
        """The number of keys that are gone."""
        with self._recorded():
            keys = [key async for key in self._redis.scan_iter(match=f"{self._prefix}*", count=500)]
            return int(await self._redis.delete(*keys)) if keys else 0

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        except RedisError as error:
            self._record(_outcome(error), begun)
            raise CacheFailed(self._peer, str(error) or type(error).__name__) from error
        self._record("ok", begun)

    def _record(self, outcome: str, begun: float) -> None:
        metrics.client_requests.labels(self._peer, outcome).inc()
        metrics.client_seconds.labels(self._peer).observe(time.perf_counter() - begun)


def _outcome(error: RedisError) -> str:
    if isinstance(error, RedisTimeoutError):
        return "timeout"
    return "refused" if isinstance(error, RedisConnectionError) else "error"
