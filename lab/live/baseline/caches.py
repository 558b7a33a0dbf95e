"""The edge's cache is part of the baseline: warm. Pure.

Drawing all pictures anew takes the picture service a dozen seconds within its share of a processor, so while the edge
is cold that share is larger (an in-place resize of its pod, undone as soon as the edge is warm).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.cluster.pod import app_of, name_of
from lab.live.baseline.values import Difference, Object, ProcessSeen, Send, Stage

EDGE, PICTURES = "cdn-edge", "image-service"
# Of a hundred; the rest may just have come to the end of their lifetimes.
WARM_ENTRIES = 80
# Whoever asks twice must not get two answers because an entry's time is over in between.
SURELY_WARM_ENTRIES = 40
PLENTY = "2"


def cache_differences(
    pods: Sequence[Object], workloads: Mapping[str, Object], processes: Mapping[str, ProcessSeen | None]
) -> Iterator[Difference]:
    """`pods` are those that stay."""
    entries = [_entries(processes.get(name_of(pod))) for pod in _of(pods, EDGE)]
    if any(known is None or known >= WARM_ENTRIES for known in entries):
        yield from _shares(pods, _declared_limits(workloads), "its share of a processor was changed")
        return
    yield from _shares(pods, {"cpu": PLENTY}, "is to draw faster while the edge is cold")
    for known in entries:
        warm = Send("POST", f"/api/v1/namespaces/shop/services/{EDGE}:http/proxy/ops/warm")
        yield Difference("cache", EDGE, f"holds {known:.0f} entries", Stage.PODS, (warm,))


def is_warm(process: ProcessSeen | None) -> bool:
    entries = _entries(process)
    return entries is None or entries >= SURELY_WARM_ENTRIES


def _shares(pods: Sequence[Object], wanted: Mapping[str, str], says: str) -> Iterator[Difference]:
    for pod in _of(pods, PICTURES):
        container = pod["spec"]["containers"][0]
        if container["resources"].get("limits", {}).get("cpu") != wanted.get("cpu"):
            limits = {"name": container["name"], "resources": {"limits": {"cpu": wanted.get("cpu")}}}
            path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{name_of(pod)}/resize"
            act = Send("PATCH", path, {"spec": {"containers": [limits]}})
            yield Difference("pod", name_of(pod), says, Stage.PODS, (act,))


def _declared_limits(workloads: Mapping[str, Object]) -> Mapping[str, str]:
    workload = next((w for w in workloads.values() if w["metadata"]["name"] == PICTURES), None)
    found: Mapping[str, Any] = workload["spec"]["template"]["spec"]["containers"][0] if workload else {}
    limits: Mapping[str, str] = found.get("resources", {}).get("limits", {})
    return limits


def _of(pods: Sequence[Object], service: str) -> list[Object]:
    return [pod for pod in pods if app_of(pod) == service]


def _entries(process: ProcessSeen | None) -> float | None:
    """None where nothing is known: an edge that is ready is warm, because it listens no sooner."""
    return process.gauges.get("cache_entries") if process else None
