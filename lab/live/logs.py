"""The diagnosis `query_logs`: what all pods of a service wrote since the incident began, ended containers included."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lab.live.connection import Kube, KubeRefused
from lab.live.incident import Incident
from lab.live.inventory import Inventory
from lab.live.loglines import ERROR, WARNING, Entry, Fold, folded, most_telling, parse
from lab.live.report import LIMIT, Line, evidence, note, shortened
from lab.world import Evidence

# Of one container; far more than an incident of some minutes writes, and a bound for one that goes wild.
TAIL = 3_000
LINE_LIMIT = 600
# What the lines may take of an evidence, so that its head and its last words fit as well.
ROOM = LIMIT - 420

Object = dict[str, Any]


class Source(NamedTuple):
    pod: str
    container: str
    previous: bool
    label: str


def query_logs(kube: Kube, inventory: Inventory, pool: Executor, service: str, incident: Incident) -> Evidence:
    sources = list(_sources(inventory, inventory.pods(service)))
    read = pool.map(lambda source: _read(kube, source, incident.started), sources)
    return told(service, [entry for entries in read for entry in entries], incident, len(sources))


def _sources(inventory: Inventory, pods: Sequence[Object]) -> Iterator[Source]:
    for pod in pods:
        name, zone = pod["metadata"]["name"], inventory.zone_of(pod)
        containers = pod.get("status", {}).get("containerStatuses", [])
        for status in containers:
            label = f"{zone} {name.rsplit('-', 1)[-1]}"
            # The service's own container bears the service's name; a companion's is told.
            if len(containers) > 1 and status["name"] not in name:
                label += f" {status['name']}"
            if status.get("restartCount", 0):
                yield Source(name, status["name"], True, f"{label} (ended container)")
            yield Source(name, status["name"], False, label)


def _read(kube: Kube, source: Source, since: float) -> list[Entry]:
    query = {
        "container": source.container,
        "sinceTime": datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "timestamps": "true",
        "tailLines": str(TAIL),
        "previous": "true" if source.previous else "false",
    }
    try:
        raw = kube.text(f"/api/v1/namespaces/{kube.shop}/pods/{source.pod}/log", **query)
    except KubeRefused:
        # Not started yet, or its log is no longer kept: nothing to read is no failure.
        return []
    return parse(raw, source.label)


def told(service: str, entries: Sequence[Entry], incident: Incident, sources: int) -> Evidence:
    folds = folded(entries)
    shown = _that_fit(most_telling(folds), incident)
    counts = {rank: sum(fold.count for fold in folds if fold.rank == rank) for rank in (ERROR, WARNING)}
    lines = [
        Line("error_lines", f"error_lines: {counts[ERROR]}", counts[ERROR] > 0),
        Line("warning_lines", f"warning_lines: {counts[WARNING]}", counts[WARNING] > 0),
        *(note(_text(fold, incident)) for fold in sorted(shown, key=lambda fold: fold.last.moment)),
    ]
    if left := len(folds) - len(shown):
        lines.append(note(f"(cut: {left} more kinds of lines, less telling, left out)"))
    return evidence(_head(service, entries, incident, sources), lines)


def _head(service: str, entries: Sequence[Entry], incident: Incident, sources: int) -> str:
    since = incident.relative(incident.started)
    if not sources:
        return f"Logs of {service}: there is no pod to read from."
    return f"Logs of {service} since {since}: {len(entries)} lines, repeated ones folded, the last of each kind shown."


def _that_fit(folds: Sequence[Fold], incident: Incident) -> list[Fold]:
    room, fitting = ROOM, []
    for fold in folds:
        size = len(_text(fold, incident).encode()) + 1
        if size <= room:
            room -= size
            fitting.append(fold)
    return fitting


def _text(fold: Fold, incident: Incident) -> str:
    first, when = incident.relative(fold.first.moment), incident.relative(fold.last.moment)
    if fold.count > 1:
        when = f"{fold.count} times, {when}" if first == when else f"{fold.count} times, from {first} to {when}"
    return f"- {when} [{fold.last.source}] {shortened(fold.last.text, LINE_LIMIT)}"
