"""What there is in the shop: workloads by service name, their pods, and which zone a node is in.

Names from outside are matched against this before they are used in a path, a selector or a query.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.errors import Unknown
from lab.live.connection import Kube

ZONE = "topology.kubernetes.io/zone"
VERSION = "SERVICE_VERSION"

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or DaemonSet as the API server has it."""

    service: str
    plural: str
    found: Object

    @property
    def is_daemon_set(self) -> bool:
        return self.plural == "daemonsets"

    @property
    def kind(self) -> str:
        return "DaemonSet" if self.is_daemon_set else "Deployment"

    @property
    def template(self) -> Object:
        found: Object = self.found["spec"]["template"]
        return found

    @property
    def version(self) -> str:
        return version_of(self.template)

    @property
    def wanted(self) -> int:
        if self.is_daemon_set:
            return int(self.found.get("status", {}).get("desiredNumberScheduled", 0))
        return int(self.found["spec"].get("replicas", 1))

    @property
    def ready(self) -> int:
        status = self.found.get("status", {})
        return int(status.get("numberReady" if self.is_daemon_set else "readyReplicas", 0))

    @property
    def updated(self) -> int:
        status = self.found.get("status", {})
        return int(status.get("updatedNumberScheduled" if self.is_daemon_set else "updatedReplicas", 0))

    @property
    def seen(self) -> bool:
        """Whether the controllers have looked at the newest wish."""
        return bool(self.found.get("status", {}).get("observedGeneration", 0) >= self.found["metadata"]["generation"])

    @property
    def selector(self) -> str:
        labels = self.found["spec"]["selector"]["matchLabels"]
        return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))


def version_of(template: Object) -> str:
    return environment_of(template).get(VERSION, "unversioned")


def environment_of(template: Object) -> Mapping[str, str]:
    """Of the service's own container, which stands first; values from elsewhere are told by where they come from."""
    return {entry["name"]: _value(entry) for entry in template["spec"]["containers"][0].get("env", [])}


def _value(entry: Object) -> str:
    if "valueFrom" not in entry:
        return str(entry.get("value", ""))
    source = next(iter(entry["valueFrom"].values()))
    return f"from {source.get('name', '')} {source.get('key', source.get('fieldPath', ''))}".strip()


class Inventory:
    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._plurals: dict[str, str] = {}

    @cached_property
    def zones(self) -> Mapping[str, str]:
        """Zone by node; they do not change while a cluster lives."""
        nodes = self._kube.get("/api/v1/nodes", resourceVersion="0")["items"]
        return {node["metadata"]["name"]: node["metadata"].get("labels", {}).get(ZONE, "no zone") for node in nodes}

    def workloads(self) -> dict[str, Workload]:
        found = {
            item["metadata"]["name"]: Workload(item["metadata"]["name"], plural, item)
            for plural in ("deployments", "daemonsets")
            for item in self._kube.get(self.collection(plural))["items"]
        }
        self._plurals = {name: workload.plural for name, workload in found.items()}
        return found

    def workload(self, service: str) -> Workload:
        return Workload(service, self.plural(service), self._kube.get(self.path(service)))

    def path(self, service: str) -> str:
        return f"{self.collection(self.plural(service))}/{service}"

    def plural(self, service: str) -> str:
        """Also the guard: a name that is no workload of the shop goes no further."""
        if service not in self._plurals:
            self.workloads()
        if service not in self._plurals:
            known = ", ".join(sorted(self._plurals))
            raise Unknown(f"There is no service {service[:60]!r} in the shop; accepted: {known}.")
        return self._plurals[service]

    def pods(self, service: str) -> list[Object]:
        """Oldest first."""
        self.plural(service)
        path = f"/api/v1/namespaces/{self._kube.shop}/pods"
        found: list[Object] = self._kube.get(path, labelSelector=f"app={service}")["items"]
        return sorted(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))

    def zone_of(self, pod: Object) -> str:
        node = pod["spec"].get("nodeName")
        return self.zones.get(node, "no zone") if node else "not scheduled"

    def collection(self, plural: str) -> str:
        return f"/apis/apps/v1/namespaces/{self._kube.shop}/{plural}"
