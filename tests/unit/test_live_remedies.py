from typing import Any

import pytest

from lab.actions import Remedy
from lab.cluster.paths import REPOSITORY
from lab.errors import Unknown
from lab.live import remedies, rollout
from lab.live.connection import ServiceFailed
from lab.world import Outcome
from tests.unit.live_fakes import (
    FakeKube,
    console,
    controller_revision,
    daemon_set,
    deployment,
    one_service,
    pod,
    replica_set,
    template_of,
)

EARLY = "1970-01-12T10:00:00Z"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout.settle, "__defaults__", (0.0,))


def do(kube: FakeKube, *remedy: Any) -> Outcome:
    return remedies.do(console(kube), Remedy(*remedy))


def test_a_restart_replaces_the_pods_through_the_template() -> None:
    kube = one_service()
    outcome = do(kube, "restart_service", "user-service")
    ((path, body, _),) = kube.patched
    assert path == "/apis/apps/v1/namespaces/shop/deployments/user-service"
    assert "kubectl.kubernetes.io/restartedAt" in body["spec"]["template"]["metadata"]["annotations"]
    assert outcome == Outcome("user-service was restarted; 1 of 1 pods are ready.", True)


def test_two_restarts_are_two_changes() -> None:
    kube = one_service()
    do(kube, "restart_service", "user-service")
    do(kube, "restart_service", "user-service")
    assert kube.patched[0] != kube.patched[1]


@pytest.mark.parametrize(
    ("ready", "pods", "says"),
    [(0, 1, "0 of 1 pods of user-service are ready"), (1, 2, "2 pods of user-service are there, 1 are wanted")],
)
def test_what_has_not_settled_is_said(ready: int, pods: int, says: str) -> None:
    kube = FakeKube(deployment("user-service", ready=ready))
    kube.pods = [pod("user-service", f"user-service-{n}") for n in range(pods)]
    outcome = do(kube, "restart_service", "user-service")
    assert not outcome.settled
    assert outcome.changed
    assert says in outcome.text


def test_a_controller_that_has_not_looked_yet_is_waited_for() -> None:
    kube = one_service()
    kube.workloads["user-service"]["metadata"]["generation"] = 2
    assert "has not been looked at" in do(kube, "restart_service", "user-service").text


def released(*versions: str) -> FakeKube:
    kube = one_service(version=versions[-1])
    of = kube.workloads["user-service"]
    kube.revisions = [
        replica_set(of, n, version, EARLY, f"{version}: why", MODE=version) for n, version in enumerate(versions, 1)
    ]
    return kube


def test_a_rollback_puts_the_earlier_template_back_as_a_whole() -> None:
    kube = released("v1.0.0", "v1.0.1")
    outcome = do(kube, "rollback_deploy", "user-service")
    ((path, body, kind),) = kube.patched
    assert path.endswith("/deployments/user-service")
    assert kind == "application/json-patch+json"
    assert body == [
        {"op": "replace", "path": "/spec/template", "value": template_of("user-service", "v1.0.0", {"MODE": "v1.0.0"})},
        {"op": "add", "path": "/metadata/annotations/kubernetes.io~1change-cause", "value": "v1.0.0: why"},
    ]
    assert outcome.text.startswith("user-service was rolled back from v1.0.1 to v1.0.0")


def test_a_rollback_to_a_release_of_the_history() -> None:
    kube = released("v1.0.0", "v1.0.1", "v1.0.2")
    assert "from v1.0.2 to v1.0.0" in do(kube, "rollback_deploy", "user-service", None, "v1.0.0").text


def test_a_rollback_to_what_never_was_is_refused_and_nothing_is_done() -> None:
    kube = released("v1.0.0", "v1.0.1")
    with pytest.raises(Unknown, match=r"accepted: previous, v1\.0\.1, v1\.0\.0"):
        do(kube, "rollback_deploy", "user-service", None, "v7")
    assert not kube.patched


@pytest.mark.parametrize(
    ("versions", "asked", "says"),
    [
        (("v1.0.0",), None, "its history holds no other release"),
        (("v1.0.0", "v1.0.1"), "v1.0.1", "it runs v1.0.1 already"),
    ],
)
def test_a_rollback_that_changes_nothing_says_why(versions: tuple[str, ...], asked: str | None, says: str) -> None:
    kube = released(*versions)
    outcome = do(kube, "rollback_deploy", "user-service", None, asked)
    assert not outcome.changed
    assert says in outcome.text
    assert not kube.patched


def test_a_daemon_set_is_rolled_back_by_replacing_its_template() -> None:
    kube = FakeKube(daemon_set("network-infra", version="v2.0.0"))
    kube.pods = [pod("network-infra", f"network-infra-{n}") for n in range(3)]
    of = kube.workloads["network-infra"]
    kube.revisions = [controller_revision(of, 1, "v1.0.0", EARLY, "why"), controller_revision(of, 2, "v2.0.0", EARLY)]
    outcome = do(kube, "rollback_deploy", "network-infra")
    ((path, body, _),) = kube.patched
    assert path.endswith("/daemonsets/network-infra")
    assert body["spec"]["template"] == template_of("network-infra", "v1.0.0", {}) | {"$patch": "replace"}
    assert body["metadata"]["annotations"]["kubernetes.io/change-cause"] == "why"
    assert outcome.settled


def test_scaling_goes_through_the_scale_subresource() -> None:
    kube = one_service()
    kube.on_patch = lambda: kube.workloads["user-service"]["spec"].update(replicas=0)
    kube.workloads["user-service"]["status"].update(updatedReplicas=0, readyReplicas=0)
    kube.pods = []
    outcome = do(kube, "scale_service", "user-service", 0)
    path = "/apis/apps/v1/namespaces/shop/deployments/user-service/scale"
    assert kube.patched == [(path, {"spec": {"replicas": 0}}, "application/merge-patch+json")]
    assert outcome == Outcome("user-service was scaled from 1 to 0 replicas; 0 of 0 pods are ready.", True)


def test_scaling_to_what_is_there_changes_nothing() -> None:
    assert not do(one_service(), "scale_service", "user-service", 1).changed


def test_a_daemon_set_has_no_scale() -> None:
    kube = FakeKube(daemon_set("network-infra"))
    assert do(kube, "scale_service", "network-infra", 2) == Outcome(
        "network-infra runs once on each zone's node (a DaemonSet) and has no replicas to set.", False
    )
    assert not kube.patched


def test_a_cache_is_cleared_by_the_service_that_owns_it() -> None:
    kube = one_service("cdn-edge")
    kube.answers["cdn-edge", "/ops/clear-cache"] = {"removed": 80}
    assert do(kube, "clear_cache", "cdn-edge") == Outcome(
        "The cache of cdn-edge was cleared: 80 entries removed.", True
    )
    assert ("POST", "cdn-edge", "/ops/clear-cache", None) in kube.asked


def test_an_empty_cache_stays_as_it_is() -> None:
    kube = one_service("cdn-edge")
    kube.answers["cdn-edge", "/ops/clear-cache"] = {"removed": 0}
    assert not do(kube, "clear_cache", "cdn-edge").changed


def test_a_store_that_is_all_cache_is_emptied_by_a_restart() -> None:
    kube = one_service("redis-session")
    outcome = do(kube, "clear_cache", "redis-session")
    assert kube.patched
    assert outcome.text.startswith("redis-session keeps its entries in memory only and was emptied by a restart")


def test_all_that_offer_to_drop_their_entries_are_asked_to() -> None:
    apps = (REPOSITORY / "microservices").glob("*/app.py")
    offer = {path.parent.name.replace("_", "-") for path in apps if "clear_cache" in path.read_text()}
    assert offer == remedies.CACHE_OWNERS


def test_a_service_without_a_cache_says_so() -> None:
    kube = one_service()
    assert do(kube, "clear_cache", "user-service") == Outcome(
        "user-service keeps no cache that could be cleared.", False
    )


def test_an_owner_that_does_not_answer_has_cleared_nothing() -> None:
    kube = one_service("cdn-edge")
    kube.answers["cdn-edge", "/ops/clear-cache"] = ServiceFailed("cdn-edge", 503, "no endpoints available")
    outcome = do(kube, "clear_cache", "cdn-edge")
    assert (outcome.changed, outcome.settled) == (False, False)
    assert "cdn-edge answered 503: no endpoints available" in outcome.text


def flagged(was: bool) -> FakeKube:
    kube = one_service("config-service")
    kube.flags = {"new_search": "true" if was else "false"}
    kube.answers["config-service", "/flags/new_search"] = {"name": "new_search", "enabled": False, "was": was}
    return kube


@pytest.mark.parametrize("was", [True, False])
def test_a_flag_is_turned_off_by_its_keeper(was: bool) -> None:
    kube = flagged(was)
    outcome = do(kube, "disable_feature_flag", "new_search")
    assert ("PUT", "config-service", "/flags/new_search", {"enabled": False}) in kube.asked
    assert outcome.changed is was


@pytest.mark.parametrize("flag", ["no_such_flag", "../credentials", "new_search?x=1", ""])
def test_a_flag_that_is_not_there_goes_no_further(flag: str) -> None:
    kube = flagged(True)
    with pytest.raises(Unknown, match="accepted: new_search"):
        do(kube, "disable_feature_flag", flag)
    assert not [asked for asked in kube.asked if asked[0] == "PUT"]


def test_a_keeper_that_is_down_changed_nothing() -> None:
    kube = flagged(True)
    kube.answers["config-service", "/flags/new_search"] = ServiceFailed("config-service", 503, "down")
    outcome = do(kube, "disable_feature_flag", "new_search")
    assert (outcome.changed, outcome.settled) == (False, False)


@pytest.mark.parametrize("kind", ["restart_service", "rollback_deploy", "scale_service", "clear_cache"])
def test_a_name_that_is_no_service_goes_no_further(kind: str) -> None:
    kube = one_service()
    with pytest.raises(Unknown):
        do(kube, kind, "user-service/scale", 3)
    assert not kube.patched
