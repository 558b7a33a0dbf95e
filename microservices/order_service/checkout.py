"""The steps of a checkout, in order. One that failed leaves its order pending; asked again, it goes on from there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from microservices.common.errors import DependencyFailed, PeerFailed
from microservices.common.http_client import Peer
from microservices.order_service.orders import Orders, Wanted

# How long the end of the service waits for mails that are on their way.
LAST_MAILS_SECONDS = 1.0


class Declined(Exception):
    """The payment looks fraudulent."""


class Checkout:
    def __init__(self, orders: Orders, fraud: Peer, payment: Peer, notification: Peer) -> None:
        self._orders = orders
        self._fraud = fraud
        self._payment = payment
        self._notification = notification
        self._mails: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield
        if self._mails:
            await asyncio.wait(self._mails, timeout=LAST_MAILS_SECONDS)

    async def place(self, wanted: Wanted) -> None:
        await self._orders.begin(wanted)
        await self._score_and_charge(wanted)
        await self._orders.paid(wanted.order_id)
        mail = asyncio.create_task(self._mail(wanted))
        self._mails.add(mail)
        mail.add_done_callback(self._mails.discard)

    async def _score_and_charge(self, wanted: Wanted) -> None:
        """Both at once; each one is waited for, so that what the other does is known and counted too."""
        verdict, charged = await asyncio.gather(self._score(wanted), self._charge(wanted), return_exceptions=True)
        failed = [error for error in (verdict, charged) if isinstance(error, BaseException)]
        dependencies = [error for error in failed if isinstance(error, DependencyFailed)]
        if len(dependencies) > 1:
            raise PeerFailed(", ".join(error.peer for error in dependencies), dependencies[0].reason)
        if failed:
            raise failed[0]
        if verdict == "decline":
            raise Declined

    async def _score(self, wanted: Wanted) -> str:
        facts = {"order_id": str(wanted.order_id), "user_id": wanted.user_id, "amount_cents": wanted.amount_cents}
        answer = await self._fraud.post("/score", json=facts)
        return str(answer.raise_for_status().json()["verdict"])

    async def _charge(self, wanted: Wanted) -> None:
        order_id = str(wanted.order_id)
        facts = {"idempotency_key": order_id, "order_id": order_id, "amount_cents": wanted.amount_cents}
        (await self._payment.post("/charges", json=facts)).raise_for_status()

    async def _mail(self, wanted: Wanted) -> None:
        mail = {"user_id": wanted.user_id, "order_id": str(wanted.order_id)}
        try:
            await self._notification.post("/mails", json=mail)
        except PeerFailed as failed:
            self._log.warning("order mail not queued", order_id=str(wanted.order_id), error=str(failed))
