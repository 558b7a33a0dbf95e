"""An open loop: the next journey starts on time, whether or not those before it have ended."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from microservices.common import logs, metrics
from microservices.common.errors import PeerFailed
from microservices.common.periodic import in_background, stopped_within
from microservices.loadgen.customer import Customer, Unserved
from microservices.loadgen.deck import MIX, deal, users
from microservices.loadgen.money import money, outcome
from microservices.loadgen.settings import Settings

# A customer waits so long at most.
PATIENCE_SECONDS = 4.0
# Close together where an incident's pages are: between two far ones a percentile is a guess.
_FINE = (0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
BUCKETS = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, *_FINE, 4.0, 8.0)

requests = metrics.counter("shop_requests_total", "Journeys", ("journey", "outcome"))
seconds_taken = metrics.histogram("shop_request_seconds", "Time a journey took", ("journey",), BUCKETS)
revenue = metrics.counter("shop_revenue_dollars_total", "Paid orders")
revenue_lost = metrics.counter("shop_revenue_lost_dollars_total", "What customers would have spent", ("reason",))
not_started = metrics.counter("shop_requests_not_started_total", "Journeys left out: too many in flight")

for _journey in MIX:
    for _outcome in ("ok", "error", "slow"):
        requests.labels(_journey, _outcome)
for _reason in ("checkout_failed", "left_slow_page"):
    revenue_lost.labels(_reason)


class Pace:
    def __init__(self, settings: Settings, customers: dict[int, Customer]) -> None:
        self._settings = settings
        self._customers = customers
        self._deck = deal(settings.zone_index)
        self._turns = {journey: users(min(customers), len(customers)) for journey in MIX}
        self._count = 0
        self._in_flight: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with in_background(self._walk_in(stop)):
            yield
            stop.set()
            if self._in_flight:
                await asyncio.wait(self._in_flight, timeout=PATIENCE_SECONDS)

    async def _walk_in(self, stop: asyncio.Event) -> None:
        interval = 1 / self._settings.requests_per_second
        # The zones take turns within an interval.
        due = time.monotonic() + self._settings.zone_index * interval / 3
        while not await stopped_within(stop, max(0.0, due - time.monotonic())):
            self._start_next()
            due += interval

    def _start_next(self) -> None:
        journey = next(self._deck)
        self._count += 1
        if len(self._in_flight) >= self._settings.in_flight_max:
            not_started.inc()
            return
        customer = self._customers[next(self._turns[journey])]
        product_id = 1 + self._count % self._settings.products
        task = asyncio.create_task(self._one(journey, customer, product_id))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _one(self, journey: str, customer: Customer, product_id: int) -> None:
        logs.request_id.set(uuid.uuid4().hex)
        begun = time.monotonic()
        answered = await served(lambda: customer.do(journey, product_id))
        account(journey, answered, time.monotonic() - begun, customer.amount_cents)


async def served(visit: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await visit()
    except (PeerFailed, Unserved, TimeoutError) as error:
        structlog.get_logger().warning("not served", error=str(error) or "gave up waiting")
        return False
    return True


def account(journey: str, answered: bool, seconds: float, amount_cents: int) -> None:
    result = outcome(answered, seconds)
    requests.labels(journey, result).inc()
    seconds_taken.labels(journey).observe(seconds)
    worth = money(journey, result, amount_cents)
    if worth.earned_cents:
        revenue.inc(worth.earned_cents / 100)
    if worth.lost_cents:
        revenue_lost.labels(worth.reason).inc(worth.lost_cents / 100)
