"""The database as exports see it: a connection of its own for each query, so that no pool bounds how long one takes."""

import time

import psycopg
from psycopg.conninfo import make_conninfo

from microservices.analytics_service.export import ConnectionBroke, QueryFailed
from microservices.analytics_service.settings import Settings
from microservices.common import metrics
from microservices.common.refusals import words_of

PEER = "postgres-db"
_CONNECT_SECONDS = 2


class PostgresWarehouse:
    def __init__(self, settings: Settings) -> None:
        self._target = make_conninfo(
            host=settings.db_host,
            port=settings.db_port,
            dbname=settings.db_name,
            user=settings.db_user,
            password=settings.db_password,
            application_name=settings.service_name,
            connect_timeout=_CONNECT_SECONDS,
        )

    async def fetch(self, query: str) -> int:
        begun = time.perf_counter()
        outcome = "error"
        try:
            rows = await self._rows(query)
            outcome = "ok"
            return rows
        except psycopg.Error as error:
            raise QueryFailed(str(error).strip()) from error
        finally:
            metrics.client_requests.labels(PEER, outcome).inc()
            metrics.client_seconds.labels(PEER).observe(time.perf_counter() - begun)

    async def _rows(self, query: str) -> int:
        # A task that is cancelled in here (the service ends) has psycopg cancel the query on the server too.
        async with await self._connected() as connection:
            try:
                cursor = await connection.execute(query.encode())
                return len(await cursor.fetchall())
            except psycopg.OperationalError as error:
                # A server that says no keeps the connection; one that dies or is stopped does not.
                if connection.closed:
                    raise ConnectionBroke(words_of(error)) from error
                raise

    async def _connected(self) -> psycopg.AsyncConnection:
        try:
            return await psycopg.AsyncConnection.connect(self._target)
        except psycopg.OperationalError as error:
            raise ConnectionBroke(words_of(error)) from error
