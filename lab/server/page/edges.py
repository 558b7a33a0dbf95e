"""Who calls whom, as the looks at dependencies told it: read from their text, the later look over the earlier."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.server.page.reading import Fact, parts_of

KIND = "check_dependencies"
_NAME = re.compile(r"^calls_(?P<way>to|from) (?P<peer>\S+)$")
_CALLS = re.compile(
    r"^(?P<rate>[\d,.]+) a second, (?P<failed>[\d.]+) % failed(?: \((?P<how>[^)]*)\))?(?:, p95 (?P<p95>.+))?$"
)


@dataclass(frozen=True, slots=True)
class Edge:
    caller: str
    callee: str
    says: str
    """What was measured, in the evidence's own words."""
    healthy: str
    sick: bool
    rate: str = ""
    failed: str = ""
    """As told, in percent; empty where there were no calls."""
    how: str = ""
    p95: str = ""
    details: tuple[str, ...] = ()


def edges_of(service: str, evidence: str) -> Iterable[Edge]:
    for part in parts_of(evidence):
        if isinstance(part, Fact) and (match := _NAME.match(part.name)):
            ends = (service, match["peer"]) if match["way"] == "to" else (match["peer"], service)
            yield _edge(ends, part)


def known_edges(evidence: Mapping[str, str]) -> tuple[Edge, ...]:
    """Of all the services that were looked at, in the order of the looks."""
    found: dict[tuple[str, str], Edge] = {}
    for service, text in evidence.items():
        found |= {(edge.caller, edge.callee): edge for edge in edges_of(service, text)}
    return tuple(found[ends] for ends in sorted(found))


def _edge(ends: tuple[str, str], part: Fact) -> Edge:
    caller, callee = ends
    match = _CALLS.match(part.value)
    measured = (match["rate"], match["failed"], match["how"] or "", match["p95"] or "") if match else ("", "", "", "")
    return Edge(caller, callee, part.value, part.healthy, part.abnormal, *measured, part.details)
