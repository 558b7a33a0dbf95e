"""A rolling restart as Kubernetes does it, under load: surge, ready, SIGTERM, and soon out of the endpoints."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from microservices.common.errors import PeerFailed
from microservices.common.http_client import Peer, close_shared_client
from tests.services.relay import Relay
from tests.services.shop import Process

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

PAYMENT = {"order_id": "o-1", "user_id": 1, "amount_cents": 9000}
CALLERS = 8
ROUNDS = 3
# kube-proxy hears of a pod that ends a moment after the pod does.
ENDPOINT_LAG_SECONDS = 1.0


class Load:
    """Callers that keep their connections and pause for different times, so that some connections are idle."""

    def __init__(self, peer: Peer) -> None:
        self.outcomes: Counter[str] = Counter()
        self.ended = asyncio.Event()
        self._peer = peer

    async def caller(self, pause: float) -> None:
        while not self.ended.is_set():
            try:
                await self._peer.post("/score", json=PAYMENT)
                self.outcomes["ok"] += 1
            except PeerFailed as failed:
                self.outcomes[failed.reason] += 1
            await wait_at_most(self.ended, pause)


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def replace(old: Process, new: Process, relay: Relay) -> int:
    """The old one's exit code."""
    new.start()
    await asyncio.to_thread(new.until_ready)
    relay.endpoints.append(new.port)
    ending = asyncio.create_task(asyncio.to_thread(old.stop))
    await asyncio.wait([ending], timeout=ENDPOINT_LAG_SECONDS)
    relay.endpoints.remove(old.port)
    return await ending


def service(folder: Path) -> Process:
    return Process("fraud_detection_service", folder, {"VELOCITY_LIMIT": "1000000"})


async def restarts_under_load(first: Process, folder: Path) -> tuple[Counter[str], list[int]]:
    relay = Relay(first.port)
    codes = []
    async with relay.running():
        load = Load(Peer("fraud-detection-service", f"http://127.0.0.1:{relay.port}", 2.5))
        callers = [asyncio.create_task(load.caller(0.02 + 0.15 * number)) for number in range(CALLERS)]
        running = first
        try:
            for _ in range(ROUNDS):
                fresh = service(folder)
                codes.append(await replace(running, fresh, relay))
                running = fresh
        finally:
            load.ended.set()
            await asyncio.gather(*callers)
            await close_shared_client()
            await asyncio.to_thread(running.stop)
    return load.outcomes, codes


def test_a_rolling_restart_fails_no_request(tmp_path: Path) -> None:
    first = service(tmp_path).start()
    try:
        first.until_ready()
        outcomes, codes = asyncio.run(restarts_under_load(first, tmp_path))
    finally:
        first.stop()
    assert set(outcomes) == {"ok"}, outcomes
    assert outcomes["ok"] > 50
    assert codes == [0] * ROUNDS


def test_requests_on_their_way_are_answered_before_the_end(tmp_path: Path) -> None:
    """The drain alone, without anybody to go to: all that come before the server stops are served."""
    process = service(tmp_path).start()
    process.until_ready()

    async def story() -> Counter[str]:
        load = Load(Peer("fraud-detection-service", process.url, 2.5))
        callers = [asyncio.create_task(load.caller(0.01)) for _ in range(CALLERS)]
        await asyncio.to_thread(process.terminate)
        await wait_at_most(asyncio.Event(), 1.5)
        load.ended.set()
        await asyncio.gather(*callers)
        await close_shared_client()
        return load.outcomes

    try:
        outcomes = asyncio.run(story())
    finally:
        assert process.stop() == 0
    assert set(outcomes) == {"ok"}, outcomes
    assert outcomes["ok"] > 50
