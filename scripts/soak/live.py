"""Live episodes in a row while lab and cluster are hit: is every verdict right or void, and does the next one heal?

`python -m scripts.soak.live [--episodes 60] [--seed 7]` needs the cluster (`lab up`) and has it for itself. Every third
episode's server is killed at a random moment; now and then it is the cluster's API server, Prometheus, the database or
a node. Prints a line an episode and two tables; exits with 1 where a verdict was wrong, something stayed behind, or
one of the six faults never had its lab killed, for which it takes some 27 episodes.
"""

import argparse
import random
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import httpx

from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.live.baseline.baseline import of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.scenarios import Scenario, get, load_all
from scripts.soak.blows import Strike, blows
from scripts.soak.judged import End, Hit, Result, changed, findings, tables, unprovoked, verdict_of
from scripts.soak.order import Turn, order
from scripts.soak.watched import Use, steady_use_of
from tests.e2e.outside import outside
from tests.e2e.server import Client, Server
from tests.e2e.test_gold import gold

# After a node or the API server was hit, so many resets may say that the lab failed before one succeeds.
TRIES = 4
# A node that was just down carries the cluster's own marks for a while.
SETTLES = 90.0
WAIT: dict[str, Any] = {"action_type": "wait", "parameters": {}}


class Watched(Server):
    @property
    def pid(self) -> int:
        return self._process.pid


class Refused(Exception):
    """The server answered with something else than 200; says what that comes to."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code}: {response.text[:200]}")
        self.verdict = verdict_of(response.status_code)


def served() -> Watched:
    quiet = {"LAB_PAGE_READY": "false", "LAB_LOG_STEPS": "false"}
    server = Watched("live", says=subprocess.DEVNULL, **quiet)
    server.wait_for_it(60)
    return server


# --- episodes


class Soak:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.server = served()
        self.lives: list[list[Use]] = [[]]

    def episode(self, turn: Turn) -> Result:
        since, hit = time.monotonic(), Hit()
        strike = Strike(turn.blow, blows(self.server, self.dice)[turn.blow], turn.moment) if turn.blow else None
        try:
            verdict, total, resets = played(self.server.url, get(turn.scenario), turn.play)
        finally:
            ended = time.monotonic()
            if strike:
                hit = strike.outcome(ended)
        self._look()
        return Result(turn.number, turn.scenario, turn.play, hit, verdict, total, resets, ended - since)

    def _look(self) -> None:
        if self.server.lives:
            self.lives[-1].append(steady_use_of(self.server.pid))
        else:
            self.server = served()
            self.lives.append([])


def played(url: str, scenario: Scenario, play: str) -> tuple[str, float | None, int]:
    """Verdict, total and resets; `lost` where the server went away under it, and so nobody was told a score."""
    resets = 0
    with closing(Client(url)) as client:
        try:
            while (verdict := begun(client, scenario)) == "void" and resets < TRIES - 1:
                resets += 1
            if verdict:
                return verdict, None, resets + 1
            act(client, scenario, play)
            grade = told(client, "GET", "/grader")
            return grade["verdict"], grade["total"], resets + 1
        except httpx.HTTPError:
            return "lost", None, resets + 1
        except Refused as refused:
            return refused.verdict, None, resets + 1


def begun(client: Client, scenario: Scenario) -> str:
    """Nothing where it begins, else what the refusal comes to."""
    try:
        told(client, "POST", "/reset", json={"scenario_id": scenario.id})
    except Refused as refused:
        return refused.verdict
    return ""


def act(client: Client, scenario: Scenario, play: str) -> None:
    if play == "gold":
        for action in gold(scenario):
            told(client, "POST", "/step", json=action)
        return
    while not told(client, "POST", "/step", json=WAIT)["done"]:
        pass


def told(client: Client, method: str, path: str, **given: Any) -> dict[str, Any]:
    response = client.ask(method, path, **given)
    if response.status_code != 200:
        raise Refused(response)
    found: dict[str, Any] = response.json()
    return found


# --- the cluster before and after


def healed() -> dict[str, str]:
    """What stands beside the lab's namespaces once they are the baseline."""
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        baseline.heal()
        return outside(cluster)


def at_the_end(before: dict[str, str]) -> End:
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        stood = len(baseline.differences())
        baseline.heal()
        return End(stood, [str(one) for one in baseline.differences()], beside(cluster, before))


def beside(cluster: LabCluster, before: dict[str, str]) -> str:
    def must_be_as_before() -> None:
        if found := changed(before, outside(cluster)):
            raise NotYet(f"{len(found)} differences, {found[:3]}")

    try:
        wait_until(must_be_as_before, SETTLES, every=5, what="what stands beside the lab")
    except NotSettled as error:
        return str(error)
    return ""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--episodes", type=int, default=60)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    before = healed()
    soak, results = Soak(given.seed), list[Result]()
    try:
        for turn in order(given.episodes, given.seed, list(load_all())):
            results.append(soak.episode(turn))
            print(results[-1].line(), flush=True)
    finally:
        soak.server.stop()
        end = at_the_end(before)
    return report(results, soak.lives, end)


def report(results: list[Result], lives: list[list[Use]], end: End) -> int:
    faults = {name: scenario.fault_of or name for name, scenario in load_all().items()}
    found = findings(results, faults, lives, end)
    print(f"\n{len(results)} episodes", *tables(results, list(faults)), sep="\n")
    print(f"\ndifferences from the baseline before the last heal: {end.stood}")
    print(f"resets that failed though nothing was hit then or just before: {unprovoked(results)}")
    for what, good in found.items():
        print(f"{'✓' if good else '✗'} {what}")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
