"""The route with which an operator empties a service's cache."""

from typing import Protocol

import structlog
from fastapi import FastAPI


class Clearable(Protocol):
    async def clear(self) -> int:
        """The number of entries that are gone."""


def add_clear_cache(app: FastAPI, cache: Clearable) -> None:
    @app.post("/ops/clear-cache")
    async def clear_cache() -> dict[str, int]:
        removed = await cache.clear()
        structlog.get_logger().info("cache cleared by an operator", entries_removed=removed)
        return {"removed": removed}
