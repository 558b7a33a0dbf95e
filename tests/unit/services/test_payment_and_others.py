"""The smaller services of the customer path: payments, fraud, users, mails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from microservices.common import metrics
from microservices.common.database import Database
from microservices.common.errors import CacheFailed, DatabaseFailed
from microservices.common.service import service_app
from microservices.common.settings import ServiceSettings
from microservices.fraud_detection_service.velocity import DECLINE_FROM, Velocity
from microservices.notification_service import app as notification_app
from microservices.notification_service.mails import DatabaseQueue, Worker
from microservices.payment_service.charges import Charges
from microservices.user_service import app as user_app
from tests.unit.services.backend import caller


class FakeLedger:
    def __init__(self) -> None:
        self.keys: list[str] = []
        self.entered = 0

    async def enter(self, key: str, order_id: str, amount_cents: int) -> int:
        assert (order_id, amount_cents) == ("o-1", 9000)
        self.entered += 1
        if key not in self.keys:
            self.keys.append(key)
        return self.keys.index(key) + 1


class FakeMemory:
    def __init__(self, gone: bool = False) -> None:
        self.kept: dict[str, str] = {}
        self.gone = gone

    async def get(self, key: str) -> str | None:
        if self.gone:
            raise CacheFailed("redis-payment-cache", "refused")
        return self.kept.get(key)

    async def put(self, key: str, value: str, seconds: int) -> None:
        if self.gone:
            raise CacheFailed("redis-payment-cache", "refused")
        assert seconds == 3600
        self.kept[key] = value


def charge(ledger: FakeLedger, memory: FakeMemory, *keys: str) -> list[int]:
    charges = Charges(ledger, memory, 3600)

    async def story() -> list[int]:
        return [await charges.charge(key, "o-1", 9000) for key in keys]

    return asyncio.run(story())


def test_a_key_is_charged_once_and_known_from_redis_after() -> None:
    ledger = FakeLedger()
    assert charge(ledger, FakeMemory(), "a", "b", "a", "a") == [1, 2, 1, 1]
    assert ledger.entered == 2


def test_without_redis_the_ledger_still_charges_once() -> None:
    ledger = FakeLedger()
    with capture_logs() as lines:
        assert charge(ledger, FakeMemory(gone=True), "a", "a") == [1, 1]
    assert ledger.keys == ["a"]
    assert {line["event"] for line in lines} == {"idempotency key not looked up", "idempotency key not kept"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def velocity() -> tuple[Velocity, Clock]:
    clock = Clock()
    return Velocity(60.0, 20, 10_000, clock), clock


def test_an_ordinary_customer_is_never_declined() -> None:
    """The shop's own customers buy for 120 dollars at most, about once a minute."""
    scorer, clock = velocity()
    for _ in range(200):
        clock.now += 20.0
        assert scorer.score(7, 12_000) < 0.3


def test_a_burst_is_declined_until_it_is_out_of_the_window() -> None:
    scorer, clock = velocity()
    scores = [scorer.score(7, 9_000) for _ in range(20)]
    assert scores == sorted(scores)
    assert scores[-1] >= DECLINE_FROM
    assert scorer.score(8, 9_000) < DECLINE_FROM
    clock.now = 60.1
    assert scorer.score(7, 9_000) < DECLINE_FROM


def test_an_amount_alone_is_suspicious_and_not_declined() -> None:
    scorer, _ = velocity()
    assert 0.3 < scorer.score(7, 10_000_000) < DECLINE_FROM


class FakeProfiles:
    async def by_id(self, user_id: int) -> dict[str, Any] | None:
        return profile(user_id) if user_id == 7 else None

    async def by_email(self, email: str) -> dict[str, Any] | None:
        return profile(7) if email == "user7@shop.example" else None


def profile(user_id: int) -> dict[str, Any]:
    return {"user_id": user_id, "name": "Hugo", "street": "7 Market Street", "city": "Eastbrook", "email": "e"}


def ask(app: FastAPI, *requests: tuple[str, str, Any]) -> list[httpx.Response]:
    async def story() -> list[httpx.Response]:
        async with caller(app) as client:
            return [await client.request(verb, path, json=body) for verb, path, body in requests]

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/users/7", 200),
        ("/users/8", 404),
        ("/users/by-email/user7@shop.example", 200),
        ("/users/by-email/x", 404),
        ("/users/x", 422),
    ],
)
def test_a_profile_is_found_by_id_and_by_mail_address(path: str, code: int) -> None:
    app = service_app(ServiceSettings())
    user_app.add_routes(app, FakeProfiles())
    (answer,) = ask(app, ("GET", path, None))
    assert answer.status_code == code
    assert (answer.json() == profile(7)) == (code == 200)


ORDER_ID = UUID(int=7)


class FakeQueue:
    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.added: list[tuple[str, UUID | None]] = []
        self.gone = False

    async def add(self, user_id: int, template: str, order_id: UUID | None) -> None:
        assert user_id == 7
        self.added.append((template, order_id))
        self.waiting += 1

    async def send(self, at_once: int) -> int:
        if self.gone:
            raise DatabaseFailed("postgres-db", "gone")
        sent = min(at_once, self.waiting)
        self.waiting -= sent
        return sent

    async def length(self) -> int:
        return self.waiting


def test_mails_are_queued_with_the_usual_template_or_their_own_and_drained_on_request() -> None:
    queue = FakeQueue()
    app = service_app(ServiceSettings())
    notification_app.add_routes(app, queue, Worker(queue, 20), "usual")
    answers = ask(
        app,
        ("POST", "/mails", {"user_id": 7}),
        ("POST", "/mails", {"user_id": 7, "template": "special", "order_id": str(ORDER_ID)}),
        ("GET", "/queue", None),
        ("POST", "/ops/drain-queue", None),
        ("GET", "/queue", None),
    )
    assert queue.added == [("usual", None), ("special", ORDER_ID)]
    assert [answer.status_code for answer in answers[:2]] == [202, 202]
    assert [answer.json() for answer in answers[2:]] == [{"queued": 2}, {"sent": 2}, {"queued": 0}]


class FakeDatabase:
    """Notes what it is told to do."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["FakeDatabase"]:
        yield self

    async def execute(self, statement: str, values: Any) -> None:
        self.told.append((" ".join(statement.split()), values))


def test_a_mail_is_entered_with_its_order_and_an_order_that_has_one_gets_no_other() -> None:
    database = FakeDatabase()
    asyncio.run(DatabaseQueue(cast(Database, database)).add(7, "usual", ORDER_ID))
    ((statement, values),) = database.told
    assert statement.endswith("on conflict (order_id) do nothing")
    assert values == [7, "usual", ORDER_ID]


def test_the_worker_sends_all_that_waits_in_batches() -> None:
    queue = FakeQueue(waiting=45)
    before = metrics.value("mails_sent_total")
    assert asyncio.run(Worker(queue, 20).drain()) == 45
    assert metrics.value("mails_sent_total") == before + 45
    assert metrics.value("mail_queue_length") == 0


def test_mails_wait_for_the_database_and_the_worker_says_so_once() -> None:
    queue = FakeQueue(waiting=3)
    worker = Worker(queue, 20)
    with capture_logs() as lines:
        queue.gone = True
        for _ in range(3):
            asyncio.run(worker.work())
        queue.gone = False
        for _ in range(2):
            asyncio.run(worker.work())
    assert [line["event"] for line in lines] == ["mails have to wait", "mails are being sent again"]
    assert queue.waiting == 0
