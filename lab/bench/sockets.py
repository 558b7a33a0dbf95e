"""OpenEnv over a WebSocket, one client, beside an environment that does nothing, served the same way and in turns."""

import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from statistics import median

from pydantic_core import to_json
from websockets.sync.client import ClientConnection, connect

from lab.bench.figures import Figure
from lab.bench.plays import Play
from lab.bench.processes import LOOPBACK, Served, ceiling, lab_server
from lab.errors import LabFault

ROUNDS, WANTED_SHARE = 5, 0.8
LONGEST = 16 * 2**20


def figures(plays: Sequence[Play], seconds: float) -> list[Figure]:
    with (
        lab_server() as ours,
        ceiling("openenv") as theirs,
        connected(ours, "/openenv/ws") as own,
        connected(theirs, "/ws") as bare,
    ):
        ours.settle()
        rounds = [(_rate(own, plays, seconds), _rate(bare, plays, seconds)) for _ in range(ROUNDS)]
    share = median(a / b for a, b in rounds)
    rate, most = (median(one[side] for one in rounds) for side in (0, 1))
    beside = f"{rate:,.0f} steps a second; the environment that does nothing: {most:,.0f}"
    return [Figure("OpenEnv WebSocket, of an idle environment", share, "", WANTED_SHARE, beside=beside)]


def connected(served: Served, path: str) -> ClientConnection:
    return connect(f"ws://{LOOPBACK}:{served.port}{path}", max_size=LONGEST, open_timeout=60)


def _rate(socket: ClientConnection, plays: Sequence[Play], seconds: float) -> float:
    """Messages a second by the clock: a single client waits for each answer, and so for both processes."""
    since, answers, messages = time.perf_counter(), 0, _messages(plays)
    while (spent := time.perf_counter() - since) < seconds / ROUNDS or not answers:
        socket.send(next(messages))
        _require_observation(socket.recv())
        answers += 1
    return answers / spent


def _messages(plays: Sequence[Play]) -> Iterator[str]:
    for play in cycle(plays):
        yield to_json({"type": "reset", "data": play.wish}).decode()
        for action in play.actions:
            yield to_json({"type": "step", "data": action}).decode()


def _require_observation(message: str | bytes) -> None:
    if not (isinstance(message, str) and message.startswith('{"type":"observation"')):
        raise LabFault(f"The server answered over OpenEnv: {message[:300]!r}")
