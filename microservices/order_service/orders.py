"""An order, and the table of them."""

from dataclasses import asdict, dataclass
from typing import Protocol
from uuid import UUID

from microservices.common.database import Database

INSERT = """
insert into orders (id, user_id, product_id, amount_cents, address, status)
values (%(order_id)s, %(user_id)s, %(product_id)s, %(amount_cents)s, %(address)s, 'pending')
on conflict (id) do nothing
"""
PAID = "update orders set status = 'paid' where id = %s"


@dataclass(frozen=True, slots=True)
class Wanted:
    order_id: UUID
    user_id: int
    product_id: int
    amount_cents: int
    address: str


class Orders(Protocol):
    async def begin(self, wanted: Wanted) -> None: ...
    async def paid(self, order_id: UUID) -> None: ...


class DatabaseOrders:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, wanted: Wanted) -> None:
        async with self._database.connection() as connection:
            await connection.execute(INSERT, asdict(wanted))

    async def paid(self, order_id: UUID) -> None:
        async with self._database.connection() as connection:
            await connection.execute(PAID, [order_id])
