"""One charge for one key, however often it is asked for."""

from typing import Protocol

import structlog

from microservices.common import metrics
from microservices.common.database import Database
from microservices.common.errors import CacheFailed

charges = metrics.counter("charges_total", "Charges asked for", ("result",))

INSERT = """
insert into ledger (idempotency_key, order_id, amount_cents) values (%s, %s, %s)
on conflict (idempotency_key) do nothing returning id
"""
SELECT = "select id from ledger where idempotency_key = %s"


class Remembered(Protocol):
    async def get(self, key: str) -> str | None: ...
    async def put(self, key: str, value: str, seconds: int) -> None: ...


class Ledger(Protocol):
    async def enter(self, key: str, order_id: str, amount_cents: int) -> int: ...


class DatabaseLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, key: str, order_id: str, amount_cents: int) -> int:
        async with self._database.connection() as connection:
            entered = await (await connection.execute(INSERT, [key, order_id, amount_cents])).fetchone()
            entry = entered or await (await connection.execute(SELECT, [key])).fetchone()
        if entry is None:
            raise LookupError(f"the ledger has no entry for {key}")
        return int(entry["id"])


class Charges:
    def __init__(self, ledger: Ledger, remembered: Remembered, seconds: int) -> None:
        self._ledger = ledger
        self._remembered = remembered
        self._seconds = seconds
        self._log = structlog.get_logger()

    async def charge(self, key: str, order_id: str, amount_cents: int) -> int:
        """The ledger entry's id. Without redis the ledger's own key still keeps a charge from being made twice."""
        if known := await self._recall(key):
            charges.labels("repeated").inc()
            return int(known)
        entry = await self._ledger.enter(key, order_id, amount_cents)
        await self._remember(key, entry)
        charges.labels("made").inc()
        return entry

    async def _recall(self, key: str) -> str | None:
        try:
            return await self._remembered.get(key)
        except CacheFailed as failed:
            self._log.warning("idempotency key not looked up", error=str(failed))
            return None

    async def _remember(self, key: str, entry: int) -> None:
        try:
            await self._remembered.put(key, str(entry), self._seconds)
        except CacheFailed as failed:
            self._log.warning("idempotency key not kept", error=str(failed))
