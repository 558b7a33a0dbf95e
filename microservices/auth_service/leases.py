"""For how long a request has its database connection: for one transaction, or until the request's context ends."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from microservices.common import logs
from microservices.common.database import Connection


class Lender(Protocol):
    """What a lease needs of a Database."""

    def connection(self) -> AbstractAsyncContextManager[Connection]: ...
    async def lease(self) -> Connection: ...
    async def give_back(self, connection: Connection) -> None: ...


class Leases(Protocol):
    def lend(self) -> AbstractAsyncContextManager[Connection]: ...


class PerTransaction:
    """Given back at the end of the block."""

    def __init__(self, database: Lender) -> None:
        self._database = database

    def lend(self) -> AbstractAsyncContextManager[Connection]:
        return self._database.connection()


class PerRequest:
    """The lease follows the request's context: parked there, and given back by `end_of_context`."""

    def __init__(self, database: Lender) -> None:
        self._database = database
        self._contexts: defaultdict[str, list[Connection]] = defaultdict(list)

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        connection = await self._database.lease()
        self._contexts[logs.request_id.get()].append(connection)
        yield connection

    async def end_of_context(self, request_id: str) -> None:
        for connection in self._contexts.pop(request_id, []):
            await self._database.give_back(connection)
