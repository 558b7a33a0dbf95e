"""What the server's tests share: sources of tiny worlds, a clock that is set by hand, a client over an app."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from lab.server.app import create_app
from lab.server.logs import Log
from lab.server.page.door import PageRoute
from lab.server.sessions import Sessions
from lab.server.settings import ServerSettings
from lab.world import World
from tests.unit.tiny_world import TinyWorld

LOOK = {"action_type": "query_logs", "parameters": {"service": "api-gateway"}}


class TinySource:
    """Remembers every world that it opened."""

    def __init__(self, make: Callable[[], World] = TinyWorld, *, exclusive: bool = False) -> None:
        self.name = "tiny"
        self.exclusive = exclusive
        self.opened: list[World] = []
        self._make = make

    def open(self) -> World:
        self.opened.append(self._make())
        return self.opened[-1]

    def ends(self) -> list[int]:
        """How often each world was put back."""
        return [world.calls.count("end") for world in self.opened if isinstance(world, TinyWorld)]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def quiet() -> Log:
    return Log(io.StringIO())


def sessions_over(source: TinySource, clock: Clock | None = None, *, idle: float = 60, most: int = 8) -> Sessions:
    return Sessions(source, idle_seconds=idle, max_episodes=most, clock=clock or Clock(), log=quiet())


@contextmanager
def client_over(source: TinySource, log: Log | None = None) -> Iterator[TestClient]:
    app = create_app(source, ServerSettings(openenv_ready=False, page_ready=False), log or quiet())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def load_page(client: TestClient) -> None:
    """Raises why, where it cannot be built.

    Beside other requests it may fail in a test alone: what is imported silences warnings for a while, for all threads,
    and so does what answers a request; between the two a warning can get through, and is an error here.
    """
    app, portal = client.app, client.portal
    assert isinstance(app, FastAPI)
    assert portal is not None
    portal.call(next(route for route in app.router.routes if isinstance(route, PageRoute)).lazy.ready)


def is_sentence(answer: Any) -> bool:
    detail = answer.json()["detail"]
    return isinstance(detail, str) and detail.endswith((".", '"', "}")) and "\n" not in detail
