from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from lab.errors import Unknown
from lab.live.connection import Kube
from lab.live.deploys import check_recent_deploys
from lab.live.inventory import Inventory
from lab.live.revisions import history, releases, rollback_target
from lab.live.status import check_service_status
from lab.world import Evidence
from tests.unit.live_fakes import (
    ALERTED,
    FakeKube,
    controller_revision,
    daemon_set,
    deployment,
    incident,
    pod,
    replica_set,
)

EARLY, LATE = "1970-01-12T10:00:00Z", "1970-01-12T13:46:30Z"  # hours before the alert, ten seconds before it


def status(kube: FakeKube, service: str = "user-service", **facts: Any) -> Evidence:
    seen = cast(Kube, kube)
    with ThreadPoolExecutor(2) as pool:
        return check_service_status(seen, Inventory(seen), pool, service, incident(**facts))


def deploys(kube: FakeKube, service: str = "user-service", **facts: Any) -> Evidence:
    seen = cast(Kube, kube)
    return check_recent_deploys(seen, Inventory(seen), service, incident(**facts))


def shop() -> FakeKube:
    kube = FakeKube(deployment("user-service", version="v2.15.0", MODE="new"))
    of = kube.workloads["user-service"]
    kube.revisions = [
        replica_set(of, 2, "v2.14.1", EARLY, "v2.14.1: all well", MODE="old"),
        replica_set(of, 3, "v2.15.0", LATE, "v2.15.0: a change", MODE="new"),
    ]
    return kube


def test_releases_are_told_newest_first_with_time_reason_and_what_changed() -> None:
    assert deploys(shop(), releases={"user-service": "v2.14.1"}).text.splitlines() == [
        "Releases of user-service, newest first:",
        "release: v2.15.0 (healthy: v2.14.1) [ABNORMAL]",
        "new_since_incident: 1 (healthy: 0) [ABNORMAL]",
        "- revision 3, v2.15.0, running, made 10 s before the alert: v2.15.0: a change",
        "  MODE: old -> new",
        "- revision 2, v2.14.1, made before the incident: v2.14.1: all well",
    ]


def test_a_pod_of_this_incident_has_an_age_and_one_of_before_has_none() -> None:
    kube = FakeKube(deployment("user-service"))
    kube.pods = [pod("user-service", "user-service-1")]
    kube.pods[0]["metadata"]["creationTimestamp"] = LATE
    assert "az-2, 20 s old" in status(kube).text
    assert "az-2, older than the incident" in status(kube, started=ALERTED - 5).text


def test_a_release_made_in_the_first_second_is_new_too() -> None:
    assert "new_since_incident: 1" in deploys(shop(), started=ALERTED - 10 + 0.9).text
    assert "new_since_incident: 0" in deploys(shop(), started=ALERTED - 10 + 1.1).text


def test_a_restart_shows_as_a_revision_that_changes_nothing() -> None:
    kube = shop()
    of = kube.workloads["user-service"]
    kube.revisions = [replica_set(of, 2, "v2.14.1", EARLY), replica_set(of, 3, "v2.14.1", LATE)]
    assert "  settings as in revision 2" in deploys(kube).text


def test_settings_that_come_and_go_and_secrets_are_told_without_values() -> None:
    kube = shop()
    env = kube.revisions[1]["spec"]["template"]["spec"]["containers"][0]["env"]
    env[1] = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db-shop-app", "key": "password"}}}
    text = deploys(kube).text
    assert "  MODE: old -> (not set)" in text
    assert "  PASSWORD: (not set) -> from db-shop-app password" in text


def test_revisions_of_others_stay_out() -> None:
    kube = shop()
    kube.revisions[0]["metadata"]["ownerReferences"] = [{"uid": "somebody-else"}]
    assert "v2.14.1" not in deploys(kube).text


def test_a_long_history_is_cut_and_said_to_be() -> None:
    kube = shop()
    of = kube.workloads["user-service"]
    kube.revisions = [replica_set(of, n, f"v1.0.{n}", EARLY) for n in range(9)]
    assert "(cut: 3 older revisions left out)" in deploys(kube).text


def test_a_daemon_sets_history_is_read_as_well() -> None:
    kube = FakeKube(daemon_set("network-infra", version="v2.15.0"))
    of = kube.workloads["network-infra"]
    kube.revisions = [
        controller_revision(of, 1, "v2.14.1", EARLY),
        controller_revision(of, 2, "v2.15.0", LATE, "why", A="1"),
    ]
    assert "- revision 2, v2.15.0, running, made 10 s before the alert: why" in deploys(kube, "network-infra").text


def revisions_of(*versions: str) -> list[Any]:
    """Oldest first, as they were rolled out."""
    kube = FakeKube(deployment("user-service"))
    of = kube.workloads["user-service"]
    kube.revisions = [replica_set(of, n, version, EARLY) for n, version in enumerate(versions, 1)]
    inventory = Inventory(cast(Kube, kube))
    return history(cast(Kube, kube), inventory, inventory.workload("user-service"))


@pytest.mark.parametrize(
    ("versions", "running", "asked", "target"),
    [
        (("v1.0.0", "v1.0.1"), "v1.0.1", None, 1),
        (("v1.0.0", "v1.0.1", "v1.0.2"), "v1.0.2", None, 2),
        (("v1.0.0", "v1.0.1", "v1.0.1"), "v1.0.1", None, 1),  # the last one was a restart
        (("v1.0.0", "v1.0.1", "v1.0.2"), "v1.0.2", "v1.0.0", 1),
        (("v1.0.0", "v1.0.1"), "v1.0.1", "v9.9.9", None),
        (("v1.0.0", "v1.0.1"), "v1.0.1", "v1.0.1", None),
        (("v1.0.0",), "v1.0.0", None, None),
    ],
)
def test_which_release_a_rollback_goes_to(
    versions: tuple[str, ...], running: str, asked: str | None, target: int | None
) -> None:
    found = rollback_target(revisions_of(*versions), running, asked)
    assert (found.number if found else None) == target


def test_a_restart_is_no_release() -> None:
    assert [revision.number for revision in releases(revisions_of("v1.0.0", "v1.0.1", "v1.0.1"))] == [3, 1]


def test_a_healthy_service() -> None:
    kube = FakeKube(deployment("user-service"))
    kube.pods = [pod("user-service", "user-service-1")]
    kube.slices = [{"endpoints": [{"conditions": {"ready": True}}]}]
    found = status(kube)
    assert found.text.splitlines() == [
        "Status of user-service (Deployment, release v2.14.1), 10 s after the alert:",
        "replicas_wanted: 1 (healthy: 1)",
        "replicas_ready: 1 (healthy: 1)",
        "endpoints_ready: 1 (healthy: 1)",
        "container_restarts_since_incident: 0 (healthy: 0)",
        "pod user-service-1: Running, ready, az-2, older than the incident",
    ]
    assert found.abnormal == ()


def crashing() -> FakeKube:
    kube = FakeKube(deployment("user-service", ready=0))
    ended = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "1970-01-12T13:46:35Z"}
    container = {
        "name": "user-service",
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting"}},
        "lastState": {"terminated": ended},
    }
    kube.pods = [pod("user-service", "user-service-1", ready=False, containerStatuses=[container])]
    kube.slices = [{"endpoints": [{"conditions": {"ready": False}}]}]
    return kube


def test_a_crash_loop_is_told_with_its_reason() -> None:
    found = status(crashing())
    assert "  user-service waits: CrashLoopBackOff (back-off 40s restarting) [ABNORMAL]" in found.text
    assert (
        "  user-service restarted 4 times; last ended 5 s before the alert: OOMKilled, exit code 137 [ABNORMAL]"
        in found.text
    )
    assert "container_restarts_since_incident: 4 (healthy: 0) [ABNORMAL]" in found.text
    assert {"replicas_ready", "endpoints_ready", "pod", "container_waiting", "container_ended"} <= set(found.abnormal)


def test_an_end_before_the_incident_is_no_restart_of_it() -> None:
    kube = crashing()
    kube.pods[0]["status"]["containerStatuses"][0]["lastState"]["terminated"]["finishedAt"] = EARLY
    assert "container_restarts_since_incident: 0 (healthy: 0)" in status(kube).text


def test_a_service_scaled_to_nothing() -> None:
    found = status(FakeKube(deployment("user-service", 0)), replicas={"user-service": 1})
    assert "replicas_wanted: 0 (healthy: 1) [ABNORMAL]" in found.text
    assert "pod: there is none [ABNORMAL]" in found.text


def test_many_pods_are_cut() -> None:
    kube = FakeKube(deployment("user-service", 20))
    kube.pods = [pod("user-service", f"user-service-{n}") for n in range(20)]
    assert "(cut: 8 more pods left out)" in status(kube).text


def test_a_pod_that_finds_no_node_says_why() -> None:
    kube = FakeKube(deployment("user-service"))
    condition = {"type": "PodScheduled", "status": "False", "message": "0/4 nodes are available"}
    kube.pods = [pod("user-service", "user-service-1", conditions=[condition], phase="Pending")]
    del kube.pods[0]["spec"]["nodeName"]
    text = status(kube).text
    assert "not scheduled: 0/4 nodes are available [ABNORMAL]" in text
    assert "user-service-1: Pending, not ready, not scheduled" in text


def test_an_ending_pod_is_not_abnormal() -> None:
    kube = FakeKube(deployment("user-service"))
    kube.pods = [pod("user-service", "user-service-1", ready=False)]
    kube.pods[0]["metadata"]["deletionTimestamp"] = LATE
    assert "pod user-service-1: ending, not ready, az-2, older than the incident\n" in status(kube).text + "\n"


@pytest.mark.parametrize("look", [status, deploys])
def test_a_name_that_is_no_service_goes_no_further(look: Any) -> None:
    with pytest.raises(Unknown, match="accepted: user-service"):
        look(FakeKube(deployment("user-service")), "../secrets/db-auth")
