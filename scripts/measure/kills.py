"""Kills who breaks the shop, at each stage of it: `python scripts/measure/kills.py [--times 10] [ID ...]`.

After each kill the shop is healed, and its fingerprint must be the one of before.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from lab.live.baseline.baseline import Baseline, of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.world import LiveWorld
from lab.scenarios import Fault, get, load_all

# One incident a fault.
FAULTS = [name for name, scenario in load_all().items() if scenario.fault_of is None]
STAGES = ("before the change", "in the change", "after the change", "while waiting", "while healing")
# The stage of the live world in whose course the process ends itself, and how long after its begin.
MOMENTS = {
    "before the change": ("releasing", 0.5),
    "after the change": ("waiting for the alert", 0.0),
    "while waiting": ("waiting for the alert", 6.0),
    "while healing": ("healing", 1.5),
}
IN_THE_CHANGE = "in the change"
# A change takes the API server some milliseconds: from before it is sent to after it is answered.
CHANGE_SECONDS = 0.03
PATIENCE = 180.0


class Doomed(LiveWorld):
    """Kills its own process when it comes to a stage; when healing, it is the second time that counts."""

    def __init__(self, when: str) -> None:
        self._when, self._begun_once = when, False
        self._doom, self._after = MOMENTS.get(when, ("", 0.0))
        super().__init__()

    def _enter(self, stage: str) -> None:
        super()._enter(stage)
        self._begun_once = self._begun_once or stage == "going on"
        if stage == self._doom and (stage != "healing" or self._begun_once):
            end_self(self._after)

    def _break(self, fault: Fault) -> float:
        if self._when == IN_THE_CHANGE:
            self._admin = LastAct(self._admin)  # type: ignore[assignment]
        return super()._break(fault)


class LastAct:
    """The lab's hands on the cluster; the process that makes a change with them ends in its course."""

    def __init__(self, admin: LabCluster) -> None:
        self._admin = admin

    def __getattr__(self, name: str) -> object:
        return getattr(self._admin, name)

    def patch(self, path: str, body: dict[str, Any]) -> None:
        self._ending(lambda: self._admin.patch(path, body))

    def ask(self, *words: Any) -> None:
        self._ending(lambda: self._admin.ask(*words))

    def _ending(self, act: Callable[[], object]) -> None:
        threading.Timer(random.uniform(0, CHANGE_SECONDS), kill_self).start()
        act()
        time.sleep(CHANGE_SECONDS)
        kill_self()


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def end_self(after: float) -> None:
    """By another process, so that this one goes on meanwhile."""
    kill = f"import os, time; time.sleep({after}); os.kill({os.getpid()}, {int(signal.SIGKILL)})"
    killer = subprocess.Popen([sys.executable, "-c", kill])
    if not after:
        killer.wait()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("ids", nargs="*", default=FAULTS)
    asked.add_argument("--times", type=int, default=10)
    asked.add_argument("--die", choices=STAGES, help="break the one incident named, and die in this stage")
    given = asked.parse_args()
    if given.die:
        return die(given.ids[0], given.die)
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        wrong = sum(not clean(baseline, stage, given.ids, given.times) for stage in STAGES)
    return bool(wrong)


def die(scenario_id: str, stage: str) -> int:
    world = Doomed(stage)
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
