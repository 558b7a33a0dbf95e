"""Thousands of episodes on a served recorded world, many of whose clients behave badly: does anything stay behind?

`python scripts/soak/recorded.py [--episodes 2000] [--seed 7]` starts a server of its own and ends it. It prints what
each kind of client met and what the server used, and exits with 1 where a verdict was wrong or something grew.
"""

import argparse
import base64
import os
import random
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from pydantic_core import from_json, to_json

from lab.bench.plays import Play, all_plays
from lab.bench.processes import LOOPBACK, Served, lab_server
from lab.bench.wire import Connection
from lab.recorded.fidelity import Script, played
from lab.recorded.world import RecordedWorld

IDLE, SLOTS, KEPT, WORKERS = 10, 16, 256, 8
SETTINGS = {
    "LAB_IDLE_SECONDS": str(IDLE),
    "LAB_OPENENV_SESSIONS": str(SLOTS),
    "LAB_MAX_EPISODES": str(KEPT),
    "LAB_LOG_STEPS": "false",
    "LAB_PAGE_READY": "false",
}
# After the first fifth everything that is loaded once is there; what may grow from then on, and how much is noise.
WARM, GROWTH_MB, MORE_FILES = 0.2, 25.0, 8
# By then an idle episode, a silent head (20 s, looked up twice) and a socket without pongs (40 s) are gone.
AFTERWARDS = 75.0
PIPELINED, SIPS, SIP = 60, 12, 700


class Use(NamedTuple):
    rss_mb: float
    files: int
    threads: int


class Soak:
    def __init__(self, served: Served, plays: list[Play], seed: int) -> None:
        self.served, self.plays = served, plays
        self.dice, self.lock = random.Random(seed), Lock()
        self.totals = [
            played(RecordedWorld(), play.scenario, Script("soak", tuple(play.moves))).score for play in plays
        ]
        self.met: Counter[str] = Counter()
        self.left_open: list[socket.socket] = []
        self.episodes: list[str] = []
        self.kinds: list[tuple[Callable[[int, str], str], int]] = [
            (self.plays_to_the_end, 45), (self.vanishes, 15), (self.half_a_request, 12), (self.sips, 12),
            (self.vanishes_on_a_socket, 10), (self.silent_on_a_socket, 6),
        ]  # fmt: skip

    def episode(self, number: int) -> None:
        with self.lock:
            player = self.dice.choices(*zip(*self.kinds, strict=True))[0]
            which = self.dice.randrange(len(self.plays))
        name = f"soak-{number}"
        self.episodes.append(name)
        try:
            outcome = player(which, name)
        except (OSError, EOFError) as error:
            outcome = f"{player.__name__}: {type(error).__name__}"
        with self.lock:
            self.met[outcome] += 1

    # --- how clients behave

    def plays_to_the_end(self, which: int, name: str) -> str:
        with Connection(self.served.port) as connection:
            for path, body in self.plays[which].requests(name):
                answer = connection.ask("POST", path, body)
                if answer.status != 200:
                    return f"plays to the end: {answer.status} {answer.body[:80]!r}"
            grade = from_json(connection.ask("GET", f"/grader?episode_id={name}").body)
        right = grade["verdict"] == "scored" and grade["total"] == self.totals[which]
        return "plays to the end: the right verdict" if right else f"WRONG: {grade['verdict']} {grade['total']}"

    def vanishes(self, which: int, name: str) -> str:
        connection = Connection(self.served.port)
        for path, body in self.plays[which].requests(name)[: 1 + which % 4]:
            connection.ask("POST", path, body)
        connection.send("POST", "/step", b"{}")
        reset(connection.socket)
        return "vanishes in the middle"

    def half_a_request(self, which: int, name: str) -> str:
        connection = Connection(self.served.port)
        begin, *_ = self.plays[which].requests(name)
        connection.ask("POST", *begin)
        whole = b'POST /step HTTP/1.1\r\nhost: lab\r\ncontent-length: 500\r\n\r\n{"action_type": '
        connection.socket.sendall(whole[: 20 + 17 * (which % 3)] if which % 2 else whole)
        self.left_open.append(connection.socket)
        return "leaves half a request behind"

    def sips(self, which: int, name: str) -> str:
        """Asks for far more than it takes in, and takes it in by drops."""
        connection = Connection(self.served.port)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        for path, body in self.plays[which].requests(name)[:3]:
            connection.ask("POST", path, body)
        request = f"GET /state?episode_id={name} HTTP/1.1\r\nhost: lab\r\n\r\n".encode()
        connection.socket.sendall(request * PIPELINED)
        for _ in range(SIPS):
            connection.socket.recv(SIP)
            time.sleep(0.02)
        self.left_open.append(connection.socket)
        return "reads slowly, then not at all"

    def vanishes_on_a_socket(self, which: int, name: str) -> str:
        opened = self.openenv(which, name)
        if opened is None:
            return "on a socket: told that all are taken"
        reset(opened)
        return "vanishes on a socket"

    def silent_on_a_socket(self, which: int, name: str) -> str:
        """Takes a slot and never says a word again, not even to a ping."""
        opened = self.openenv(which, name)
        if opened is None:
            return "on a socket: told that all are taken"
        self.left_open.append(opened)
        return "silent on a socket"

    def openenv(self, which: int, name: str) -> socket.socket | None:
        """A socket on which an episode has begun, spoken by hand: no library answers pings behind our back."""
        made = socket.create_connection((LOOPBACK, self.served.port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        made.sendall(
            f"GET /openenv/ws HTTP/1.1\r\nhost: lab\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n".encode()
        )
        if b" 101 " not in read_until(made, b"\r\n\r\n"):
            made.close()
            return None
        made.sendall(frame(to_json({"type": "reset", "data": {**self.plays[which].wish, "episode_id": name}})))
        if b'"observation"' not in read_until(made, b'"observation"', b'"error"', b"\x88"):
            made.close()
            return None
        return made

    # --- what the server uses

    def use(self) -> Use:
        place = Path(f"/proc/{self.served.pid}")
        return Use(self.served.rss_mb(), len(list((place / "fd").iterdir())), len(list((place / "task").iterdir())))

    def run(self, episodes: int) -> list[Use]:
        marks, step = [self.use()], max(1, episodes // 10)
        for begin in range(0, episodes, step):
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(self.episode, range(begin, min(episodes, begin + step))))
            marks.append(self.use())
            print(f"{begin + step:>6} episodes  {told(marks[-1])}", flush=True)
        return marks

    def hang_up(self) -> None:
        for one in self.left_open:
            one.close()

    def still_there(self) -> int:
        """Episodes that are known although nobody asked for them: none is to be."""
        with Connection(self.served.port) as connection:
            last = self.episodes[-2 * KEPT :]
            return sum(connection.ask("GET", f"/state?episode_id={name}").status != 404 for name in last)

    def free_slots(self) -> int:
        opened = [self.openenv(0, f"slot-{number}") for number in range(SLOTS)]
        for one in opened:
            if one is not None:
                one.close()
        return sum(one is not None for one in opened)


def reset(one: socket.socket) -> None:
    """Closes without a word: the peer is told by a reset."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def frame(content: bytes) -> bytes:
    """One masked text frame (RFC 6455, 5.2)."""
    mask = os.urandom(4)
    head = b"\x81" + (bytes([0x80 | len(content)]) if len(content) < 126 else b"\xfe" + struct.pack(">H", len(content)))
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(content))


def read_until(one: socket.socket, *signs: bytes) -> bytes:
    came = b""
    while not any(sign in came for sign in signs):
        part = one.recv(65_536)
        if not part:
            break
        came += part
    return came


def told(use: Use) -> str:
    return f"{use.rss_mb:6.1f} MB, {use.files} files, {use.threads} threads"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--episodes", type=int, default=2_000)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    with lab_server(**SETTINGS) as served:
        served.settle()
        soak = Soak(served, all_plays(), given.seed)
        since = time.monotonic()
        marks = soak.run(given.episodes)
        spent = time.monotonic() - since
        # Those that are silent stay so: the server has to let go of them by itself.
        time.sleep(AFTERWARDS)
        quiet = soak.use()
        soak.hang_up()
        found = verdicts(soak, marks, quiet)
    print(f"\n{given.episodes} episodes in {spent:.0f} s by {WORKERS} clients at once; what they met:")
    for what, count in soak.met.most_common():
        print(f"{count:>6}  {what}")
    print(f"\nfresh {told(marks[0])}\nquiet {told(quiet)}, before anybody hung up")
    for what, good in found.items():
        print(f"{'✓' if good else '✗'} {what}")
    return 0 if all(found.values()) else 1


def verdicts(soak: Soak, marks: list[Use], quiet: Use) -> dict[str, bool]:
    warm = marks[max(1, int(len(marks) * WARM))]
    grown = max(marks[-1].rss_mb, quiet.rss_mb) - warm.rss_mb
    wrong = sum(count for what, count in soak.met.items() if what.startswith("WRONG"))
    still, slots = soak.still_there(), soak.free_slots()
    unforeseen = sum(count for what, count in soak.met.items() if "Error" in what or ": 5" in what)
    return {
        f"wrong verdicts: {wrong}": wrong == 0,
        f"answers that nobody should get, and connections lost: {unforeseen}": unforeseen == 0,
        f"memory grew by {grown:.1f} MB after the first fifth (at most {GROWTH_MB:.0f})": grown <= GROWTH_MB,
        f"files open when quiet: {quiet.files} (fresh: {marks[0].files})": quiet.files <= marks[0].files + MORE_FILES,
        f"episodes still known after {IDLE} s of silence and a look round: {still}": still == 0,
        f"OpenEnv slots that are free again: {slots} of {SLOTS}": slots == SLOTS,
    }


if __name__ == "__main__":
    sys.exit(main())
