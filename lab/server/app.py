"""The server put together: `uvicorn lab.server.app:app`, or `create_app` over any source of worlds."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cached_property

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from lab.server import page
from lab.server.errors import answer_with_sentences
from lab.server.lazy import LazyApp
from lab.server.limits import BodyLimit
from lab.server.logs import Log
from lab.server.quick import Quick
from lab.server.routes import Api
from lab.server.sessions import Sessions
from lab.server.settings import ServerSettings
from lab.server.version import VERSION
from lab.world import World
from lab.worlds import WorldSource, choose

TITLE = "Cloud Incident Lab"
DESCRIPTION = (
    "Real incidents of a shop on Kubernetes: reset to an incident, look around and repair it step by step, "
    "then submit and be graded. The same over the OpenEnv protocol is under `/openenv`."
)
# How often idle episodes are looked for, as a part of the time after which they are dropped.
_LOOKS_PER_IDLE_TIME = 4


class ChosenSource:
    """The world that LAB_WORLD says; looked for when it is first needed, so that importing the app asks nothing."""

    def __init__(self, wish: str) -> None:
        self._wish = wish

    @cached_property
    def _source(self) -> WorldSource:
        choice = choose(self._wish)
        sys.stderr.write(f"{choice.says}\n")
        return choice.source

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def exclusive(self) -> bool:
        return self._source.exclusive

    def open(self) -> World:
        return self._source.open()


def create_app(worlds: WorldSource, settings: ServerSettings | None = None, log: Log | None = None) -> FastAPI:
    chosen = settings or ServerSettings()
    sessions = Sessions(
        worlds,
        idle_seconds=chosen.idle_seconds,
        max_episodes=chosen.max_episodes,
        log=log or Log(steps=chosen.log_steps),
    )
    openenv = LazyApp(_openenv_over(sessions, chosen))
    lazy: list[tuple[LazyApp, bool]] = [(openenv, chosen.openenv_ready)]
    app = FastAPI(title=TITLE, description=DESCRIPTION, version=VERSION, lifespan=_lifespan(sessions, lazy, chosen))
    app.state.sessions = sessions
    answer_with_sentences(app)
    api = Api(sessions)
    app.include_router(api.router)
    if (by_hand := page.mount(app, sessions)) is not None:
        lazy.append((by_hand, chosen.page_ready))
    app.mount("/openenv", openenv)
    app.add_middleware(Quick, calls=api.often)
    app.add_middleware(BodyLimit)
    return app


def _openenv_over(sessions: Sessions, settings: ServerSettings) -> Callable[[], FastAPI]:
    def build() -> FastAPI:
        # Here and not above: the package takes seconds to load, and brings a web framework of its own.
        from lab.server.openenv import create_openenv_app

        return create_openenv_app(sessions, settings)

    return build


def _lifespan(
    sessions: Sessions, lazy: Sequence[tuple[LazyApp, bool]], settings: ServerSettings
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(lambda: sessions.source.name)
        stop = asyncio.Event()
        reaper = asyncio.create_task(_drop_idle(sessions, settings.idle_seconds / _LOOKS_PER_IDLE_TIME, stop))
        gatherer = asyncio.create_task(sessions.log.gather(stop))
        for later, now in lazy:
            if now:
                later.begin()
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(reaper, gatherer)
            await asyncio.gather(*(later.end() for later, _ in lazy))
            await run_in_threadpool(sessions.close)

    return lifespan


async def _drop_idle(sessions: Sessions, every: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
        await run_in_threadpool(sessions.drop_idle)


app = create_app(ChosenSource(ServerSettings().world))
