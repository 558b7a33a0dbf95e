"""Makes what was before unseen: Prometheus' series, and the cluster's events.

While that is not done, a note behind the shop says so: whoever breaks off in between leaves it to the next.
"""

from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.wait import NotYet
from lab.live.baseline.cluster import PROMETHEUS, LabCluster
from lab.live.baseline.values import Object

AT_ONCE = 200
_EVENTS = f"/api/v1/namespaces/{SHOP}/events"
_EVERYTHING = '{__name__=~".+"}'
_NOTES = f"/api/v1/namespaces/{BACKSTAGE}/configmaps"
_NAME = "past-to-forget"


def forget_series(cluster: LabCluster, until: float) -> None:
    cluster.post(f"{PROMETHEUS}/admin/tsdb/delete_series", **{"match[]": _EVERYTHING, "end": f"{until:.3f}"})


def forget_events(cluster: LabCluster) -> None:
    """Some at a time: the thousands of a long episode in one request are not gone before its time is over."""
    while _happened(cluster):
        cluster.delete(f"{_EVENTS}?limit={AT_ONCE}")


def note_unfinished(cluster: LabCluster) -> None:
    if not _is_noted(cluster):
        cluster.create(_NOTES, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": _NAME}})


def note_finished(cluster: LabCluster) -> None:
    cluster.delete(f"{_NOTES}/{_NAME}")


def is_forgotten(cluster: LabCluster) -> bool:
    """Nothing happens to the shop without an event; but Kubernetes drops those after an hour, and the note stays."""
    return not _happened(cluster) and not _is_noted(cluster)


def _happened(cluster: LabCluster) -> bool:
    return bool(cluster.get(f"{_EVENTS}?limit=1")["items"])


def _is_noted(cluster: LabCluster) -> bool:
    return cluster.find(f"{_NOTES}/{_NAME}") is not None


def require_no_alert(cluster: LabCluster) -> None:
    found: list[Object] = cluster.get(f"{PROMETHEUS}/alerts")["data"]["alerts"]
    if firing := sorted({alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}):
        raise NotYet(f"still firing: {', '.join(firing)}")
