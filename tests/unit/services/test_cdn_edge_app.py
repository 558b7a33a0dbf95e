"""The edge as an application: taking over, warming, serving, purging; its origins are faked at the wire."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from microservices.cdn_edge import app as edge_app
from microservices.cdn_edge import handover
from microservices.cdn_edge.cache import EdgeCache
from microservices.cdn_edge.edge import Edge
from microservices.cdn_edge.settings import Settings
from microservices.common import metrics
from microservices.common.http_client import Peer


def origin_server(request: httpx.Request) -> httpx.Response:
    kind, product = request.url.path.split("/")[1:3]
    if kind == "ops" or int(product) > 20:
        return httpx.Response(404)
    return httpx.Response(200, content=b"png") if kind == "pictures" else httpx.Response(200, json={"id": int(product)})


def serve_from(monkeypatch: pytest.MonkeyPatch, serve: Callable[[httpx.Request], httpx.Response]) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(serve))
    monkeypatch.setattr(edge_app, "Peer", lambda name, url, timeout: Peer(name, url, timeout, client))
    monkeypatch.setattr(handover, "shared_client", lambda: client)


def test_the_app_takes_over_first_and_asks_the_origins_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    elder: EdgeCache[Any] = EdgeCache(150)
    for product in range(1, 21):
        elder.put(f"/pictures/{product}/1", b"taken", asked_at=0)
    drawn: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path == handover.PATH:
            return httpx.Response(200, json=handover.packed(elder))
        drawn.append(request.url.path)
        return origin_server(request)

    serve_from(monkeypatch, serve)

    async def story() -> None:
        app = edge_app.build(Settings())
        async with app.router.lifespan_context(app):
            assert metrics.value("cache_entries") == 100
            assert len(drawn) == 80

    asyncio.run(story())


def test_the_app_warms_first_and_answers_pages_pictures_and_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    serve_from(monkeypatch, origin_server)

    async def story() -> None:
        app = edge_app.build(Settings())
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as browser,
        ):
            assert metrics.value("cache_entries") == 100
            assert (await browser.get("/pages/3")).json()["product"] == {"id": 3}
            assert (await browser.get("/pages/33")).status_code == 404
            assert (await browser.get("/pictures/3/1")).content == b"png"
            assert (await browser.post("/ops/clear-cache")).json() == {"removed": 100}
            assert (await browser.post("/ops/warm")).json() == {"entries": 100}
            assert len((await browser.get(handover.PATH)).json()) == 100

    asyncio.run(story())


def test_the_purge_job_purges_by_its_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    serve_from(monkeypatch, origin_server)

    async def story() -> None:
        app = edge_app.build(Settings(purge_pattern="/pages/*", purge_every_seconds=60))
        async with app.router.lifespan_context(app):
            before = metrics.value("purges_total")
            async with asyncio.timeout(5):
                while metrics.value("cache_entries") != 80:
                    await asyncio.sleep(0)
            assert metrics.value("purges_total") == before + 1

    asyncio.run(story())


def test_an_origin_that_hangs_does_not_keep_the_edge_from_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> int:
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(Edge, "warm", hang)
    serve_from(monkeypatch, origin_server)

    async def story() -> None:
        app = edge_app.build(Settings(warm_seconds=0.01))
        async with asyncio.timeout(2), app.router.lifespan_context(app):
            return

    asyncio.run(story())
