"""Renders one picture at a time; the others wait in a queue, and who has gone when its turn comes is passed over."""

import asyncio
from collections.abc import Awaitable, Callable

from microservices.common import metrics

_queue = metrics.gauge("render_queue_length", "Requests that wait for their turn to be drawn")

Draw = Callable[[int, int], bytes]
Gone = Callable[[], Awaitable[bool]]


class QueueFull(Exception):
    pass


class Abandoned(Exception):
    """The caller had gone when its turn came."""


class Studio:
    def __init__(self, draw: Draw, max_queue: int) -> None:
        self._draw = draw
        self._max_queue = max_queue
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def picture(self, product: int, number: int, gone: Gone) -> bytes:
        if self._waiting >= self._max_queue:
            raise QueueFull(f"{self._waiting} pictures wait already")
        self._count(1)
        try:
            await self._turn.acquire()
        finally:
            self._count(-1)
        try:
            return await self._drawn(product, number, gone)
        finally:
            self._turn.release()

    async def _drawn(self, product: int, number: int, gone: Gone) -> bytes:
        if await gone():
            raise Abandoned(f"{product}/{number}")
        # In a thread, so that probes are answered while a picture is drawn.
        return await asyncio.to_thread(self._draw, product, number)

    def _count(self, change: int) -> None:
        self._waiting += change
        _queue.set(self._waiting)
