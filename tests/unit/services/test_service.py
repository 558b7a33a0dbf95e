import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from structlog.testing import capture_logs

from microservices.common import logs, metrics
from microservices.common.errors import PeerFailed
from microservices.common.service import DrainingServer, service_app
from microservices.common.settings import ServiceSettings
from tests.unit.services.backend import caller


def service() -> FastAPI:
    app = service_app(ServiceSettings(service_name="some-service"))

    @app.get("/things/{thing}")
    async def thing(thing: int) -> dict[str, Any]:
        if thing == 0:
            raise PeerFailed("other-service", "timeout")
        return {"thing": thing, "request_id": logs.request_id.get()}

    return app


def ask(app: FastAPI, path: str, **headers: str) -> httpx.Response:
    async def story() -> httpx.Response:
        async with caller(app) as client:
            return await client.get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})

    return asyncio.run(story())


def test_the_request_id_of_the_caller_is_kept_and_answered() -> None:
    answer = ask(service(), "/things/1", x_request_id="from-the-caller")
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "from-the-caller"


def test_a_request_without_an_id_gets_one_of_its_own() -> None:
    app = service()
    ids = {ask(app, "/things/1").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert logs.request_id.get() == ""


def test_a_failed_dependency_is_a_503_with_a_reason_and_a_line() -> None:
    with capture_logs() as lines:
        answer = ask(service(), "/things/0")
    assert answer.status_code == 503
    assert answer.json() == {"detail": "other-service: timeout"}
    (line,) = lines
    assert line["log_level"] == "warning"
    assert (line["code"], line["route"], line["error"]) == (503, "/things/{thing}", "other-service: timeout")


@pytest.mark.parametrize(("drawn", "lines"), [(0.05, 1), (0.5, 0)])
def test_of_the_requests_that_went_well_a_share_is_logged(
    monkeypatch: pytest.MonkeyPatch, drawn: float, lines: int
) -> None:
    monkeypatch.setattr(random, "random", lambda: drawn)
    with capture_logs() as logged:
        ask(service(), "/things/1")
    assert len(logged) == lines


def test_requests_are_counted_by_route_and_code_and_probes_are_not() -> None:
    app = service()
    before = metrics.value("http_requests_total", route="/things/{thing}", code="200")
    for path in ("/things/1", "/things/2", "/healthz", "/readyz", "/metrics"):
        assert ask(app, path).status_code == 200
    assert metrics.value("http_requests_total", route="/things/{thing}", code="200") == before + 2
    assert metrics.value("http_requests_total", route="/healthz", code="200") == 0


def test_a_path_that_is_not_there_does_not_become_a_label() -> None:
    before = metrics.value("http_requests_total", route="unmatched", code="404")
    assert ask(service(), "/nothing/here").status_code == 404
    assert metrics.value("http_requests_total", route="unmatched", code="404") == before + 1


def test_the_scrape_shows_the_series_and_none_of_the_process() -> None:
    text = ask(service(), "/metrics").text
    assert 'build_info{version="dev"} 1.0' in text
    assert "process_" not in text
    assert "_created" not in text


def test_while_it_drains_it_answers_asks_to_close_and_is_not_ready_but_alive() -> None:
    app = service()
    app.state.lifecycle.draining = True
    answer = ask(app, "/things/1")
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    assert ask(app, "/readyz").status_code == 503
    assert ask(app, "/healthz").status_code == 200


@pytest.mark.parametrize(("drawn", "closes"), [(0.05, True), (0.5, False)])
def test_a_share_of_the_answers_is_the_last_on_its_connection(
    monkeypatch: pytest.MonkeyPatch, drawn: float, closes: bool
) -> None:
    monkeypatch.setattr(random, "random", lambda: drawn)
    assert ("connection" in ask(service(), "/things/1").headers) is closes


def server(app: FastAPI) -> DrainingServer:
    return DrainingServer(uvicorn.Config(app, log_config=None), app.state.lifecycle, drain_seconds=0.02)


def test_a_signal_first_drains_and_then_stops() -> None:
    async def story() -> None:
        app = service()
        running = server(app)
        running.handle_exit(signal.SIGTERM, None)
        assert app.state.lifecycle.draining
        assert not running.should_exit
        async with asyncio.timeout(2):
            while not running.should_exit:
                await asyncio.sleep(0.005)

    asyncio.run(story())


def test_a_second_signal_stops_at_once() -> None:
    async def story() -> None:
        running = server(service())
        running.handle_exit(signal.SIGTERM, None)
        running.handle_exit(signal.SIGTERM, None)
        assert running.should_exit

    asyncio.run(story())


PROGRAM = """
import asyncio
from functools import partial
from microservices.common import service
from microservices.common.periodic import in_background
from microservices.common.settings import ServiceSettings

async def work():
    await asyncio.sleep(0.1)
    {ending}

service.DrainingServer = partial(service.DrainingServer, drain_seconds=0.05)
settings = ServiceSettings(host="127.0.0.1", port=0)
service.run(lambda settings: service.service_app(settings, in_background(work())), settings)
"""


@pytest.mark.parametrize(
    ("ending", "code"), [("raise RuntimeError('unforeseen')", 1), ("os.kill(os.getpid(), signal.SIGTERM)", 0)]
)
def test_a_process_whose_work_failed_drains_and_ends_as_a_failure(ending: str, code: int) -> None:
    program = "import os, signal" + PROGRAM.format(ending=ending)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    events = [json.loads(line)["event"] for line in ended.stdout.splitlines()]
    assert (ended.returncode, events[-1]) == (code, "stopped"), ended.stderr
    assert ("background work failed, ending" in events) == bool(code)


def test_resources_are_open_while_the_app_runs_and_closed_in_reverse() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def resource(name: str) -> AsyncIterator[None]:
        seen.append(f"open {name}")
        yield
        seen.append(f"close {name}")

    async def story() -> None:
        app = service_app(ServiceSettings(), resource("a"), resource("b"))
        async with app.router.lifespan_context(app):
            seen.append("serving")

    asyncio.run(story())
    assert seen == ["open a", "open b", "serving", "close b", "close a"]
