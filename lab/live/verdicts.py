"""What each measuring step of the runbook makes of a reading: a summary, and a line a fact. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

from lab.live.health import TOLERATED_FAILURES
from lab.live.reading import Reading
from lab.live.report import MARK
from lab.live.units import count, percent, seconds, yes

ENOUGH_CONNECTIONS, ENOUGH_MEMORY = 0.9, 0.9
# A database that started less long ago may be on its way down again.
STEADY_UPTIME = 3.0
# Longer ago is no matter of this incident's.
LONG_UPTIME = 15.0


@dataclass(frozen=True, slots=True)
class Verdict:
    good: bool
    summary: str
    lines: tuple[str, ...] = ()


def _verdict(what: str, facts: Iterable[tuple[str, bool]]) -> Verdict:
    """Facts with whether they are as they should be."""
    told = list(facts)
    bad = sum(not good for _, good in told)
    if not told:
        return Verdict(False, f"{what}: nothing was measured.")
    summary = (
        f"{what}: as it should be." if not bad else f"{what}: NOT as it should be, {bad} of {len(told)} facts are bad."
    )
    return Verdict(not bad, summary, tuple(text if good else text + MARK for text, good in told))


def services(reading: Reading) -> Verdict:
    """What a service says of itself is for health alone: outside of those that the page names it tells the culprit."""
    errors = reading.by_service("errors")
    facts = []
    for name, workload in sorted(reading.workloads.items()):
        share = errors.get(name)
        told = "" if share is None else f", {percent(share)} of its answers are errors"
        good = workload.ready >= workload.wanted > 0 and (share or 0) <= TOLERATED_FAILURES
        facts.append((f"{name}: {workload.ready} of {workload.wanted} pods ready{told}", good))
    return _verdict("Recovery of the services", facts)


def customers(reading: Reading) -> Verdict:
    failed = {journey: share for (_, journey), share in reading.of("journeys_failed").items()}
    return _verdict("Recovery at the gateway", _shares("requests fail", failed))


def checkouts(reading: Reading) -> Verdict:
    return _verdict("Checkouts by zone", _shares("of the checkouts fail", reading.by_service("checkouts_failed")))


def zones(reading: Reading) -> Verdict:
    routes = reading.of("prefixes_received")
    facts = [_route(to, zone, routes.get((to, zone))) for to, zone in permutations(_zones(routes), 2)]
    suppressed = reading.by_service("routes_suppressed")
    facts += [(f"{zone} suppresses {count(n)} routes", not n) for zone, n in sorted(suppressed.items())]
    concerns = {concern for _, concern in reading.of("concerns")}
    if facts and "routes_held_by_override" in concerns:
        facts.append(("the routes are held by an operator's override", False))
    return _verdict("Connectivity between the zones", facts)


def _zones(routes: Iterable[tuple[str, str]]) -> list[str]:
    """Also those that only others tell of: a speaker that has just started is not measured yet."""
    return sorted({zone for pair in routes for zone in pair})


def _route(to: str, zone: str, received: float | None) -> tuple[str, bool]:
    told = "not measured yet" if received is None else yes(received)
    return f"{to} has the route to {zone}: {told}", bool(received)


def database_clients(reading: Reading) -> Verdict:
    refused = reading.by_service("logins_refused")
    published, running = reading.total("credentials_published"), reading.by_service("credentials")
    facts = []
    for service, up in sorted(reading.by_service("reaches_database").items()):
        login = "logins are refused" if refused.get(service) else "no login refused"
        stale = service in reading.credential_clients and running.get(service, published) < published
        note = (
            f", runs on credentials of generation {count(running[service])}, published is {count(published)}"
            if stale
            else ""
        )
        good = bool(up) and not refused.get(service) and not stale
        facts.append((f"{service} reaches the database: {yes(up)}, {login}{note}", good))
    return _verdict("Connections to the database", facts)


def database(reading: Reading) -> Verdict:
    facts: list[tuple[str, bool]] = []
    if reading.of("database_up"):
        facts.append((f"database_up: {yes(reading.total('database_up'))}", reading.total("database_up") >= 1))
    if reading.of("database_uptime"):
        uptime = reading.total("database_uptime")
        told = seconds(uptime) if uptime < LONG_UPTIME else f"{seconds(LONG_UPTIME)} or more"
        facts.append((f"database_uptime: {told}", uptime >= STEADY_UPTIME))
    if limit := reading.total("database_connections_max"):
        used = reading.total("database_connections")
        facts.append((f"database_connections: {count(used)} of {count(limit)}", used < limit * ENOUGH_CONNECTIONS))
    if reading.of("database_memory"):
        share = reading.total("database_memory")
        facts.append((f"memory_of_limit: {percent(share)}", share < ENOUGH_MEMORY))
    return _verdict("Health of the database", facts)


def _shares(what: str, shares: Mapping[str, float]) -> list[tuple[str, bool]]:
    return [(f"{name}: {percent(share)} {what}", share <= TOLERATED_FAILURES) for name, share in sorted(shares.items())]
