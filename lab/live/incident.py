"""What a diagnosis knows of the incident that is going on: its times, and the shop's figures just before it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# The API server tells times in whole seconds, rounded down.
CLOCK_STEP = 1.0

Clock = Callable[[], float]
Key = tuple[str, ...]
"""Name of a figure, the service, and what else tells one series from another (a zone, a peer)."""


@dataclass(frozen=True, slots=True)
class Incident:
    started: float
    """When the shop was last seen healthy; logs and figures are read from here on."""
    alerted: float
    healthy: Mapping[Key, float] = field(default_factory=dict)
    releases: Mapping[str, str] = field(default_factory=dict)
    """The release of each service while the shop was healthy."""
    replicas: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    clock: Clock = time.time

    @property
    def age(self) -> float:
        return max(0.0, self.clock() - self.started)

    def relative(self, moment: float) -> str:
        """A moment as a reader of the alert would say it."""
        seconds = moment - self.alerted
        if abs(seconds) < 1:
            return "at the alert"
        return f"{duration(abs(seconds))} {'before' if seconds < 0 else 'after'} the alert"

    def saw(self, moment: float) -> bool:
        """Whether it came within the incident. How long before it something came tells of other incidents only."""
        return moment >= self.started - CLOCK_STEP


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"
