"""Stand-ins at the live world's two seams, the API server and Prometheus: they answer from what a test lays out."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

from lab.live.connection import Kube, KubeRefused, ServiceFailed
from lab.live.console import Console
from lab.live.incident import Incident
from lab.live.inventory import Inventory
from lab.live.prometheus import Prometheus, Sample

Object = dict[str, Any]

ALERTED = 1_000_000.0
NODES = {"node-1": "az-1", "node-2": "az-2", "node-3": "az-3"}


class FakeKube:
    """`answers` to `ask`, keyed by service and path; an exception among them is raised."""

    shop, backstage = "shop", "backstage"

    def __init__(self, *workloads: Object) -> None:
        self.workloads = {found["metadata"]["name"]: found for found in workloads}
        self.pods: list[Object] = []
        self.revisions: list[Object] = []
        self.slices: list[Object] = []
        self.flags: dict[str, str] = {}
        self.logs: dict[tuple[str, str, bool], str | Exception] = {}
        self.answers: dict[tuple[str, str], Any] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.patched: list[tuple[str, Any, str]] = []
        self.on_patch: Callable[[], None] = lambda: None

    def get(self, path: str, **query: str) -> Object:
        self.asked.append(("GET", path, query))
        name = path.rpartition("/")[2]
        if name in ("deployments", "daemonsets"):
            kind = {"deployments": "Deployment", "daemonsets": "DaemonSet"}[name]
            return {"items": [found for found in self.workloads.values() if found["kind"] == kind]}
        if name in ("replicasets", "controllerrevisions"):
            return {"items": self.revisions}
        if name == "feature-flags":
            return {"data": self.flags}
        lists = {"pods": self._pods(query), "endpointslices": self.slices, "nodes": _nodes()}
        if name in lists:
            return {"items": lists[name]}
        if name in self.workloads:
            return deepcopy(self.workloads[name])
        raise KubeRefused(404, f"{path} not found")

    def text(self, path: str, **query: str) -> str:
        self.asked.append(("GET", path, query))
        pod = path.split("/")[-2]
        found = self.logs.get((pod, query["container"], query["previous"] == "true"), "")
        if isinstance(found, Exception):
            raise found
        return found

    def patch(self, path: str, body: Any, kind: str = "strategic") -> Object:
        self.patched.append((path, body, kind))
        self.on_patch()
        return {}

    def ask(self, service: str, method: str, path: str, body: Any = None, **_: float) -> Any:
        self.asked.append((method, service, path, body))
        answer = self.answers.get((service, path), ServiceFailed(service, 404, "Not Found"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _pods(self, query: dict[str, str]) -> list[Object]:
        if "labelSelector" not in query:
            return self.pods
        app = query["labelSelector"].removeprefix("app=")
        return [pod for pod in self.pods if pod["metadata"]["labels"]["app"] == app]


class FakePrometheus:
    def __init__(self, answer: Callable[[str], Sequence[Sample]] = lambda _: ()) -> None:
        self.answer, self.questions = answer, list[str]()

    def query(self, promql: str) -> list[Sample]:
        self.questions.append(promql)
        return list(self.answer(promql))

    def number(self, promql: str) -> float | None:
        found = self.query(promql)
        return found[0].value if found else None


def console(kube: FakeKube, prometheus: FakePrometheus | None = None) -> Console:
    seen = cast(Kube, kube)
    watched = cast(Prometheus, prometheus or FakePrometheus())
    return Console(seen, Inventory(seen), watched, ThreadPoolExecutor(2))


def incident(**facts: Any) -> Incident:
    return replace(Incident(ALERTED - 30, ALERTED, clock=lambda: ALERTED + 10), **facts)


def sample(value: float, **labels: str) -> Sample:
    return Sample(labels, value)


def deployment(name: str, replicas: int = 1, ready: int | None = None, version: str = "v2.14.1", **env: str) -> Object:
    status = {"observedGeneration": 1, "updatedReplicas": replicas, "replicas": replicas}
    return _workload("Deployment", name) | {
        "spec": _spec(name, version, env) | {"replicas": replicas},
        "status": status | {"readyReplicas": replicas if ready is None else ready},
    }


def daemon_set(name: str, nodes: int = 3, version: str = "v2.14.1", **env: str) -> Object:
    counts = ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady")
    return _workload("DaemonSet", name) | {
        "spec": _spec(name, version, env),
        "status": {"observedGeneration": 1} | dict.fromkeys(counts, nodes),
    }


def replica_set(of: Object, number: int, version: str, made: str, cause: str = "", **env: str) -> Object:
    annotations = {"deployment.kubernetes.io/revision": str(number), "kubernetes.io/change-cause": cause}
    name = of["metadata"]["name"]
    template = template_of(name, version, env)
    template["metadata"]["labels"]["pod-template-hash"] = f"hash{number}"
    return {
        "metadata": _owned(of, f"{name}-hash{number}", made) | {"annotations": annotations},
        "spec": {"template": template},
    }


def controller_revision(of: Object, number: int, version: str, made: str, cause: str = "", **env: str) -> Object:
    name = of["metadata"]["name"]
    return {
        "metadata": _owned(of, f"{name}-{number}", made) | {"annotations": {"kubernetes.io/change-cause": cause}},
        "revision": number,
        "data": {"spec": {"template": template_of(name, version, env) | {"$patch": "replace"}}},
    }


def pod(app: str, name: str, node: str = "node-2", ready: bool = True, **status: Any) -> Object:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    container = {"name": app, "restartCount": 0, "state": {"running": {}}}
    return {
        "metadata": {"name": name, "labels": {"app": app}, "creationTimestamp": "1970-01-12T13:00:00Z"},
        "spec": {"nodeName": node},
        "status": {"phase": "Running", "conditions": [condition], "containerStatuses": [container]} | status,
    }


def template_of(name: str, version: str, env: dict[str, str]) -> Object:
    settings = [{"name": key, "value": value} for key, value in {"SERVICE_VERSION": version, **env}.items()]
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "env": settings}]}}


def _workload(kind: str, name: str) -> Object:
    return {"kind": kind, "metadata": {"name": name, "uid": f"uid-{name}", "generation": 1}}


def _spec(name: str, version: str, env: dict[str, str]) -> Object:
    return {"selector": {"matchLabels": {"app": name}}, "template": template_of(name, version, env)}


def _owned(of: Object, name: str, made: str) -> Object:
    return {"name": name, "creationTimestamp": made, "ownerReferences": [{"uid": of["metadata"]["uid"]}]}


def _nodes() -> list[Object]:
    label = "topology.kubernetes.io/zone"
    return [{"metadata": {"name": name, "labels": {label: zone}}} for name, zone in NODES.items()]


def one_service(name: str = "user-service", **facts: Any) -> FakeKube:
    kube = FakeKube(deployment(name, **facts))
    kube.pods = [pod(name, f"{name}-1")]
    return kube
