"""A take as bytes: gzipped JSON that common tools read, the same bytes for the same recording, checked when read."""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from lab.actions import Query, Remedy
from lab.errors import LabFault
from lab.recorded.recording import (
    Edge,
    Fingerprint,
    Provenance,
    Recording,
    Snapshot,
    bits,
    core_of,
    marks_of,
    place_of,
)
from lab.world import Alert, Evidence, Health, Outcome

FORMAT = 1

Table = dict[str, Any]


def to_bytes(recording: Recording) -> bytes:
    text = json.dumps(_table(recording), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def from_bytes(data: bytes, name: str) -> Recording:
    """The recording, or LabFault with a sentence: damaged, of another format, or unfinished work of the recorder."""
    table = _unpacked(data, name)
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        found = table.get("format") if isinstance(table, dict) else None
        raise LabFault(f"{name} is of format {found!r}, this lab reads {FORMAT}; record it again (`lab record`).")
    try:
        recording = _recording(table)
        _require_whole(recording)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise LabFault(f"{name} is damaged: {type(error).__name__} {error}; record it again (`lab record`).") from error
    return recording


def _unpacked(data: bytes, name: str) -> Any:
    try:
        return json.loads(gzip.decompress(data))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise LabFault(f"{name} is damaged: it cannot be unpacked ({error}); record it again.") from error


def _table(recording: Recording) -> Table:
    return {
        "format": FORMAT,
        "scenario": recording.scenario,
        "finished": recording.finished,
        "provenance": asdict(recording.provenance),
        "alert": asdict(recording.alert),
        "marks": [mark._asdict() for mark in recording.marks],
        "states": [_place(place) | _state(seen) for place, seen in sorted(recording.snapshots.items())],
        "edges": [_edge(edge) for edge in recording.edges.values()],
    }


def _place(place: int) -> Table:
    return {"core": core_of(place), "marks": list(bits(marks_of(place)))}


def _state(seen: Snapshot) -> Table:
    return {
        "evidence": [query._asdict() | asdict(found) for query, found in sorted(seen.evidence.items())],
        "flags": dict(seen.flags),
        "symptoms": {"always": sorted(seen.fingerprint.always), "ever": sorted(seen.fingerprint.ever)},
        "health": _health(seen.health),
    }


def _health(health: Health | None) -> Table | None:
    if health is None:
        return None
    return {"healthy": health.healthy, "reasons": list(health.reasons), "services": dict(health.services)}


def _edge(edge: Edge) -> Table:
    outcome = None if edge.outcome is None else asdict(edge.outcome)
    return {
        "from": _place(edge.origin),
        "remedy": edge.remedy._asdict(),
        "to": _place(edge.to),
        "outcome": outcome,
        "refusal": edge.refusal,
    }


def _recording(table: Table) -> Recording:
    recording = Recording(
        table["scenario"],
        Provenance(**table["provenance"]),
        _alert(table["alert"]),
        [Remedy(**mark) for mark in table["marks"]],
        finished=table["finished"],
    )
    texts: dict[str, str] = {}
    for state in table["states"]:
        recording.snapshots[_read_place(state)] = _read_state(state, texts)
    for row in table["edges"]:
        edge = _read_edge(row)
        recording.edges[edge.origin, edge.remedy] = edge
    return recording


def _alert(table: Table) -> Alert:
    alert = Alert(**table)
    return replace(alert, affected_services=tuple(alert.affected_services), symptoms=tuple(alert.symptoms))


def _read_place(table: Mapping[str, Any]) -> int:
    return place_of(table["core"], sum(1 << position for position in table["marks"]))


def _read_state(table: Table, texts: dict[str, str]) -> Snapshot:
    symptoms, health = table["symptoms"], table["health"]
    return Snapshot(
        {Query(row["kind"], row["service"]): _read_evidence(row, texts) for row in table["evidence"]},
        table["flags"],
        Fingerprint(frozenset(symptoms["always"]), frozenset(symptoms["ever"])),
        health and Health(health["healthy"], tuple(health["reasons"]), health["services"]),
    )


def _read_evidence(row: Table, texts: dict[str, str]) -> Evidence:
    # Many states show the same text of a service that has nothing to do with it; it is kept once.
    text = texts.setdefault(row["text"], row["text"])
    return Evidence(text, tuple(row["keys"]), tuple(row["abnormal"]))


def _read_edge(row: Table) -> Edge:
    outcome = row["outcome"] and Outcome(**row["outcome"])
    return Edge(_read_place(row["from"]), Remedy(**row["remedy"]), _read_place(row["to"]), outcome, row["refusal"])


def _require_whole(recording: Recording) -> None:
    """Every place that is spoken of is one that is known."""
    places = [*recording.snapshots, *(p for edge in recording.edges.values() for p in (edge.origin, edge.to))]
    if not recording.snapshots:
        raise ValueError("it holds no state")
    for place in places:
        core = recording.snapshots[core_of(place)]
        if not core.whole or marks_of(place) >> len(recording.marks):
            raise ValueError(f"the state {place} is not whole")
