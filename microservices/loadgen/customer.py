"""What a customer does at the gateway. A session that is gone is renewed on the way, once."""

from typing import Any

import httpx

from microservices.common.http_client import Peer
from microservices.loadgen.money import order_cents


class Unserved(Exception):
    """The gateway refused what it should have served."""


class Customer:
    """One user; the session is kept from journey to journey."""

    def __init__(self, gateway: Peer, user_id: int, amount_cents: int) -> None:
        self.user_id = user_id
        self.amount_cents = amount_cents
        self._gateway = gateway
        self._session = ""

    async def do(self, journey: str, product_id: int) -> None:
        """Raises PeerFailed or Unserved where the customer did not get it."""
        if journey == "page":
            _served(await self._gateway.get(f"/pages/{product_id}"))
        elif journey == "login":
            await self.log_in()
        else:
            await self._as_customer(journey, product_id)

    async def log_in(self) -> None:
        credentials = {"email": f"user{self.user_id}@shop.example", "password": f"password-{self.user_id}"}
        answer = _served(await self._gateway.post("/login", json=credentials))
        self._session = answer.json()["session"]

    async def _as_customer(self, journey: str, product_id: int) -> None:
        if not self._session:
            await self.log_in()
        answer = await self._ask(journey, product_id)
        if answer.status_code == 401:
            await self.log_in()
            answer = await self._ask(journey, product_id)
        _served(answer)

    async def _ask(self, journey: str, product_id: int) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._session}"}
        if journey == "checkout":
            purchase: dict[str, Any] = {"product_id": product_id, "quantity": 1, "amount_cents": self.amount_cents}
            return await self._gateway.post("/checkout", json=purchase, headers=headers)
        return await self._gateway.get(f"/{journey}", headers=headers)


def customers(gateway: Peer, first: int, count: int) -> dict[int, Customer]:
    return {first + index: Customer(gateway, first + index, order_cents(index, count)) for index in range(count)}


def _served(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise Unserved(f"answered {answer.status_code}")
    return answer
