"""Is the shop steady? Measured where customers are: at the load generator's own counters, between two readings.

Scrapes and rate windows would tell the same some seconds later.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lab.cluster.wait import NotYet
from lab.errors import ClusterGone
from lab.live.baseline.cluster import ApiRefused, LabCluster
from lab.live.baseline.processes import metrics_path
from lab.live.baseline.values import Object

LOAD = "loadgen"
CALM_SECONDS = 2.5
LASTING_SECONDS = 0.8  # leaves alerts one evaluation and more to see that what they told is gone
ENOUGH = 12  # answers in the calm; the load makes ten a second
_COUNTER = re.compile(r"^shop_requests_total\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    at: float
    good: float
    bad: float


class Calm:
    """Holds readings; calm is a stretch of them without one bad answer. Pure."""

    def __init__(self) -> None:
        self._readings: deque[Reading] = deque(maxlen=256)

    def add(self, reading: Reading) -> None:
        last = self._readings[-1] if self._readings else None
        if last and (reading.bad != last.bad or reading.good < last.good):
            self._readings.clear()
        self._readings.append(reading)

    @property
    def since(self) -> float:
        return self._readings[0].at

    @property
    def seconds(self) -> float:
        return self._readings[-1].at - self._readings[0].at

    @property
    def answers(self) -> float:
        return self._readings[-1].good - self._readings[0].good

    @property
    def lasts(self) -> bool:
        """Most end at once, while requests of before still fail: too soon to do for each what costs something."""
        return self.seconds >= LASTING_SECONDS

    def require(self) -> None:
        if self.seconds < CALM_SECONDS or self.answers < ENOUGH:
            raise NotYet(f"{self.answers:.0f} good answers and no bad one for {self.seconds:.1f} s")


class CustomersEye:
    def __init__(
        self, cluster: LabCluster, several: ThreadPoolExecutor, clock: Callable[[], float] = time.time
    ) -> None:
        self._cluster = cluster
        self._several = several
        self._clock = clock

    def read(self, pods: list[Object]) -> Reading:
        """`pods` are the load generator's. One that does not answer has not been looked at yet."""
        try:
            counts = list(self._several.map(self._counts, pods))
        except (ApiRefused, ClusterGone) as silent:
            raise NotYet(f"the customers cannot be asked: {silent}") from silent
        now = self._clock()
        return Reading(
            now, sum(c.get("ok", 0.0) for c in counts), sum(v for c in counts for k, v in c.items() if k != "ok")
        )

    def _counts(self, pod: Object) -> Mapping[str, float]:
        return outcomes(self._cluster.text(metrics_path(pod) or ""))


def outcomes(text: str) -> dict[str, float]:
    """Answers so far by outcome, over all journeys."""
    found: dict[str, float] = {}
    for line in _COUNTER.finditer(text):
        outcome = re.search(r'outcome="([^"]*)"', line["labels"])
        if outcome:
            found[outcome[1]] = found.get(outcome[1], 0.0) + float(line["value"])
    return found
