"""While a heal waits, only what takes time to come is looked at again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from lab.live.baseline.look import Looker
from lab.live.baseline.values import ProcessSeen, Seen
from tests.unit.baseline.kit import DEPLOYMENT, pod_of


class Cluster:
    """Its edge has filled its cache meanwhile."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, path: str) -> dict[str, Any]:
        at_hand = {
            "/api/v1/namespaces/shop/pods": [with_port("edge-1", "cdn-edge"), with_port("auth-1", "auth-service")]
        }
        return {"apiVersion": "v1", "items": at_hand.get(path, [])}

    def text(self, path: str) -> str:
        self.asked.append(path)
        return "cache_entries 100.0\n"


def with_port(name: str, app: str) -> dict[str, Any]:
    pod = pod_of(name, [], app)
    pod["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 8000}]
    return pod


def test_the_edge_is_asked_again_how_full_its_cache_is(healthy: Seen) -> None:
    latched = ProcessSeen(frozenset({"breaker_latched"}))
    before = replace(healthy, processes={"edge-1": ProcessSeen(gauges={"cache_entries": 79.0}), "auth-1": latched})
    cluster = Cluster()
    with ThreadPoolExecutor(2) as several:
        seen = Looker(cluster, several).look_again(before, [DEPLOYMENT])  # type: ignore[arg-type]
    assert seen.processes == {"edge-1": ProcessSeen(gauges={"cache_entries": 100.0}), "auth-1": latched}
    assert cluster.asked == ["/api/v1/namespaces/shop/pods/edge-1:8000/proxy/metrics"]
