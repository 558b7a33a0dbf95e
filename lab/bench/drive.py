"""Keeps many connections busy at once: as fast as the server answers, or at a given rate."""

import heapq
import selectors
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lab.bench.wire import Answer, Connection

Request = tuple[str, bytes]
Take = Callable[[int, Answer], None]


class Run(NamedTuple):
    seconds: float
    latencies: list[float]
    """From when a request was due, or could be sent, to its whole answer."""

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Driver:
    """One connection for each script; a script's next request is sent once its last one is answered.

    At a rate, requests are due at even times, one lane after the other. One that has to wait for its lane waits on the
    server's account; one that this process was too busy to send in time does not.
    """

    def __init__(self, connections: Sequence[Connection], scripts: Sequence[Iterator[Request]], take: Take) -> None:
        self._connections, self._scripts, self._take = connections, scripts, take
        self._due: list[tuple[float, int]] = []
        self._sent: dict[int, float] = {}
        self._was_due: dict[int, float] = {}
        self._free_at: dict[int, float] = {}
        self._latencies: list[float] = []
        self._step = 0.0
        self._selector = selectors.DefaultSelector()

    def run(self, rate: float | None = None) -> Run:
        self._step = 0.0 if rate is None else len(self._scripts) / rate
        since = time.perf_counter()
        self._due = [(since + lane * self._step / len(self._scripts), lane) for lane in range(len(self._scripts))]
        with self._selector:
            for lane, connection in enumerate(self._connections):
                self._selector.register(connection.socket, selectors.EVENT_READ, lane)
            while self._due or self._sent:
                self._turn()
        return Run(time.perf_counter() - since, self._latencies)

    def _turn(self) -> None:
        now = time.perf_counter()
        while self._due and self._due[0][0] <= now:
            self._send(*heapq.heappop(self._due))
        wait = self._due[0][0] - now if self._due else None
        if not self._sent:
            time.sleep(max(0.0, wait or 0.0))
            return
        for key, _ in self._selector.select(wait):
            self._receive(key.data)

    def _send(self, due: float, lane: int) -> None:
        request = next(self._scripts[lane], None)
        if request is None:
            # The server closes a connection that is idle, and that is no failure.
            self._selector.unregister(self._connections[lane].socket)
            return
        self._sent[lane] = due if self._step and self._free_at.get(lane, 0.0) > due else time.perf_counter()
        self._was_due[lane] = due
        self._connections[lane].send("POST", *request)

    def _receive(self, lane: int) -> None:
        answer = self._connections[lane].receive()
        if answer is None:
            return
        self._free_at[lane] = time.perf_counter()
        self._latencies.append(self._free_at[lane] - self._sent.pop(lane))
        self._take(lane, answer)
        heapq.heappush(self._due, (self._was_due[lane] + self._step if self._step else 0.0, lane))
