"""Tells how far the world is while an episode is being made ready, and keeps healing from being interrupted."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from lab.cluster.beside import every

LOOKS_EVERY = 0.2


@contextmanager
def told(stage: Callable[[], str | None]) -> Iterator[None]:
    """A line on stderr for each stage that is reached, with the time so far."""
    since, last = time.monotonic(), None

    def watch() -> None:
        nonlocal last
        now = stage()
        if now is not None and now != last:
            _say(f"  … {now} ({time.monotonic() - since:.0f} s)")
            last = now

    with every(LOOKS_EVERY, watch):
        yield


@contextmanager
def uninterrupted_ends() -> Iterator[None]:
    """Around whatever heals at its end: SIGTERM ends it like Ctrl-C, and the signals are as before afterwards."""
    interrupt, terminate = signal.getsignal(signal.SIGINT), signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, terminate)


@contextmanager
def until_the_end(heals: Callable[[], bool]) -> Iterator[None]:
    """Innermost: from its end on, a second Ctrl-C no longer interrupts what is put back."""
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _wait)
        signal.signal(signal.SIGTERM, _wait)
        if heals():
            _say("Healing the cluster; a moment.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait(_number: int, _frame: FrameType | None) -> None:
    _say("The world is being put back; this ends by itself.")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
