"""The diagnosis `check_recent_deploys`: a service's releases, when each came, why, and what it changed."""

from collections.abc import Iterator, Mapping, Sequence

from lab.live.connection import Kube
from lab.live.incident import Incident
from lab.live.inventory import VERSION, Inventory, Workload
from lab.live.report import Line, evidence, note, shortened
from lab.live.revisions import Revision, history
from lab.plain import harmless
from lab.world import Evidence

SHOWN = 6


def check_recent_deploys(kube: Kube, inventory: Inventory, service: str, incident: Incident) -> Evidence:
    workload = inventory.workload(service)
    revisions = history(kube, inventory, workload)
    return evidence(f"Releases of {service}, newest first:", list(lines_of(workload, revisions, incident)))


def lines_of(workload: Workload, revisions: Sequence[Revision], incident: Incident) -> Iterator[Line]:
    service, running = workload.service, workload.version
    usual = incident.releases.get(service)
    healthy = f" (healthy: {usual})" if usual else ""
    yield Line("release", f"release: {running}{healthy}", usual is not None and running != usual)
    recent = [revision for revision in revisions if incident.saw(revision.made)]
    yield Line("new_since_incident", f"new_since_incident: {len(recent)} (healthy: 0)", bool(recent))
    for position, revision in enumerate(revisions[:SHOWN]):
        yield note(_told(revision, position == 0, incident))
        if position + 1 < len(revisions):
            yield from _changes(revisions[position + 1].settings, revision.settings, revisions[position + 1].number)
    if len(revisions) > SHOWN:
        yield note(f"(cut: {len(revisions) - SHOWN} older revisions left out)")


def _told(revision: Revision, runs: bool, incident: Incident) -> str:
    when = incident.relative(revision.made) if incident.saw(revision.made) else "before the incident"
    cause = shortened(harmless(revision.change_cause), 300) or "no reason given"
    return f"- revision {revision.number}, {revision.version}{', running' if runs else ''}, made {when}: {cause}"


def _changes(before: Mapping[str, str], after: Mapping[str, str], number: int) -> Iterator[Line]:
    names = [name for name in sorted(before.keys() | after.keys()) if name != VERSION]
    changed = [name for name in names if before.get(name) != after.get(name)]
    if not changed:
        yield note(f"  settings as in revision {number}")
    for name in changed:
        yield note(f"  {name}: {_setting(before.get(name))} -> {_setting(after.get(name))}")


def _setting(value: str | None) -> str:
    return "(not set)" if value is None else shortened(harmless(value), 120)
