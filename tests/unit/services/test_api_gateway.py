import asyncio
import json
from typing import Any

import httpx
import pytest

from microservices.api_gateway.app import build
from microservices.api_gateway.backends import Backends
from microservices.api_gateway.settings import Settings
from tests.unit.services.backend import caller, mock_client

PROFILE = {"user_id": 7, "name": "Hugo Abel", "street": "7 Market Street", "city": "Eastbrook", "email": "e"}
PURCHASE = {"product_id": 1, "quantity": 1, "amount_cents": 9000}
HEALTHY: dict[str, tuple[int, Any]] = {
    "auth-service/login": (200, {"token": "secret", "user_id": 7}),
    "auth-service/sessions/secret": (200, {"user_id": 7}),
    "user-service/users/7": (200, PROFILE),
    "product-service/recommendations/7": (200, {"user_id": 7, "source": "model", "products": []}),
    "order-service/orders": (200, {"order_id": "o-1", "status": "paid"}),
    "cdn-edge/pages/3": (200, {"product": {"id": 3}, "pictures": [], "pictures_missing": 4}),
}
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/pages/3", None),
    ("POST", "/login", {"email": "user7@shop.example", "password": "password-7"}),
    ("GET", "/profile", None),
    ("GET", "/recommendations", None),
    ("POST", "/checkout", PURCHASE),
]
NEEDS = {
    "/pages/3": ["cdn-edge"],
    "/login": ["auth-service", "user-service"],
    "/profile": ["auth-service", "user-service"],
    "/recommendations": ["auth-service", "product-service"],
    "/checkout": ["auth-service", "user-service", "order-service"],
}
SERVICES = ["auth-service", "user-service", "product-service", "order-service", "cdn-edge"]


class World:
    """The services behind the gateway; what is in `broken` fails as said there."""

    def __init__(self) -> None:
        self.answers = dict(HEALTHY)
        self.broken: dict[str, type[httpx.TransportError] | int] = {}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        failure = self.broken.get(request.url.host)
        if isinstance(failure, int):
            return httpx.Response(failure, json={"detail": "inside"})
        if failure is not None:
            raise failure("as the test has it", request=request)
        code, body = self.answers.get(f"{request.url.host}{request.url.path}", (404, {"detail": "no such thing"}))
        return httpx.Response(code, json=body)

    def hosts(self) -> list[str]:
        return [request.url.host for request in self.asked]


def ask(world: World, verb: str, path: str, body: Any = None, token: str = "Bearer secret") -> httpx.Response:
    settings = Settings()

    async def story() -> httpx.Response:
        app = build(settings, Backends.of(settings, mock_client(world)))
        async with caller(app) as client:
            return await client.request(verb, path, json=body, headers={"authorization": token} if token else {})

    return asyncio.run(story())


@pytest.mark.parametrize(("verb", "path", "body"), ROUTES)
def test_every_route_asks_just_the_services_it_needs(verb: str, path: str, body: Any) -> None:
    world = World()
    assert ask(world, verb, path, body).status_code == 200
    assert world.hosts() == NEEDS[path]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("failure", [httpx.ReadTimeout, httpx.ConnectError, 500, 503, 504])
@pytest.mark.parametrize(("verb", "path", "body"), ROUTES)
def test_a_failed_service_is_a_503_for_those_who_need_it_and_for_nobody_else(
    verb: str, path: str, body: Any, failure: type[httpx.TransportError] | int, service: str
) -> None:
    world = World()
    world.broken[service] = failure
    answer = ask(world, verb, path, body)
    assert answer.status_code == (503 if service in NEEDS[path] else 200)
    if answer.status_code == 503:
        assert answer.json()["detail"].startswith(f"{service}: ")


@pytest.mark.parametrize("path", ["/profile", "/recommendations", "/checkout"])
@pytest.mark.parametrize("token", ["", "Bearer ", "Basic secret", "secret"])
def test_without_a_session_nobody_is_asked(path: str, token: str) -> None:
    world = World()
    verb, body = ("POST", PURCHASE) if path == "/checkout" else ("GET", None)
    assert ask(world, verb, path, body, token).status_code == 401
    assert world.asked == []


def test_a_session_that_is_gone_is_a_401_and_goes_no_further() -> None:
    world = World()
    world.answers["auth-service/sessions/secret"] = (401, {"detail": "no such session"})
    answer = ask(world, "GET", "/profile")
    assert (answer.status_code, answer.json()) == (401, {"detail": "no such session"})
    assert world.hosts() == ["auth-service"]


def test_a_token_cannot_lead_to_another_path() -> None:
    world = World()
    ask(world, "GET", "/profile", token="Bearer ../login?x=1#y")
    assert world.asked[0].url.raw_path == b"/sessions/..%2Flogin%3Fx%3D1%23y"


@pytest.mark.parametrize(("service", "code"), [("auth-service/login", 401), ("order-service/orders", 402)])
def test_a_refusal_goes_to_the_caller_as_it_is(service: str, code: int) -> None:
    world = World()
    world.answers[service] = (code, {"detail": "because"})
    verb, path, body = ROUTES[1] if code == 401 else ROUTES[4]
    answer = ask(world, verb, path, body)
    assert (answer.status_code, answer.json()) == (code, {"detail": "because"})


def test_a_page_that_does_not_exist_is_a_404() -> None:
    assert ask(World(), "GET", "/pages/99").status_code == 404


def test_a_login_answers_the_session_and_the_name() -> None:
    answer = ask(World(), *ROUTES[1])
    assert answer.json() == {"session": "secret", "user_id": 7, "name": "Hugo Abel"}


def test_an_order_goes_on_with_the_customer_and_the_address() -> None:
    world = World()
    ask(world, "POST", "/checkout", PURCHASE)
    expected = {"user_id": 7, "product_id": 1, "amount_cents": 9000, "address": "7 Market Street, Eastbrook"}
    assert json.loads(world.asked[-1].content) == expected


@pytest.mark.parametrize("change", [{"quantity": 0}, {"amount_cents": -5}, {"product_id": "x"}])
def test_a_senseless_purchase_is_refused_before_anything_is_bought(change: dict[str, Any]) -> None:
    world = World()
    assert ask(world, "POST", "/checkout", {**PURCHASE, **change}).status_code == 422
    assert "order-service" not in world.hosts()


def test_all_calls_of_a_request_carry_its_id() -> None:
    world = World()
    answer = ask(world, "POST", "/checkout", PURCHASE)
    assert {request.headers["x-request-id"] for request in world.asked} == {answer.headers["x-request-id"]}
