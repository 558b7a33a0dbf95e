"""A cluster in memory: keeps what is applied, and plays the controllers that the lab waits for."""

from copy import deepcopy
from typing import Any

from lab.cluster.kube import Kube, KubeRefused, Object, path_of


class FakeKube(Kube):
    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.releases: dict[str, list[tuple[int, str]]] = {}
        """Of each workload, in the order seen by its controller: replicas and change cause."""
        self.deleted: list[str] = []
        self.answers: dict[str, Any] = {}
        self.stuck: set[str] = set()
        """Names of workloads whose pods never get ready."""

    def apply(self, wanted: Object, *, dry_run: bool = False) -> Object:
        path = path_of(wanted)
        live = self.objects.get(path, {"metadata": {"generation": 0}})
        merged = live | deepcopy(wanted)
        merged["metadata"] = live["metadata"] | merged["metadata"]
        if dry_run:
            return merged
        if live.get("spec") != merged.get("spec"):
            merged["metadata"]["generation"] += 1
        self.objects[path] = self._controlled(path, merged)
        return merged

    def create(self, wanted: Object) -> Object:
        if path_of(wanted) in self.objects:
            raise KubeRefused(409, path_of(wanted), "already there")
        return self.apply(wanted)

    def find(self, wanted: Object) -> Object | None:
        """What is ending is gone by the second look."""
        path = path_of(wanted)
        found = self.objects.get(path)
        if found and "deletionTimestamp" in found["metadata"]:
            del self.objects[path]
        return found

    def items(self, kind: str, namespace: str = "", **_: str) -> list[Object]:
        found = [one for one in self.objects.values() if one["kind"] == kind]
        return [one for one in found if one["metadata"].get("namespace", "") == namespace]

    def delete(self, found: Object) -> None:
        self.deleted.append(found["metadata"]["name"])
        self.objects.pop(path_of(found), None)

    def ask(self, namespace: str, service: str, path: str, **query: str) -> Any:
        answer = self.answers.get(query.get("query", path))
        if answer is None:
            raise KubeRefused(503, f"{namespace}/{service}{path}", "no endpoints available")
        return {"data": answer}

    def _controlled(self, path: str, found: Object) -> Object:
        if found["kind"] not in ("Deployment", "DaemonSet"):
            return found
        name, replicas = found["metadata"]["name"], found["spec"].get("replicas", 1)
        cause = found["metadata"].get("annotations", {}).get("kubernetes.io/change-cause", "")
        self.releases.setdefault(path, []).append((replicas, cause))
        ready = 0 if name in self.stuck else replicas
        status = dict.fromkeys(("updatedReplicas", "replicas"), replicas) | {"availableReplicas": ready}
        daemons = ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady", "currentNumberScheduled")
        seen = {"observedGeneration": found["metadata"]["generation"]}
        return found | {"status": seen | status | dict.fromkeys(daemons, ready)}
