"""Faults against a cluster of two objects: what is sent, and what is seen in it afterwards."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from fault_injectors.base import Object, WrongParams
from fault_injectors.registry import INJECTORS, injector
from fault_injectors.release import NoSuchWorkload, roll_out, rolled_out, runs
from lab.scenarios import Fault, Release, load_all
from lab.scenarios.words import InjectorName

FAULTS = [scenario.fault for scenario in load_all().values()]
APPS = "/apis/apps/v1/namespaces/shop"


def _workload(name: str, replicas: int | None = 1) -> Object:
    container = {
        "name": name,
        "env": [{"name": "SERVICE_VERSION", "value": "v2.14.1"}, {"name": "ZONE", "value": "az-1"}],
    }
    counts = {"updatedReplicas": 1, "readyReplicas": 1, "replicas": 1}
    every = {"updatedNumberScheduled": 3, "numberReady": 3, "currentNumberScheduled": 3, "desiredNumberScheduled": 3}
    return {
        "metadata": {"name": name, "generation": 1, "annotations": {}},
        "spec": {"template": {"spec": {"containers": [container]}}} | ({"replicas": replicas} if replicas else {}),
        "status": {"observedGeneration": 1} | (counts if replicas else every),
    }


@dataclass
class TwoObjects:
    """As much of an API server as a release and a flag need."""

    objects: dict[str, Object]
    shop: str = "shop"
    patches: list[tuple[str, Object]] = field(default_factory=list)

    def find(self, path: str) -> Object | None:
        return deepcopy(self.objects.get(path))

    def patch(self, path: str, body: Object) -> Object:
        self.patches.append((path, body))
        workload = self.objects[path]
        workload["metadata"]["annotations"] |= body["metadata"]["annotations"]
        workload["metadata"]["generation"] += 1
        container = workload["spec"]["template"]["spec"]["containers"][0]
        change = body["spec"]["template"]["spec"]["containers"][0]
        assert container["name"] == change["name"]
        by_name = {entry["name"]: entry for entry in (*container["env"], *change["env"])}
        container["env"] = list(by_name.values())
        return workload

    def ask(self, service: str, method: str, path: str, body: Object | None = None) -> Any:
        assert (service, method, body) == ("config-service", "PUT", {"enabled": True})
        self.objects["/api/v1/namespaces/shop/configmaps/feature-flags"]["data"][path.removeprefix("/flags/")] = "true"
        return {}


@pytest.fixture
def cluster() -> TwoObjects:
    services = {fault.service for fault in FAULTS} | {r.service for fault in FAULTS for r in fault.innocent_releases}
    objects = {f"{APPS}/deployments/{name}": _workload(name) for name in services - {"network-infra"}}
    objects[f"{APPS}/daemonsets/network-infra"] = _workload("network-infra", None)
    objects["/api/v1/namespaces/shop/configmaps/feature-flags"] = {"data": {"full_history_export": "false"}}
    return TwoObjects(objects)


def test_every_name_that_a_scenario_may_give_has_its_injector() -> None:
    assert set(INJECTORS) == set(get_args(InjectorName))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.injector)
def test_a_fault_is_active_once_it_is_in_and_not_before(cluster: TwoObjects, fault: Fault) -> None:
    one = injector(fault.injector)
    assert not one.active(cluster, fault)
    one.inject(cluster, fault)
    assert one.active(cluster, fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.injector)
def test_asked_twice_it_changes_nothing_more(cluster: TwoObjects, fault: Fault) -> None:
    injector(fault.injector).inject(cluster, fault)
    once = deepcopy(cluster.objects)
    injector(fault.injector).inject(cluster, fault)
    assert cluster.objects == once


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.injector)
def test_somebody_elses_rollback_makes_it_inactive(cluster: TwoObjects, fault: Fault) -> None:
    before = deepcopy(cluster.objects)
    injector(fault.injector).inject(cluster, fault)
    cluster.objects = before
    assert not injector(fault.injector).active(cluster, fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.injector)
def test_nothing_it_writes_gives_the_game_away(cluster: TwoObjects, fault: Fault) -> None:
    injector(fault.injector).inject(cluster, fault)
    written = str(cluster.patches).lower()
    assert not [
        word for word in ("fault", "chaos", "inject", "scenario", "incident", "rca-", "ac-0") if word in written
    ]


def test_a_release_keeps_the_other_settings_and_says_why(cluster: TwoObjects) -> None:
    roll_out(
        cluster,
        Release(service="auth-service", version="v2.15.0", change_cause="v2.15.0: x", env={"DB_LEASE": "request"}),
    )
    workload = cluster.objects[f"{APPS}/deployments/auth-service"]
    env = {entry["name"]: entry["value"] for entry in workload["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env == {"SERVICE_VERSION": "v2.15.0", "ZONE": "az-1", "DB_LEASE": "request"}
    assert workload["metadata"]["annotations"] == {"kubernetes.io/change-cause": "v2.15.0: x"}


def release_of(version: str, **env: str) -> Release:
    return Release(service="auth-service", version=version, change_cause=f"{version}: x", env=env)


def test_a_release_is_known_by_its_settings_not_by_its_version(cluster: TwoObjects) -> None:
    bad = release_of("v2.15.0", DB_LEASE="request")
    roll_out(cluster, release_of("v2.15.1", DB_LEASE="request"))
    assert runs(cluster, bad)
    roll_out(cluster, release_of("v2.15.0", DB_LEASE="transaction"))
    assert not runs(cluster, bad)


def test_a_release_without_settings_is_never_seen_but_rolled_out_all_the_same(cluster: TwoObjects) -> None:
    roll_out(cluster, release_of("v2.15.0"))
    roll_out(cluster, release_of("v2.15.0"))
    assert len(cluster.patches) == 1
    assert not runs(cluster, release_of("v2.15.0"))


def test_the_same_settings_under_another_version_are_another_release(cluster: TwoObjects) -> None:
    roll_out(cluster, release_of("v2.15.0", DB_LEASE="request"))
    roll_out(cluster, release_of("v2.15.1", DB_LEASE="request"))
    assert len(cluster.patches) == 2


BY_RELEASE = [(fault, fault.release) for fault in FAULTS if fault.release is not None]


@pytest.mark.parametrize(("fault", "release"), BY_RELEASE, ids=lambda one: getattr(one, "injector", ""))
def test_a_fault_is_active_whatever_its_version_is_called(cluster: TwoObjects, fault: Fault, release: Release) -> None:
    roll_out(cluster, release.model_copy(update={"version": "v9.9.9"}))
    assert injector(fault.injector).active(cluster, fault)


@pytest.mark.parametrize(("fault", "release"), BY_RELEASE, ids=lambda one: getattr(one, "injector", ""))
def test_its_version_without_its_settings_is_no_fault(cluster: TwoObjects, fault: Fault, release: Release) -> None:
    roll_out(cluster, release.model_copy(update={"env": {}}))
    assert not injector(fault.injector).active(cluster, fault)


@pytest.mark.parametrize("service", ["auth-service", "network-infra"])
def test_rolled_out_means_seen_by_the_controller_and_ready_everywhere(cluster: TwoObjects, service: str) -> None:
    assert rolled_out(cluster, service)
    roll_out(cluster, Release(service=service, version="v9.0.0", change_cause="v9.0.0: x"))
    assert not rolled_out(cluster, service)


def test_an_old_replica_that_is_left_means_not_rolled_out(cluster: TwoObjects) -> None:
    cluster.objects[f"{APPS}/deployments/auth-service"]["status"]["replicas"] = 2
    assert not rolled_out(cluster, "auth-service")


def test_a_release_of_nothing_is_refused(cluster: TwoObjects) -> None:
    with pytest.raises(NoSuchWorkload, match="no workload gone-service"):
        roll_out(cluster, Release(service="gone-service", version="v1.0.0", change_cause="v1.0.0: x"))


@pytest.mark.parametrize(
    ("name", "env", "lacks"),
    [
        ("connection_leak", {"DB_POOL_MAX": "200"}, "DB_LEASE"),
        ("connection_leak", {"DB_LEASE": "request"}, "DB_POOL_MAX"),
        ("cache_flush_storm", {"PURGE_PATTERN": "/*"}, "PURGE_EVERY_SECONDS"),
        ("iptables_partition", {}, "EXPORT_FILTER"),
        ("iptables_partition", {"EXPORT_FILTER": "permit any"}, "denies nothing"),
        ("iptables_partition", {"EXPORT_FILTER": "deny az-9; permit any"}, "makes no fault; accepted: rules in order"),
        ("bad_secret_rollout", {"CREDENTIAL_SET": "previous"}, "ROTATE_ON_START"),
        ("connection_leak", {"DB_LEASE": "transaction", "DB_POOL_MAX": "200"}, "'transaction', which makes no fault"),
        ("bad_release", {}, "changes no setting"),
    ],
)
def test_a_release_that_would_be_innocent_is_refused(
    cluster: TwoObjects, name: InjectorName, env: dict[str, str], lacks: str
) -> None:
    fault = unchecked(injector=name, service="auth-service", version="v2.15.0", change_cause="v2.15.0: x", env=env)
    with pytest.raises(WrongParams, match=lacks):
        injector(name).inject(cluster, fault)
    assert not cluster.patches


def unchecked(**facts: Any) -> Fault:
    """As no file can say it: reading one asks the injector too."""
    return Fault.model_construct(**facts)


def test_a_flag_is_no_release_and_a_release_no_flag(cluster: TwoObjects) -> None:
    flag = Fault(injector="memory_hog", service="analytics-service", flag="full_history_export")
    release = unchecked(injector="memory_hog", service="analytics-service", version="v1.0.0", change_cause="v1.0.0: x")
    with pytest.raises(WrongParams):
        injector("bad_release").inject(cluster, flag)
    with pytest.raises(WrongParams):
        injector("memory_hog").inject(cluster, release)


def test_an_unknown_fault_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(LookupError, match="memory_hog"):
        injector("meteorite")
