from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from microservices.db_exporter.collector import MeasuredCollector
from microservices.db_exporter.measure import DOWN, Measurement, Meter


class Lost(Exception):
    pass


class Postgres:
    def __init__(self) -> None:
        self.refuses: str | None = None
        self.opened = 0

    def connect(self) -> "Session":
        if self.refuses is not None:
            raise Lost(self.refuses)
        self.opened += 1
        return Session(self)


class Session:
    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.closed = False

    def execute(self, _query: str) -> Any:
        if self.server.refuses is not None:
            raise Lost("server closed the connection unexpectedly")
        return self

    def fetchone(self) -> tuple[int, int, float]:
        return (7, 60, 12.5)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def server() -> Postgres:
    return Postgres()


def test_one_connection_is_kept_for_all_measurements(server: Postgres) -> None:
    meter = Meter(server.connect, Lost)
    assert meter.measure() == meter.measure() == Measurement(True, 7, 60, 12.5)
    assert server.opened == 1


def test_a_lost_connection_is_down_and_a_new_one_is_had_when_it_can_be(server: Postgres) -> None:
    meter = Meter(server.connect, Lost)
    meter.measure()
    server.refuses = "connection refused"
    assert meter.measure() == DOWN
    assert meter.measure() == DOWN
    server.refuses = None
    assert meter.measure().up
    assert server.opened == 2


@pytest.mark.parametrize(
    "words",
    [
        "FATAL:  sorry, too many clients already",
        "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
    ],
)
def test_a_server_without_a_connection_left_is_up_and_full(server: Postgres, words: str) -> None:
    meter = Meter(server.connect, Lost)
    meter.measure()
    server.refuses = words
    meter.measure()
    assert meter.measure() == Measurement(True, 60, 60)


def test_a_full_server_never_seen_before_gives_no_figure_that_was_not_measured(server: Postgres) -> None:
    server.refuses = "FATAL:  sorry, too many clients already"
    assert Meter(server.connect, Lost).measure() == Measurement(True)


def scraped(server: Postgres) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(MeasuredCollector(Meter(server.connect, Lost)))
    lines = generate_latest(registry).decode().splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if not line.startswith("#")}


def test_the_series_that_a_scrape_shows(server: Postgres) -> None:
    assert scraped(server) == {
        "pg_up": 1,
        "pg_connections": 7,
        "pg_max_connections": 60,
        "pg_uptime_seconds": 12.5,
    }


def test_what_could_not_be_measured_is_left_out(server: Postgres) -> None:
    server.refuses = "connection refused"
    assert scraped(server) == {"pg_up": 0}


def test_registering_does_not_measure(server: Postgres) -> None:
    CollectorRegistry().register(MeasuredCollector(Meter(server.connect, Lost)))
    assert server.opened == 0
