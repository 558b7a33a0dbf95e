"""`GET /exports`: the last runs, newest first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI

from microservices.analytics_service.export import Exports
from microservices.analytics_service.flag import Flag
from microservices.analytics_service.settings import Settings
from microservices.analytics_service.warehouse import PostgresWarehouse
from microservices.common import metrics
from microservices.common.http_client import Peer
from microservices.common.periodic import every, in_background
from microservices.common.service import service_app

CONCERN = "unbounded_export_running"

_CONFIG_TIMEOUT = 2.0


def build(settings: Settings) -> FastAPI:
    stop = asyncio.Event()
    flag = Flag(Peer("config-service", settings.config_url, _CONFIG_TIMEOUT))
    exports = Exports(PostgresWarehouse(settings), flag.enabled, partial(metrics.set_concern, CONCERN), stop)
    app = service_app(settings, _exporting(settings, exports, stop))
    metrics.declare_concerns(CONCERN)

    @app.get("/exports")
    async def runs() -> dict[str, Any]:
        return {"exports": exports.runs()}

    return app


@asynccontextmanager
async def _exporting(settings: Settings, exports: Exports, stop: asyncio.Event) -> AsyncIterator[None]:
    async with in_background(every(settings.export_every_seconds, exports.run_next, stop)):
        yield
