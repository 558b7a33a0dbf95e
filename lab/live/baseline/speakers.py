"""The route daemon's pods: each finds on its node what the one before it kept there. Pure.

A speaker that ends goes on writing until its process is gone, so that what healing removed comes back; a new one that
read it would have to be replaced once more.
"""

from collections.abc import Iterable

from lab.live.baseline.pod import app_of, is_going
from lab.live.baseline.values import Object, OnNode

SPEAKER = "network-infra"
KEPT = "/var/lib/network-infra"


def forgetting(pod: Object, pods: Iterable[Object]) -> tuple[OnNode, ...]:
    """For a speaker that starts, once nobody writes any more."""
    node = pod["spec"].get("nodeName")
    if not node or not _is_speaker(pod) or any(map(_still_writes, pods)):
        return ()
    return (OnNode(node, (("find", KEPT, "-type", "f", "-delete"),)),)


def _still_writes(pod: Object) -> bool:
    statuses = pod["status"].get("containerStatuses", [])
    return _is_speaker(pod) and is_going(pod) and any("running" in status.get("state", {}) for status in statuses)


def _is_speaker(pod: Object) -> bool:
    return app_of(pod) == SPEAKER
