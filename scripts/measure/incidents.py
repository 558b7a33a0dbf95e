"""Injects and heals incidents over and over: `python scripts/measure/incidents.py [options] [ID ...]`.

Prints each run and a table a figure: alerts, symptoms against their bands, heals and fingerprints, resets by stage.
Round after round of all that are named; none is begun once `--minutes` are over; `--repairs` proves remedies in the
first of them, too, which begins an incident once more for each mending step.
"""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from lab.cluster.lock import Hold
from lab.errors import LabError
from lab.live.baseline.baseline import HealReport, of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.check import Check
from lab.live.findings import CheckReport, Finding
from lab.live.ground import LiveGround
from lab.live.place import own_place
from lab.live.world import LiveWorld
from lab.scenarios import Scenario, get, load_all
from lab.world import Alert

Times = dict[str, list[float]]


class TimedWorld(LiveWorld):
    """Keeps how long each stage took, and each whole beginning."""

    def __init__(self, hold: Hold, times: Times) -> None:
        self._since, self._times = time.monotonic(), times
        super().__init__(own_place(), hold=hold)

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        started = time.monotonic()
        alert = super().begin(scenario, seed)
        self._times["reset, to the first observation"].append(time.monotonic() - started)
        self._times[f"alert after the change, {scenario.id}"].append(alert.duration_minutes * 60)
        return alert

    def _enter(self, stage: str) -> None:
        self._times[f"stage: {self.stage}"].append(time.monotonic() - self._since)
        self._since = time.monotonic()
        super()._enter(stage)


class TimedGround(LiveGround):
    """All fingerprints of the run are to be one."""

    def __init__(self, *given: object, times: Times) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._times = times
        self.digests: set[str] = set()

    def fingerprint(self) -> Fingerprint:
        found = super().fingerprint()
        self.digests.add(found.digest)
        return found

    def heal(self) -> HealReport:
        report = super().heal()
        self._times["heal of what was healed"].append(report.seconds)
        return report


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("ids", nargs="*", default=sorted(load_all()))
    asked.add_argument("--times", type=int, default=10)
    asked.add_argument("--minutes", type=float, default=600, help="begin no round after so many")
    asked.add_argument("--repairs", action="store_true", help="in the first round, leave each mending step out, too")
    given = asked.parse_args()
    times: Times = defaultdict(list)
    held: list[bool] = []
    with grounds(times) as (ground, hold):
        for number in rounds(given.times, given.minutes):
            repairs = given.repairs and number == 0
            held += [one(name, number, ground, hold, times, repairs=repairs) for name in given.ids]
    for what, seconds in sorted(times.items()):
        print(summary(what, seconds))
    print(f"{sum(held)} of {len(held)} runs held in all they measured; fingerprints: {', '.join(ground.digests)}")
    return not (held and all(held) and len(ground.digests) == 1)


def rounds(times: int, minutes: float) -> Iterator[int]:
    over = time.monotonic() + minutes * 60
    return takewhile(lambda _: time.monotonic() < over, range(times))


@contextmanager
def grounds(times: Times) -> Iterator[tuple[TimedGround, Hold]]:
    place, hold = own_place(), Hold()
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        yield TimedGround(baseline, place.console, hold, times=times), hold


def one(scenario_id: str, number: int, ground: TimedGround, hold: Hold, times: Times, *, repairs: bool) -> bool:
    check = Check(get(scenario_id), TimedWorld(hold, times), ground)
    try:
        report = check.run(remedies=repairs)
    except LabError as error:
        print(f"{scenario_id} #{number + 1}: broken off: {error}", flush=True)
        return False
    heals = [finding.seconds for finding in report.findings if is_heal(finding)]
    times["heal after an incident"] += heals
    times[f"heal after {scenario_id}"] += heals
    bad = [f"{f.step}: {f.measured} (wanted {f.wanted})" for f in report.findings if not f.ok]
    print(f"{scenario_id} #{number + 1}: {'held' if report.ok else '; '.join(bad)}", flush=True)
    print(f"  {says_times(report)}", flush=True)
    ranges = {name: [round(min(seen), 3), round(max(seen), 3)] for name, seen in report.figures.items() if seen}
    print(f"  {json.dumps(ranges)}", flush=True)
    return report.ok


def says_times(report: CheckReport) -> str:
    told = [f for f in report.findings if is_alert(f) or is_heal(f)]
    return "; ".join(f"{f.step}: {f.measured}, {f.seconds:.1f} s" for f in told)


def is_alert(finding: Finding) -> bool:
    return "alert" in finding.step


def is_heal(finding: Finding) -> bool:
    return finding.step.startswith("heal")


def summary(what: str, seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    middle = statistics.median(ordered)
    return f"{what}: median {middle:.1f} s, p95 {p95:.1f} s, max {ordered[-1]:.1f} s, of {len(ordered)}"


if __name__ == "__main__":
    sys.exit(main())
