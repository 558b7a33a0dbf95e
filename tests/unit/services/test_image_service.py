import asyncio
import struct
import zlib

import httpx
import pytest

from microservices.common import metrics
from microservices.image_service.app import build
from microservices.image_service.budget import measured, samples_within
from microservices.image_service.picture import SIDE, draw
from microservices.image_service.settings import Settings
from microservices.image_service.studio import Abandoned, QueueFull, Studio


def test_a_picture_is_a_whole_png() -> None:
    drawn = draw(3, 2, 1)
    width, height, depth, colours = struct.unpack(">IIBB", drawn[16:26])
    assert (drawn[:8], width, height, depth, colours) == (b"\x89PNG\r\n\x1a\n", SIDE, SIDE, 8, 2)
    start = drawn.index(b"IDAT") + 4
    length = struct.unpack(">I", drawn[start - 8 : start - 4])[0]
    assert len(zlib.decompress(drawn[start : start + length])) == SIDE * (1 + 3 * SIDE)
    assert drawn.endswith(b"IEND" + struct.pack(">I", zlib.crc32(b"IEND")))


def test_a_picture_is_the_same_each_time_and_differs_from_the_others() -> None:
    assert draw(3, 2, 1) == draw(3, 2, 1)
    assert len({draw(product, number, 1) for product in range(1, 21) for number in range(1, 5)}) == 80


async def _here() -> bool:
    return False


async def _gone() -> bool:
    return True


class Easel:
    """Draws at once, and notes if two are ever drawn together."""

    def __init__(self) -> None:
        self.busy = 0
        self.drawn: list[int] = []

    def __call__(self, product: int, _number: int) -> bytes:
        self.busy += 1
        assert self.busy == 1
        self.drawn.append(product)
        self.busy -= 1
        return b"png"


def test_pictures_are_drawn_one_at_a_time_in_order() -> None:
    async def story() -> list[int]:
        easel = Easel()
        studio = Studio(easel, max_queue=10)
        await asyncio.gather(*(studio.picture(product, 1, _here) for product in range(5)))
        return easel.drawn

    assert asyncio.run(story()) == [0, 1, 2, 3, 4]


def test_who_waits_is_counted_and_a_full_queue_turns_away() -> None:
    async def story() -> None:
        started, go = asyncio.Event(), asyncio.Event()

        async def stay() -> bool:
            started.set()
            await go.wait()
            return False

        studio = Studio(Easel(), max_queue=2)
        first = asyncio.create_task(studio.picture(0, 1, stay))
        await started.wait()
        waiting = [asyncio.create_task(studio.picture(n, 1, _here)) for n in (1, 2)]
        await asyncio.sleep(0)
        assert metrics.value("render_queue_length") == 2
        with pytest.raises(QueueFull):
            await studio.picture(3, 1, _here)
        go.set()
        await asyncio.gather(first, *waiting)
        assert metrics.value("render_queue_length") == 0

    asyncio.run(story())


def test_who_has_gone_is_passed_over() -> None:
    async def story() -> list[int]:
        easel = Easel()
        studio = Studio(easel, max_queue=10)
        with pytest.raises(Abandoned):
            await studio.picture(1, 1, _gone)
        await studio.picture(2, 1, _here)
        return easel.drawn

    assert asyncio.run(story()) == [2]


def test_the_app_serves_png_and_refuses_what_no_product_has() -> None:
    async def story() -> None:
        transport = httpx.ASGITransport(build(Settings(picture_milliseconds=1)))
        async with httpx.AsyncClient(transport=transport, base_url="http://image") as client:
            answer = await client.get("/pictures/3/2")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
            assert answer.content.startswith(b"\x89PNG")
            assert (await client.get("/pictures/21/1")).status_code == 422
            assert (await client.get("/pictures/1/5")).status_code == 422

    asyncio.run(story())


@pytest.mark.parametrize(
    ("base", "each", "budget", "samples"),
    [(0.010, 0.001, 0.050, 40), (0.005, 0.0005, 0.050, 90), (0.0, 0.010, 0.005, 1), (0.001, 0.00001, 0.050, 400)],
)
def test_the_samples_are_as_many_as_the_budget_pays_for(base: float, each: float, budget: float, samples: int) -> None:
    assert samples_within(budget, lambda count: base + each * count) == samples


def test_the_cost_is_the_least_of_three_tries() -> None:
    drawn: list[int] = []
    assert measured(drawn.append)(7) >= 0
    assert drawn == [7, 7, 7]


def test_a_full_queue_answers_503() -> None:
    async def story() -> None:
        transport = httpx.ASGITransport(build(Settings(picture_milliseconds=1, max_queue=0)))
        async with httpx.AsyncClient(transport=transport, base_url="http://image") as client:
            assert (await client.get("/pictures/3/2")).status_code == 503

    asyncio.run(story())
