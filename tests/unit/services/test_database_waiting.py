import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from psycopg_pool import PoolTimeout

from microservices.common import database as module
from microservices.common import metrics
from microservices.common.database import Database
from microservices.common.settings import DatabaseSettings
from tests.unit.services.fake_pool import FakePool


@pytest.fixture(autouse=True)
def _fake_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AsyncConnectionPool", FakePool)


def made() -> tuple[Database, Any]:
    database = Database(DatabaseSettings(), latches=False)
    return database, database._pool


def waiting() -> float:
    return metrics.value("db_pool_waiting")


async def borrow(database: Database) -> None:
    async with database.connection():
        assert waiting() == 0


@pytest.mark.parametrize("ask", [borrow, Database.lease, Database.watch_once])
def test_a_caller_waits_until_it_has_its_connection(ask: Callable[[Database], Coroutine[Any, Any, object]]) -> None:
    database, pool = made()

    async def story() -> None:
        pool.free.clear()
        asked = asyncio.create_task(ask(database))
        await asyncio.sleep(0)
        assert waiting() == 1
        pool.free.set()
        await asked

    asyncio.run(story())
    assert waiting() == 0


@pytest.mark.parametrize("ask", [borrow, Database.lease, Database.watch_once])
def test_whoever_is_cancelled_or_gives_up_waits_no_more(
    ask: Callable[[Database], Coroutine[Any, Any, object]],
) -> None:
    database, pool = made()

    async def story() -> None:
        pool.free.clear()
        callers = [asyncio.create_task(ask(database)) for _ in range(3)]
        await asyncio.sleep(0)
        assert waiting() == 3
        callers[0].cancel()
        await asyncio.gather(callers[0], return_exceptions=True)
        assert waiting() == 2
        pool.error = PoolTimeout("waited")
        pool.free.set()
        await asyncio.gather(*callers, return_exceptions=True)

    asyncio.run(story())
    assert waiting() == 0


def test_a_loan_is_counted_while_it_lasts_and_a_lease_until_it_is_given_back() -> None:
    database, pool = made()
    metrics_before = metrics.value("db_pool_in_use")

    async def story() -> None:
        async with database.connection():
            assert metrics.value("db_pool_in_use") == metrics_before + 1
        lease = await database.lease()
        assert metrics.value("db_pool_in_use") == metrics_before + 1
        await database.give_back(lease)

    asyncio.run(story())
    assert metrics.value("db_pool_in_use") == metrics_before
    assert pool.returned == [pool.lent]
