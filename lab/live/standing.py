"""What stood when the incident began, and must still stand when it is judged.

A shop that is sick because somebody outside took a part of it away says nothing of the agent. Neither the faults nor
the agent's account can reach nodes and the pods of the platform, nor delete a workload, and what they do to the shop
shows in a workload's generation. Who else changes a workload is not told from them.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from fault_injectors.release import KINDS
from lab.cluster import kind
from lab.cluster.names import BACKSTAGE, POD_HASH
from lab.cluster.pod import app_of, is_going, is_over, name_of, restarts_of
from lab.errors import Disturbed
from lab.live.baseline.values import Object

# Here run what the nodes need (a node that was away has restarted it) and what the lab measures with.
PLATFORM = ("kube-system", BACKSTAGE)
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
# Kubernetes itself gives a node up after forty; on a busy machine one that lives is late by twenty.
SILENT_SECONDS = 40.0
# They start anew by themselves where a busy machine lets their leases run out, and no customer feels it.
RESTLESS = ("kube-controller-manager", "kube-scheduler")
HASHES = (POD_HASH, "controller-revision-hash")


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
    nodes: Mapping[str, str] = field(default_factory=dict)
    """Since when each runs. What a node's end does to pods, the API server learns of only later."""
    platform: Mapping[str, Kept] = field(default_factory=dict)
    shop: Mapping[str, Part] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """Nodes that have not been heard of for too long."""

    def after_a_change(self, shop: Mapping[str, Part]) -> "Standing":
        """Whose generation is new was changed, by whomever, and is held to what stands now."""
        changed = {name: part for name, part in shop.items() if part.generation != _generation(self.shop, name)}
        return replace(self, shop={**self.shop, **changed})


def look(cluster: Finder) -> Standing:
    now = time.time()
    return Standing(
        kind.running_since(),
        {f"{space}/{name_of(pod)}": _kept(pod) for space in PLATFORM for pod in _steadfast(cluster, space)},
        shop_of(cluster),
        frozenset(name_of(lease) for lease in _items(cluster, LEASES) if now - _renewed(lease) > SILENT_SECONDS),
    )


def shop_of(cluster: Finder) -> dict[str, Part]:
    pods: dict[str, set[Pod]] = {}
    for found in _standing(cluster, cluster.shop):
        pods.setdefault(app_of(found) or "", set()).add(_pod(found))
    return {
        name_of(found): Part(found["metadata"]["generation"], frozenset(pods.get(name_of(found), ())))
        for found in _workloads(cluster)
    }


def require(before: Standing, now: Standing) -> Standing:
    """What the rest of the episode is held to; a fault of the lab where something fell."""
    if names := ", ".join(fallen(before, now)):
        raise Disturbed(f"This was taken away while the episode ran, and not by it, so it proves nothing: {names}.")
    return before.after_a_change(now.shop)


def fallen(before: Standing, now: Standing) -> Iterator[str]:
    """What nobody in the episode replaced, restarted or stopped."""
    yield from (name for name, since in before.nodes.items() if name in now.silent or now.nodes.get(name) != since)
    yield from (name for name, kept in before.platform.items() if now.platform.get(name) != kept)
    for service, part in before.shop.items():
        if service not in now.shop or _replaced(part, now.shop[service]):
            yield service


def _replaced(before: Part, now: Part) -> bool:
    """A rollout that goes on takes pods away and makes none in their place; a controller replaces what was deleted."""
    if before.generation != now.generation:
        return False
    have, had = (Counter(pod.template for pod in part.pods) for part in (now, before))
    return any(have[pod.template] >= had[pod.template] for pod in before.pods - now.pods)


def _generation(shop: Mapping[str, Part], service: str) -> int | None:
    part = shop.get(service)
    return part.generation if part else None


def _standing(cluster: Finder, namespace: str) -> list[Object]:
    pods = _items(cluster, f"/api/v1/namespaces/{namespace}/pods")
    return [pod for pod in pods if not is_going(pod) and not is_over(pod)]


def _steadfast(cluster: Finder, namespace: str) -> list[Object]:
    return [pod for pod in _standing(cluster, namespace) if not name_of(pod).startswith(RESTLESS)]


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
