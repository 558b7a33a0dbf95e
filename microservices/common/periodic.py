"""Work that repeats while a service lives: started with the app, ended with it.

A loop handles the failures that it expects. One that it does not expect ends the process (SIGTERM, so that it drains),
and `work_failed` has it end with a failure: a service whose loop died silently would look healthy and do nothing.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

Work = Callable[[], Awaitable[object]]

_failed = False


def work_failed() -> bool:
    """Whether it is a failure that ends this process."""
    return _failed


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Waits for the end of the service, at most so long; true when it came."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def every(seconds: float, work: Work, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await work()
        if await stopped_within(stop, seconds):
            return


@asynccontextmanager
async def in_background(*loops: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop) for loop in loops]
    for task in tasks:
        task.add_done_callback(_end_process_on_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def repeating(seconds: float, work: Work) -> AsyncIterator[None]:
    async with in_background(every(seconds, work, asyncio.Event())):
        yield


def _end_process_on_failure(task: "asyncio.Task[object]") -> None:
    global _failed
    if task.cancelled() or (error := task.exception()) is None:
        return
    structlog.get_logger().error("background work failed, ending", task=task.get_name(), exc_info=error)
    # Once: a second signal would end the drain.
    if not _failed:
        _failed = True
        os.kill(os.getpid(), signal.SIGTERM)
