"""What the manifests declare, as values: each object with its namespace and the images of this state of the sources.

Nothing is asked of a cluster here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import yaml

from lab.cluster.kube import KINDS, Object
from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.paths import REPOSITORY

MANIFESTS = REPOSITORY / "manifests"
FOLDERS = {SHOP: MANIFESTS / "shop", BACKSTAGE: MANIFESTS / "observability"}
HISTORY = MANIFESTS / "history"
WORKLOADS = frozenset({"Deployment", "DaemonSet"})
CONFIGURATION = "configuration"


def objects(namespace: str, references: Mapping[str, str]) -> list[Object]:
    """The healthy state of one namespace, in the files' order."""
    found = [_placed(one, namespace) for path in sorted(FOLDERS[namespace].glob("*.yaml")) for one in _documents(path)]
    for workload in filter(is_workload, found):
        _name_images(workload, references)
        _mark_configuration(workload, found)
    return found


def earlier(workload: Object) -> Object | None:
    """The same workload as the release before had it, or None where no such release is written down."""
    path = HISTORY / f"{workload['metadata']['name']}.yaml"
    if not path.is_file():
        return None
    (patch,) = _documents(path)
    before: Object = merged(workload, patch)
    return before


def is_workload(found: Object) -> bool:
    return found["kind"] in WORKLOADS


def merged(value: Any, patch: Any) -> Any:
    """As the API server merges: mappings by key, lists of named things by name, everything else replaced."""
    if isinstance(value, dict) and isinstance(patch, dict):
        return value | {key: merged(value.get(key), wanted) for key, wanted in patch.items()}
    if _all_named(value) and _all_named(patch):
        by_name = {one["name"]: one for one in value}
        return list((by_name | {one["name"]: merged(by_name.get(one["name"]), one) for one in patch}).values())
    return deepcopy(patch)


def _all_named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and "name" in one for one in value)


def _documents(path: Any) -> Sequence[Object]:
    return deepcopy(_parsed(path))


@cache
def _parsed(path: Any) -> list[Object]:
    return [one for one in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader) if one]


def _mark_configuration(workload: Object, found: Sequence[Object]) -> None:
    """A program reads its files when it starts: other files make other pods."""
    template = workload["spec"]["template"]
    mounted = {volume["configMap"]["name"] for volume in template["spec"].get("volumes", []) if "configMap" in volume}
    data = [one["data"] for one in found if one["kind"] == "ConfigMap" and one["metadata"]["name"] in mounted]
    if data:
        digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]
        template["metadata"].setdefault("annotations", {})[CONFIGURATION] = digest


def _placed(found: Object, namespace: str) -> Object:
    if KINDS[found["kind"]].namespaced:
        found["metadata"]["namespace"] = namespace
    return found


def _name_images(workload: Object, references: Mapping[str, str]) -> None:
    pod = workload["spec"]["template"]["spec"]
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        name = container["image"].removeprefix("shop/").partition(":")[0]
        container["image"] = references[name]
