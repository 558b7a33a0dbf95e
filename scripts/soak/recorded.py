"""Thousands of episodes on a served recorded world, many of whose clients behave badly: does anything stay behind?

`python -m scripts.soak.recorded [--episodes 2000] [--seed 7]` starts a server of its own and ends it. It prints what
each kind of client met and what the server used, and exits with 1 where a verdict was wrong, somebody met what nobody
should, or something grew.
"""

import argparse
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from lab.bench.plays import Play, all_plays
from lab.bench.processes import Served, lab_server
from lab.bench.wire import Connection
from scripts.soak.clients import Clients, Met, meets, refused_sockets, unforeseen, wrong
from scripts.soak.watched import GROWTH_MB, MORE_FILES, Use, use_of

IDLE, SLOTS, KEPT, WORKERS = 10, 16, 256, 8
SETTINGS = {
    "LAB_IDLE_SECONDS": str(IDLE),
    "LAB_OPENENV_SESSIONS": str(SLOTS),
    "LAB_MAX_EPISODES": str(KEPT),
    "LAB_LOG_STEPS": "false",
    "LAB_PAGE_READY": "false",
}
# After the first fifth everything that is loaded once is there; what grows from then on is judged.
WARM = 0.2
# Workers that a framework keeps for a while; a thread for each socket left open would be hundreds.
MORE_THREADS = 8
# By then an idle episode, a silent head (20 s, looked up twice) and a socket without pongs (40 s) are gone.
AFTERWARDS = 75.0


class Soak:
    def __init__(self, served: Served, plays: list[Play], seed: int) -> None:
        self.served, self.clients = served, Clients(served.port, plays)
        self.dice, self.lock = random.Random(seed), Lock()
        self.met: Counter[Met] = Counter()
        self.episodes: list[str] = []

    def episode(self, number: int) -> None:
        with self.lock:
            player = self.dice.choices(*zip(*self.clients.kinds, strict=True))[0]
            which = self.dice.randrange(len(self.clients.plays))
        name = f"soak-{number}"
        self.episodes.append(name)
        met = meets(player, which, name)
        with self.lock:
            self.met[met] += 1

    def use(self) -> Use:
        return use_of(self.served.pid)

    def run(self, episodes: int) -> list[Use]:
        marks, step = [self.use()], max(1, episodes // 10)
        for begin in range(0, episodes, step):
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(self.episode, range(begin, min(episodes, begin + step))))
            marks.append(self.use())
            print(f"{begin + step:>6} episodes  {marks[-1]}", flush=True)
        return marks

    def still_there(self) -> int:
        """Episodes that are known although nobody asked for them: none is to be."""
        with Connection(self.served.port) as connection:
            last = self.episodes[-2 * KEPT :]
            return sum(connection.ask("GET", f"/state?episode_id={name}").status != 404 for name in last)

    def free_slots(self) -> int:
        opened = [self.clients.openenv(0, f"slot-{number}").socket for number in range(SLOTS)]
        for one in opened:
            if one is not None:
                one.close()
        return sum(one is not None for one in opened)


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
        soak.clients.hang_up()
        found = findings(soak.met) | used(marks, quiet) | left_behind(soak.still_there(), soak.free_slots())
    print(f"\n{given.episodes} episodes in {spent:.0f} s by {WORKERS} clients at once; what they met:")
    print(*table(soak.met), f"\nfresh {marks[0]}\nquiet {quiet}, before anybody hung up", sep="\n")
    for what, good in found.items():
        print(f"{'✓' if good else '✗'} {what}")
    return 0 if all(found.values()) else 1


def table(met: Counter[Met]) -> list[str]:
    bad = unforeseen(met)
    return [
        f"{count:>6} {'✗' if (kind, what) in bad else '✓'} {kind}: {what}" for (kind, what), count in met.most_common()
    ]


def findings(met: Counter[Met]) -> dict[str, bool]:
    taken, other = refused_sockets(met)
    strangers = unforeseen(met).total()
    return {
        f"wrong verdicts: {wrong(met)}": not wrong(met),
        f"met what nobody of their kind should: {strangers}": not strangers,
        f"OpenEnv sockets refused: {taken} for capacity, {other} by other errors": not other,
    }


def used(marks: list[Use], quiet: Use) -> dict[str, bool]:
    fresh, warm = marks[0], marks[max(1, int(len(marks) * WARM))]
    grown = max(marks[-1].rss_mb, quiet.rss_mb) - warm.rss_mb
    return {
        f"memory grew by {grown:.1f} MB after the first fifth (at most {GROWTH_MB:.0f})": grown <= GROWTH_MB,
        f"files open when quiet: {quiet.files} (fresh: {fresh.files})": quiet.files <= fresh.files + MORE_FILES,
        f"threads when quiet: {quiet.threads} (fresh: {fresh.threads})": quiet.threads <= fresh.threads + MORE_THREADS,
    }


def left_behind(still: int, slots: int) -> dict[str, bool]:
    return {
        f"episodes still known after {IDLE} s of silence and a look round: {still}": still == 0,
        f"OpenEnv slots that are free again: {slots} of {SLOTS}": slots == SLOTS,
    }


if __name__ == "__main__":
    sys.exit(main())
