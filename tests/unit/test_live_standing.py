"""What an outsider takes away is told from what the incident and the agent do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.errors import Disturbed
from lab.live import standing
from lab.live.baseline.values import Object
from lab.live.standing import Standing


class Cluster:
    """The lists that a look reads, laid out by hand."""

    shop = "shop"

    def __init__(self) -> None:
        self.pods: dict[str, list[Object]] = {
            "kube-system": [pod("kube-proxy-1"), pod("etcd")],
            "backstage": [pod("prometheus-1")],
            "shop": [pod("db-1", app="db"), pod("web-1", app="web"), pod("web-2", app="web")],
        }
        self.generations = {"db": 1, "web": 1}
        self.daemons = {"routes": 1}
        self.leases = {"node-1": 3.0, "node-2": 9.0}
        self.nodes = {"node-1": "09:00", "node-2": "09:01"}

    def find(self, path: str) -> Object | None:
        *_, namespace, plural = path.split("/")
        if plural == "pods":
            return {"items": self.pods[namespace]}
        if plural == "leases":
            return {"items": [lease(name, age) for name, age in self.leases.items()]}
        generations = {"deployments": self.generations, "daemonsets": self.daemons}.get(plural)
        if generations is None:
            return None
        return {"items": [{"metadata": {"name": name, "generation": made}} for name, made in generations.items()]}

    def replace(self, namespace: str, name: str, *instead: Object) -> None:
        self.pods[namespace] = [found for found in self.pods[namespace] if found["metadata"]["name"] != name]
        self.pods[namespace] += instead


def pod(name: str, *, app: str = "", template: str = "a", restarts: int = 0, phase: str = "Running") -> Object:
    labels = {"app": app, "pod-template-hash": template}
    status = {"phase": phase, "containerStatuses": [{"restartCount": restarts}]}
    return {"metadata": {"name": name, "uid": f"uid of {name}", "labels": labels}, "status": status}


def going(found: Object) -> Object:
    return {**found, "metadata": found["metadata"] | {"deletionTimestamp": "2026-11-27T00:00:00Z"}}


def speaker(name: str, template: str = "a") -> Object:
    found = pod(name, app="routes")
    found["metadata"]["labels"] = {"app": "routes", "controller-revision-hash": template}
    return found


def lease(name: str, age: float) -> Object:
    renewed = datetime.now(UTC) - timedelta(seconds=age)
    return {"metadata": {"name": name}, "spec": {"renewTime": renewed.isoformat().replace("+00:00", "Z")}}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster()
    monkeypatch.setattr(standing.kind, "running_since", lambda: dict(made.nodes))
    return made


@pytest.fixture
def before(cluster: Cluster) -> Standing:
    return standing.look(cluster)


def fell(before: Standing, cluster: Cluster) -> list[str]:
    return list(standing.fallen(before, standing.look(cluster)))


def test_what_stands_has_not_fallen(cluster: Cluster, before: Standing) -> None:
    assert fell(before, cluster) == []


def test_a_part_of_the_platform_that_was_replaced_or_restarted_fell(cluster: Cluster, before: Standing) -> None:
    cluster.replace("backstage", "prometheus-1", pod("prometheus-2"))
    cluster.replace("kube-system", "kube-proxy-1", pod("kube-proxy-1", restarts=1))
    assert fell(before, cluster) == ["kube-system/kube-proxy-1", "backstage/prometheus-1"]


@pytest.mark.parametrize("put_out", [going, lambda found: found | {"status": {"phase": "Failed"}}])
def test_a_part_of_the_platform_that_goes_fell_before_another_is_in_its_place(
    cluster: Cluster, before: Standing, put_out: Any
) -> None:
    cluster.replace("backstage", "prometheus-1", put_out(pod("prometheus-1")))
    assert fell(before, cluster) == ["backstage/prometheus-1"]


def test_a_pod_of_the_shop_in_whose_place_there_is_another_fell(cluster: Cluster, before: Standing) -> None:
    cluster.replace("shop", "web-1", going(pod("web-1", app="web")), pod("web-3", app="web"))
    assert fell(before, cluster) == ["web"]


def test_a_container_that_the_kernel_kills_is_the_incidents_own(cluster: Cluster, before: Standing) -> None:
    cluster.replace("shop", "db-1", pod("db-1", app="db", restarts=3))
    assert fell(before, cluster) == []


def test_a_rollout_that_still_goes_on_takes_pods_away_and_none_fell(cluster: Cluster) -> None:
    cluster.replace("shop", "db-1", pod("db-1", app="db"), pod("db-2", app="db", template="b"))
    before = standing.look(cluster)
    cluster.replace("shop", "db-1")
    cluster.replace("shop", "web-1", going(pod("web-1", app="web")))
    assert fell(before, cluster) == []


def test_what_was_changed_on_purpose_is_held_to_what_stands_after_it(cluster: Cluster, before: Standing) -> None:
    cluster.generations["db"] = 2
    cluster.replace("shop", "db-1", pod("db-2", app="db", template="b"))
    assert fell(before, cluster) == []
    after = before.after_a_change(standing.shop_of(cluster))
    cluster.replace("shop", "db-2", pod("db-3", app="db", template="b"))
    assert fell(before, cluster) == []
    assert fell(after, cluster) == ["db"]


def test_what_fell_before_a_change_elsewhere_is_not_forgotten(cluster: Cluster, before: Standing) -> None:
    cluster.replace("shop", "db-1", pod("db-2", app="db"))
    cluster.generations["web"] = 2
    assert fell(before.after_a_change(standing.shop_of(cluster)), cluster) == ["db"]


def test_a_node_that_keeps_silent_fell(cluster: Cluster, before: Standing) -> None:
    cluster.leases["node-2"] = 25.0
    assert fell(before, cluster) == []
    cluster.leases["node-2"] = 45.0
    assert fell(before, cluster) == ["node-2"]


def test_a_node_that_was_away_fell_whether_or_not_it_is_back(cluster: Cluster, before: Standing) -> None:
    del cluster.nodes["node-1"]
    assert fell(before, cluster) == ["node-1"]
    cluster.nodes["node-1"] = "09:30"
    assert fell(before, cluster) == ["node-1"]


def test_what_starts_anew_by_itself_on_a_busy_machine_has_not_fallen(cluster: Cluster) -> None:
    cluster.pods["kube-system"].append(pod("kube-scheduler-1"))
    before = standing.look(cluster)
    cluster.replace("kube-system", "kube-scheduler-1", pod("kube-scheduler-1", restarts=1))
    assert fell(before, cluster) == []


def test_a_service_that_is_gone_fell_as_none_of_the_episodes_hands_can_delete_one(
    cluster: Cluster, before: Standing
) -> None:
    del cluster.generations["db"]
    cluster.replace("shop", "db-1")
    assert fell(before, cluster) == ["db"]
    assert fell(before.after_a_change(standing.shop_of(cluster)), cluster) == ["db"]


def test_what_each_node_runs_is_told_by_its_own_revision(cluster: Cluster) -> None:
    cluster.pods["shop"] += [speaker("routes-1"), speaker("routes-2")]
    before = standing.look(cluster)
    cluster.replace("shop", "routes-1", speaker("routes-3", template="b"))
    assert fell(before, cluster) == []
    cluster.replace("shop", "routes-3", speaker("routes-4"))
    assert fell(before, cluster) == ["routes"]


def test_a_pod_without_labels_is_nobodys(cluster: Cluster, before: Standing) -> None:
    stranger = pod("by-hand")
    del stranger["metadata"]["labels"]
    cluster.pods["shop"].append(stranger)
    assert fell(before, cluster) == []


def test_what_fell_is_named_in_one_sentence(cluster: Cluster, before: Standing) -> None:
    cluster.replace("backstage", "prometheus-1", pod("prometheus-2"))
    cluster.replace("shop", "db-1", pod("db-2", app="db"))
    with pytest.raises(Disturbed, match=r"proves nothing: backstage/prometheus-1, db\.$"):
        standing.require(before, standing.look(cluster))
