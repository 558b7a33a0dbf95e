import asyncio
import signal

import pytest

from microservices.common.periodic import every, in_background, repeating, stopped_within, work_failed


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


def test_work_repeats_in_the_background_of_its_block() -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    async def story() -> None:
        async with repeating(0.001, work):
            async with asyncio.timeout(5):
                while len(done) < 3:
                    await asyncio.sleep(0.001)
        so_far = len(done)
        await asyncio.sleep(0.005)
        assert len(done) == so_far

    asyncio.run(story())


def test_loops_that_fail_end_the_process_with_one_signal_and_as_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microservices.common.periodic._failed", False)
    sent: list[int] = []
    monkeypatch.setattr("microservices.common.periodic.os.kill", lambda _pid, number: sent.append(number))

    async def story() -> None:
        async def loop() -> None:
            raise RuntimeError("unforeseen")

        async with in_background(loop(), loop()):
            for _ in range(3):
                await asyncio.sleep(0)

    asyncio.run(story())
    assert sent == [signal.SIGTERM]
    assert work_failed()
