"""The route daemon's pods: each finds on its node what the one before it kept there. Pure.

A speaker that ends goes on until its process is gone: it writes anew what healing removed, and tells its peers on other
nodes what makes them write. A new one that read it would have to be replaced once more.
"""

from collections.abc import Iterable

from lab.cluster.pod import app_of, is_going
from lab.live.baseline.values import Object, OnNode

SPEAKER = "network-infra"
KEPT = "/var/lib/network-infra"


def forgetting(pod: Object, pods: Iterable[Object]) -> tuple[OnNode, ...]:
    """For a speaker that starts, once nobody who ends speaks any more."""
    node = pod["spec"].get("nodeName")
    if not node or not _is_speaker(pod) or any(map(_still_speaks, pods)):
        return ()
    return (OnNode(node, (("find", KEPT, "-type", "f", "-delete"),)),)


def _still_speaks(pod: Object) -> bool:
    statuses = pod["status"].get("containerStatuses", [])
    return _is_speaker(pod) and is_going(pod) and any("running" in status.get("state", {}) for status in statuses)


def _is_speaker(pod: Object) -> bool:
    return app_of(pod) == SPEAKER
