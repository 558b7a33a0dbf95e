import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from structlog.testing import capture_logs

from microservices.analytics_service import export
from microservices.analytics_service.export import FULL_HISTORY, RECENT, ConnectionBroke, Exports, QueryFailed
from microservices.analytics_service.flag import Flag
from microservices.analytics_service.settings import Settings
from microservices.analytics_service.warehouse import PostgresWarehouse
from microservices.common.http_client import Peer


class FakeWarehouse:
    """Answers with what is planned, in turn; then with one row each time."""

    def __init__(self, *planned: Exception) -> None:
        self.planned = list(planned)
        self.queries: list[str] = []

    async def fetch(self, query: str) -> int:
        self.queries.append(query)
        if self.planned:
            raise self.planned.pop(0)
        return 1


class Switch:
    def __init__(self, on: bool) -> None:
        self.on = on
        self.read = 0

    async def __call__(self) -> bool:
        self.read += 1
        return self.on


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_SECONDS_BETWEEN_TRIES", 0.001)


def exports(warehouse: FakeWarehouse, switch: Switch, note: Callable[[bool], None] = lambda _: None) -> Exports:
    return Exports(warehouse, switch, note, asyncio.Event())


def test_the_usual_export_is_bounded() -> None:
    warehouse = FakeWarehouse()
    asyncio.run(exports(warehouse, Switch(False)).run_next())
    assert warehouse.queries == [RECENT]
    assert "limit" in RECENT
    assert "limit" not in FULL_HISTORY


def test_a_full_export_is_sent_again_until_it_succeeds_without_reading_the_flag() -> None:
    switch = Switch(True)
    warehouse = FakeWarehouse(ConnectionBroke("gone"), ConnectionBroke("refused"))
    runs = exports(warehouse, switch)

    async def story() -> None:
        running = asyncio.create_task(runs.run_next())
        await asyncio.sleep(0)
        switch.on = False
        await running

    asyncio.run(story())
    assert warehouse.queries == [FULL_HISTORY] * 3
    assert switch.read == 1
    assert runs.runs()[0] | {"started": ""} == {
        "number": 1,
        "mode": "full_history",
        "started": "",
        "sent": 3,
        "rows": 1,
        "state": "finished",
    }


def test_the_next_run_reads_the_flag_again() -> None:
    switch, warehouse = Switch(True), FakeWarehouse()
    runs = exports(warehouse, switch)

    async def story() -> None:
        await runs.run_next()
        switch.on = False
        await runs.run_next()

    asyncio.run(story())
    assert warehouse.queries == [FULL_HISTORY, RECENT]


def test_the_concern_holds_while_a_full_export_runs() -> None:
    notes: list[bool] = []
    asyncio.run(exports(FakeWarehouse(ConnectionBroke("gone")), Switch(True), notes.append).run_next())
    assert notes == [True, False]


def test_the_usual_export_leaves_a_lost_connection_to_the_next_run() -> None:
    warehouse = FakeWarehouse(ConnectionBroke("gone"))
    runs = exports(warehouse, Switch(False))
    asyncio.run(runs.run_next())
    assert len(warehouse.queries) == 1
    assert runs.runs()[0]["state"] == "failed"


@pytest.mark.parametrize(
    ("full", "event", "mode"),
    [
        (True, "export run 1: no result, sending again", "full_history"),
        (False, "export run 1: no result, leaving it to the next run", "recent"),
    ],
)
def test_an_export_without_a_result_says_why(full: bool, event: str, mode: str) -> None:
    with capture_logs() as lines:
        asyncio.run(exports(FakeWarehouse(ConnectionBroke("Connection refused")), Switch(full)).run_next())
    said = {"event": event, "mode": mode, "error": "Connection refused", "log_level": "warning"}
    assert said in lines


def test_why_the_warehouse_had_no_connection_is_said_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_target: str) -> None:
        raise psycopg.OperationalError('connection to server at "10.1.2.3", port 5432 failed: Connection refused\n\tIs')

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", refuse)
    with pytest.raises(ConnectionBroke, match=r"^Connection refused$"):
        asyncio.run(PostgresWarehouse(Settings()).fetch(RECENT))


class LostConnection:
    """Ends while its query runs."""

    closed = True

    async def __aenter__(self) -> "LostConnection":
        return self

    async def __aexit__(self, *_raised: object) -> None:
        pass

    async def execute(self, _query: bytes) -> None:
        raise psycopg.OperationalError("server closed the connection unexpectedly\n\tThis probably means")


def test_a_connection_that_ends_during_a_query_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(_target: str) -> LostConnection:
        return LostConnection()

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
    with pytest.raises(ConnectionBroke, match=r"^server closed the connection unexpectedly$"):
        asyncio.run(PostgresWarehouse(Settings()).fetch(RECENT))


def test_a_query_that_the_database_refuses_is_not_sent_again() -> None:
    warehouse = FakeWarehouse(QueryFailed("permission denied"))
    runs = exports(warehouse, Switch(True))
    asyncio.run(runs.run_next())
    assert len(warehouse.queries) == 1
    assert runs.runs()[0]["state"] == "failed"


def test_a_full_export_ends_with_its_process() -> None:
    async def story() -> int:
        stop = asyncio.Event()
        stop.set()
        warehouse = FakeWarehouse()
        await Exports(warehouse, Switch(True), lambda _: None, stop).run_next()
        return len(warehouse.queries)

    assert asyncio.run(story()) == 0


@contextmanager
def config_service(answer: Callable[[httpx.Request], httpx.Response]) -> Iterator[Flag]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    yield Flag(Peer("config-service", "http://config-service:8000", 0.2, client))


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        (httpx.Response(200, json={"name": "full_history_export", "enabled": True}), True),
        (httpx.Response(200, json={"name": "full_history_export", "enabled": False}), False),
        (httpx.Response(404, json={"detail": "no such flag"}), False),
        (httpx.Response(503, json={"detail": "no cluster"}), False),
    ],
)
def test_the_flag_is_asked_and_off_where_there_is_no_answer(answer: httpx.Response, enabled: bool) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/flags/full_history_export"
        return answer

    with config_service(serve) as flag:
        assert asyncio.run(flag.enabled()) is enabled


def test_the_flag_is_off_where_config_service_is_unreachable() -> None:
    def refuse(_request: httpx.Request) -> Any:
        raise httpx.ConnectError("refused")

    with config_service(refuse) as flag:
        assert asyncio.run(flag.enabled()) is False
