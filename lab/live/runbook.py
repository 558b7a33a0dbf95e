"""The runbook's steps: some mend through a service's own operation, others measure and say what they saw."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.actions import RUNBOOK
from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled, Unknown
from lab.live import verdicts
from lab.live.connection import ServiceFailed
from lab.live.console import Console
from lab.live.reading import Reading, read
from lab.live.rollout import PATIENCE, settle_all, unsettled
from lab.live.verdicts import Verdict
from lab.world import Outcome

# A window of measurements and two scrapes: that long after a change, what it mended has left its marks.
MEASURING_PATIENCE = 14.0
# Two scrapes, however long ago the last change was: one figure out of line is not a verdict.
LEAST_PATIENCE = 3.0
OPERATION_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Operation:
    """What a service does when an operator asks it over its own API."""

    service: str
    path: str
    done: str


OPERATIONS: Mapping[str, Operation] = {
    "drain_mail_queue": Operation("notification-service", "/ops/drain-queue", "The mail queue was asked to drain"),
    "restore_bgp_routes": Operation("network-infra", "/ops/restore-routes", "The routes of every zone were restored"),
    "trigger_credential_rotation": Operation(
        "config-service", "/ops/rotate-credentials", "The shared database credentials were rotated"
    ),
    "vacuum_database": Operation("postgres-db", "/ops/vacuum", "VACUUM ANALYZE was run over the shop's database"),
    "warm_cdn_cache": Operation("cdn-edge", "/ops/warm", "The cache at the edge was warmed"),
}
MEASUREMENTS: Mapping[str, Callable[[Reading], Verdict]] = {
    "check_service_recovery": verdicts.services,
    "verify_api_recovery": verdicts.customers,
    "verify_checkout_recovery": verdicts.checkouts,
    "verify_cross_az_connectivity": verdicts.zones,
    "verify_db_connectivity": verdicts.database_clients,
    "verify_db_health": verdicts.database,
}


def run(console: Console, step: str) -> Outcome:
    if step in OPERATIONS:
        return operate(console, OPERATIONS[step])
    if step in MEASUREMENTS:
        return measure(lambda: read(console), MEASUREMENTS[step], _patience(console))
    raise Unknown(f"There is no runbook step {step[:60]!r}; accepted: {', '.join(RUNBOOK)}.")


def operate(console: Console, operation: Operation) -> Outcome:
    begun = time.monotonic()
    restless = {name for name, workload in console.inventory.workloads().items() if unsettled(workload)}
    try:
        answer = console.kube.ask(operation.service, "POST", operation.path, timeout=OPERATION_TIMEOUT)
    except ServiceFailed as failure:
        return not_done(failure, "Nothing was done")
    said = f"{operation.done} by {operation.service}{_told(answer)}."
    # What the operation restarted must have come; what was unsettled before it need not.
    left = PATIENCE - (time.monotonic() - begun)
    if missing := settle_all(console.inventory, left, but=restless):
        return Outcome(f"{said} It has not settled yet: {missing}.", True, settled=False)
    return Outcome(said, True)


def not_done(failure: ServiceFailed, said: str) -> Outcome:
    """What is said where a service refuses; where it only has not answered, nobody can say so."""
    if failure.tells_nothing:
        return Outcome(f"Whether it was done is not known: {failure}.", True, settled=False)
    return Outcome(f"{said}: {failure}.", False, settled=False)


def _patience(console: Console) -> float:
    return max(LEAST_PATIENCE, console.changed_at + MEASURING_PATIENCE - time.monotonic())


def measure(
    reading: Callable[[], Reading], judge: Callable[[Reading], Verdict], patience: float, every: float = 1.0
) -> Outcome:
    """Looks until it is good, for as long as earlier errors may still be in the measured window."""
    seen: list[Verdict] = []

    def must_be_good() -> None:
        seen.append(judge(reading()))
        if not seen[-1].good:
            raise NotYet(seen[-1].summary)

    try:
        wait_until(must_be_good, patience, every=every)
    except NotSettled:
        return _measured(seen[-1])
    return _measured(seen[-1])


def _measured(verdict: Verdict) -> Outcome:
    return Outcome("\n".join([verdict.summary, *verdict.lines]), False)


def _told(answer: object) -> str:
    """The plain values of what the service answered; tables stay out."""
    if not isinstance(answer, dict):
        return ""
    plain = {name: value for name, value in answer.items() if isinstance(value, (str, int, float, bool))}
    return f" ({', '.join(f'{name} {value}' for name, value in plain.items())})" if plain else ""
