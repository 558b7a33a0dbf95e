"""The one place where the lab waits: for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.errors import NotSettled

T = TypeVar("T")


class NotYet(Exception):
    """Raised by a probe; its text says what is still missing."""


def wait_until(probe: Callable[[], T], timeout: float, *, every: float = 0.25, what: str = "") -> T:
    """Call the probe until it returns without NotYet; raise NotSettled with the last thing seen."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return probe()
        except NotYet as last:
            if time.monotonic() >= deadline:
                waited_for = f" for {what}" if what else ""
                raise NotSettled(f"Waited {timeout:.0f} s{waited_for}; last seen: {last}.") from last
        time.sleep(every)
