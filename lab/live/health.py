"""Are customers served, and will it last? Judged from what was read; watched until it is steady.

A remedy that has just ended leaves its predecessors' errors in the windows, so health waits for them to pass.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lab.cluster.wait import NotYet, wait_until
from lab.errors import ClusterGone, NotSettled
from lab.live.incident import Incident
from lab.live.reading import Reading
from lab.live.units import count, percent
from lab.world import Health

STEADY_SECONDS, PATIENCE, EVERY = 5.0, 20.0, 1.0
# About one failed request among those of the window.
TOLERATED_FAILURES = 0.02
# Pages are slow now and then while the machine is busy; a fifth of them is an incident.
TOLERATED_SLOW = 0.2
# Of the healthy revenue; the window holds some fifteen orders.
NEEDED_REVENUE = 0.7


@dataclass(frozen=True, slots=True)
class Finding:
    service: str
    reason: str


def watched(read: Callable[[], Reading], incident: Incident, clock: Callable[[], float] = time.monotonic) -> Health:
    """Healthy once it was so for some seconds in a row; else as last seen when patience ends."""
    watch = _Watch(read, incident, clock)
    try:
        wait_until(watch.must_be_steady, PATIENCE, every=EVERY, what="a healthy shop")
    except NotSettled:
        return watch.last
    return watch.last


class _Watch:
    def __init__(self, read: Callable[[], Reading], incident: Incident, clock: Callable[[], float]) -> None:
        self._read, self._incident, self._clock = read, incident, clock
        self._healthy_since: float | None = None
        self.last = Health(False)

    def must_be_steady(self) -> None:
        self.last = judged(self._read(), self._incident)
        if not self.last.healthy:
            self._healthy_since = None
            raise NotYet(self.last.reasons[0])
        self._healthy_since = self._healthy_since or self._clock()
        if self._clock() - self._healthy_since < STEADY_SECONDS:
            raise NotYet("healthy, but not for long enough yet")


def judged(reading: Reading, incident: Incident) -> Health:
    if reading.total("asked") <= 0:
        raise ClusterGone("No customers' requests are measured: the load generator or Prometheus is silent.")
    findings = list(found(reading, incident))
    hurt = {finding.service for finding in findings}
    return Health(
        not findings,
        tuple(dict.fromkeys(finding.reason for finding in findings)),
        {service: service not in hurt for service in sorted(reading.workloads)},
    )


def found(reading: Reading, incident: Incident) -> Iterator[Finding]:
    yield from _workloads(reading, incident)
    yield from _concerns(reading)
    yield from _flags(reading.flags, incident.flags)
    yield from _database(reading)
    yield from _services(reading)
    yield from _customers(reading, incident)


def _workloads(reading: Reading, incident: Incident) -> Iterator[Finding]:
    measured = reading.by_service("instances")
    for service, workload in reading.workloads.items():
        wanted = max(workload.wanted, incident.replicas.get(service, 1))
        if workload.wanted < wanted:
            yield Finding(service, f"{service} is scaled to {workload.wanted} replicas instead of {wanted}.")
        elif workload.ready < wanted:
            yield Finding(service, f"{workload.ready} of {wanted} pods of {service} are ready.")
        elif service in measured and measured[service] < wanted:
            yield Finding(service, f"Not every pod of {service} is measured yet.")
    for service in incident.replicas.keys() - reading.workloads.keys():
        yield Finding(service, f"{service} is gone.")


def _concerns(reading: Reading) -> Iterator[Finding]:
    for service, concern in sorted(reading.of("concerns")):
        yield Finding(service, f"{service} reports a condition that will not last: {concern.replace('_', ' ')}.")


def _flags(now: Mapping[str, bool], usual: Mapping[str, bool]) -> Iterator[Finding]:
    for flag, enabled in usual.items():
        if now.get(flag) is not enabled:
            is_now = "missing" if flag not in now else "on" if now[flag] else "off"
            yield Finding("config-service", f"The feature flag {flag} is {is_now}; usually it is {_state(enabled)}.")


def _state(enabled: bool) -> str:
    return "on" if enabled else "off"


def _database(reading: Reading) -> Iterator[Finding]:
    if not reading.total("database_up"):
        yield Finding("postgres-db", "The database does not answer.")
    for service, up in reading.by_service("reaches_database").items():
        if not up:
            yield Finding(service, f"{service} does not reach the database.")
    for service, refused in reading.by_service("logins_refused").items():
        if refused:
            yield Finding(service, f"The database refuses the logins of {service}.")
    published, running = reading.total("credentials_published"), reading.by_service("credentials")
    for service in reading.credential_clients:
        if running.get(service, published) < published:
            was, now = count(running[service]), count(published)
            yield Finding(service, f"{service} runs on credentials of generation {was}; published is generation {now}.")


def _services(reading: Reading) -> Iterator[Finding]:
    for service, share in reading.by_service("errors").items():
        if share > TOLERATED_FAILURES:
            yield Finding(service, f"{service} answers {percent(share)} of its requests with server errors.")


def _customers(reading: Reading, incident: Incident) -> Iterator[Finding]:
    door = "api-gateway"
    for (_, journey), share in sorted(reading.of("journeys_failed").items()):
        if share > TOLERATED_FAILURES:
            yield Finding(door, f"{percent(share)} of the customers' {journey} requests fail.")
    for (_, journey), share in sorted(reading.of("journeys_slow").items()):
        if share > TOLERATED_SLOW:
            yield Finding(door, f"{percent(share)} of the customers' {journey} requests are slow.")
    revenue, usual = reading.total("revenue"), incident.healthy.get(("revenue", door))
    if usual and revenue < usual * NEEDED_REVENUE:
        yield Finding(door, f"Revenue is ${revenue:,.0f} a minute; usually it is ${usual:,.0f}.")
