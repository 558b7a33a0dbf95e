"""What a pod, as the API tells it, says of itself. Pure."""

from typing import Any

Object = dict[str, Any]


def app_of(pod: Object) -> str | None:
    """One that a person made by hand may have no labels."""
    found: str | None = (pod["metadata"].get("labels") or {}).get("app")
    return found


def name_of(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def is_going(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def is_over(pod: Object) -> bool:
    """One that its node put out, for want of room, stays in the list."""
    return pod.get("status", {}).get("phase") in ("Failed", "Succeeded")


def is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def restarts_of(pod: Object) -> int:
    return sum(int(status["restartCount"]) for status in pod["status"].get("containerStatuses", []))
