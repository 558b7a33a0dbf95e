"""The orders table."""

from typing import Protocol
from uuid import UUID

from microservices.common.database import Database

INSERT = """
insert into orders (id, user_id, product_id, amount_cents, status) values (%s, %s, %s, %s, 'pending')
on conflict (id) do nothing
"""
PAID = "update orders set status = 'paid' where id = %s"


class Orders(Protocol):
    async def begin(self, order_id: UUID, user_id: int, product_id: int, amount_cents: int) -> None: ...
    async def paid(self, order_id: UUID) -> None: ...


class DatabaseOrders:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, order_id: UUID, user_id: int, product_id: int, amount_cents: int) -> None:
        async with self._database.connection() as connection:
            await connection.execute(INSERT, [order_id, user_id, product_id, amount_cents])

    async def paid(self, order_id: UUID) -> None:
        async with self._database.connection() as connection:
            await connection.execute(PAID, [order_id])
