"""The queue of mails in postgres, and the worker on it."""

from typing import Protocol
from uuid import UUID

import structlog

from microservices.common import metrics
from microservices.common.database import Database
from microservices.common.errors import DependencyFailed

queue_length = metrics.gauge("mail_queue_length", "Mails that wait to be sent, as last counted")
sent_mails = metrics.counter("mails_sent_total", "Mails sent")

# One mail for an order, however often it is asked for; mails without an order are each their own.
ADD = """
insert into mails (user_id, template, order_id, status) values (%s, %s, %s, 'queued')
on conflict (order_id) do nothing
"""
# `skip locked`: during a release two workers are at it.
SEND = """
update mails set status = 'sent', sent_at = now() from profiles
where profiles.user_id = mails.user_id and mails.id in
  (select id from mails where status = 'queued' order by id limit %s for update skip locked)
returning profiles.email
"""
COUNT = "select count(*) as queued from mails where status = 'queued'"


class Queue(Protocol):
    async def add(self, user_id: int, template: str, order_id: UUID | None) -> None: ...
    async def send(self, at_once: int) -> int: ...
    async def length(self) -> int: ...


class DatabaseQueue:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user_id: int, template: str, order_id: UUID | None) -> None:
        async with self._database.connection() as connection:
            await connection.execute(ADD, [user_id, template, order_id])

    async def send(self, at_once: int) -> int:
        """How many were sent."""
        async with self._database.connection() as connection:
            return len(await (await connection.execute(SEND, [at_once])).fetchall())

    async def length(self) -> int:
        async with self._database.connection() as connection:
            row = await (await connection.execute(COUNT)).fetchone()
        return int(row["queued"]) if row else 0


class Worker:
    def __init__(self, queue: Queue, at_once: int) -> None:
        self._queue = queue
        self._at_once = at_once
        self._log = structlog.get_logger()
        self._stuck = False

    async def drain(self) -> int:
        """Sends until nothing is left that can be sent; how many that were."""
        sent = 0
        while batch := await self._queue.send(self._at_once):
            sent += batch
        sent_mails.inc(sent)
        queue_length.set(await self._queue.length())
        return sent

    async def work(self) -> None:
        """Says once that mails have to wait, and once that they do not any more."""
        try:
            await self.drain()
        except DependencyFailed as failed:
            if not self._stuck:
                self._log.error("mails have to wait", error=str(failed))
            self._stuck = True
            return
        if self._stuck:
            self._log.info("mails are being sent again")
        self._stuck = False
