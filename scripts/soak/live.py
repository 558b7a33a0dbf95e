"""Live episodes in a row while lab and cluster are hit: is every verdict right or void, and does the next one heal?

`python -m scripts.soak.live [--episodes 60] [--seed 7]` needs the cluster (`lab up`) and has it for itself. Every third
episode's server is killed at a random moment; now and then it is the cluster's API server, Prometheus, the database or
a node. Prints a line an episode and a table; exits with 1 where a verdict was wrong or the cluster did not come back.
"""

import argparse
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import cycle, pairwise
from typing import Any, NamedTuple

import httpx

from lab.live.baseline.baseline import of_own_cluster
from lab.live.baseline.cluster import BACKSTAGE, SHOP, LabCluster
from lab.scenarios import Scenario, load_all
from tests.e2e.outsider import bounce, kill_api_server, take_away, workers
from tests.e2e.server import Client, Server
from tests.e2e.test_gold import gold

KILL_EVERY, HIT_EVERY = 3, 5
# So that the cluster is hit under an idle player of a hard incident, too: its sick end must not pass for a zero.
PLAYS = ("idle", "idle", "gold", "gold")
# A reset takes about 20 s and a gold play as long again: the blow falls anywhere in between, or just after.
LATEST = 45.0
# After a node or the API server was hit, so many resets may say that the lab failed before one succeeds.
TRIES = 4
WAIT: dict[str, Any] = {"action_type": "wait", "parameters": {}}


class Result(NamedTuple):
    number: int
    scenario: str
    play: str
    blow: str
    verdict: str
    total: float | None
    resets: int
    seconds: float
    good: bool

    def line(self) -> str:
        score = "   -" if self.total is None else f"{self.total:.2f}"
        mark = "✓" if self.good else "✗"
        return (
            f"{self.number:>3} {mark} {self.scenario:<8}{self.play:<8}{self.verdict:<10}{score}  "
            f"{self.resets} resets {self.seconds:>6.1f} s  {self.blow}"
        )


def served() -> Server:
    quiet = {"LAB_PAGE_READY": "false", "LAB_LOG_STEPS": "false"}
    server = Server("live", says=subprocess.DEVNULL, **quiet)
    server.wait_for_it(60)
    return server


def blows(dice: random.Random) -> list[tuple[str, Callable[[], object]]]:
    """What else is hit, in turn."""
    return [
        ("database killed", lambda: take_away(SHOP, "postgres-db")),
        ("Prometheus killed", lambda: take_away(BACKSTAGE, "prometheus")),
        ("API server killed", kill_api_server),
        ("node killed", lambda: bounce(dice.choice(workers()))),
    ]


# --- episodes


class Soak:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.server = served()
        self.turns = cycle(blows(self.dice))

    def episode(self, number: int, scenario: Scenario) -> Result:
        play, since = PLAYS[number % len(PLAYS)], time.monotonic()
        blow, strike = self._blow(number)
        timer = threading.Timer(self.dice.uniform(0, LATEST), struck(strike))
        timer.start()
        try:
            verdict, total, resets = self._played(scenario, play)
        finally:
            timer.join()
        good = (
            verdict in ("void", "lost") if blow and verdict != "scored" else total == (1.0 if play == "gold" else 0.0)
        )
        if not self.server.lives:
            self.server = served()
        return Result(number, scenario.id, play, blow, verdict, total, resets, time.monotonic() - since, good)

    def _blow(self, number: int) -> tuple[str, Callable[[], object]]:
        if number % KILL_EVERY == 0:
            return "lab killed (kill -9)", self.server.kill
        return next(self.turns) if number % HIT_EVERY == 0 else ("", lambda: None)

    def _played(self, scenario: Scenario, play: str) -> tuple[str, float | None, int]:
        """`lost` where the server went away under it, and so nobody was told a score."""
        resets = 0
        with closing(Client(self.server.url)) as client:
            try:
                while not self._begun(client, scenario):
                    resets += 1
                    if resets == TRIES:
                        return "void", None, resets
                self._act(client, scenario, play)
                grade = client.grade()
                return grade["verdict"], grade["total"], resets + 1
            except httpx.HTTPError:
                return "lost", None, resets + 1
            except AssertionError:
                # The server answered, with a refusal: the lab failed, and says so.
                return "void", None, resets + 1

    @staticmethod
    def _begun(client: Client, scenario: Scenario) -> bool:
        try:
            client.reset(scenario)
        except AssertionError:
            return False
        return True

    @staticmethod
    def _act(client: Client, scenario: Scenario, play: str) -> None:
        if play == "gold":
            for action in gold(scenario):
                client.step(action)
            return
        while not client.step(WAIT)["done"]:
            pass


def struck(strike: Callable[[], object]) -> Callable[[], None]:
    def fall() -> None:
        # What was to be hit may be down already, by an earlier blow.
        with suppress(Exception):
            strike()

    return fall


def clean() -> str:
    """Heals, and says whether the cluster is the baseline again."""
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        baseline.heal()
        left = baseline.differences()
        return f"{len(left)} differences from the baseline: {left[:3]}" if left else "the baseline, nothing left over"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--episodes", type=int, default=60)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    soak, results = Soak(given.seed), list[Result]()
    scenarios = cycle(load_all().values())
    try:
        for number, scenario in zip(range(1, given.episodes + 1), scenarios, strict=False):
            results.append(soak.episode(number, scenario))
            print(results[-1].line(), flush=True)
    finally:
        soak.server.stop()
        end = clean()
    return report(results, end)


def report(results: list[Result], end: str) -> int:
    wrong = [result for result in results if not result.good]
    after = [b for a, b in pairwise(results) if a.blow and not b.blow]
    print(f"\n{len(results)} episodes, {sum(bool(result.blow) for result in results)} of them hit")
    for verdict in ("scored", "void", "lost"):
        print(f"  {verdict}: {sum(result.verdict == verdict for result in results)}")
    print(f"  after a hit, the next one right: {sum(result.good for result in after)} of {len(after)}")
    print(f"  wrong verdicts: {len(wrong)}")
    print(f"at the end: {end}")
    return 1 if wrong or not end.startswith("the baseline") else 0


if __name__ == "__main__":
    sys.exit(main())
