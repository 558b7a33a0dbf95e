import asyncio
import signal

import pytest

from microservices.common.periodic import every, in_background, stopped_within


def test_work_repeats_until_the_end() -> None:
    async def story() -> int:
        stop, done = asyncio.Event(), []

        async def work() -> None:
            done.append(1)
            if len(done) == 3:
                stop.set()

        await every(0.001, work, stop)
        return len(done)

    assert asyncio.run(story()) == 3


def test_waiting_says_whether_the_end_came() -> None:
    async def story() -> tuple[bool, bool]:
        stop = asyncio.Event()
        before = await stopped_within(stop, 0.001)
        stop.set()
        return before, await stopped_within(stop, 10)

    assert asyncio.run(story()) == (False, True)


def test_loops_end_with_the_app() -> None:
    async def story() -> bool:
        ended = asyncio.Event()

        async def loop() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async with in_background(loop()):
            await asyncio.sleep(0)
        return ended.is_set()

    assert asyncio.run(story())


def test_a_loop_that_fails_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("microservices.common.periodic.os.kill", lambda _pid, number: sent.append(number))

    async def story() -> None:
        async def loop() -> None:
            raise RuntimeError("unforeseen")

        async with in_background(loop()):
            for _ in range(3):
                await asyncio.sleep(0)

    asyncio.run(story())
    assert sent == [signal.SIGTERM]
