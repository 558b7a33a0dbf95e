import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservices.cdn_edge import handover
from microservices.cdn_edge.cache import EdgeCache, lifetime
from microservices.cdn_edge.edge import Edge, NotAtOrigin
from microservices.common import metrics
from microservices.common.errors import PeerFailed


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.text(max_size=40))
def test_a_lifetime_is_within_a_fifth_of_the_ttl(key: str) -> None:
    assert 120 <= lifetime(key, 150) <= 180


def test_lifetimes_are_spread() -> None:
    lifetimes = sorted(lifetime(f"/pictures/{product}/{n}", 150) for product in range(1, 21) for n in range(1, 5))
    assert lifetimes[0] < 130
    assert lifetimes[-1] > 170


def test_an_entry_lives_as_long_as_its_key_says() -> None:
    clock = Clock()
    cache: EdgeCache[str] = EdgeCache(150, clock)
    cache.put("/pages/1", "page", asked_at=0)
    clock.now = lifetime("/pages/1", 150) - 0.1
    assert cache.get("/pages/1") == "page"
    clock.now += 0.2
    assert cache.get("/pages/1") is None
    assert len(cache) == 0


def test_what_is_handed_over_keeps_the_lifetime_it_has_left() -> None:
    clock = Clock()
    elder: EdgeCache[Any] = EdgeCache(150, clock)
    elder.put("/pages/1", {"id": 1}, asked_at=0)
    elder.put("/pictures/1/1", b"\x89png", asked_at=0)
    clock.now = 100
    heir: EdgeCache[Any] = EdgeCache(150, clock)
    assert handover.unpack(json.loads(json.dumps(handover.packed(elder))), heir) == 2
    assert heir.get("/pages/1") == {"id": 1}
    assert heir.get("/pictures/1/1") == b"\x89png"
    clock.now = lifetime("/pages/1", 150) + 0.1
    assert heir.get("/pages/1") is None
    assert "/pages/1" not in [key for key, _, _ in elder.entries()]


def test_without_an_elder_nothing_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    elders = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    monkeypatch.setattr(handover, "shared_client", lambda: elders)
    cache: EdgeCache[Any] = EdgeCache(150)
    asyncio.run(handover.take_over(cache, "http://cdn-edge"))
    assert len(cache) == 0


def test_a_purge_takes_what_its_pattern_names() -> None:
    cache: EdgeCache[str] = EdgeCache(150, Clock())
    for key in ("/pages/1", "/promo/summer", "/promo/1/2"):
        cache.put(key, "x", asked_at=1)
    assert cache.purge("/promo/*") == 2
    assert cache.get("/pages/1") == "x"
    assert cache.purge("/*") == 1


def test_what_was_asked_for_before_a_purge_is_not_kept_after_it() -> None:
    clock = Clock()
    cache: EdgeCache[str] = EdgeCache(150, clock)
    clock.now = 5
    cache.purge("/pages/*")
    assert not cache.put("/pages/1", "old", asked_at=4)
    assert cache.put("/pictures/1/1", "old", asked_at=4)
    clock.now = 6
    assert cache.put("/pages/1", "new", asked_at=6)


class Origin:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: set[str] = set()
        self.late = False  # what the gate holds back is pictures alone
        self.gate = asyncio.Event()
        self.gate.set()

    async def page(self, path: str) -> Any:
        return await self(path)

    async def __call__(self, path: str) -> Any:
        self.asked.append(path)
        if path.startswith("/pictures/") or not self.late:
            await self.gate.wait()
        if path in self.fails:
            raise PeerFailed("image-service", "timeout")
        if path.endswith("/99"):
            raise NotAtOrigin(path)
        return f"body of {path}".encode()


def edge_of(origin: Origin, patience: float = 5) -> Edge:
    return Edge(EdgeCache(150), page=origin.page, picture=origin, pictures_a_page=4, patience=patience)


def test_a_page_is_the_product_and_its_pictures() -> None:
    async def story() -> None:
        origin = Origin()
        edge = edge_of(origin)
        page = await edge.page(3)
        assert page == {
            "product": b"body of /products/3",
            "pictures": ["/pictures/3/1", "/pictures/3/2", "/pictures/3/3", "/pictures/3/4"],
            "pictures_missing": 0,
        }
        await edge.page(3)
        assert len(origin.asked) == 5

    asyncio.run(story())


def test_a_picture_that_fails_is_missing_and_the_page_is_not() -> None:
    async def story() -> None:
        origin = Origin()
        origin.fails = {"/pictures/3/2"}
        page = await edge_of(origin).page(3)
        assert page["pictures_missing"] == 1
        assert page["pictures"] == ["/pictures/3/1", "/pictures/3/3", "/pictures/3/4"]

    asyncio.run(story())


def test_a_product_that_fails_fails_the_page() -> None:
    async def story() -> None:
        origin = Origin()
        origin.fails = {"/products/3"}
        with pytest.raises(PeerFailed):
            await edge_of(origin).page(3)

    asyncio.run(story())


def test_misses_for_one_key_are_fetched_once_and_each_counts_as_a_miss() -> None:
    async def story() -> None:
        origin = Origin()
        origin.gate.clear()
        edge = edge_of(origin)
        before = metrics.value("cache_requests_total", cache="edge", result="miss")
        asked = [asyncio.create_task(edge.picture(1, 1)) for _ in range(5)]
        for _ in range(3):
            await asyncio.sleep(0)
        origin.gate.set()
        assert set(await asyncio.gather(*asked)) == {b"body of /pictures/1/1"}
        assert origin.asked == ["/pictures/1/1"]
        assert metrics.value("cache_requests_total", cache="edge", result="miss") == before + 5

    asyncio.run(story())


def test_a_failure_is_told_to_all_who_waited_and_forgotten() -> None:
    async def story() -> None:
        origin = Origin()
        origin.fails = {"/pictures/1/1"}
        edge = edge_of(origin)
        both = await asyncio.gather(edge.picture(1, 1), edge.picture(1, 1), return_exceptions=True)
        assert [type(error) for error in both] == [PeerFailed, PeerFailed]
        origin.fails = set()
        assert await edge.picture(1, 1)

    asyncio.run(story())


def test_one_caller_who_leaves_does_not_take_the_fetch_from_the_others() -> None:
    async def story() -> None:
        origin = Origin()
        origin.gate.clear()
        edge = edge_of(origin)
        leaves, stays = asyncio.create_task(edge.picture(1, 1)), asyncio.create_task(edge.picture(1, 1))
        for _ in range(3):
            await asyncio.sleep(0)
        leaves.cancel()
        await asyncio.sleep(0)
        origin.gate.set()
        assert await stays == b"body of /pictures/1/1"

    asyncio.run(story())


def test_a_page_does_not_wait_for_late_pictures_but_the_next_page_has_them() -> None:
    async def story() -> None:
        origin = Origin()
        origin.gate.clear()
        origin.late = True
        edge = edge_of(origin, patience=0.01)
        assert (await edge.page(3))["pictures_missing"] == 4
        with pytest.raises(PeerFailed, match="timeout"):
            await edge.picture(3, 1)
        origin.gate.set()
        async with asyncio.timeout(5):
            while metrics.value("origin_fetches_open"):
                await asyncio.sleep(0)
        assert (await edge.page(3))["pictures_missing"] == 0
        assert len(origin.asked) == 5

    asyncio.run(story())


def test_no_more_than_four_pictures_are_asked_for_at_once() -> None:
    async def story() -> None:
        origin = Origin()
        origin.gate.clear()
        edge = edge_of(origin)
        pages = [asyncio.create_task(edge.page(product)) for product in (1, 2, 3)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert len([path for path in origin.asked if path.startswith("/pictures/")]) == 4
        assert len([path for path in origin.asked if path.startswith("/products/")]) == 3
        assert metrics.value("origin_fetches_open") == 15
        origin.gate.set()
        assert [page["pictures_missing"] for page in await asyncio.gather(*pages)] == [0, 0, 0]

    asyncio.run(story())


def test_warming_asks_for_everything_once() -> None:
    async def story() -> None:
        origin = Origin()
        assert await edge_of(origin).warm(20) == 100
        assert len(origin.asked) == len(set(origin.asked)) == 100

    asyncio.run(story())
