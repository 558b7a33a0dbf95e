import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry, Gauge

from microservices.db_exporter.server import VacuumFailed, application, serve


@contextmanager
def served(vacuum: Callable[[], float]) -> Iterator[str]:
    registry = CollectorRegistry()
    Gauge("pg_up", "1 while postgres answers", registry=registry).set(1)
    server = serve("127.0.0.1", 0, application(registry, vacuum))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_metrics_are_served_beside_the_operation() -> None:
    with served(lambda: 0.25) as url:
        answer = urllib.request.urlopen(f"{url}/metrics", timeout=5).read().decode()
        assert "pg_up 1.0" in answer


def test_vacuum_says_how_long_it_took() -> None:
    with served(lambda: 0.254) as url:
        answer = urllib.request.urlopen(urllib.request.Request(f"{url}/ops/vacuum", method="POST"), timeout=5)
        assert json.loads(answer.read()) == {"seconds": 0.25}


def test_looking_does_not_vacuum() -> None:
    asked: list[str] = []

    def vacuum() -> float:
        asked.append("vacuum")
        return 0.0

    with served(vacuum) as url:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/ops/vacuum", timeout=5)
        refused.value.close()
    assert refused.value.code == 405
    assert not asked


def test_a_database_that_is_down_says_so() -> None:
    def fails() -> float:
        raise VacuumFailed("the database system is starting up")

    with served(fails) as url:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{url}/ops/vacuum", method="POST"), timeout=5)
        with refused.value as answer:
            assert json.loads(answer.read()) == {"detail": "the database system is starting up"}
    assert refused.value.code == 503
