"""All products in memory. They are read anew in the background; a request waits only while there are none at all."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from microservices.common import metrics
from microservices.common.database import Database
from microservices.common.errors import DependencyFailed

CACHE = "catalogue"
SELECT = "select id, name, description, price_cents, stock from products order by id"

age = metrics.gauge("catalogue_age_seconds", "Time since the products were read from the database")

Product = dict[str, Any]


class Source(Protocol):
    async def read(self) -> list[Product]: ...


class DatabaseSource:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> list[Product]:
        async with self._database.connection() as connection:
            return await (await connection.execute(SELECT)).fetchall()


class Catalogue:
    def __init__(self, source: Source, keep_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._products: dict[int, Product] = {}
        self._read_at = clock()
        self._stale = False
        self._views: Counter[int] = Counter()
        self._log = structlog.get_logger()
        age.set_function(self._age)

    async def product(self, product_id: int) -> Product | None:
        found = (await self._all()).get(product_id)
        if found is not None:
            self._views[product_id] += 1
        return found

    async def named(self, product_ids: list[int]) -> list[Product]:
        """Those of them that there are, in the order asked for."""
        products = await self._all()
        return [products[product_id] for product_id in product_ids if product_id in products]

    async def popular(self, count: int) -> list[Product]:
        """The most viewed; before anything was viewed, the first ones."""
        products = await self._all()
        return sorted(products.values(), key=lambda product: (-self._views[product["id"]], product["id"]))[:count]

    async def refresh(self) -> None:
        """Called often; reads only what is too old, and keeps what there is where reading fails."""
        if self._products and self._age() < self._keep_seconds:
            return
        try:
            await self._read()
        except DependencyFailed as failed:
            if not self._stale:
                self._log.warning("products not read", in_memory=len(self._products), error=str(failed))
            self._stale = True

    async def clear(self) -> int:
        """The number of products that are gone."""
        removed = len(self._products)
        self._products = {}
        return removed

    async def _all(self) -> dict[int, Product]:
        metrics.cache_requests.labels(CACHE, "hit" if self._products else "miss").inc()
        if not self._products:
            await self._read()
        return self._products

    async def _read(self) -> None:
        self._products = {product["id"]: product for product in await self._source.read()}
        self._read_at = self._clock()
        if self._stale:
            self._log.info("products read again")
        self._stale = False

    def _age(self) -> float:
        return self._clock() - self._read_at
