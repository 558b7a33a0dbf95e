"""All that a cluster keeps beside the lab's two namespaces, to be the same before and after whatever the lab does."""

import json
from collections.abc import Iterator

from lab.cluster.names import BACKSTAGE, SHOP
from lab.live import rights
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.values import Object

LAB = {SHOP, BACKSTAGE}
# The lab's own rights reach over namespaces; they are declared, and kept as declared.
LABS_OWN = {(one["kind"], one["metadata"]["name"]) for one in rights.declared() if "namespace" not in one["metadata"]}
# Written all the time by the cluster itself.
RESTLESS = {"Event", "Lease"}


def outside(cluster: LabCluster) -> dict[str, str]:
    """By kind, namespace and name: each object without its status and the server's own book-keeping."""
    found = (one for path, kind in _collections(cluster) for one in _named(cluster.get(path)["items"], kind))
    return {_key(one): _content(one) for one in found if not _is_the_labs(one)}


def _named(items: list[Object], kind: str) -> Iterator[Object]:
    return ({"kind": kind} | one for one in items)


def _collections(cluster: LabCluster) -> Iterator[tuple[str, str]]:
    groups = [group["preferredVersion"]["groupVersion"] for group in cluster.get("/apis")["groups"]]
    for base in ("/api/v1", *(f"/apis/{version}" for version in groups)):
        for kind in cluster.get(base)["resources"]:
            if "list" in kind["verbs"] and kind["kind"] not in RESTLESS:
                yield f"{base}/{kind['name']}", kind["kind"]


def _is_the_labs(found: Object) -> bool:
    metadata = found["metadata"]
    if found["kind"] == "Namespace":
        return metadata["name"] in LAB
    # An address is an object of no namespace, and belongs to a service.
    parent = found.get("spec", {}).get("parentRef", {}) if found["kind"] == "IPAddress" else {}
    return metadata.get("namespace", parent.get("namespace")) in LAB or (found["kind"], metadata["name"]) in LABS_OWN


def _key(found: Object) -> str:
    metadata = found["metadata"]
    return f"{found['kind']} {metadata.get('namespace', '')}/{metadata['name']} {metadata.get('uid', '')}"


def _content(found: Object) -> str:
    metadata = {k: v for k, v in found["metadata"].items() if k not in ("resourceVersion", "managedFields")}
    return json.dumps(found | {"metadata": metadata, "status": None}, sort_keys=True)
