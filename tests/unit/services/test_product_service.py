import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from microservices.common import metrics
from microservices.common.errors import DatabaseFailed
from microservices.common.service import service_app
from microservices.product_service.app import add_routes
from microservices.product_service.catalogue import Catalogue, Product
from microservices.product_service.recommendations import Recommendations
from microservices.product_service.settings import Settings
from tests.unit.services.backend import Answer, always, caller, failing, mock_peer


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeSource:
    def __init__(self) -> None:
        self.gone = False
        self.reads = 0
        self.price = 100

    async def read(self) -> list[Product]:
        self.reads += 1
        if self.gone:
            raise DatabaseFailed("postgres-db", "gone")
        return [
            {"id": n, "name": f"Thing {n}", "description": "", "price_cents": self.price, "stock": 1}
            for n in range(1, 9)
        ]


class Shop:
    def __init__(self, recommender: Answer | None = None) -> None:
        self.clock = Clock()
        self.source = FakeSource()
        self.catalogue = Catalogue(self.source, 20.0, self.clock)
        answer = recommender or always(200, {"user_id": 7, "products": [5, 2, 99], "model": "matrix-v1"})
        self.recommendations = Recommendations(self.catalogue, mock_peer("recommendation-service", answer), 3)

    def get(self, *paths: str) -> list[httpx.Response]:
        return asyncio.run(self._story(paths))

    def refresh(self, times: int = 1) -> None:
        for _ in range(times):
            asyncio.run(self.catalogue.refresh())

    async def _story(self, paths: tuple[str, ...]) -> list[httpx.Response]:
        app: FastAPI = service_app(Settings())
        add_routes(app, self.catalogue, self.recommendations)
        async with caller(app) as client:
            return [await client.get(path) for path in paths]


def ids(answer: httpx.Response) -> list[int]:
    return [product["id"] for product in answer.json()["products"]]


def test_products_are_read_once_and_then_come_from_memory() -> None:
    shop = Shop()
    one, other, none = shop.get("/products/1", "/products/2", "/products/99")
    assert (one.json()["name"], other.json()["name"], none.status_code) == ("Thing 1", "Thing 2", 404)
    assert shop.source.reads == 1


def test_they_are_read_anew_only_when_they_are_too_old() -> None:
    shop = Shop()
    shop.refresh(3)
    assert shop.source.reads == 1
    shop.clock.now, shop.source.price = 20.5, 200
    shop.refresh(2)
    assert shop.source.reads == 2
    assert shop.get("/products/1")[0].json()["price_cents"] == 200


def test_without_the_database_what_is_in_memory_is_served_however_old() -> None:
    shop = Shop()
    shop.refresh()
    shop.source.gone, shop.clock.now = True, 10_000.0
    with capture_logs() as lines:
        shop.refresh(3)
        assert shop.get("/products/1")[0].status_code == 200
        shop.source.gone = False
        shop.refresh()
    said = [line["event"] for line in lines if line["event"].startswith("products")]
    assert said == ["products not read", "products read again"]
    assert metrics.value("catalogue_age_seconds") == 0


def test_with_nothing_in_memory_and_no_database_it_is_a_503() -> None:
    shop = Shop()
    shop.source.gone = True
    assert [answer.status_code for answer in shop.get("/products/1", "/recommendations/7")] == [503, 503]


def test_recommendations_are_the_models_in_its_order() -> None:
    (answer,) = Shop().get("/recommendations/7")
    assert (answer.json()["user_id"], answer.json()["source"], ids(answer)) == (7, "model", [5, 2])


@pytest.mark.parametrize("failure", [failing(httpx.ReadTimeout), failing(httpx.ConnectError), always(504, {})])
def test_a_failed_recommender_is_answered_with_what_is_popular(failure: Answer) -> None:
    shop = Shop(failure)
    before = metrics.value("fallbacks_total")
    shop.get("/products/6", "/products/6", "/products/4")
    (answer,) = shop.get("/recommendations/7")
    assert (answer.status_code, answer.json()["source"], ids(answer)) == (200, "fallback", [6, 4, 1])
    assert metrics.value("fallbacks_total") == before + 1


def test_a_fallback_works_without_the_database_too() -> None:
    shop = Shop(failing(httpx.ReadTimeout))
    shop.refresh()
    shop.source.gone, shop.clock.now = True, 10_000.0
    assert shop.get("/recommendations/7")[0].json()["source"] == "fallback"


def test_clearing_the_memory_has_the_products_read_again() -> None:
    shop = Shop()
    shop.refresh()

    async def story() -> Any:
        app = service_app(Settings())
        add_routes(app, shop.catalogue, shop.recommendations)
        async with caller(app) as client:
            return (await client.post("/ops/clear-cache")).json()

    assert asyncio.run(story()) == {"removed": 8}
    shop.get("/products/1")
    assert shop.source.reads == 2
