"""HTTP with keep-alive beside a FastAPI route that answers the same bytes, in turns."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count, cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lab.bench.drive import Driver, Request
from lab.bench.figures import Figure
from lab.bench.plays import Play
from lab.bench.processes import Served, ceiling, lab_server
from lab.bench.wire import Answer, Connection
from lab.errors import LabFault

CONNECTIONS, ROUNDS = 8, 5
WANTED_SHARE, WANTED_RATE = 0.6, 3_000


class Pace(NamedTuple):
    """Requests a second, by the clock and by the server's own processor time."""

    clock: float
    processor: float


def figures(plays: Sequence[Play], seconds: float) -> list[Figure]:
    with TemporaryDirectory() as folder, lab_server() as ours:
        bodies = Path(folder, "bodies.json")
        bodies.write_text(json.dumps(_bodies(ours, plays)))
        with ceiling("fastapi", str(bodies)) as theirs:
            ours.settle()
            rounds = [(_round(ours, plays, seconds), _round(theirs, plays, seconds)) for _ in range(ROUNDS)]
    return _figures([own for own, _ in rounds], [bare for _, bare in rounds])


def _figures(own: Sequence[Pace], bare: Sequence[Pace]) -> list[Figure]:
    share = median(a.processor / b.processor for a, b in zip(own, bare, strict=True))
    clock, ceiling_clock = (median(pace.clock for pace in paces) for paces in (own, bare))
    spent, ceiling_spent = (median(pace.processor for pace in paces) for paces in (own, bare))
    by_processor = f"a second of the server's processor time: {spent:,.0f} against {ceiling_spent:,.0f}"
    by_clock = f"{CONNECTIONS} connections, one worker; the route that answers the same bytes: {ceiling_clock:,.0f}"
    return [
        Figure("HTTP, of a FastAPI route with the same bytes", share, "", WANTED_SHARE, beside=by_processor),
        Figure("HTTP requests with keep-alive", clock, "/s", WANTED_RATE, beside=by_clock),
    ]


def _bodies(ours: Served, plays: Sequence[Play]) -> list[str]:
    with Connection(ours.port) as connection:
        calls = [call for play in plays for call in play.requests("bench")]
        return [connection.ask("POST", *call).body.decode() for call in calls]


def _round(served: Served, plays: Sequence[Play], seconds: float) -> Pace:
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(served.port)) for _ in range(CONNECTIONS)]
        until, spent = time.monotonic() + seconds / ROUNDS, served.cpu_seconds()
        scripts = [_until(until, plays, lane) for lane in range(CONNECTIONS)]
        run = Driver(connections, scripts, _require_good).run()
        spent = served.cpu_seconds() - spent
    return Pace(run.rate, len(run.latencies) / max(spent, 0.01))


def _until(until: float, plays: Sequence[Play], lane: int) -> Iterator[Request]:
    """Episode after episode, each lane beginning with another script."""
    turned = [*plays[lane % len(plays) :], *plays[: lane % len(plays)]]
    for number, play in zip(count(), cycle(turned), strict=False):
        for request in play.requests(f"lane-{lane}-{number}"):
            if time.monotonic() > until:
                return
            yield request


def _require_good(_lane: int, answer: Answer) -> None:
    if answer.status != 200:
        raise LabFault(f"The server answered {answer.status}: {answer.body[:200].decode(errors='replace')}")
