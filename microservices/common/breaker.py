"""A circuit breaker as a pure state machine: no I/O, and the clock is handed in."""

import time
from collections.abc import Callable

from microservices.common.errors import BreakerOpen

Clock = Callable[[], float]


class Breaker:
    """Opens after so many failures in a row.

    One that latches stays open until its process ends. Another lets one call try again after `reset_after` seconds;
    that one's outcome closes it or keeps it open for as long again.
    """

    def __init__(
        self,
        peer: str,
        failures_to_open: int = 5,
        latches: bool = False,
        reset_after: float = 2.0,
        clock: Clock = time.monotonic,
    ) -> None:
        self.peer = peer
        self.latches = latches
        self.failures_to_open = failures_to_open
        self.failures_in_a_row = 0
        self._reset_after = reset_after
        self._clock = clock
        self._try_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._try_again_at is not None

    def check(self) -> None:
        """Raises BreakerOpen, unless a call may be tried now."""
        if self._try_again_at is None:
            return
        if self.latches or self._clock() < self._try_again_at:
            raise BreakerOpen(self.peer, "circuit breaker open")
        # This caller tries; the others wait for what it finds, or for as long again if it never says.
        self._try_again_at = self._clock() + self._reset_after

    def success(self) -> bool:
        """True where this closed the breaker."""
        if self.is_open and self.latches:
            return False
        closed = self.is_open
        self.failures_in_a_row, self._try_again_at = 0, None
        return closed

    def failure(self) -> bool:
        """True where this opened the breaker."""
        self.failures_in_a_row += 1
        if self.failures_in_a_row < self.failures_to_open:
            return False
        opened = not self.is_open
        self._try_again_at = self._clock() + self._reset_after
        return opened
