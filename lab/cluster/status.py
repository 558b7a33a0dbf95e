"""What `lab status` shows: each workload with its release, pods and zones, and the customers' side as measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from lab.cluster.kube import Kube, KubeRefused, Object
from lab.cluster.manifests import WORKLOADS
from lab.cluster.names import BACKSTAGE, CHANGE_CAUSE, SHOP
from lab.cluster.pod import is_ready, name_of, restarts_of
from lab.cluster.shop import unready
from lab.cluster.steady import SIGNS, Prometheus, below

ZONE = "topology.kubernetes.io/zone"
NO_ZONE = "control plane"


@dataclass(frozen=True, slots=True)
class Row:
    workload: str
    namespace: str
    release: str
    pods: str
    zones: str
    restarts: int
    lacking: str
    """What it still lacks, or nothing."""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    value: float | None
    good: bool

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def rows(kube: Kube) -> list[Row]:
    zones = {name_of(node): node["metadata"]["labels"].get(ZONE, NO_ZONE) for node in kube.items("Node")}
    return [row for namespace in (SHOP, BACKSTAGE) for row in _rows_of(kube, namespace, zones)]


def figures(kube: Kube) -> list[Figure]:
    """The signs of a steady shop; without a value where Prometheus does not answer or has none."""
    prometheus = Prometheus(kube)
    return [_figure(prometheus, sign.what, sign.query, sign.least) for sign in SIGNS]


def alerts(kube: Kube) -> list[str]:
    try:
        return Prometheus(kube).alerts(pending=False)
    except KubeRefused:
        return []


def _figure(prometheus: Prometheus, what: str, query: str, least: float) -> Figure:
    try:
        value = prometheus.value(query)
    except KubeRefused:
        value = None
    return Figure(what, value, not below(value, least))


def _rows_of(kube: Kube, namespace: str, zones: Mapping[str, str]) -> Iterable[Row]:
    pods = kube.items("Pod", namespace)
    for kind in sorted(WORKLOADS, reverse=True):
        for workload in kube.items(kind, namespace):
            yield row({**workload, "kind": kind}, _pods_of(workload, pods), zones)


def row(workload: Object, pods: Sequence[Object], zones: Mapping[str, str]) -> Row:
    ready = sum(is_ready(pod) for pod in pods)
    cause = workload["metadata"].get("annotations", {}).get(CHANGE_CAUSE, "")
    seen = {zones.get(pod["spec"].get("nodeName", ""), "nowhere yet") for pod in pods}
    return Row(
        workload=name_of(workload),
        namespace=workload["metadata"]["namespace"],
        release=cause.partition(":")[0],
        pods=f"{ready}/{len(pods)}",
        zones=" ".join(sorted(seen)),
        restarts=sum(restarts_of(pod) for pod in pods),
        lacking=unready(workload),
    )


def _pods_of(workload: Object, pods: Sequence[Object]) -> list[Object]:
    wanted = workload["spec"]["selector"]["matchLabels"].items()
    return [pod for pod in pods if wanted <= pod["metadata"].get("labels", {}).items()]
