"""What Database needs of a pool, without a server behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class FakeConnection:
    error: Exception | None = None

    async def execute(self, _query: str) -> None:
        if self.error:
            raise self.error


class FakePool:
    """`error` is what borrowing raises, None where it works; nobody gets a connection while `free` is not set."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.error: Exception | None = None
        self.lent = FakeConnection()
        self.returned: list[FakeConnection] = []
        self.asked = 0
        self.free = asyncio.Event()
        self.free.set()

    async def getconn(self) -> FakeConnection:
        self.asked += 1
        await self.free.wait()
        if self.error:
            raise self.error
        return self.lent

    async def putconn(self, connection: FakeConnection) -> None:
        self.returned.append(connection)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[FakeConnection]:
        yield await self.getconn()

    def get_stats(self) -> dict[str, int]:
        return {"pool_size": 3}

    async def open(self, wait: bool) -> None:
        assert not wait

    async def close(self, timeout: float) -> None:
        assert timeout
