"""Objects that differ from what is declared, and releases that an episode left; no cluster."""

from copy import deepcopy
from dataclasses import replace

from lab.live.baseline.baseline import compare
from lab.live.baseline.declared import Declared
from lab.live.baseline.values import (
    Seen,
    Stage,
)
from tests.unit.baseline.kit import DEPLOYMENT, REVISION, SERVICE, replica_set, sent, template_of, texts_of, with_spec


def test_what_was_just_brought_up_does_not_differ(declared: Declared, healthy: Seen) -> None:
    assert texts_of(compare(declared, healthy)) == []


def test_a_missing_object_is_made_and_a_stranger_removed(declared: Declared, healthy: Seen) -> None:
    objects = deepcopy(dict(healthy.objects))
    stranger = objects.pop(SERVICE)
    stranger["metadata"]["name"] = "other"
    objects[f"{SERVICE}-other"] = stranger
    found = compare(declared, replace(healthy, objects=objects))
    (made,) = sent(found, "POST")
    assert made.path == "/api/v1/namespaces/shop/services"
    assert made.body
    assert not {"clusterIP", "clusterIPs"} & made.body["spec"].keys()
    assert [act.path for act in sent(found, "DELETE")] == [f"{SERVICE}-other"]


def test_a_changed_object_is_replaced_whole_and_keeps_its_address(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, with_spec(healthy, SERVICE, selector={"app": "nobody"}))
    assert texts_of(found) == ["Service auth-service: differs in spec.selector.app"]
    body = sent(found, "PUT")[0].body
    assert body is not None
    assert body["spec"]["clusterIP"] == "10.0.0.77"
    assert body["spec"]["selector"] == {"app": "auth-service"}


def test_zero_replicas_are_seen(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, with_spec(healthy, DEPLOYMENT, replicas=0))
    assert "Deployment auth-service: differs in spec.replicas" in texts_of(found)


def test_declarations_are_mended_before_the_pods_that_read_them() -> None:
    assert Stage.DECLARATIONS < Stage.WORKLOADS < Stage.HISTORY < Stage.PODS < Stage.NODES < Stage.DATABASE


def test_releases_of_an_episode_are_forgotten_and_the_two_numbered_anew(declared: Declared, healthy: Seen) -> None:
    bad = replica_set("auth-3", "3", template_of("auth-service", SERVICE_VERSION="v3"))
    current = replica_set("auth-2", "4", template_of("auth-service", SERVICE_VERSION="v2"))
    found = compare(declared, replace(healthy, replica_sets=(healthy.replica_sets[0], current, bad)))
    assert [act.path.rpartition("/")[2] for act in sent(found, "DELETE")] == ["auth-3"]
    renumbered = [act.body for act in sent(found, "PATCH") if act.body]
    assert {
        "metadata": {"annotations": {REVISION: "2", "deployment.kubernetes.io/revision-history": None}}
    } in renumbered


def test_a_release_before_that_still_has_pods_gets_none_anew(declared: Declared, healthy: Seen) -> None:
    """Its pods are removed as well, and would come back as long as the rolling update waits for the new ones."""
    before = deepcopy(healthy.replica_sets[0])
    before["spec"]["replicas"] = 3
    found = compare(declared, replace(healthy, replica_sets=(before, healthy.replica_sets[1])))
    assert texts_of(found) == ["history auth-1: is the release before, and still has pods"]
    (act,) = sent(found, "PATCH")
    assert act.path == "/apis/apps/v1/namespaces/shop/replicasets/auth-1"
    assert act.body == {"spec": {"replicas": 0}}


def test_a_lost_release_before_is_made_again_under_its_workload(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, replace(healthy, replica_sets=healthy.replica_sets[1:], revisions=healthy.revisions[1:]))
    made = {act.path.rpartition("/")[2]: act.body for act in sent(found, "POST") if act.body}
    assert made["replicasets"]["spec"]["replicas"] == 0
    assert made["replicasets"]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "v1: older"
    assert made["replicasets"]["metadata"]["ownerReferences"][0]["uid"] == "uid-auth-service"
    assert made["controllerrevisions"]["revision"] == 1
    assert made["controllerrevisions"]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "v1: older"


def test_the_order_of_settings_does_not_make_another_release(declared: Declared, healthy: Seen) -> None:
    shuffled = deepcopy(healthy.replica_sets[1])
    shuffled["spec"]["template"]["spec"]["containers"][0]["env"].reverse()
    assert compare(declared, replace(healthy, replica_sets=(healthy.replica_sets[0], shuffled))) == []


def test_a_renumbered_daemon_set_release_gets_its_number_back(declared: Declared, healthy: Seen) -> None:
    current = healthy.revisions[1] | {"revision": 5}
    found = compare(declared, replace(healthy, revisions=(healthy.revisions[0], current)))
    assert [act.body for act in sent(found, "PATCH")] == [{"revision": 2}]
