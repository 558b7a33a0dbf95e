"""An ASGI app that is built behind the scenes or at its first request, because loading it takes seconds."""

import asyncio
import threading
from collections.abc import Callable

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

# Two at once would import the same packages from two threads, and one of them may then meet a module half loaded.
_BUILDING = threading.Lock()


class LazyApp:
    """A mounted app gets no lifespan events of its own; this one sees to them, in a task of its own."""

    def __init__(self, build: Callable[[], FastAPI]) -> None:
        self._build = build
        self._built: asyncio.Future[FastAPI] | None = None
        self._alive: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self.ready())(scope, receive, send)

    async def ready(self) -> FastAPI:
        return await asyncio.shield(self.begin())

    def begin(self) -> asyncio.Future[FastAPI]:
        """Start to build, if nobody has yet; whoever needs the app awaits the same future."""
        if self._built is None:
            self._stop.clear()
            self._built = asyncio.get_running_loop().create_future()
            self._alive = asyncio.create_task(self._live(self._built))
        return self._built

    @property
    def is_settled(self) -> bool:
        """Nobody waits from here on: it is built, or could not be, and each call then raises why."""
        return self._built is not None and self._built.done()

    async def end(self) -> None:
        self._stop.set()
        alive, self._alive, self._built = self._alive, None, None
        if alive is not None:
            await asyncio.gather(alive, return_exceptions=True)

    async def _live(self, built: asyncio.Future[FastAPI]) -> None:
        try:
            app = await run_in_threadpool(self._build_alone)
            async with app.router.lifespan_context(app):
                built.set_result(app)
                await self._stop.wait()
        except Exception as error:
            if built.done():
                raise
            built.set_exception(error)

    def _build_alone(self) -> FastAPI:
        with _BUILDING:
            return self._build()
