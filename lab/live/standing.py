"""What stood when the incident began, and must still stand when it is judged.

A shop that is sick because somebody outside took a part of it away says nothing of the agent. Neither the faults nor
the agent's account can reach the pods of the platform, and what they do to the shop shows in a workload's generation.
Who else changes or deletes a workload is not told from them.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from fault_injectors.release import KINDS
from lab.cluster.pod import app_of, is_going, name_of, restarts_of
from lab.errors import LabFault
from lab.live.baseline.cluster import BACKSTAGE
from lab.live.baseline.history import HASH
from lab.live.baseline.values import Object

# Here run what the nodes need (a node that was away has restarted it) and what the lab measures with.
PLATFORM = ("kube-system", BACKSTAGE)
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
# Kubernetes itself gives a node up after forty; on a busy machine one that lives is late by twenty.
SILENT_SECONDS = 40.0
# They start anew by themselves where a busy machine lets their leases run out, and no customer feels it.
RESTLESS = ("kube-controller-manager", "kube-scheduler")
HASHES = (HASH, "controller-revision-hash")


class Finder(Protocol):
    @property
    def shop(self) -> str: ...
    def find(self, path: str) -> Object | None: ...


class Kept(NamedTuple):
    uid: str
    restarts: int


class Pod(NamedTuple):
    uid: str
    template: str


@dataclass(frozen=True, slots=True)
class Part:
    """A service's pods, and how often somebody changed what is wanted of it."""

    generation: int
    pods: frozenset[Pod]


@dataclass(frozen=True, slots=True)
class Standing:
    platform: Mapping[str, Kept] = field(default_factory=dict)
    shop: Mapping[str, Part] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """Nodes that have not been heard of for too long."""

    def after_a_change(self, now: "Standing") -> "Standing":
        """Whose generation is new was changed, by whomever, and is held to what stands now."""
        changed = {name: part for name, part in now.shop.items() if part.generation != _generation(self, name)}
        return replace(self, shop={**self.shop, **changed})


def look(cluster: Finder) -> Standing:
    now = time.time()
    pods: dict[str, set[Pod]] = {}
    for found in _listed(cluster, cluster.shop):
        if not is_going(found):
            pods.setdefault(app_of(found) or "", set()).add(_pod(found))
    return Standing(
        {f"{space}/{name_of(pod)}": _kept(pod) for space in PLATFORM for pod in _steadfast(cluster, space)},
        {
            name_of(found): Part(found["metadata"]["generation"], frozenset(pods.get(name_of(found), ())))
            for found in _workloads(cluster)
        },
        frozenset(name_of(lease) for lease in _items(cluster, LEASES) if now - _renewed(lease) > SILENT_SECONDS),
    )


def require(before: Standing, now: Standing) -> Standing:
    """What the rest of the episode is held to; a fault of the lab where something fell."""
    if names := ", ".join(fallen(before, now)):
        raise LabFault(f"This was taken away while the episode ran, and not by it, so it proves nothing: {names}.")
    return before.after_a_change(now)


def fallen(before: Standing, now: Standing) -> Iterator[str]:
    """What nobody in the episode replaced, restarted or stopped."""
    yield from sorted(now.silent)
    yield from (name for name, kept in before.platform.items() if now.platform.get(name) != kept)
    for service, part in before.shop.items():
        if part.generation == _generation(now, service) and _replaced(part, now.shop[service]):
            yield service


def _replaced(before: Part, now: Part) -> bool:
    """A rollout that goes on takes pods away and makes none in their place; a controller replaces what was deleted."""
    have, had = (Counter(pod.template for pod in part.pods) for part in (now, before))
    return any(have[pod.template] >= had[pod.template] for pod in before.pods - now.pods)


def _generation(standing: Standing, service: str) -> int | None:
    part = standing.shop.get(service)
    return part.generation if part else None


def _listed(cluster: Finder, namespace: str) -> list[Object]:
    return _items(cluster, f"/api/v1/namespaces/{namespace}/pods")


def _steadfast(cluster: Finder, namespace: str) -> list[Object]:
    return [pod for pod in _listed(cluster, namespace) if not name_of(pod).startswith(RESTLESS)]


def _workloads(cluster: Finder) -> Iterator[Object]:
    for plural in KINDS:
        yield from _items(cluster, f"/apis/apps/v1/namespaces/{cluster.shop}/{plural}")


def _items(cluster: Finder, path: str) -> list[Object]:
    found = cluster.find(path)
    return list(found["items"]) if found else []


def _renewed(lease: Object) -> float:
    return datetime.fromisoformat(lease["spec"]["renewTime"]).timestamp()


def _pod(found: Object) -> Pod:
    labels = found["metadata"].get("labels") or {}
    return Pod(found["metadata"]["uid"], next((labels[name] for name in HASHES if name in labels), ""))


def _kept(pod: Object) -> Kept:
    return Kept(pod["metadata"]["uid"], restarts_of(pod))
