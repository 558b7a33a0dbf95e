from typing import Any

from lab.cluster.status import Row, alerts, figures, row, rows
from lab.cluster.steady import SIGNS
from tests.unit.cluster.fake_kube import FakeKube

ZONES = {"n1": "az-1", "n2": "az-2"}


def workload(name: str = "api-gateway", kind: str = "Deployment", **status: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "shop",
            "generation": 1,
            "annotations": {"kubernetes.io/change-cause": "v2.14.1: a reason"},
        },
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}},
        "status": {"observedGeneration": 1, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2} | status,
    }


def pod(node: str, app: str = "api-gateway", ready: bool = True, restarts: int = 0) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": f"{app}-{node}", "namespace": "shop", "labels": {"app": app, "pod-template-hash": "1"}},
        "spec": {"nodeName": node},
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"restartCount": restarts}],
        },
    }


def test_a_row_says_release_pods_zones_and_restarts() -> None:
    seen = row(workload(), [pod("n1"), pod("n2", ready=False, restarts=3)], ZONES)
    assert seen == Row("api-gateway", "shop", "v2.14.1", "1/2", "az-1 az-2", 3, "")


def test_a_row_says_what_the_workload_lacks() -> None:
    assert row(workload(availableReplicas=1), [pod("n1")], ZONES).lacking == "has 1 of 2 ready"


def test_a_pod_without_a_node_is_nowhere_yet() -> None:
    waiting = pod("n1", ready=False)
    waiting["spec"] = {}
    assert row(workload(), [waiting], ZONES).zones == "nowhere yet"


def test_rows_give_each_workload_its_own_pods() -> None:
    kube = FakeKube()
    zone = {"topology.kubernetes.io/zone": "az-1"}
    kube.apply({"kind": "Node", "metadata": {"name": "n1", "labels": zone}})
    kube.apply({"kind": "Node", "metadata": {"name": "n2", "labels": {}}})
    for one in (workload(), workload("auth-service"), pod("n1"), pod("n2", "auth-service")):
        kube.apply(one)
    assert [(one.workload, one.pods, one.zones) for one in rows(kube)] == [
        ("api-gateway", "1/1", "az-1"),
        ("auth-service", "1/1", "control plane"),
    ]


def test_figures_are_measured() -> None:
    kube = FakeKube()
    kube.answers = {sign.query: {"result": [{"value": [0, str(sign.least)]}]} for sign in SIGNS}
    assert [(one.what, one.value, one.good) for one in figures(kube)] == [(s.what, s.least, True) for s in SIGNS]


def test_figures_without_prometheus_have_no_value_and_are_not_good() -> None:
    kube = FakeKube()
    assert {(one.value, one.good) for one in figures(kube)} == {(None, False)}
    assert alerts(kube) == []


def test_a_share_of_nothing_is_no_figure() -> None:
    kube = FakeKube()
    kube.answers = {sign.query: {"result": [{"value": [0, "NaN"]}]} for sign in SIGNS}
    assert {(one.value, one.good) for one in figures(kube)} == {(None, False)}


def test_rows_can_be_printed_as_json() -> None:
    assert row(workload(), [], ZONES).as_dict()["release"] == "v2.14.1"
