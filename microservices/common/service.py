"""A service's outside: the app with its probes and metrics, and a server that ends without failing a request.

At SIGTERM the service says that it is not ready, still answers for a while, and asks each client that it answers to
close its connection; then it stops listening and ends what is left. Clients send once more what was not answered.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import TypeVar

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from microservices.common import http_client, logs, metrics, periodic, tracing
from microservices.common.errors import DependencyFailed
from microservices.common.observe import Lifecycle, Observe
from microservices.common.settings import ServiceSettings

Settings = TypeVar("Settings", bound=ServiceSettings)

# The kubelet and kube-proxy need about a second to take a pod out of its Service; twice that.
DRAIN_SECONDS = 2.0
STOP_SECONDS = 3
IDLE_CONNECTION_SECONDS = 65


def service_app(settings: ServiceSettings, *resources: AbstractAsyncContextManager[None]) -> FastAPI:
    """An app with everything but its own routes. The resources are open for as long as the app runs."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(http_client.close_shared_client)
            for resource in resources:
                await stack.enter_async_context(resource)
            yield

    app = FastAPI(title=settings.service_name, lifespan=lifespan, openapi_url=None)
    app.state.lifecycle = Lifecycle()
    app.add_middleware(Observe, lifecycle=app.state.lifecycle)
    app.add_exception_handler(DependencyFailed, _unavailable)
    _add_probes(app)
    metrics.build_info.labels(settings.version).set(1)
    return app


def run(build: Callable[[Settings], FastAPI], settings: Settings) -> None:
    """Serves until SIGTERM; where it was background work that failed, the exit code says so."""
    logs.configure(settings)
    tracing.configure(settings)
    app = build(settings)
    structlog.get_logger().info("starting", port=settings.port)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_CONNECTION_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    DrainingServer(config, app.state.lifecycle).run()
    structlog.get_logger().info("stopped")
    if periodic.work_failed():
        raise SystemExit(1)


class DrainingServer(uvicorn.Server):
    """The first signal starts the drain, a second one ends it at once."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, drain_seconds: float = DRAIN_SECONDS) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._lifecycle.draining:
            super().handle_exit(sig, frame)
            return
        self._lifecycle.draining = True
        # The server looks at its flags ten times a second, so nothing needs to wake the loop.
        asyncio.get_running_loop().call_later(self._drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


async def _unavailable(request: Request, error: Exception) -> Response:
    request.state.failure = str(error)
    return JSONResponse({"detail": str(error)}, status_code=503)


def _add_probes(app: FastAPI) -> None:
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz() -> Response:
        draining = app.state.lifecycle.draining
        return JSONResponse({"status": "draining" if draining else "ready"}, status_code=503 if draining else 200)

    async def scrape() -> Response:
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    for path, handler in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", scrape)):
        app.add_api_route(path, handler, methods=["GET"])
