"""The models. Both say which five products a user may like; they differ in how the history is gone through.

matrix-v1 weighs the whole history at once. deep-v2 carries a state from one micro-batch of the history to the next, and
sends each batch through a batcher that it shares with all other calls.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from microservices.recommendation_service.history import PRODUCTS

BATCH = 32
SUGGESTED = 5

Weights = list[float]


def matrix_v1(history: Sequence[int]) -> list[int]:
    return best(_weighed([0.0] * PRODUCTS, history, 0.98))


def batches(history: Sequence[int]) -> Iterator[Sequence[int]]:
    return (history[start : start + BATCH] for start in range(0, len(history), BATCH))


def best(weights: Weights) -> list[int]:
    return sorted(range(1, PRODUCTS + 1), key=lambda product: (-weights[product - 1], product))[:SUGGESTED]


def _weighed(weights: Weights, history: Sequence[int], keep: float) -> Weights:
    for product in history:
        weights = [weight * keep for weight in weights]
        weights[product - 1] += 1.0
    return weights


@dataclass(slots=True)
class _Open:
    """A batch that still takes rows; runs when it is full or its window is over."""

    full: asyncio.Event = field(default_factory=asyncio.Event)
    rows: int = 0


class Batcher:
    """Lets calls share a pass of the model: the first to come opens a window, and all that come in it run together."""

    def __init__(self, capacity: int, window: float) -> None:
        self._capacity = capacity
        self._window = window
        self._open: _Open | None = None

    async def run(self, weights: Weights, chunk: Sequence[int]) -> Weights:
        batch = self._join(len(chunk))
        try:
            await asyncio.wait_for(batch.full.wait(), self._window)
        except TimeoutError:
            self._close(batch)
        return _weighed(weights, chunk, 0.97)

    def _join(self, rows: int) -> _Open:
        batch = self._open = self._open or _Open()
        batch.rows += rows
        if batch.rows >= self._capacity:
            self._close(batch)
        return batch

    def _close(self, batch: _Open) -> None:
        batch.full.set()
        if self._open is batch:
            self._open = None


async def deep_v2(history: Sequence[int], batcher: Batcher) -> list[int]:
    weights = [0.0] * PRODUCTS
    for chunk in batches(history):
        weights = await batcher.run(weights, chunk)
    return best(weights)
