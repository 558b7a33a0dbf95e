"""One recommendation: from the cache where the model's results may be kept, else from the model within the deadline."""

import asyncio
import json
from contextlib import suppress
from typing import Protocol

import structlog

from microservices.common import metrics
from microservices.common.errors import CacheFailed
from microservices.recommendation_service import models
from microservices.recommendation_service.history import rows
from microservices.recommendation_service.settings import Model

log = structlog.get_logger()

_exceeded = metrics.counter("inference_deadlines_exceeded_total", "Calls that the model did not answer in time")


class TooSlow(Exception):
    """The model did not answer within the service's own deadline."""


class Kept(Protocol):
    async def get(self, key: str) -> str | None: ...
    async def put(self, key: str, value: str, seconds: int) -> None: ...


class Recommender:
    def __init__(self, model: Model, kept: Kept, batcher: models.Batcher, deadline: float, ttl: int) -> None:
        self.model = model
        self._kept = kept
        self._batcher = batcher
        self._deadline = deadline
        self._ttl = ttl

    async def suggest(self, user: int) -> list[int]:
        if self.model == "deep-v2":
            return await self._deep(user)  # personal to the call: what was right a moment ago is not kept
        found = await self._recall(user)
        if found is None:
            found = models.matrix_v1(rows(user))
            await self._remember(user, found)
        return found

    async def _recall(self, user: int) -> list[int] | None:
        try:
            text = await self._kept.get(str(user))
        except CacheFailed as failed:
            log.warning("results not kept now, computing each", error=str(failed))
            return None
        return None if text is None else [int(product) for product in json.loads(text)]

    async def _remember(self, user: int, found: list[int]) -> None:
        with suppress(CacheFailed):  # counted by the cache; the answer does not depend on it
            await self._kept.put(str(user), json.dumps(found), self._ttl)

    async def _deep(self, user: int) -> list[int]:
        history = rows(user)
        try:
            async with asyncio.timeout(self._deadline):
                return await models.deep_v2(history, self._batcher)
        except TimeoutError as error:
            _exceeded.inc()
            batches = len(list(models.batches(history)))
            log.warning("inference deadline exceeded", model=self.model, batches=batches, deadline_s=self._deadline)
            raise TooSlow(f"{self.model} did not answer in {self._deadline} s") from error
