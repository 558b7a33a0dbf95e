"""A cache with a lifetime an entry. Pure but for the injected clock."""

import time
import zlib
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

Value = TypeVar("Value")

_SPREAD = 200  # thousandths by which a lifetime differs at most, so that what came together does not go together


def lifetime(key: str, ttl: float) -> float:
    """The same for a key each time: 80 % to 120 % of `ttl`."""
    return ttl * (1000 - _SPREAD + zlib.crc32(key.encode()) % (2 * _SPREAD + 1)) / 1000


class EdgeCache(Generic[Value]):
    def __init__(self, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl
        self._clock = clock
        self._entries: dict[str, tuple[float, Value]] = {}
        self._purged: dict[str, float] = {}

    def now(self) -> float:
        return self._clock()

    def get(self, key: str) -> Value | None:
        expires, value = self._entries.get(key, (0.0, None))
        if value is None or self._clock() < expires:
            return value
        del self._entries[key]
        return None

    def put(self, key: str, value: Value, asked_at: float) -> bool:
        """Keeps the value, unless its key was purged after it was asked for: it may be what the purge was to remove."""
        if any(when >= asked_at and fnmatchcase(key, pattern) for pattern, when in self._purged.items()):
            return False
        self._entries[key] = (self._clock() + lifetime(key, self._ttl), value)
        return True

    def take(self, key: str, value: Value, seconds: float) -> None:
        """Keeps the value for so long, whatever the key's own lifetime is."""
        self._entries[key] = (self._clock() + seconds, value)

    def entries(self) -> list[tuple[str, Value, float]]:
        """All that is alive: key, value, and the seconds that it has left."""
        now = self._clock()
        return [(key, value, expires - now) for key, (expires, value) in self._entries.items() if expires > now]

    def purge(self, pattern: str) -> int:
        gone = [key for key in self._entries if fnmatchcase(key, pattern)]
        for key in gone:
            del self._entries[key]
        self._purged[pattern] = self._clock()
        return len(gone)

    def __len__(self) -> int:
        return len(self._entries)
