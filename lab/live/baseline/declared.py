"""What the manifests declare, with the defaults that this cluster's API server fills in.

The server is asked by a dry run under another name, so that objects can be compared whole, and none is changed.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lab.live.baseline.kinds import KINDS, path_of

Object = dict[str, Any]
DryRun = Callable[[str, Object], Object]
Earlier = Callable[[Object], Object | None]

_ASIDE = "-as-declared"
# There always, even where a namespace of the shop's has just been deleted.
_ASIDE_NAMESPACE = "default"
_OF_THE_SERVER = ("uid", "creationTimestamp", "managedFields", "resourceVersion", "generation")


@dataclass(frozen=True, slots=True)
class Declared:
    objects: Mapping[str, Object]  # by path, with the server's defaults
    earlier: Mapping[str, Object]  # the same workloads as the release before had them


def declare(objects: Iterable[Object], earlier: Earlier, dry_run: DryRun) -> Declared:
    """Objects carry their namespace where they have one."""
    wanted = {path_of(found): found for found in objects}
    before = {path: old for path, found in wanted.items() if (old := earlier(found)) is not None}
    return Declared(
        {path: with_defaults(found, dry_run) for path, found in wanted.items()},
        {path: with_defaults(found, dry_run) for path, found in before.items()},
    )


def with_defaults(wanted: Object, dry_run: DryRun) -> Object:
    aside, metadata = deepcopy(wanted), wanted["metadata"]
    aside["metadata"]["name"] += _ASIDE
    if "namespace" in metadata:
        aside["metadata"]["namespace"] = _ASIDE_NAMESPACE
    filled = dry_run(KINDS[wanted["kind"]].collection(_ASIDE_NAMESPACE), aside)
    for name in _OF_THE_SERVER:
        filled["metadata"].pop(name, None)
    filled["metadata"] |= {name: metadata[name] for name in ("name", "namespace") if name in metadata}
    filled.pop("status", None)
    return filled | ({"spec": _without_addresses(filled["spec"])} if filled["kind"] == "Service" else {})


def _without_addresses(spec: Object) -> Object:
    """What a dry run assigns is nobody's; that there is to be no address is a wish."""
    headless = spec.get("clusterIP") == "None"
    return spec if headless else {key: value for key, value in spec.items() if key not in ("clusterIP", "clusterIPs")}
