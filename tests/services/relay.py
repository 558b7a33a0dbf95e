"""What kube-proxy does for a Service, on loopback: a new connection goes to one endpoint and stays there."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Endpoints are ports; one that is taken out gets no new connection."""

    def __init__(self, *endpoints: int) -> None:
        self.endpoints = list(endpoints)
        self.port = 0
        self._turn = itertools.count()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self.endpoints[next(self._turn) % len(self.endpoints)]
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            writer.transport.abort()  # as a refused connection looks to whoever made it
            return
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        writer.transport.abort()
    finally:
        writer.close()
