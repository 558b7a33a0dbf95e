"""What the pods' processes say of themselves, read from each one's own metrics: fresher than any scrape."""

import re
from collections.abc import Iterable
from typing import Protocol

from lab.errors import ClusterGone
from lab.live.baseline.cluster import ApiRefused
from lab.live.baseline.values import Object, ProcessSeen

_GAUGES = frozenset({"db_credentials_generation", "breaker_open", "mail_queue_length", "cache_entries"})
_CONCERN = "service_concern"
_LINE = re.compile(r"^(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'concern="([^"]*)"')


class Reader(Protocol):
    def text(self, path: str) -> str: ...


def look(cluster: Reader, pod: Object) -> ProcessSeen | None:
    """None where the process does not answer; its pod's readiness says the rest."""
    path = metrics_path(pod)
    if path is None:
        return None
    try:
        return parse(cluster.text(path))
    except (ClusterGone, ApiRefused):
        return None


def metrics_path(pod: Object) -> str | None:
    port = next(iter(_http_ports(pod)), None)
    if port is None:
        return None
    metadata = pod["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}:{port}/proxy/metrics"


def _http_ports(pod: Object) -> Iterable[int]:
    for container in pod["spec"]["containers"]:
        yield from (port["containerPort"] for port in container.get("ports", []) if port.get("name") == "http")


def parse(text: str) -> ProcessSeen:
    concerns: set[str] = set()
    gauges: dict[str, float] = {}
    for line in text.splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        if found["name"] == _CONCERN and float(found["value"]):
            concerns |= set(_LABEL.findall(found["labels"] or ""))
        elif found["name"] in _GAUGES:
            gauges[found["name"]] = max(gauges.get(found["name"], 0.0), float(found["value"]))
    return ProcessSeen(frozenset(concerns), gauges)
