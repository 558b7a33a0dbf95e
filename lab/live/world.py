"""The live world: one episode at a time on the lab's own cluster, from the healthy shop to the healthy shop."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from fault_injectors.registry import injector
from fault_injectors.release import roll_out, rolled_out
from lab.actions import MEASURING_STEPS, Query, Remedy
from lab.cluster.lock import Hold
from lab.cluster.paths import CLUSTER
from lab.cluster.wait import NotYet, wait_until
from lab.errors import LabFault, noted
from lab.live import homing, remedies, standing, symptoms
from lab.live.console import Console
from lab.live.dependencies import check_dependencies
from lab.live.deploys import check_recent_deploys
from lab.live.health import watched
from lab.live.incident import Incident
from lab.live.logs import query_logs
from lab.live.metrics import check_metrics
from lab.live.place import Place, own_place
from lab.live.reading import read
from lab.live.standing import Standing
from lab.live.status import check_service_status
from lab.live.usual import Usual
from lab.plain import harmless, harmless_lines
from lab.scenarios import Fault, Scenario, load_all
from lab.world import Alert, Evidence, Health, Outcome

RELEASE_PATIENCE = 60.0
# One answer in ten ends its connection, and a zone has an order each 1.5 s: few callers cling for a minute.
HOME_PATIENCE = 120.0
# What these hit depends on where traffic goes; all other faults hit every zone alike.
ZONAL_INJECTORS = frozenset({"iptables_partition"})


class LiveWorld:
    """`stage` says what it is at, for those who wait for it."""

    def __init__(
        self, place: Place | None = None, clock: Callable[[], float] = time.time, hold: Hold | None = None
    ) -> None:
        self.stage = "idle"
        self._place, self._clock = place or own_place(), clock
        self._console, self._admin, self._ground = self._place.console, self._place.admin, self._place.ground
        self._hold = hold or Hold()
        self._incident: Incident | None = None
        self._standing = Standing()

    def begin(self, scenario: Scenario, seed: int) -> Alert:  # noqa: ARG002
        """`seed` has no part in it: a live incident is different each time by itself."""
        self._hold.take()
        try:
            return self._begun(scenario)
        except BaseException:
            self.end()
            raise

    def look(self, query: Query) -> Evidence:
        return _LOOKS[query.kind](self._console, query.service, self._going_on())

    def do(self, remedy: Remedy) -> Outcome:
        self._going_on()
        outcome = remedies.do(self._console, remedy)
        if remedy.target not in MEASURING_STEPS:
            self._standing = self._standing.after_a_change(standing.shop_of(self._admin))
        return replace(outcome, text=harmless_lines(outcome.text))

    def health(self) -> Health:
        """A sick shop is only told of where nobody outside has made it so."""
        found = watched(lambda: read(self._console), self._going_on())
        if not found.healthy:
            standing.require(self._standing, standing.look(self._admin))
        return replace(found, reasons=tuple(map(harmless, found.reasons)))

    def flags(self) -> Mapping[str, bool]:
        return self._console.flags()

    def origin(self) -> Mapping[str, str]:
        """Which cluster it is, for those who ask where a score comes from."""
        return {"cluster": CLUSTER, "kubernetes": str(self._console.kube.get("/version")["gitVersion"])}

    def end(self) -> None:
        """Heals, however far it went. Who never had the cluster has nothing to heal, and another may be playing."""
        if not self._hold.held:
            return
        self._incident = None
        self._enter("healing")
        try:
            self._ground.heal()
        finally:
            self._enter("idle")
            self._hold.give_back()

    def _begun(self, scenario: Scenario) -> Alert:
        self._enter("healing")
        self._ground.heal()
        self._place.token.renew()
        self._standing = standing.look(self._admin)
        self._enter("measuring the healthy shop")
        healthy = self._measured()
        started = self._clock()
        self._enter("releasing")
        self._release(scenario.fault)
        self._enter("breaking")
        injected = self._break(scenario.fault)
        self._enter("waiting for the alert")
        fired = symptoms.wait_for_alert(self._console.prometheus, scenario.brief.alert, self._clock)
        self._standing = standing.require(self._standing, standing.look(self._admin))
        incident = Incident(
            started, fired.at, healthy.healthy, healthy.releases, healthy.replicas, healthy.flags, self._clock
        )
        self._enter("measuring the symptoms")
        alert = symptoms.alert_of(scenario, self._console.prometheus, fired, injected, incident)
        self._incident = incident
        self._enter("going on")
        return alert

    def _enter(self, stage: str) -> None:
        self.stage = stage

    def _measured(self) -> Usual:
        return self._place.usual(symptom for scenario in load_all().values() for symptom in scenario.brief.symptoms)

    def _release(self, fault: Fault) -> None:
        for release in fault.innocent_releases:
            roll_out(self._admin, release)
        wait_until(lambda: self._must_be_out(fault), RELEASE_PATIENCE, what="the releases")
        # What pods that came and went cost a customer must not pass for the fault's doing.
        wait_until(self._must_be_calm, RELEASE_PATIENCE, what="calm after the releases")
        if fault.injector in ZONAL_INJECTORS:
            out = self._clock()
            wait_until(lambda: self._must_be_at_home(out), HOME_PATIENCE, what="traffic to be in its own zones")

    def _must_be_out(self, fault: Fault) -> None:
        for release in fault.innocent_releases:
            if not rolled_out(self._admin, release.service):
                raise noted(NotYet("a release is not out"), f"It is {release.service}'s.")

    def _must_be_calm(self) -> None:
        if names := symptoms.alerts_at_work(self._console.prometheus):
            raise NotYet(f"alerts that fire or are about to: {', '.join(names)}")

    def _must_be_at_home(self, out: float) -> None:
        if self._clock() - out < homing.PAST:
            raise NotYet("what pods of before the releases were asked is still counted")
        prometheus = self._console.prometheus
        if names := homing.strayed(prometheus.query(homing.question(self._console.kube.shop))):
            raise NotYet(f"not asked evenly in all zones: {', '.join(names)}")

    def _break(self, fault: Fault) -> float:
        made, injected = injector(fault.injector), self._clock()
        made.inject(self._admin, fault)
        if not made.active(self._admin, fault):
            raise noted(LabFault("What was changed is not in the cluster."), f"{fault.injector} made the change.")
        return injected

    def _going_on(self) -> Incident:
        if self._incident is None:
            raise LabFault("No incident is going on in the live world; begin one first.")
        return self._incident


def _logs(console: Console, service: str, incident: Incident) -> Evidence:
    return query_logs(console.kube, console.inventory, console.pool, service, incident)


def _metrics(console: Console, service: str, incident: Incident) -> Evidence:
    console.inventory.plural(service)
    return check_metrics(console.prometheus, console.kube.shop, service, incident)


def _dependencies(console: Console, service: str, incident: Incident) -> Evidence:
    console.inventory.plural(service)
    return check_dependencies(console.prometheus, console.kube.shop, service, incident)


def _deploys(console: Console, service: str, incident: Incident) -> Evidence:
    return check_recent_deploys(console.kube, console.inventory, service, incident)


def _status(console: Console, service: str, incident: Incident) -> Evidence:
    return check_service_status(console.kube, console.inventory, console.pool, service, incident)


_LOOKS: Mapping[str, Callable[[Console, str, Incident], Evidence]] = {
    "query_logs": _logs,
    "check_metrics": _metrics,
    "check_dependencies": _dependencies,
    "check_recent_deploys": _deploys,
    "check_service_status": _status,
}
