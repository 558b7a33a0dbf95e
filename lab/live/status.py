"""The diagnosis `check_service_status`: pods, restarts, how containers ended, readiness and endpoints."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from lab.cluster.pod import is_going, is_ready
from lab.live.connection import Kube
from lab.live.incident import Incident, duration
from lab.live.inventory import Inventory, Workload
from lab.live.loglines import moment_of
from lab.live.report import Line, evidence, fact, note
from lab.plain import harmless
from lab.world import Evidence

# More pods than this are summed up: a scaled service must not fill the evidence.
SHOWN = 12

Object = dict[str, Any]


def check_service_status(
    kube: Kube, inventory: Inventory, pool: Executor, service: str, incident: Incident
) -> Evidence:
    inventory.plural(service)
    workload = pool.submit(inventory.workload, service)
    slices = pool.submit(
        kube.get,
        f"/apis/discovery.k8s.io/v1/namespaces/{kube.shop}/endpointslices",
        labelSelector=f"kubernetes.io/service-name={service}",
    )
    pods = inventory.pods(service)
    found = workload.result()
    head = f"Status of {service} ({found.kind}, release {found.version}), {incident.relative(incident.clock())}:"
    return evidence(head, list(lines_of(found, pods, slices.result()["items"], inventory, incident)))


def lines_of(
    workload: Workload, pods: Sequence[Object], slices: Sequence[Object], inventory: Inventory, incident: Incident
) -> Iterator[Line]:
    usual = incident.replicas.get(workload.service, workload.wanted)
    yield fact("replicas_wanted", str(workload.wanted), str(usual), workload.wanted != usual)
    yield fact("replicas_ready", str(workload.ready), str(usual), workload.ready < usual)
    serving = sum(_is_serving(endpoint) for found in slices for endpoint in found.get("endpoints") or [])
    yield fact("endpoints_ready", str(serving), str(usual), serving < usual)
    restarts = sum(_restarts(pod, incident.started) for pod in pods)
    yield fact("container_restarts_since_incident", str(restarts), "0", restarts > 0)
    for pod in pods[:SHOWN]:
        yield from _pod_lines(pod, inventory.zone_of(pod), incident)
    if len(pods) > SHOWN:
        yield note(f"(cut: {len(pods) - SHOWN} more pods left out)")
    if not pods:
        yield Line("pod", "pod: there is none", True)


def _pod_lines(pod: Object, zone: str, incident: Incident) -> Iterator[Line]:
    status, metadata = pod.get("status", {}), pod["metadata"]
    age = _age(moment_of(metadata["creationTimestamp"]) or incident.clock(), incident)
    state = "ending" if is_going(pod) else status.get("phase", "unknown")
    ready = is_ready(pod)
    text = f"pod {metadata['name']}: {state}, {'ready' if ready else 'not ready'}, {zone}, {age}"
    yield Line("pod", text, not ready and state != "ending")
    for container in status.get("containerStatuses", []):
        yield from _container_lines(container, incident)
    if (reason := _unscheduled(status)) is not None:
        yield Line("pod_unscheduled", f"  not scheduled: {reason}", True)


def _age(made: float, incident: Incident) -> str:
    return f"{duration(incident.clock() - made)} old" if incident.saw(made) else "older than the incident"


def _container_lines(container: Object, incident: Incident) -> Iterator[Line]:
    name = container["name"]
    if waiting := container.get("state", {}).get("waiting"):
        message = f" ({harmless(waiting['message'])[:160]})" if waiting.get("message") else ""
        yield Line("container_waiting", f"  {name} waits: {waiting.get('reason', 'unknown')}{message}", True)
    ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated")
    if ended:
        yield Line("container_ended", f"  {name} {_ending(ended, container, incident)}", _is_bad(ended))


def _ending(ended: Object, container: Object, incident: Incident) -> str:
    moment = moment_of(ended.get("finishedAt") or "")
    when = f" {incident.relative(moment)}" if moment else ""
    reason = f"{ended.get('reason', 'unknown')}, exit code {ended.get('exitCode')}"
    return f"restarted {container.get('restartCount', 0)} times; last ended{when}: {reason}"


def _is_bad(ended: Object) -> bool:
    return bool(ended.get("exitCode"))


def _restarts(pod: Object, since: float) -> int:
    """Of a pod older than the incident only the ends within it could be told apart, so its last end decides."""
    found = 0
    for container in pod.get("status", {}).get("containerStatuses", []):
        ended = moment_of((container.get("lastState", {}).get("terminated") or {}).get("finishedAt") or "")
        found += container.get("restartCount", 0) if ended and ended >= since else 0
    return found


def _unscheduled(status: Object) -> str | None:
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return harmless(str(condition.get("message", condition.get("reason", "unknown"))))[:200]
    return None


def _is_serving(endpoint: Object) -> bool:
    return endpoint.get("conditions", {}).get("ready") is not False
