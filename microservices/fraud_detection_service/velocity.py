"""How suspicious a payment is, from 0 to 1."""

import time
from collections import defaultdict, deque
from collections.abc import Callable

DECLINE_FROM = 0.9
# An amount alone may make a payment suspicious, never declined.
AMOUNT_WEIGHT = 0.4


class Velocity:
    def __init__(
        self, window: float, limit: int, usual_cents: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._window = window
        self._limit = limit
        self._usual_cents = usual_cents
        self._clock = clock
        self._seen: defaultdict[int, deque[float]] = defaultdict(deque)

    def score(self, user_id: int, amount_cents: int) -> float:
        pace = self._payments_in_window(user_id) / self._limit
        size = min(1.0, max(0.0, amount_cents / self._usual_cents - 1) / 10)
        return min(1.0, max(pace, AMOUNT_WEIGHT * size))

    def _payments_in_window(self, user_id: int) -> int:
        """This one included."""
        seen, now = self._seen[user_id], self._clock()
        seen.append(now)
        while seen[0] < now - self._window:
            seen.popleft()
        return len(seen)
