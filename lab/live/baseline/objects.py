"""Declared objects against those that are there. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from lab.live.baseline.kinds import WORKLOADS, compared
from lab.live.baseline.values import Difference, Object, Send, Stage

# Held in place by the server once assigned.
_KEPT_IN_SPEC = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")


def object_differences(declared: Mapping[str, Object], found: Mapping[str, Object]) -> Iterator[Difference]:
    for path, wanted in declared.items():
        have = found.get(path)
        if have is None:
            yield _difference(wanted, "is missing", Send("POST", path.rpartition("/")[0], wanted))
        elif changes := changed_fields(compared(wanted), compared(have)):
            yield _difference(wanted, f"differs in {', '.join(changes)}", Send("PUT", path, _in_place(wanted, have)))
    for path, stranger in found.items():
        if path not in declared:
            yield _difference(stranger, "is not declared", Send("DELETE", path, {"propagationPolicy": "Background"}))


def _difference(of: Object, says: str, act: Send) -> Difference:
    stage = Stage.WORKLOADS if of["kind"] in WORKLOADS else Stage.DECLARATIONS
    return Difference(of["kind"], of["metadata"]["name"], says, stage, (act,))


def _in_place(wanted: Object, have: Object) -> Object:
    """The declared object as a replacement of the one that is there."""
    if wanted["kind"] != "Service":
        return wanted
    assigned = {key: have["spec"][key] for key in _KEPT_IN_SPEC if key in have["spec"]}
    return wanted | {"spec": wanted["spec"] | assigned}


def changed_fields(wanted: Any, have: Any, at: str = "") -> list[str]:
    """Paths of the fields that differ, the first few; lists are compared as wholes."""
    if wanted == have:
        return []
    if not isinstance(wanted, dict) or not isinstance(have, dict):
        return [at or "everything"]
    names = sorted(wanted.keys() | have.keys())
    parts = [changed_fields(wanted.get(name), have.get(name), f"{at}.{name}".lstrip(".")) for name in names]
    return [field for part in parts for field in part][:4]
