"""Makes what was before unseen: Prometheus' series, and the cluster's events."""

from lab.cluster.wait import NotYet
from lab.live.baseline.cluster import PROMETHEUS, SHOP, LabCluster
from lab.live.baseline.values import Object

_EVERYTHING = '{__name__=~".+"}'


def forget_series(cluster: LabCluster, until: float) -> None:
    cluster.post(f"{PROMETHEUS}/admin/tsdb/delete_series", **{"match[]": _EVERYTHING, "end": f"{until:.3f}"})


def forget_events(cluster: LabCluster) -> None:
    cluster.delete(f"/api/v1/namespaces/{SHOP}/events")


def is_forgotten(cluster: LabCluster) -> bool:
    """Events are forgotten last, and nothing happens to the shop without one."""
    return not cluster.get(f"/api/v1/namespaces/{SHOP}/events?limit=1")["items"]


def require_no_alert(cluster: LabCluster) -> None:
    found: list[Object] = cluster.get(f"{PROMETHEUS}/alerts")["data"]["alerts"]
    if firing := sorted({alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}):
        raise NotYet(f"still firing: {', '.join(firing)}")
