import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from microservices.auth_service.accounts import Accounts
from microservices.auth_service.app import add_routes, leases
from microservices.auth_service.leases import PerRequest
from microservices.auth_service.sessions import Sessions
from microservices.auth_service.settings import Settings
from microservices.common.database import Connection
from microservices.common.errors import CacheFailed, DatabaseFailed
from microservices.common.service import service_app
from tests.unit.services.backend import caller

HASH = hashlib.sha256(b"shop:password-7").hexdigest()
ACCOUNT = {"id": 7, "email": "user7@shop.example", "password_hash": HASH, "active": True}
GOOD = {"email": "user7@shop.example", "password": "password-7"}


class FakePool:
    """So many connections, and who has one of them out."""

    def __init__(self, size: int, account: dict[str, Any] | None = None) -> None:
        self.size = size
        self.out = 0
        self.account: dict[str, Any] = account or dict(ACCOUNT)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        connection = await self.lease()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def lease(self) -> Connection:
        if self.out >= self.size:
            raise DatabaseFailed("postgres-db", "no free connection in the pool")
        self.out += 1
        return cast(Connection, self)

    async def give_back(self, connection: Connection) -> None:
        assert connection is cast(Connection, self)
        self.out -= 1

    async def execute(self, _query: str, values: list[Any]) -> "FakePool":
        self._found = self.account if values[0] in (self.account["id"], self.account["email"]) else None
        return self

    async def fetchone(self) -> dict[str, Any] | None:
        return self._found


class FakeStore:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.seconds = 0
        self.gone = False

    async def get(self, key: str) -> str | None:
        if self.gone:
            raise CacheFailed("redis-session", "refused")
        return self.kept.get(key)

    async def put(self, key: str, value: str, seconds: int) -> None:
        if self.gone:
            raise CacheFailed("redis-session", "refused")
        self.kept[key], self.seconds = value, seconds


def service(pool: FakePool, store: FakeStore | None = None, lease: str = "transaction") -> FastAPI:
    settings = Settings.model_validate({"db_lease": lease})
    app = service_app(settings)
    accounts = Accounts(leases(settings, pool), settings.password_salt)
    add_routes(app, accounts, Sessions(store or FakeStore(), settings.session_seconds))
    return app


def play(app: FastAPI, *requests: tuple[str, str, Any]) -> list[httpx.Response]:
    async def story() -> list[httpx.Response]:
        async with caller(app) as client:
            return [await client.request(verb, path, json=body) for verb, path, body in requests]

    return asyncio.run(story())


def test_a_right_login_begins_a_session_that_is_known_after() -> None:
    store = FakeStore()
    app = service(FakePool(8), store)
    (login,) = play(app, ("POST", "/login", GOOD))
    (session,) = play(app, ("GET", f"/sessions/{login.json()['token']}", None))
    assert session.json() == {"user_id": 7}
    assert store.seconds == 3600


def test_no_two_sessions_have_the_same_token() -> None:
    answers = play(service(FakePool(8)), *[("POST", "/login", GOOD)] * 3)
    assert len({answer.json()["token"] for answer in answers}) == 3


@pytest.mark.parametrize(
    "credentials",
    [{**GOOD, "password": "password-8"}, {**GOOD, "email": "nobody@shop.example"}, {**GOOD, "password": HASH}],
)
def test_a_wrong_login_is_a_401(credentials: dict[str, str]) -> None:
    (answer,) = play(service(FakePool(8)), ("POST", "/login", credentials))
    assert answer.status_code == 401


def test_a_closed_account_cannot_log_in_and_its_session_ends() -> None:
    pool = FakePool(8)
    app = service(pool)
    (login,) = play(app, ("POST", "/login", GOOD))
    pool.account["active"] = False
    again, session = play(app, ("POST", "/login", GOOD), ("GET", f"/sessions/{login.json()['token']}", None))
    assert (again.status_code, session.status_code) == (401, 401)


def test_an_unknown_session_is_a_401_and_asks_no_database() -> None:
    (answer,) = play(service(FakePool(0)), ("GET", "/sessions/unknown", None))
    assert answer.status_code == 401


@pytest.mark.parametrize("lease", ["transaction", "request"])
def test_without_a_connection_logins_are_503(lease: str) -> None:
    (answer,) = play(service(FakePool(0), lease=lease), ("POST", "/login", GOOD))
    assert answer.status_code == 503


def test_without_redis_everything_is_503() -> None:
    store = FakeStore()
    store.gone = True
    answers = play(service(FakePool(8), store), ("POST", "/login", GOOD), ("GET", "/sessions/any", None))
    assert [answer.status_code for answer in answers] == [503, 503]


def test_a_lease_of_a_transaction_is_given_back_each_time() -> None:
    pool = FakePool(1)
    answers = play(service(pool), *[("POST", "/login", GOOD)] * 20)
    assert {answer.status_code for answer in answers} == {200}
    assert pool.out == 0


def test_leases_of_requests_add_up_until_there_is_no_connection_left() -> None:
    pool = FakePool(5)
    answers = play(service(pool, lease="request"), *[("POST", "/login", GOOD)] * 8)
    assert [answer.status_code for answer in answers] == [200] * 5 + [503] * 3
    assert pool.out == 5


def test_a_lease_of_a_request_ends_with_its_context() -> None:
    pool = FakePool(5)
    registry = PerRequest(pool)

    async def story() -> None:
        async with registry.lend():
            pass
        async with registry.lend():
            pass
        assert pool.out == 2
        await registry.end_of_context("")
        await registry.end_of_context("never-begun")

    asyncio.run(story())
    assert pool.out == 0
