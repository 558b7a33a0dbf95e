"""A pool of PostgreSQL connections behind a breaker, and a watch that says when the database comes and goes.

Credentials are read once, at the start: a process lives and dies with those it got. A connection lives for some 15
seconds, so that new credentials or another server show in time. A service starts and serves without its database.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from microservices.common import metrics
from microservices.common.breaker import Breaker
from microservices.common.errors import DatabaseFailed
from microservices.common.periodic import repeating
from microservices.common.refusals import words_of
from microservices.common.settings import DatabaseSettings

PEER = "postgres-db"
WAIT_SECONDS = 0.8
LIFETIME_SECONDS = 15.0
WATCH_SECONDS = 1.0
# The pool tries again at most this long by itself; after that each call (and the watch) asks for a new try, so that a
# database that comes back is found within a second and not at the end of a long back-off.
RECONNECT_SECONDS = 1.0
QUIET_SECONDS = 2.0
# What PostgreSQL says when all connections are taken: it is up, and no reason to give it up for good.
FULL = ("too many clients", "connection slots are reserved")
REFUSAL_COUNTS_SECONDS = 3.0

Connection = AsyncConnection[DictRow]

in_use = metrics.gauge("db_pool_in_use", "Connections lent out")
size = metrics.gauge("db_pool_size", "Connections open or being opened")
maximum = metrics.gauge("db_pool_max", "Connections the pool may open")
waiting = metrics.gauge("db_pool_waiting", "Callers that wait for a connection")
login_failures = metrics.counter("db_login_failures_total", "Connections refused for their credentials")
up = metrics.gauge("db_up", "1 while the watch gets an answer")
generation = metrics.gauge("db_credentials_generation", "Generation of the credentials this process runs on")


class Database:
    def __init__(self, settings: DatabaseSettings, latches: bool = False, breaker: Breaker | None = None) -> None:
        self.breaker = breaker or Breaker(PEER, latches=latches)
        self._settings = settings
        self._log = structlog.get_logger()
        self._is_up: bool | None = None
        self._quiet_until = 0.0
        self._last_refusal = -REFUSAL_COUNTS_SECONDS, ""
        self._pool = AsyncConnectionPool(
            connection_class=_reporting_connection(self._connect_failed),
            kwargs=_connect_arguments(settings),
            min_size=settings.db_pool_min,
            max_size=settings.db_pool_max,
            timeout=WAIT_SECONDS,
            max_lifetime=LIFETIME_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
        )
        self._declare()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open for as long as the service lives."""
        self._say_credentials()
        await self._pool.open(wait=False)
        try:
            async with repeating(WATCH_SECONDS, self.watch_once):
                yield
        finally:
            await self._pool.close(timeout=1.0)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Each statement commits by itself; more than one together need `connection.transaction()`."""
        self.breaker.check()
        async with self._recorded(), self._lent() as connection:
            with in_use.track_inprogress():
                yield connection

    async def lease(self) -> Connection:
        """A connection that is the caller's until it hands it to `give_back`."""
        self.breaker.check()
        async with self._recorded():
            with waiting.track_inprogress():
                connection = await self._pool.getconn()
        in_use.inc()
        return connection

    async def give_back(self, connection: Connection) -> None:
        in_use.dec()
        await self._pool.putconn(connection)

    async def watch_once(self) -> None:
        """Not behind the breaker: a watch that is not tried would see nothing come back."""
        try:
            async with self._recorded(), self._lent() as connection:
                await connection.execute("select 1")
        except DatabaseFailed as failed:
            self._now_up(False, failed.reason)
        else:
            self._now_up(True)

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Connection]:
        """Counts the wait by itself: the pool goes on counting a caller that gave up, until a connection comes free."""
        async with AsyncExitStack() as stack:
            with waiting.track_inprogress():
                connection = await stack.enter_async_context(self._pool.connection())
            yield connection

    def _say_credentials(self) -> None:
        published = self._settings.db_credentials_generation
        # Only a client that has had a rotation may say the word.
        by_whom = ", as published by secrets rotation" if published > 1 else ""
        self._log.info(f"database credentials loaded{by_whom}", generation=published, user=self._settings.db_user)

    def _now_up(self, is_up: bool, reason: str = "") -> None:
        if self._is_up and not is_up:
            self._log.error("database is down", peer=PEER, error=reason)
        if self._is_up is False and is_up:
            self._log.info("database is up", peer=PEER)
        self._is_up = is_up
        up.set(int(is_up))

    @asynccontextmanager
    async def _recorded(self) -> AsyncIterator[None]:
        begun = time.perf_counter()
        try:
            yield
        except (PoolTimeout, PoolClosed) as error:
            raise self._failed("timeout", self._why_no_connection(), begun) from error
        except psycopg.OperationalError as error:
            raise self._failed("error", words_of(error), begun) from error
        self._record("ok", begun)
        if self.breaker.success():
            self._log.info(f"circuit breaker closed for {PEER}")
            self._show_breaker()

    def _failed(self, outcome: str, reason: str, begun: float) -> DatabaseFailed:
        self._record(outcome, begun)
        if not any(words in reason for words in FULL) and self.breaker.failure():
            count = self.breaker.failures_in_a_row
            self._log.error(f"circuit breaker opened for {PEER} after {count} failures in a row")
            self._show_breaker()
        return DatabaseFailed(PEER, reason)

    def _record(self, outcome: str, begun: float) -> None:
        metrics.client_requests.labels(PEER, outcome).inc()
        metrics.client_seconds.labels(PEER).observe(time.perf_counter() - begun)

    def _show_breaker(self) -> None:
        metrics.breaker_open.labels(PEER).set(int(self.breaker.is_open))
        if self.breaker.latches:
            metrics.set_concern("breaker_latched", self.breaker.is_open)

    def _connect_failed(self, error: psycopg.OperationalError) -> None:
        now, words = time.monotonic(), words_of(error)
        self._last_refusal = now, words
        if "authentication failed" in words:
            login_failures.inc()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_SECONDS
            self._log.error("could not open a database connection", peer=PEER, error=words)

    def _why_no_connection(self) -> str:
        """The pool only says that it waited; what the server last refused, and lately, says why."""
        at, words = self._last_refusal
        return words if time.monotonic() - at < REFUSAL_COUNTS_SECONDS else "no free connection in the pool"

    def _declare(self) -> None:
        maximum.set(self._settings.db_pool_max)
        generation.set(self._settings.db_credentials_generation)
        size.set_function(lambda: self._pool.get_stats().get("pool_size", 0))
        if self.breaker.latches:
            metrics.declare_concerns("breaker_latched")
        self._show_breaker()


def _connect_arguments(settings: DatabaseSettings) -> dict[str, object]:
    return {
        "host": settings.db_host,
        "port": settings.db_port,
        "dbname": settings.db_name,
        "user": settings.db_user,
        "password": settings.db_password,
        "connect_timeout": 2,
        "tcp_user_timeout": 3000,  # a partition must not hold a call for minutes
        "options": f"-c statement_timeout={settings.db_statement_timeout_ms}",
        "autocommit": True,
        "application_name": settings.service_name,
        "row_factory": dict_row,
    }


def _reporting_connection(report: Callable[[psycopg.OperationalError], None]) -> type[Connection]:
    """The pool only logs why it could not connect; a connection class is where that can be heard."""

    class Reporting(AsyncConnection[DictRow]):
        @classmethod
        async def connect(cls, *args, **kwargs):  # type: ignore[no-untyped-def]
            try:
                return await super().connect(*args, **kwargs)
            except psycopg.OperationalError as error:
                report(error)
                raise

    return Reporting
