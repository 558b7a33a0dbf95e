"""Many episodes side by side on one server process: each as if it were alone, and how long a step takes meanwhile."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic_core import to_json

from lab.bench.drive import Driver, Request, Run
from lab.bench.figures import Figure
from lab.bench.plays import Play
from lab.bench.processes import Served, ceiling, lab_server
from lab.bench.sockets import connected
from lab.bench.wire import Answer, Connection
from lab.server.logs import Log
from lab.server.sessions import Sessions
from lab.worlds import RecordedSource

EPISODES, REQUESTS, WANTED_MILLISECONDS, WANTED_MB = 256, 16, 60.0, 300.0
# Parts of the rate without a pause. One is held where all was answered in hardly more time than it was due in.
TRIES, OFFERS, HELD = 2, (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4), 0.97


def figures(plays: Sequence[Play], rounds: int) -> list[Figure]:
    chosen = [plays[lane % len(plays)] for lane in range(EPISODES)]
    with lab_server() as served:
        _load_the_rest(served)
        served.settle()
        side_by_side = SideBySide(served, chosen, rounds)
        most = side_by_side.run(None).rate
        run = side_by_side.highest_held(most)
        memory = served.rss_mb()
    return _figures(side_by_side, most, run, _idle(side_by_side, chosen, rounds, run.rate), memory)


def _idle(done: "SideBySide", plays: Sequence[Play], rounds: int, rate: float) -> Run:
    """The same requests at the same rate to routes that only answer the same bytes."""
    with TemporaryDirectory() as folder:
        bodies = Path(folder, "bodies.json")
        bodies.write_text(json.dumps([body.decode() for lane in done.expected for body in lane]))
        with ceiling("fastapi", str(bodies)) as served:
            return SideBySide(served, plays, rounds).run(rate)


def _figures(done: "SideBySide", most: float, run: Run, idle: Run, memory: float) -> list[Figure]:
    p95, half, ceiling_p95 = 1000 * run.percentile(0.95), 1000 * run.percentile(0.5), 1000 * idle.percentile(0.95)
    beside = (
        f"at {run.rate:,.0f} requests a second, the highest rate held (median {half:.1f} ms); at most {most:,.0f}; "
        f"a FastAPI route with the same bytes, at that rate: {ceiling_p95:.1f} ms"
    )
    right = f"of {done.answers:,} answers, byte by byte"
    return [
        Figure(f"{EPISODES} episodes side by side, as if alone", done.right / done.answers, "", 1.0, beside=right),
        Figure("p95 of a step meanwhile", p95, "ms", WANTED_MILLISECONDS, at_most=True, beside=beside),
        Figure(
            "memory with everything loaded", memory, "MB", WANTED_MB, at_most=True, beside="resident, after all that"
        ),
    ]


class SideBySide:
    """Each lane plays its episode some times over, always under its own name, and so must get the same bytes."""

    def __init__(self, served: Served, plays: Sequence[Play], rounds: int) -> None:
        self._served, self._plays, self._rounds = served, plays, rounds
        self.expected = [alone(play, _name(lane)) for lane, play in enumerate(plays)]
        self._next = [0] * len(plays)
        self.answers = self.right = 0

    def run(self, rate: float | None) -> Run:
        self._next = [0] * len(self._plays)
        with ExitStack() as stack:
            connections = [stack.enter_context(Connection(self._served.port)) for _ in self._plays]
            scripts = [self._script(lane) for lane in range(len(self._plays))]
            return Driver(connections, scripts, self._take).run(rate)

    def highest_held(self, most: float) -> Run:
        for offer in (offer for offer in OFFERS for _ in range(TRIES)):
            run = self.run(offer * most)
            if run.rate >= HELD * offer * most:
                break
        return run

    def _script(self, lane: int) -> Iterator[Request]:
        """Over and over, and for all lanes the same number of requests: a rate means all of them at once."""
        return islice(cycle(self._plays[lane].requests(_name(lane))), REQUESTS * self._rounds)

    def _take(self, lane: int, answer: Answer) -> None:
        expected = self.expected[lane]
        self.answers += 1
        self.right += answer.body == expected[self._next[lane] % len(expected)]
        self._next[lane] += 1


def alone(play: Play, episode_id: str) -> list[bytes]:
    """What the same episode answers where it is the only one there is."""
    session = Sessions(RecordedSource(), log=Log(steps=False)).reset(play.scenario, 0, episode_id)
    return [to_json(session.observation()), *(to_json(session.step(action)) for action in play.actions)]


def _name(lane: int) -> str:
    return f"side-by-side-{lane}"


def _load_the_rest(served: Served) -> None:
    """Every take was played already; the page and the OpenEnv package may still be on their way."""
    with Connection(served.port) as connection:
        connection.ask("GET", "/")
    with connected(served, "/openenv/ws") as socket:
        socket.send('{"type":"state"}')
        socket.recv()
