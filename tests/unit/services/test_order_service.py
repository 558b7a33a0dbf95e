import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from microservices.common.errors import DatabaseFailed
from microservices.common.http_client import Peer
from microservices.common.service import service_app
from microservices.order_service.app import add_routes
from microservices.order_service.checkout import Checkout
from microservices.order_service.orders import Wanted
from microservices.order_service.settings import Settings
from tests.unit.services.backend import Answer, always, caller, failing, mock_peer

ORDER = {"user_id": 7, "product_id": 1, "amount_cents": 9000, "address": "7 Market Street, Eastbrook"}
ACCEPT = always(200, {"score": 0.1, "verdict": "accept"})
CHARGED = always(200, {"charge_id": 1})


class FakeOrders:
    def __init__(self) -> None:
        self.status: dict[UUID, str] = {}
        self.begun: list[Wanted] = []
        self.gone = False

    async def begin(self, wanted: Wanted) -> None:
        if self.gone:
            raise DatabaseFailed("postgres-db", "gone")
        self.begun.append(wanted)
        self.status.setdefault(wanted.order_id, "pending")

    async def paid(self, order_id: UUID) -> None:
        self.status[order_id] = "paid"


class Shop:
    """An order service whose peers answer as told, and what they were asked."""

    def __init__(self, fraud: Answer = ACCEPT, payment: Answer = CHARGED, mail: Answer | None = None) -> None:
        self.orders = FakeOrders()
        self.asked: list[tuple[str, Any]] = []
        peers = (
            self._peer("fraud", fraud),
            self._peer("payment", payment),
            self._peer("mail", mail or always(202, None)),
        )
        self.checkout = Checkout(self.orders, *peers)

    def _peer(self, name: str, answer: Answer) -> Peer:
        def noted(request: httpx.Request) -> httpx.Response:
            self.asked.append((name, json.loads(request.content)))
            return answer(request)

        return mock_peer(name, noted)

    def place(self, request_id: str = "r-1", times: int = 1) -> list[httpx.Response]:
        return asyncio.run(self._story(request_id, times))

    async def _story(self, request_id: str, times: int) -> list[httpx.Response]:
        app: FastAPI = service_app(Settings(), self.checkout.running())
        add_routes(app, self.checkout)
        headers = {"x-request-id": request_id}
        async with app.router.lifespan_context(app), caller(app) as client:
            return [await client.post("/orders", json=ORDER, headers=headers) for _ in range(times)]

    def bodies(self, name: str) -> list[Any]:
        return [body for asked, body in self.asked if asked == name]


def test_an_order_is_scored_charged_paid_and_followed_by_a_mail() -> None:
    shop = Shop()
    (answer,) = shop.place()
    order_id = answer.json()["order_id"]
    assert answer.json()["status"] == "paid"
    assert shop.orders.status == {UUID(order_id): "paid"}
    assert shop.bodies("fraud") == [{"order_id": order_id, "user_id": 7, "amount_cents": 9000}]
    assert shop.bodies("payment") == [{"idempotency_key": order_id, "order_id": order_id, "amount_cents": 9000}]
    assert shop.bodies("mail") == [{"user_id": 7, "order_id": order_id}]


def test_an_order_keeps_what_was_asked_for_and_where_it_goes() -> None:
    shop = Shop()
    (answer,) = shop.place()
    order_id = UUID(answer.json()["order_id"])
    assert shop.orders.begun == [Wanted(order_id, 7, 1, 9000, "7 Market Street, Eastbrook")]


def test_the_same_request_again_is_the_same_order_and_charge() -> None:
    shop = Shop()
    first, second = shop.place(times=2)
    assert first.json() == second.json()
    assert len(shop.orders.status) == 1
    assert len({body["idempotency_key"] for body in shop.bodies("payment")}) == 1
    assert {body["order_id"] for body in shop.bodies("mail")} == {first.json()["order_id"]}


def test_other_requests_are_other_orders() -> None:
    shop = Shop()
    shop.place("r-1")
    shop.checkout = Shop().checkout
    (answer,) = shop.place("r-2")
    assert UUID(answer.json()["order_id"]) not in shop.orders.status


@pytest.mark.parametrize("failure", [failing(httpx.ReadTimeout), failing(httpx.ConnectError), always(503, {})])
@pytest.mark.parametrize("broken", ["fraud", "payment"])
def test_if_either_fails_both_were_asked_and_the_order_stays_pending(broken: str, failure: Answer) -> None:
    shop = Shop(**{broken: failure})
    (answer,) = shop.place()
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith(f"{broken}: ")
    assert {name for name, _ in shop.asked} == {"fraud", "payment"}
    assert list(shop.orders.status.values()) == ["pending"]


def test_if_both_fail_both_are_named() -> None:
    (answer,) = Shop(failing(httpx.ReadTimeout), failing(httpx.ReadTimeout)).place()
    assert answer.status_code == 503
    assert answer.json() == {"detail": "fraud, payment: timeout"}


def test_both_are_asked_at_once() -> None:
    """Each peer answers only when the other one was asked too."""
    asked = {"fraud": asyncio.Event(), "payment": asyncio.Event()}
    bodies = {"fraud": {"verdict": "accept"}, "payment": {"charge_id": 1}}

    def peer(name: str, other: str) -> Peer:
        async def answer(_request: httpx.Request) -> httpx.Response:
            asked[name].set()
            await asked[other].wait()
            return httpx.Response(200, json=bodies[name])

        return Peer(name, f"http://{name}", 2, httpx.AsyncClient(transport=httpx.MockTransport(answer)))

    shop = Shop()
    mail = mock_peer("mail", always(202, None))
    shop.checkout = Checkout(shop.orders, peer("fraud", "payment"), peer("payment", "fraud"), mail)
    (answer,) = shop.place()
    assert answer.status_code == 200


def test_a_suspicious_payment_is_declined_and_never_paid() -> None:
    shop = Shop(fraud=always(200, {"score": 1.0, "verdict": "decline"}))
    (answer,) = shop.place()
    assert answer.status_code == 402
    assert list(shop.orders.status.values()) == ["pending"]
    assert shop.bodies("mail") == []


def test_a_mail_that_cannot_be_queued_costs_no_order() -> None:
    with capture_logs() as lines:
        (answer,) = Shop(mail=failing(httpx.ConnectError)).place()
    assert answer.status_code == 200
    assert [line["error"] for line in lines if line["event"] == "order mail not queued"] == ["mail: refused"]


def test_without_the_database_nobody_is_asked_for_anything() -> None:
    shop = Shop()
    shop.orders.gone = True
    (answer,) = shop.place()
    assert answer.status_code == 503
    assert shop.asked == []
