"""How the clients of the recorded soak behave, most of them badly, and what each kind of them may meet."""

import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pydantic_core import from_json

from lab.bench.plays import Play
from lab.bench.wire import Answer, Connection
from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.recorded.fidelity import Script, played
from lab.recorded.world import RecordedWorld
from scripts.soak.sockets import OTHER_ERROR, TAKEN, Opened, openenv, reset

PIPELINED, SIPS, SIP = 60, 12, 700
PATIENT_SECONDS = 2.5
WRONG = "WRONG"
Player = Callable[[int, str], str]
Met = tuple[str, str]
"""A kind of client, and what it met."""
# Whatever else is met, nobody should.
EXPECTED: Mapping[str, frozenset[str]] = {
    "plays to the end": frozenset({"the right verdict"}),
    "vanishes": frozenset({"is gone in the middle"}),
    "half a request": frozenset({"is left behind"}),
    "sips": frozenset({"then takes nothing any more"}),
    "vanishes on a socket": frozenset({"is gone", TAKEN}),
    "silent on a socket": frozenset({"says nothing any more", TAKEN}),
}


class Unexpected(Exception):
    """An answer that a client of this kind should not get; the text says which."""


def unforeseen(met: Mapping[Met, int]) -> Counter[Met]:
    return Counter({one: count for one, count in met.items() if one[1] not in EXPECTED.get(one[0], frozenset())})


def wrong(met: Mapping[Met, int]) -> int:
    return sum(count for (_, what), count in met.items() if what.startswith(WRONG))


def refused_sockets(met: Mapping[Met, int]) -> tuple[int, int]:
    """Those that were told that all are taken, and those that met another error."""
    taken = sum(count for (_, what), count in met.items() if what == TAKEN)
    return taken, sum(count for (_, what), count in met.items() if what.startswith(OTHER_ERROR))


def meets(player: Player, which: int, name: str) -> Met:
    kind = player.__name__.replace("_", " ")
    try:
        return kind, player(which, name)
    except Unexpected as error:
        return kind, str(error)
    except (OSError, EOFError) as error:
        return kind, type(error).__name__


def ok(answer: Answer) -> Answer:
    if answer.status != 200:
        raise Unexpected(f"{answer.status} {answer.body[:80]!r}")
    return answer


def ask_all(connection: Connection, requests: Sequence[tuple[str, bytes]]) -> None:
    for path, body in requests:
        ok(connection.ask("POST", path, body))


class Clients:
    def __init__(self, port: int, plays: Sequence[Play]) -> None:
        self.port, self.plays = port, plays
        self.totals = [
            played(RecordedWorld(), play.scenario, Script("soak", tuple(play.moves))).score for play in plays
        ]
        self.left_open: list[socket.socket] = []
        self.kinds: list[tuple[Player, int]] = [
            (self.plays_to_the_end, 45), (self.vanishes, 15), (self.half_a_request, 12), (self.sips, 12),
            (self.vanishes_on_a_socket, 10), (self.silent_on_a_socket, 6),
        ]  # fmt: skip

    def plays_to_the_end(self, which: int, name: str) -> str:
        with Connection(self.port) as connection:
            ask_all(connection, self.plays[which].requests(name))
            grade = from_json(ok(connection.ask("GET", f"/grader?episode_id={name}")).body)
        right = grade["verdict"] == "scored" and grade["total"] == self.totals[which]
        return "the right verdict" if right else f"{WRONG}: {grade['verdict']} {grade['total']}"

    def vanishes(self, which: int, name: str) -> str:
        connection = Connection(self.port)
        ask_all(connection, self.plays[which].requests(name)[: 1 + which % 4])
        connection.send("POST", "/step", b"{}")
        reset(connection.socket)
        return "is gone in the middle"

    def half_a_request(self, which: int, name: str) -> str:
        connection = Connection(self.port)
        ask_all(connection, self.plays[which].requests(name)[:1])
        whole = b'POST /step HTTP/1.1\r\nhost: lab\r\ncontent-length: 500\r\n\r\n{"action_type": '
        connection.socket.sendall(whole[: 20 + 17 * (which % 3)] if which % 2 else whole)
        self.left_open.append(connection.socket)
        return "is left behind"

    def sips(self, which: int, name: str) -> str:
        """Asks for far more than it takes in, and takes it in by drops."""
        connection = Connection(self.port)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        ask_all(connection, self.plays[which].requests(name)[:3])
        request = f"GET /state?episode_id={name} HTTP/1.1\r\nhost: lab\r\n\r\n".encode()
        connection.socket.sendall(request * PIPELINED)
        first = connection.socket.recv(SIP)
        if not first.startswith(b"HTTP/1.1 200 "):
            raise Unexpected(f"{first[:80]!r}")
        for _ in range(SIPS - 1):
            time.sleep(0.02)
            if not connection.socket.recv(SIP):
                raise EOFError
        self.left_open.append(connection.socket)
        return "then takes nothing any more"

    def vanishes_on_a_socket(self, which: int, name: str) -> str:
        opened = self.openenv(which, name)
        if opened.socket is None:
            return opened.said
        reset(opened.socket)
        return "is gone"

    def silent_on_a_socket(self, which: int, name: str) -> str:
        """Takes a slot and never says a word again, not even to a ping."""
        opened = self.openenv(which, name)
        if opened.socket is None:
            return opened.said
        self.left_open.append(opened.socket)
        return "says nothing any more"

    def openenv(self, which: int, name: str) -> Opened:
        """Asks again for a while where all are taken: silent ones are let go of only when they miss their pings."""

        def must_be_free() -> Opened:
            opened = openenv(self.port, {**self.plays[which].wish, "episode_id": name})
            if opened.said == TAKEN:
                raise NotYet(TAKEN)
            return opened

        try:
            return wait_until(must_be_free, PATIENT_SECONDS, every=0.5)
        except NotSettled:
            return Opened(None, TAKEN)

    def hang_up(self) -> None:
        for one in self.left_open:
            one.close()
