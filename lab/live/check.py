"""`lab check ID`: the proof of an incident on the live cluster, as a list of steps with what each one measured.

Steady, fault in, alert, symptoms inside their bands; where the task asks for a repair, each mending step left out in
turn and the shop not healthy without it, then all of them and the shop healthy; at the end, the baseline again.
Does not belong here: how anything is made, mended or measured; the world and the baseline do that.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from lab.cluster.lock import Hold
from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.live.baseline.baseline import of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.findings import (
    CheckReport,
    Endings,
    Finding,
    band_finding,
    cut_finding,
    kills_finding,
    suffices,
    times_finding,
)
from lab.live.ground import Ground, LiveGround
from lab.live.place import own_place
from lab.live.symptoms import CLIMB_PATIENCE
from lab.live.world import LiveWorld
from lab.scenarios import Band, CutOff, KeyStep, Kills, Scenario
from lab.world import World

ALERT_LIMIT = 30.0
# One rate window after the alert, the figures hold nothing of the time before.
SETTLE_SECONDS = 12.0
# The longest window that is compared with the healthy shop's, which has just been healed.
HEALTHY_SETTLE_SECONDS = 30.0
# So long the edge keeps what it has. What a heal had drawn together expires together: two minutes later, for a minute
# and a half, the healthy shop's slowest pages are those whose pictures are drawn anew. It is compared as it is else.
HEALTHY_SECONDS = 150.0
HEALTHY_SHARE = 1 / 4
SYMPTOM_SECONDS, SYMPTOM_EVERY = 20.0, 2.0
WATCH_SECONDS = 30.0
# Stands in each zone.
CALLER = "order-service"


Watcher = Callable[[Finding], None]


class Check:
    """Findings come one by one; a failed one does not end the proof, a broken lab does."""

    def __init__(
        self, scenario: Scenario, world: World, ground: Ground, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._scenario, self._world, self._ground, self._clock = scenario, world, ground, clock
        self.figures: dict[str, list[float]] = {}
        # By the clock on the wall, as logs are.
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
        healthy = self._healthy()
        yield self._alert()
        yield from self._symptoms(healthy)
        if kills := self._scenario.answer.kills:
            yield self._killed(kills)
        if cut := self._scenario.answer.cut_off:
            yield self._cut_off(cut)
        if remedies and self._scenario.task.difficulty == "hard":
            yield from self._repairs()
        yield from self._healing(before)

    def _healthy(self) -> dict[str, float]:
        """Of the figures that are to be so many times as high in the incident."""
        bands = [band for band in self._scenario.answer.symptoms if band.times_healthy]
        if not bands:
            return {}
        pass_time(HEALTHY_SETTLE_SECONDS, self._clock)
        seen = measured(bands, self._ground.measure, HEALTHY_SECONDS, self._clock)
        return {name: at_rest(values) for name, values in seen.items() if values}

    def _alert(self, why: str = "fault in, alert fires") -> Finding:
        started = self._clock()
        alert = self._world.begin(self._scenario, seed=0)
        took = alert.duration_minutes * 60
        # At the earliest: after the alert its symptoms were read for a while.
        self._broken_at = time.time() - took - CLIMB_PATIENCE
        return Finding(
            why,
            f"<= {ALERT_LIMIT:.0f} s",
            f"{alert.title} after {took:.1f} s",
            took <= ALERT_LIMIT,
            self._clock() - started,
        )

    def _symptoms(self, healthy: Mapping[str, float]) -> Iterator[Finding]:
        started = self._clock()
        pass_time(SETTLE_SECONDS, self._clock)
        bands = self._scenario.answer.symptoms
        seen = measured(bands, self._ground.measure, SYMPTOM_SECONDS, self._clock)
        self.figures |= seen
        took = self._clock() - started
        for band in bands:
            yield band_finding(band, seen[band.name], took)
            if band.times_healthy:
                yield times_finding(band, band.times_healthy, seen[band.name], healthy.get(band.name), took)

    def _killed(self, kills: Kills) -> Finding:
        started = self._clock()
        seen: list[Endings] = []

        def must_be_killed() -> None:
            seen.append(self._ground.endings(kills.service))
            if not suffices(kills, seen[-1], self._broken_at):
                raise NotYet("not yet")

        with suppress(NotSettled):
            wait_until(must_be_killed, max(0.1, self._broken_at + kills.seconds - time.time()), every=0.5)
        within = time.time() - self._broken_at
        killed = seen[-1].killed(self._broken_at, kills.seconds)
        self.figures |= {"killed": [float(killed)], "in_back_off_after_seconds": [within]}
        return kills_finding(kills, seen[-1], self._broken_at, within, self._clock() - started)

    def _cut_off(self, cut: CutOff) -> Finding:
        started = self._clock()
        seen = self._ground.connections(CALLER, cut.into)
        self.figures |= {f"connections_into_{cut.into}_from_{zone}": [float(r.reached)] for zone, r in seen.items()}
        return cut_finding(cut, seen, self._clock() - started)

    def _repairs(self) -> Iterator[Finding]:
        mending = [step for step in self._scenario.answer.remedy if step.mends]
        for left_out in mending:
            self._world.begin(self._scenario, seed=0)
            yield self._without(left_out, [step for step in mending if step is not left_out])
        self._world.begin(self._scenario, seed=0)
        yield self._with_all(mending)

    def _without(self, left_out: KeyStep, steps: Sequence[KeyStep]) -> Finding:
        started = self._clock()
        later = waiting_for(left_out, steps)
        idle = [says for step, says in self._do(steps) if step.id not in later]
        reasons = self._watch_unhealthy()
        said = "; ".join((*idle, *reasons)) if reasons else "healthy"
        return Finding(
            f"without {left_out.id}",
            f"unhealthy for {WATCH_SECONDS:.0f} s",
            said,
            bool(reasons) and not idle,
            self._clock() - started,
        )

    def _with_all(self, steps: Sequence[KeyStep]) -> Finding:
        idle = [says for _, says in self._do(steps)]
        started = self._clock()
        try:
            wait_until(self._require_healthy, WATCH_SECONDS, what="a healthy shop")
            said, ok = "; ".join((*idle, "healthy")), not idle
        except NotSettled as last:
            said, ok = str(last), False
        took = self._clock() - started
        # What is asked near the end of that time is watched beyond it.
        ok = ok and took <= WATCH_SECONDS
        return Finding(
            "the whole remedy", f"healthy within {WATCH_SECONDS:.0f} s", f"{said} after {took:.1f} s", ok, took
        )

    def _do(self, steps: Sequence[KeyStep]) -> list[tuple[KeyStep, str]]:
        """Those that did nothing: a proof with one step left out is none where others were left out, too."""
        done = [(step, self._world.do(step.remedy)) for step in steps]
        return [(step, f"{step.id} did nothing") for step, outcome in done if not outcome.changed]

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


def waiting_for(left_out: KeyStep, steps: Sequence[KeyStep]) -> set[str]:
    """It and those that come after it, by however many others: too early they may have nothing to do yet."""
    found = {left_out.id}
    for _ in steps:
        found |= {step.id for step in steps if found & set(step.after)}
    return found


def at_rest(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * HEALTHY_SHARE)]


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


def checked(scenario: Scenario, watch: Watcher, *, remedies: bool = True) -> CheckReport:
    """On the lab's own cluster."""
    place = own_place()
    with LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        hold = Hold()
        ground = LiveGround(baseline, place.console, hold)
        return Check(scenario, LiveWorld(place, hold=hold), ground).run(watch, remedies=remedies)
