"""Pods with a past, or on the wrong release, or late; no cluster."""

from copy import deepcopy
from dataclasses import replace

import pytest

from lab.live.baseline.baseline import compare
from lab.live.baseline.declared import Declared
from lab.live.baseline.pods import pod_differences
from lab.live.baseline.values import (
    Object,
    OnNode,
    ProcessSeen,
    Seen,
)
from tests.unit.baseline.kit import MADE, owner_of, pod_of, sent, template_of, texts_of


def _with_database(seen: Seen, *, ready: bool) -> Seen:
    """With a pod that is no stranger to the test alone: what is said of it itself does not matter."""
    status: Object = {} if ready else {"phase": "Pending", "conditions": []}
    return replace(seen, pods=(*seen.pods, pod_of("db-1", owner_of("ReplicaSet", "db-1"), "postgres-db", **status)))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"containerStatuses": [{"restartCount": 2}]}, "has restarted 2 times"),
        ({"phase": "Failed"}, "has ended (Failed)"),
    ],
)
def test_a_pod_with_a_past_is_replaced(declared: Declared, healthy: Seen, status: Object, says: str) -> None:
    pod = pod_of("auth-1", owner_of("ReplicaSet", "auth-2"), "auth-service", **status)
    found = compare(declared, replace(healthy, pods=(pod, *healthy.pods[1:])))
    assert texts_of(found) == [f"pod auth-1: {says}"]
    assert sent(found, "DELETE")[0].path == "/api/v1/namespaces/shop/pods/auth-1"


@pytest.mark.parametrize(
    ("process", "says"),
    [
        (ProcessSeen(frozenset({"breaker_latched"})), "says breaker_latched"),
        (ProcessSeen(gauges={"db_credentials_generation": 3.0}), "runs on credentials of generation 3"),
    ],
)
def test_a_process_that_remembers_is_replaced(
    declared: Declared, healthy: Seen, process: ProcessSeen, says: str
) -> None:
    healthy = _with_database(healthy, ready=True)
    found = compare(declared, replace(healthy, processes={"auth-1": process}))
    assert f"pod auth-1: {says}" in texts_of(found)
    assert sent(found, "DELETE")[0].path.endswith("/auth-1")


def test_a_latched_process_is_left_until_the_database_is_there(declared: Declared, healthy: Seen) -> None:
    latched = {"auth-1": ProcessSeen(frozenset({"breaker_latched"}))}
    found = compare(declared, replace(_with_database(healthy, ready=False), processes=latched))
    assert "pod auth-1: says breaker_latched, and the database is not there yet" in texts_of(found)
    assert not [act for act in sent(found, "DELETE") if act.path.endswith("/auth-1")]


def test_a_pod_of_another_release_is_replaced_and_its_own_missed(declared: Declared, healthy: Seen) -> None:
    pod = pod_of("auth-1", owner_of("ReplicaSet", "auth-9"), "auth-service")
    found = compare(declared, replace(healthy, pods=(pod, *healthy.pods[1:])))
    assert texts_of(found) == ["pod auth-1: belongs to no declared release", "workload auth-service: has 0 pods, not 1"]


def test_a_pod_with_another_image_than_its_release_is_replaced(declared: Declared, healthy: Seen) -> None:
    pod = deepcopy(healthy.pods[0])
    pod["spec"]["containers"][0]["image"] = "shop/auth-service:other"
    assert texts_of(compare(declared, replace(healthy, pods=(pod, *healthy.pods[1:])))) == [
        "pod auth-1: runs something else"
    ]


def test_the_pods_of_a_daemon_sets_earlier_release_are_replaced_at_once(declared: Declared, healthy: Seen) -> None:
    older = deepcopy(healthy.pods[1])
    older["spec"] |= template_of("network-infra", SERVICE_VERSION="v1")["spec"]
    found = compare(declared, replace(healthy, pods=(healthy.pods[0], older, *healthy.pods[2:])))
    assert texts_of(found) == [f"pod {older['metadata']['name']}: runs something else"]
    assert len(sent(found, "DELETE")) == 1


def test_a_daemon_set_has_a_pod_in_each_zone(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, replace(healthy, pods=healthy.pods[:-1]))
    assert texts_of(found) == ["workload network-infra: has 2 pods, not 3"]


def test_a_strangers_daemon_set_goes_with_its_pods(declared: Declared, healthy: Seen) -> None:
    stranger = pod_of("stranger-1", owner_of("DaemonSet", "stranger"), "stranger")
    found = compare(declared, replace(healthy, pods=(*healthy.pods, stranger)))
    assert texts_of(found) == ["pod stranger-1: belongs to no declared release"]


def test_what_only_needs_time_is_waited_for(declared: Declared, healthy: Seen) -> None:
    starting = pod_of("auth-1", owner_of("ReplicaSet", "auth-2"), "auth-service", conditions=[])
    found = compare(declared, replace(healthy, pods=(starting, *healthy.pods[1:])))
    assert texts_of(found) == ["pod auth-1: is not ready yet"]
    assert not found[0].acts


def test_a_speaker_that_starts_finds_nothing_of_the_one_before(declared: Declared, healthy: Seen) -> None:
    starting = deepcopy(healthy.pods[1])
    starting["status"]["conditions"] = []
    starting["spec"]["nodeName"] = "node-1"
    found = compare(declared, replace(healthy, pods=(healthy.pods[0], starting, *healthy.pods[2:])))
    assert texts_of(found) == ["pod net-1: is not ready yet"]
    assert [act.node for difference in found for act in difference.acts if isinstance(act, OnNode)] == ["node-1"]


def test_what_never_becomes_ready_is_replaced(declared: Declared, healthy: Seen) -> None:
    stuck = pod_of("auth-1", owner_of("ReplicaSet", "auth-2"), "auth-service", conditions=[])
    found = compare(declared, replace(healthy, pods=(stuck, *healthy.pods[1:]), at=MADE + 90))
    assert texts_of(found) == ["pod auth-1: does not become ready"]
    assert sent(found, "DELETE")


@pytest.mark.parametrize(("given", "hurried"), [(10, True), (1, False)])
def test_a_pod_that_was_given_long_to_end_gets_no_more_than_one_that_is_replaced(
    declared: Declared, healthy: Seen, given: int, hurried: bool
) -> None:
    pods = deepcopy(healthy.pods)
    ending = deepcopy(pods[0])
    ending["metadata"] |= {"name": "auth-0", "deletionTimestamp": "x", "deletionGracePeriodSeconds": given}
    found = compare(declared, replace(healthy, pods=(*pods, ending)))
    assert texts_of(found) == ["pod auth-0: is still ending"]
    assert [act.body for act in sent(found, "DELETE")] == [{"gracePeriodSeconds": 1}] * hurried


def test_a_strangers_pod_behind_the_shop_is_none_of_healings_business(declared: Declared, healthy: Seen) -> None:
    stranger = pod_of("debug-1", [], "debug", containerStatuses=[{"restartCount": 7}])
    behind = deepcopy(stranger)
    behind["metadata"]["namespace"] = "backstage"
    assert texts_of(compare(declared, replace(healthy, pods=(*healthy.pods, behind)))) == []
    found = compare(declared, replace(healthy, pods=(*healthy.pods, stranger)))
    assert texts_of(found) == ["pod debug-1: belongs to no declared release"]


def test_what_is_declared_behind_the_shop_has_its_pods_judged(declared: Declared, healthy: Seen) -> None:
    workload = deepcopy(next(one for one in declared.objects.values() if one["kind"] == "Deployment"))
    workload["metadata"]["namespace"] = "backstage"
    pod = pod_of("auth-1", [], "auth-service", phase="Failed")
    pod["metadata"]["namespace"] = "backstage"
    found = pod_differences([pod], [], {"Deployment auth-service": workload}, {}, MADE)
    assert "pod auth-1: belongs to no declared release" in texts_of(found)
