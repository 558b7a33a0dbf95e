import asyncio
from typing import Any

import psycopg
import pytest
from psycopg_pool import PoolTimeout
from structlog.testing import capture_logs

from microservices.common import database as module
from microservices.common import metrics
from microservices.common.database import Database
from microservices.common.errors import BreakerOpen, DatabaseFailed
from microservices.common.settings import DatabaseSettings
from tests.unit.services.fake_pool import FakePool

SETTINGS = DatabaseSettings(db_pool_max=4, db_credentials_generation=3)


@pytest.fixture(autouse=True)
def _fake_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AsyncConnectionPool", FakePool)


def made(latches: bool = False) -> tuple[Database, Any]:
    database = Database(SETTINGS, latches=latches)
    return database, database._pool


def events(lines: list[Any]) -> list[str]:
    return [line["event"] for line in lines]


def watch(database: Database, times: int = 1) -> None:
    async def story() -> None:
        for _ in range(times):
            await database.watch_once()

    asyncio.run(story())


def use(database: Database) -> None:
    async def story() -> None:
        async with database.connection() as connection:
            await connection.execute("select 1")

    asyncio.run(story())


def test_the_pool_is_bounded_impatient_and_renews_its_connections() -> None:
    _, pool = made()
    assert (pool.options["max_size"], pool.options["timeout"], pool.options["max_lifetime"]) == (4, 0.8, 15.0)
    assert pool.options["open"] is False
    assert pool.options["kwargs"]["connect_timeout"] == 2


def test_its_figures_are_in_the_scrape() -> None:
    made()
    names = ("db_pool_max", "db_pool_size", "db_pool_waiting", "db_credentials_generation")
    assert [metrics.value(name) for name in names] == [4, 3, 0, 3]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "database credentials loaded"), (2, "database credentials loaded, as published by secrets rotation")],
)
def test_only_credentials_of_a_rotation_are_said_to_be_of_one(number: int, said: str) -> None:
    database = Database(SETTINGS.model_copy(update={"db_credentials_generation": number}))

    async def story() -> None:
        async with database.running():
            pass

    with capture_logs() as lines:
        asyncio.run(story())
    assert lines[0] == {"event": said, "generation": number, "user": "shop_app", "log_level": "info"}


def test_the_watch_tells_each_change_once_in_the_servers_own_words() -> None:
    database, pool = made()
    with capture_logs() as lines:
        watch(database, 2)
        pool.lent.error = psycopg.OperationalError("the database system is shutting down")
        watch(database, 3)
        pool.lent.error = None
        watch(database, 2)
    assert events(lines) == ["database is down", "database is up"]
    assert lines[0]["error"] == "the database system is shutting down"
    assert metrics.value("db_up") == 1


def test_a_database_that_is_not_there_at_the_start_is_down_in_the_metrics() -> None:
    database, pool = made()
    pool.error = PoolTimeout("waited")
    watch(database)
    assert metrics.value("db_up") == 0


@pytest.mark.parametrize("latches", [True, False])
def test_five_failures_in_a_row_open_the_breaker_and_calls_are_not_tried(latches: bool) -> None:
    database, pool = made(latches)
    pool.error = PoolTimeout("waited")
    with capture_logs() as lines:
        watch(database, 8)
    opened = [event for event in events(lines) if "breaker" in event]
    assert opened == ["circuit breaker opened for postgres-db after 5 failures in a row"]
    assert metrics.value("breaker_open", peer="postgres-db") == 1
    asked = pool.asked
    with pytest.raises(BreakerOpen):
        use(database)
    with pytest.raises(BreakerOpen):
        asyncio.run(database.lease())
    assert pool.asked == asked


@pytest.mark.parametrize(("latches", "open_after"), [(True, 1), (False, 0)])
def test_the_return_of_the_database_closes_only_a_breaker_that_does_not_latch(latches: bool, open_after: int) -> None:
    database, pool = made(latches)
    pool.error = PoolTimeout("waited")
    watch(database, 5)
    pool.error = None
    watch(database, 5)
    assert metrics.value("breaker_open", peer="postgres-db") == open_after
    assert metrics.value("db_up") == 1


def test_only_a_latched_breaker_is_a_concern() -> None:
    database, pool = made(latches=True)
    assert metrics.value("service_concern", concern="breaker_latched") == 0
    pool.error = PoolTimeout("waited")
    watch(database, 5)
    assert metrics.value("service_concern", concern="breaker_latched") == 1


def test_requests_open_the_breaker_as_well() -> None:
    database, pool = made(latches=True)
    pool.error = PoolTimeout("waited")
    for _ in range(5):
        with pytest.raises(DatabaseFailed):
            use(database)
    with pytest.raises(BreakerOpen):
        use(database)


@pytest.mark.parametrize(
    "words", ["sorry, too many clients already", "remaining connection slots are reserved for superusers"]
)
def test_a_database_that_is_full_is_not_given_up(words: str) -> None:
    """Whoever starts while another holds all connections must come right when that one lets go."""
    database, pool = made(latches=True)
    pool.error = PoolTimeout("waited")
    database._connect_failed(psycopg.OperationalError(f"connection failed: FATAL:  {words}"))
    failures = metrics.value("client_requests_total", peer="postgres-db", outcome="timeout")
    watch(database, 8)
    assert not database.breaker.is_open
    assert metrics.value("client_requests_total", peer="postgres-db", outcome="timeout") == failures + 8


def test_a_statement_that_is_wrong_is_not_the_databases_failure() -> None:
    database, pool = made(latches=True)
    pool.lent.error = psycopg.errors.UniqueViolation("there already")
    for _ in range(6):
        with pytest.raises(psycopg.errors.UniqueViolation):
            use(database)
    pool.lent.error = None
    use(database)
    assert not database.breaker.is_open


def test_whoever_waited_in_vain_is_told_what_the_server_refused() -> None:
    database, pool = made()
    pool.error = PoolTimeout("waited")
    refused = (
        'connection to server at "10.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "a"\n'
    )
    failures = metrics.value("db_login_failures_total")
    with capture_logs() as lines:
        for _ in range(3):
            database._connect_failed(psycopg.OperationalError(refused))
    with pytest.raises(DatabaseFailed, match=r'^postgres-db: password authentication failed for user "a"$'):
        use(database)
    assert metrics.value("db_login_failures_total") == failures + 3
    assert events(lines) == ["could not open a database connection"]


def test_a_busy_pool_is_called_so() -> None:
    database, pool = made()
    pool.error = PoolTimeout("waited")
    with pytest.raises(DatabaseFailed, match="no free connection in the pool"):
        use(database)


def test_only_the_first_line_of_libpqs_words_is_kept() -> None:
    database, pool = made()
    pool.lent.error = psycopg.OperationalError("server closed the connection unexpectedly\n\tThis probably means ...")
    with pytest.raises(DatabaseFailed, match=r"^postgres-db: server closed the connection unexpectedly$"):
        use(database)


def test_a_connection_that_cannot_be_opened_is_reported_before_it_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[psycopg.OperationalError] = []
    refusal = psycopg.OperationalError("refused")

    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise refusal

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", refuse)
    with pytest.raises(psycopg.OperationalError):
        asyncio.run(module._reporting_connection(heard.append).connect("host=nowhere"))
    assert heard == [refusal]
