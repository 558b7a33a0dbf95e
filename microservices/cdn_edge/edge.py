"""Pages and pictures through the cache: a miss is fetched once for all who wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import structlog

from microservices.cdn_edge.cache import EdgeCache
from microservices.common import metrics
from microservices.common.errors import PeerFailed
from microservices.common.http_client import Peer

log = structlog.get_logger()

# What image-service draws within its callers' timeout even when it is short of processor time: more at once would be
# given up on in its queue, drawn for nobody, and asked for again.
_PICTURES_AT_ONCE = 4
_PICTURES_AT_ONCE_WHILE_WARMING = 2

_entries = metrics.gauge("cache_entries", "Entries in the cache")
_purges = metrics.counter("purges_total", "Purges run")
_fetching = metrics.gauge("origin_fetches_open", "Keys that are being fetched from an origin or wait for it")

Fetch = Callable[[str], Awaitable[Any]]


class NotAtOrigin(LookupError):
    """The origin answered that there is no such thing."""


async def json_of(peer: Peer, path: str) -> Any:
    return (await _found(peer, path)).json()


async def bytes_of(peer: Peer, path: str) -> bytes:
    return bytes((await _found(peer, path)).content)


async def _found(peer: Peer, path: str) -> Any:
    answer = await peer.get(path)
    if answer.is_success:
        return answer
    raise NotAtOrigin(f"{path}: {peer.name} answered {answer.status_code}")


class Edge:
    """A page waits for its pictures as long as `patience`; what comes later is still kept for the next page."""

    def __init__(
        self, cache: EdgeCache[Any], page: Fetch, picture: Fetch, pictures_a_page: int, patience: float
    ) -> None:
        self._cache = cache
        self._page = page
        self._picture = picture
        self._pictures_a_page = pictures_a_page
        self._patience = patience
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._turns: dict[Fetch, AbstractAsyncContextManager[Any]] = {
            page: nullcontext(),
            picture: asyncio.Semaphore(_PICTURES_AT_ONCE),
        }
        _entries.set_function(lambda: len(cache))
        _fetching.set_function(lambda: len(self._asked))

    async def page(self, product: int) -> dict[str, Any]:
        """The product and what pictures it has; a picture that could not be had is missing, the page is not."""
        numbers = range(1, self._pictures_a_page + 1)
        found, *pictures = await asyncio.gather(
            self._through(f"/pages/{product}", f"/products/{product}", self._page),
            *(self._picture_or_none(product, number) for number in numbers),
        )
        have = [number for number, picture in zip(numbers, pictures, strict=True) if picture is not None]
        return {
            "product": found,
            "pictures": [f"/pictures/{product}/{number}" for number in have],
            "pictures_missing": len(pictures) - len(have),
        }

    async def picture(self, product: int, number: int) -> bytes:
        try:
            return await asyncio.wait_for(self._drawn(product, number), self._patience)
        except TimeoutError as error:
            raise PeerFailed("image-service", "timeout") from error

    async def warm(self, products: int) -> int:
        """Asks for everything once, a little at a time, and says how many entries there are then."""
        gate = asyncio.Semaphore(_PICTURES_AT_ONCE_WHILE_WARMING)
        await asyncio.gather(*(self._warm_one(product, gate) for product in range(1, products + 1)))
        log.info("cache warm", entries=len(self._cache))
        return len(self._cache)

    def purge(self, pattern: str) -> int:
        removed = self._cache.purge(pattern)
        _purges.inc()
        log.info("purged", pattern=pattern, entries_removed=removed)
        return removed

    async def _warm_one(self, product: int, gate: asyncio.Semaphore) -> None:
        for number in range(1, self._pictures_a_page + 1):
            async with gate:
                await self._warmed(self._drawn(product, number))
        await self._warmed(self._through(f"/pages/{product}", f"/products/{product}", self._page))

    async def _warmed(self, asked: Awaitable[Any]) -> None:
        try:
            await asked
        except (PeerFailed, NotAtOrigin) as error:
            log.warning("not warmed", error=str(error))

    async def _picture_or_none(self, product: int, number: int) -> bytes | None:
        try:
            return await self.picture(product, number)
        except (PeerFailed, NotAtOrigin):
            return None  # counted by the client's metrics; shown as missing

    async def _drawn(self, product: int, number: int) -> bytes:
        path = f"/pictures/{product}/{number}"
        found: bytes = await self._through(path, path, self._picture)
        return found

    async def _through(self, key: str, path: str, fetch: Fetch) -> Any:
        found = self._cache.get(key)
        metrics.cache_requests.labels("edge", "miss" if found is None else "hit").inc()
        return found if found is not None else await asyncio.shield(self._joined(key, path, fetch))

    def _joined(self, key: str, path: str, fetch: Fetch) -> asyncio.Task[Any]:
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._fetch(key, path, fetch))
            task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def _forget(self, key: str, done: asyncio.Task[Any]) -> None:
        del self._asked[key]
        if not done.cancelled():
            done.exception()  # told to whoever waited; nobody waiting any more is no news

    async def _fetch(self, key: str, path: str, fetch: Fetch) -> Any:
        async with self._turns[fetch]:
            asked_at = self._cache.now()
            value = await fetch(path)
        self._cache.put(key, value, asked_at)
        return value
