"""Kills who breaks the shop, at each stage of it: `python scripts/measure/kills.py [--times 10] [ID ...]`.

After each kill the shop is healed, and its fingerprint must be the one of before.
"""

import argparse
import os
import signal
import subprocess
import sys
import time

from lab.live.baseline.baseline import Baseline, of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.world import LiveWorld
from lab.scenarios import get

STAGES = ("before the change", "in the change", "after the change", "while waiting", "while healing")
# The stage of the live world in whose course the process ends itself, and how long after its begin.
MOMENTS = {
    "before the change": ("releasing", 0.5),
    "in the change": ("breaking", 0.0),
    "after the change": ("waiting for the alert", 0.0),
    "while waiting": ("waiting for the alert", 6.0),
    "while healing": ("healing", 1.5),
}
PATIENCE = 180.0


class Doomed(LiveWorld):
    """Kills its own process when it comes to a stage; when healing, it is the second time that counts."""

    def __init__(self, stage: str, after: float) -> None:
        self._doom, self._after, self._begun_once = stage, after, False
        super().__init__()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "stage":
            self._comes_to(value)

    def _comes_to(self, stage: object) -> None:
        self._begun_once = self._begun_once or stage == "going on"
        if stage == self._doom and (stage != "healing" or self._begun_once):
            end_self(self._after)


def end_self(after: float) -> None:
    """By another process, so that this one goes on meanwhile."""
    kill = f"import os, time; time.sleep({after}); os.kill({os.getpid()}, {int(signal.SIGKILL)})"
    killer = subprocess.Popen([sys.executable, "-c", kill])
    if not after:
        killer.wait()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("ids", nargs="*", default=["RCA-001", "RCA-002", "RCA-003"])
    asked.add_argument("--times", type=int, default=10)
    asked.add_argument("--die", choices=STAGES, help="break the one incident named, and die in this stage")
    given = asked.parse_args()
    if given.die:
        return die(given.ids[0], given.die)
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        wrong = sum(not clean(baseline, stage, given.ids, given.times) for stage in STAGES)
    return bool(wrong)


def die(scenario_id: str, stage: str) -> int:
    world = Doomed(*MOMENTS[stage])
    world.begin(get(scenario_id), 0)
    world.end()
    return 0


def clean(baseline: Baseline, stage: str, ids: list[str], times: int) -> bool:
    baseline.heal()
    before, equal, slowest = baseline.fingerprint(), 0, 0.0
    for number in range(times):
        command = [sys.executable, __file__, "--die", stage, ids[number % len(ids)]]
        ended = subprocess.run(command, check=False, timeout=PATIENCE)
        started = time.monotonic()
        baseline.heal()
        slowest = max(slowest, time.monotonic() - started)
        same = not baseline.fingerprint().differs_from(before)
        equal += same and ended.returncode == -signal.SIGKILL
    print(f"killed {stage}: {equal} of {times} healed to the same fingerprint, in {slowest:.1f} s at most", flush=True)
    return equal == times


if __name__ == "__main__":
    sys.exit(main())
