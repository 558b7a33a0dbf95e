"""`lab check ID`: the proof of an incident on the live cluster, as a list of steps with what each one measured.

Steady, fault in, alert, symptoms inside their bands; where the task asks for a repair, each mending step left out in
turn and the shop not healthy without it, then all of them and the shop healthy; at the end, the baseline again.
Does not belong here: how anything is made, mended or measured; the world and the baseline do that.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.live.baseline.baseline import Baseline, HealReport, of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.console import Console
from lab.live.place import own_place
from lab.live.world import Hold, LiveWorld
from lab.scenarios import Band, KeyStep, Kills, Scenario
from lab.world import World

ALERT_LIMIT = 30.0
# One rate window after the alert, the figures hold nothing of the time before.
SETTLE_SECONDS = 12.0
SYMPTOM_SECONDS, SYMPTOM_EVERY = 20.0, 2.0
WATCH_SECONDS = 30.0


class Ground(Protocol):
    """What a proof needs beside the world itself."""

    def heal(self) -> HealReport: ...
    def fingerprint(self) -> Fingerprint: ...
    def measure(self, promql: str) -> float | None: ...
    def endings(self, service: str) -> tuple[int, bool]:
        """How often its container was started again, and whether it waits in back-off."""


@dataclass(frozen=True, slots=True)
class Finding:
    step: str
    wanted: str
    measured: str
    ok: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckReport:
    scenario: str
    findings: tuple[Finding, ...]
    figures: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "ok": self.ok,
            "findings": [asdict(f) for f in self.findings],
            "figures": self.figures,
        }

    def rows(self) -> list[list[str]]:
        return [["✓" if f.ok else "✗", f.step, f.wanted, f.measured, f"{f.seconds:.1f} s"] for f in self.findings]


Watcher = Callable[[Finding], None]


class Check:
    """Findings come one by one; a failed one does not end the proof, a broken lab does."""

    def __init__(
        self, scenario: Scenario, world: World, ground: Ground, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._scenario, self._world, self._ground, self._clock = scenario, world, ground, clock
        self.figures: dict[str, list[float]] = {}
        self._broken_at = 0.0

    def run(self, watch: Watcher = lambda _: None, *, remedies: bool = True) -> CheckReport:
        findings: list[Finding] = []
        try:
            for finding in self._all(remedies):
                findings.append(finding)
                watch(finding)
        finally:
            self._world.end()
        return CheckReport(self._scenario.id, tuple(findings), self.figures)

    def _all(self, remedies: bool) -> Iterator[Finding]:
        self._ground.heal()
        before = self._ground.fingerprint()
        yield self._alert()
        yield from self._symptoms()
        if kills := self._scenario.answer.kills:
            yield self._killed(kills)
        if remedies and self._scenario.task.difficulty == "hard":
            yield from self._repairs()
        yield from self._healing(before)

    def _alert(self, why: str = "fault in, alert fires") -> Finding:
        started = self._clock()
        alert = self._world.begin(self._scenario, seed=0)
        took = alert.duration_minutes * 60
        self._broken_at = self._clock() - took
        return Finding(
            why,
            f"<= {ALERT_LIMIT:.0f} s",
            f"{alert.title} after {took:.1f} s",
            took <= ALERT_LIMIT,
            self._clock() - started,
        )

    def _symptoms(self) -> Iterator[Finding]:
        started = self._clock()
        pass_time(SETTLE_SECONDS, self._clock)
        bands = self._scenario.answer.symptoms
        seen = measured(bands, self._ground.measure, SYMPTOM_SECONDS, self._clock)
        self.figures |= seen
        took = self._clock() - started
        for band in bands:
            yield band_finding(band, seen[band.name], took)

    def _killed(self, kills: Kills) -> Finding:
        started = self._clock()
        left = max(0.1, self._broken_at + kills.seconds - started)

        def must_be_killed() -> None:
            again, backs_off = self._ground.endings(kills.service)
            if again < kills.least or not backs_off:
                raise NotYet(f"{again} times, {'' if backs_off else 'not '}in back-off")

        try:
            wait_until(must_be_killed, left, every=0.5)
            ok, said = True, f"after {self._clock() - self._broken_at:.0f} s"
        except NotSettled as last:
            ok, said = False, str(last)
        wanted = f"{kills.least} times in {kills.seconds:.0f} s, then in back-off"
        return Finding(f"{kills.service} is killed", wanted, said, ok, self._clock() - started)

    def _repairs(self) -> Iterator[Finding]:
        mending = [step for step in self._scenario.answer.remedy if step.mends]
        for left_out in mending:
            self._begin_anew()
            yield self._without(left_out, [step for step in mending if step is not left_out])
        self._begin_anew()
        yield self._with_all(mending)

    def _begin_anew(self) -> None:
        self._world.end()
        self._world.begin(self._scenario, seed=0)

    def _without(self, left_out: KeyStep, steps: Sequence[KeyStep]) -> Finding:
        started = self._clock()
        self._do(steps)
        reasons = self._watch_unhealthy()
        said = "; ".join(reasons) if reasons else "healthy"
        return Finding(
            f"without {left_out.id}",
            f"unhealthy for {WATCH_SECONDS:.0f} s",
            said,
            bool(reasons),
            self._clock() - started,
        )

    def _with_all(self, steps: Sequence[KeyStep]) -> Finding:
        self._do(steps)
        started = self._clock()
        try:
            wait_until(self._require_healthy, WATCH_SECONDS, what="a healthy shop")
            said, ok = "healthy", True
        except NotSettled as last:
            said, ok = str(last), False
        took = self._clock() - started
        return Finding(
            "the whole remedy", f"healthy within {WATCH_SECONDS:.0f} s", f"{said} after {took:.1f} s", ok, took
        )

    def _do(self, steps: Sequence[KeyStep]) -> None:
        for step in steps:
            self._world.do(step.remedy)

    def _watch_unhealthy(self) -> tuple[str, ...]:
        """The last reasons of an unhealthy shop; none as soon as it is measured healthy once."""
        deadline = self._clock() + WATCH_SECONDS
        reasons: tuple[str, ...] = ()
        while self._clock() < deadline:
            health = self._world.health()
            if health.healthy:
                return ()
            reasons = health.reasons or ("unhealthy",)
        return reasons

    def _require_healthy(self) -> None:
        health = self._world.health()
        if not health.healthy:
            raise NotYet("; ".join(health.reasons))

    def _healing(self, before: Fingerprint) -> Iterator[Finding]:
        started = self._clock()
        self._world.end()
        took = self._clock() - started
        changed = before.differs_from(self._ground.fingerprint())
        said = f"differs in {', '.join(changed[:5])}" if changed else "equal"
        yield Finding("heal, fingerprint", "equal to the baseline's", said, not changed, took)


def pass_time(seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    """For a measuring window to pass: the condition is the time itself."""
    until = clock() + seconds

    def passed() -> None:
        if clock() < until:
            raise NotYet("the window is not over")

    wait_until(passed, seconds + 1, every=min(0.25, seconds))


def measured(
    bands: Sequence[Band],
    measure: Callable[[str], float | None],
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, list[float]]:
    """Each band's figure over that time, again and again."""
    seen: dict[str, list[float]] = {band.name: [] for band in bands}
    for _ in range(int(seconds / SYMPTOM_EVERY)):
        for band in bands:
            if (value := measure(band.query)) is not None:
                seen[band.name].append(value)
        pass_time(SYMPTOM_EVERY, clock)
    return seen


def band_finding(band: Band, values: Sequence[float], took: float) -> Finding:
    """Each measurement inside, not only their mean, unless the band says so."""
    wanted = f"{band.min:g} to {band.max:g}"
    if not values:
        return Finding(band.name, wanted, "nothing measured", False, took)
    said = f"{min(values):.3g} to {max(values):.3g}"
    judged = values
    if band.judged == "mean":
        judged = [statistics.fmean(values)]
        said += f", mean {judged[0]:.3g}"
    return Finding(band.name, wanted, said, all(band.min <= value <= band.max for value in judged), took)


class LiveGround:
    """Whoever heals or takes fingerprints has the cluster: nobody else's episode may stand in them."""

    def __init__(self, baseline: Baseline, console: Console, hold: Hold) -> None:
        self._baseline, self._hold, self._console = baseline, hold, console
        self.measure = console.prometheus.number

    def heal(self) -> HealReport:
        self._hold.take()
        return self._baseline.heal()

    def fingerprint(self) -> Fingerprint:
        self._hold.take()
        return self._baseline.fingerprint()

    def endings(self, service: str) -> tuple[int, bool]:
        pods = self._console.inventory.pods(service)
        statuses = [status for pod in pods for status in pod["status"].get("containerStatuses", ())]
        waiting = [status["state"].get("waiting", {}).get("reason") for status in statuses]
        return max((int(s["restartCount"]) for s in statuses), default=0), "CrashLoopBackOff" in waiting


def checked(scenario: Scenario, watch: Watcher, *, remedies: bool = True) -> CheckReport:
    """On the lab's own cluster."""
    place = own_place()
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        hold = Hold()
        ground = LiveGround(baseline, place.console, hold)
        return Check(scenario, LiveWorld(place, hold=hold), ground).run(watch, remedies=remedies)
