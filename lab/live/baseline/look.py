"""One look at everything the baseline speaks of, side by side. Reads only; what it means is decided elsewhere."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.pod import app_of, is_going, name_of
from lab.errors import LabError
from lab.live.baseline import database, nodes, processes, redis
from lab.live.baseline.caches import EDGE
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.kinds import KINDS, WORKLOADS, Kind, is_given, path_of
from lab.live.baseline.values import DatabaseSeen, Object, ProcessSeen, Seen

T = TypeVar("T")
_PARTS = {
    "pods": ("/api/v1", "Pod"),
    "replicasets": ("/apis/apps/v1", "ReplicaSet"),
    "controllerrevisions": ("/apis/apps/v1", "ControllerRevision"),
}


class Looker:
    """Strangers are looked for in the shop alone; elsewhere only what is declared is read."""

    def __init__(self, cluster: LabCluster, several: ThreadPoolExecutor) -> None:
        self._cluster = cluster
        self._several = several

    def look(self, declared_paths: Iterable[str], at_hand: Callable[[Seen], None] = lambda _: None) -> Seen:
        """`at_hand` is told what the API knows, while programs on nodes and in the database are still being asked."""
        wanted = frozenset(declared_paths)
        on_nodes = {node: self._several.submit(nodes.look, node) for node in nodes.ZONE_NODES}
        pods = self._everywhere("pods")
        kept_database = self._several.submit(_database, pods)
        listed = self._each(_lists(wanted), lambda entry: self._list(*entry))
        seen = Seen(
            objects={path_of(found): found for part in listed for found in part if _watched(found, wanted)},
            replica_sets=self._everywhere("replicasets"),
            revisions=self._everywhere("controllerrevisions"),
            pods=pods,
            processes=self._processes(pods),
            nodes={},
            database=None,
            at=time.time(),
        )
        at_hand(seen)
        found = {node: asked.result() for node, asked in on_nodes.items()}
        return replace(seen, nodes=found, database=kept_database.result())

    def look_again(self, before: Seen, declared_paths: Iterable[str]) -> Seen:
        """Only at workloads, their history and their pods: what takes time to come.

        Of what a process says, only how full the edge's cache is changes while it runs; all else goes with its pod.
        """
        wanted = frozenset(declared_paths)
        listed = self._each(_workload_lists(wanted), lambda entry: self._list(*entry))
        workloads = {path_of(found): found for part in listed for found in part if _watched(found, wanted)}
        rest = {path: found for path, found in before.objects.items() if found["kind"] not in WORKLOADS}
        pods = self._everywhere("pods")
        return replace(
            before,
            objects=rest | workloads,
            replica_sets=self._everywhere("replicasets"),
            revisions=self._everywhere("controllerrevisions"),
            pods=pods,
            processes={**before.processes, **self._processes(pod for pod in pods if app_of(pod) == EDGE)},
            at=time.time(),
        )

    def _list(self, kind: Kind, namespace: str | None) -> list[Object]:
        found = self._cluster.get(kind.collection(namespace))
        about = {"apiVersion": found["apiVersion"], "kind": kind.name}
        return [about | one for one in found["items"]]

    def _everywhere(self, plural: str) -> tuple[Object, ...]:
        base, kind = _PARTS[plural]
        parts = [self._cluster.get(f"{base}/namespaces/{name}/{plural}")["items"] for name in (SHOP, BACKSTAGE)]
        return tuple({"kind": kind} | found for part in parts for found in part)

    def _processes(self, pods: Iterable[Object]) -> dict[str, ProcessSeen | None]:
        asked = list(pods)
        found = self._each(asked, self._process)
        return dict(zip(map(name_of, asked), found, strict=True))

    def _process(self, pod: Object) -> ProcessSeen | None:
        return redis.look(pod) if redis.is_cache(pod) else processes.look(self._cluster, pod)

    def _each(self, things: Iterable[T], act: Callable[[T], object]) -> list:  # type: ignore[type-arg]
        return list(self._several.map(act, list(things)))


def _lists(wanted: frozenset[str]) -> list[tuple[Kind, str | None]]:
    everywhere = [(kind, SHOP) for kind in KINDS.values() if kind.namespaced]
    behind = [(kind, BACKSTAGE) for kind in KINDS.values() if kind.namespaced and _any_of(wanted, kind, BACKSTAGE)]
    whole = [(kind, None) for kind in KINDS.values() if not kind.namespaced and _any_of(wanted, kind, None)]
    return [*everywhere, *behind, *whole]


def _workload_lists(wanted: frozenset[str]) -> list[tuple[Kind, str]]:
    kinds = [kind for name, kind in KINDS.items() if name in WORKLOADS]
    return [(kind, name) for kind in kinds for name in (SHOP, BACKSTAGE) if _any_of(wanted, kind, name)]


def _any_of(wanted: frozenset[str], kind: Kind, namespace: str | None) -> bool:
    return any(path.rpartition("/")[0] == kind.collection(namespace) for path in wanted)


def _watched(found: Object, wanted: frozenset[str]) -> bool:
    if is_given(found):
        return False
    return found["metadata"].get("namespace") == SHOP or path_of(found) in wanted


def _database(pods: Iterable[Object]) -> DatabaseSeen | None:
    pod = next((pod for pod in pods if app_of(pod) == database.SERVICE and _runs(pod)), None)
    if pod is None:
        return None
    try:
        return database.look(name_of(pod))
    except LabError:
        return None


def _runs(pod: Object) -> bool:
    statuses = pod["status"].get("containerStatuses", [])
    return not is_going(pod) and any(s["name"] == database.CONTAINER and "running" in s["state"] for s in statuses)
