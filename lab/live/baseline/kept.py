"""What `lab up` made and no manifest says: the first passwords and the images delivered, kept behind the shop.

An episode may rotate credentials as it likes; these are what healing goes back to.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Protocol

from lab.cluster import images
from lab.cluster.kube import path_of
from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.shop import credentials, delivery
from lab.live.baseline.values import Object

_SECRETS = f"/api/v1/namespaces/{BACKSTAGE}/secrets"
_SHOP_SECRETS = f"/api/v1/namespaces/{SHOP}/secrets"


class Api(Protocol):
    def find(self, path: str) -> Object | None: ...
    def create(self, path: str, body: Object, **query: str) -> Object: ...


def delivered(cluster: Api, references: Callable[[], Mapping[str, str]] = images.references) -> Mapping[str, str]:
    """As `lab up` noted them at its end: sources may have changed since."""
    found = cluster.find(path_of(delivery({})))
    return found["data"] if found else references()


def first_credentials(cluster: Api, fresh: Callable[[], Iterable[Object]] = credentials) -> list[Object]:
    """The shop's secrets as they were first; kept at the first look, made anew where that came too late."""
    if cluster.find(f"/api/v1/namespaces/{BACKSTAGE}") is None:
        cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": BACKSTAGE}})
    return [_first(cluster, one) for one in fresh()]


def _first(cluster: Api, fresh: Object) -> Object:
    name = fresh["metadata"]["name"]
    kept = cluster.find(f"{_SECRETS}/{name}")
    if kept is None:
        kept = cluster.create(_SECRETS, _object("Secret", name) | _still_first(cluster, fresh))
    return _object("Secret", name, SHOP) | {"type": "Opaque", "data": kept["data"]}


def _still_first(cluster: Api, fresh: Object) -> Object:
    found = cluster.find(f"{_SHOP_SECRETS}/{fresh['metadata']['name']}")
    # A rotation leaves a note.
    if found and not found["metadata"].get("annotations"):
        return {"type": "Opaque", "data": deepcopy(found["data"])}
    return {"type": "Opaque", "stringData": fresh["stringData"]}


def _object(kind: str, name: str, namespace: str = BACKSTAGE) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}}
