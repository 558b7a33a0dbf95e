"""`GET /pages/{id}`, `GET /pictures/{product}/{number}`; for operators `POST /ops/clear-cache` and `/ops/warm`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from microservices.cdn_edge import handover
from microservices.cdn_edge.cache import EdgeCache
from microservices.cdn_edge.edge import Edge, NotAtOrigin, bytes_of, json_of
from microservices.cdn_edge.settings import Settings
from microservices.common.http_client import Peer
from microservices.common.periodic import in_background, repeating, stopped_within
from microservices.common.service import service_app

log = structlog.get_logger()

_ORIGIN_TIMEOUT = 2.0


def build(settings: Settings) -> FastAPI:
    cache: EdgeCache[Any] = EdgeCache(settings.ttl_seconds)
    edge = Edge(
        cache,
        page=partial(json_of, Peer("product-service", settings.product_url, _ORIGIN_TIMEOUT)),
        picture=partial(bytes_of, Peer("image-service", settings.image_url, _ORIGIN_TIMEOUT)),
        pictures_a_page=settings.pictures_a_page,
        patience=settings.picture_patience_seconds,
    )
    app = service_app(settings, _warmed(edge, cache, settings), _purging(edge, settings))
    app.add_exception_handler(NotAtOrigin, _not_found)
    _add_routes(app, edge)
    _add_operations(app, edge, cache, settings)
    return app


def _add_routes(app: FastAPI, edge: Edge) -> None:
    @app.get("/pages/{product}")
    async def page(product: int) -> dict[str, Any]:
        return await edge.page(product)

    @app.get("/pictures/{product}/{number}")
    async def picture(product: int, number: int) -> Response:
        return Response(await edge.picture(product, number), media_type="image/png")


def _add_operations(app: FastAPI, edge: Edge, cache: EdgeCache[Any], settings: Settings) -> None:
    @app.get(handover.PATH)
    async def entries() -> list[dict[str, Any]]:
        return handover.packed(cache)

    @app.post("/ops/clear-cache")
    async def clear_cache() -> dict[str, int]:
        return {"removed": edge.purge("*")}

    @app.post("/ops/warm")
    async def warm() -> dict[str, int]:
        return {"entries": await edge.warm(settings.products)}


@asynccontextmanager
async def _warmed(edge: Edge, cache: EdgeCache[Any], settings: Settings) -> AsyncIterator[None]:
    """Not listening before the cache is warm: until then the edge before this one serves, and no release is slow."""
    warm = asyncio.Event()

    async def warming() -> None:
        await handover.take_over(cache, settings.elder_url)
        await edge.warm(settings.products)
        warm.set()

    async with in_background(warming()):
        if not await stopped_within(warm, settings.warm_seconds):
            log.warning("cache not warm in time, serving while it warms", seconds=settings.warm_seconds)
        yield


@asynccontextmanager
async def _purging(edge: Edge, settings: Settings) -> AsyncIterator[None]:
    async def purge() -> None:
        edge.purge(settings.purge_pattern)

    async with repeating(settings.purge_every_seconds, purge):
        yield


async def _not_found(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=404)
