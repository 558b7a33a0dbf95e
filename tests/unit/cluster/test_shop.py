"""The shop's steps against a cluster in memory; the manifests are the real ones."""

from collections.abc import Mapping
from typing import Any

import pytest

from lab.cluster import manifests
from lab.cluster import shop as shop_module
from lab.cluster.kube import Kube, KubeRefused, Object, path_of
from lab.cluster.manifests import earlier, is_workload, merged, objects
from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.shop import Shop, credentials, unready
from lab.cluster.steady import SIGNS, Steadiness, below
from lab.cluster.wait import NotYet
from lab.errors import NotSettled
from tests.unit.cluster.fake_kube import FakeKube


class AnyImage(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"shop/{name}:0123456789ab"


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


def shop_on(kube: FakeKube, references: Mapping[str, str] | None = None) -> Shop:
    return Shop(connect=lambda: kube, references=lambda: references or AnyImage())


def bring_all(shop: Shop) -> None:
    for step in (shop.open, shop.start_watching, shop.start_stores, shop.start_services, shop.let_customers_in):
        step()


def workloads(namespace: str) -> list[Object]:
    return [one for one in objects(namespace, AnyImage()) if is_workload(one)]


def test_every_workload_of_the_manifests_is_brought_up(kube: FakeKube) -> None:
    bring_all(shop_on(kube))
    for namespace in (SHOP, BACKSTAGE):
        assert {path_of(one) for one in objects(namespace, AnyImage())} <= kube.objects.keys()


def test_a_deployment_has_two_releases_and_nothing_of_the_earlier_one_runs(kube: FakeKube) -> None:
    bring_all(shop_on(kube))
    for path, releases in kube.releases.items():
        if "/namespaces/shop/deployments/" in path:
            (before, old_cause), (now, new_cause) = releases
            assert (before, now >= 1, old_cause != new_cause) == (0, True, True), path


def test_a_daemon_set_has_two_releases(kube: FakeKube) -> None:
    bring_all(shop_on(kube))
    causes = [cause for _, cause in kube.releases["/apis/apps/v1/namespaces/shop/daemonsets/network-infra"]]
    assert len(set(causes)) == len(causes) == 2


def test_every_workload_of_the_shop_has_a_release_before() -> None:
    for one in workloads(SHOP):
        before = earlier(one)
        assert before is not None, one["metadata"]["name"]
        assert before["spec"]["template"] != one["spec"]["template"]
        assert before["spec"]["selector"] == one["spec"]["selector"]


def test_a_second_time_changes_nothing(kube: FakeKube) -> None:
    bring_all(shop_on(kube))
    passwords = [one["stringData"] for one in kube.items("Secret", SHOP)]
    generations = {path: one["metadata"]["generation"] for path, one in kube.objects.items()}
    bring_all(shop_on(kube))
    assert [one["stringData"] for one in kube.items("Secret", SHOP)] == passwords
    assert {path: one["metadata"]["generation"] for path, one in kube.objects.items()} == generations
    assert kube.deleted == []


def test_new_sources_make_a_workload_anew_so_that_its_history_stays_two_releases_long(kube: FakeKube) -> None:
    bring_all(shop_on(kube))
    kube.releases.clear()
    newer = AnyImage({"auth-service": "shop/auth-service:ba9876543210"})
    bring_all(shop_on(kube, newer))
    assert kube.deleted == ["auth-service"]
    path = "/apis/apps/v1/namespaces/shop/deployments/auth-service"
    assert [replicas for replicas, _ in kube.releases[path]] == [0, 1]


def test_pods_that_do_not_come_are_named(kube: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_module, "PODS_PATIENCE", 0.0)
    kube.stuck.add("redis-session")
    shop = shop_on(kube)
    shop.open()
    with pytest.raises(NotSettled, match="redis-session; last seen: has 0 of 1 ready"):
        shop.start_stores()


def test_a_shop_made_anew_gets_the_passwords_that_healing_goes_back_to(kube: FakeKube) -> None:
    (published, *_) = credentials()
    kept = {key: published[key] for key in ("apiVersion", "kind", "type")} | {"data": {"password": "a2VwdA=="}}
    kube.create(kept | {"metadata": {**published["metadata"], "namespace": BACKSTAGE}})
    shop_on(kube).open()
    made = kube.find(published)
    assert made is not None
    assert made["data"] == {"password": "a2VwdA=="}
    assert "stringData" not in made


def test_a_failure_ends_the_waiting_for_others(kube: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    kube.stuck |= {"redis-session", "postgres-db"}
    shop = shop_on(kube)
    shop.open()
    monkeypatch.setattr(kube, "apply", refuse_one(kube, "redis-payment-cache"))
    with pytest.raises(KubeRefused, match="422"):
        shop.start_stores()


def refuse_one(kube: FakeKube, name: str) -> Any:
    accept = kube.apply

    def apply(wanted: Object, *, dry_run: bool = False) -> Object:
        if is_workload(wanted) and wanted["metadata"]["name"] == name:
            raise KubeRefused(422, name, "not like this")
        return accept(wanted, dry_run=dry_run)

    return apply


def test_what_is_ending_is_waited_out_and_made_anew(kube: FakeKube) -> None:
    bring_all(shop_on(kube))
    namespace = {"kind": "Namespace", "metadata": {"name": SHOP, "deletionTimestamp": "now"}}
    kube.objects[path_of(namespace)] = namespace
    path = "/apis/apps/v1/namespaces/shop/deployments/user-service"
    kube.objects[path]["metadata"]["deletionTimestamp"] = "now"
    bring_all(shop_on(kube))
    assert "deletionTimestamp" not in kube.objects[path_of(namespace)]["metadata"]
    assert "deletionTimestamp" not in kube.objects[path]["metadata"]
    assert [replicas for replicas, _ in kube.releases[path]] == [0, 1, 0, 1]


def test_nothing_is_asked_of_a_cluster_before_the_first_step() -> None:
    def refuse() -> Kube:
        raise AssertionError("the cluster was asked")

    Shop(connect=refuse, references=AnyImage)
    assert len(shop_module.steps()) > 5


def test_credentials_are_random_and_of_one_generation() -> None:
    first, second = credentials(), credentials()
    passwords = [one["stringData"]["password"] for one in (*first, *second)]
    assert len(set(passwords)) == len(passwords)
    generations = {one["metadata"]["name"]: one["stringData"]["generation"] for one in first}
    assert generations.pop("db-shop-app-previous") == "0"
    assert set(generations.values()) == {"1"}


def test_every_secret_that_a_pod_reads_is_made() -> None:
    made = {one["metadata"]["name"] for one in credentials()}
    read = {name for one in workloads(SHOP) for name in secret_names(one["spec"]["template"])}
    assert read == made - {"db-shop-app-previous"}


def secret_names(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in secret_names(one)}
    if not isinstance(value, dict):
        return set()
    own = {value[key]["name"] for key in ("secretKeyRef", "secret") if key in value}
    return own | {name for one in value.values() for name in secret_names(one)}


def test_the_database_is_given_every_password_that_its_clients_have() -> None:
    (database,) = (one for one in workloads(SHOP) if one["metadata"]["name"] == "postgres-db")
    assert secret_names(database["spec"]["template"]["spec"]["volumes"]) == set(shop_module.ROLES)


def test_other_rules_make_another_prometheus(monkeypatch: pytest.MonkeyPatch) -> None:
    def template() -> Object:
        (found,) = (one for one in workloads(BACKSTAGE) if one["metadata"]["name"] == "prometheus")
        return dict(found["spec"]["template"])

    before = template()
    parsed = manifests._parsed
    monkeypatch.setattr(manifests, "_parsed", lambda path: changed(parsed(path)))
    assert template()["metadata"] != before["metadata"]
    assert template()["spec"] == before["spec"]


def changed(documents: list[Object]) -> list[Object]:
    return [one | {"data": {"shop.yaml": "changed"}} if one["kind"] == "ConfigMap" else one for one in documents]


def test_merging_goes_by_name_where_things_have_names() -> None:
    value = {"a": [{"name": "x", "v": 1}, {"name": "y", "v": 2}], "b": [1, 2], "c": {"d": 1, "e": 2}}
    patch = {"a": [{"name": "y", "v": 3}, {"name": "z", "v": 4}], "b": [3], "c": {"d": 5}}
    assert merged(value, patch) == {
        "a": [{"name": "x", "v": 1}, {"name": "y", "v": 3}, {"name": "z", "v": 4}],
        "b": [3],
        "c": {"d": 5, "e": 2},
    }


@pytest.mark.parametrize(
    ("generation", "status", "says"),
    [
        (2, {"observedGeneration": 1}, "is not looked at yet"),
        (1, {"observedGeneration": 1, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 1}, "has 1 of 2 ready"),
        (1, {"observedGeneration": 1, "updatedReplicas": 1, "replicas": 2, "availableReplicas": 2}, "has 2 of 2 ready"),
        (1, {"observedGeneration": 1, "updatedReplicas": 2, "replicas": 3, "availableReplicas": 3}, "has 3 of 2 ready"),
        (1, {"observedGeneration": 1, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}, ""),
    ],
)
def test_what_a_deployment_still_lacks(generation: int, status: Object, says: str) -> None:
    live = {"kind": "Deployment", "metadata": {"generation": generation}, "spec": {"replicas": 2}, "status": status}
    assert unready(live) == says


def test_what_is_not_there_lacks_everything() -> None:
    assert unready(None) == "is not there"


def vector(value: float) -> Object:
    return {"result": [{"metric": {}, "value": [0, str(value)]}]}


def all_well(kube: FakeKube) -> None:
    kube.answers = {sign.query: vector(sign.least) for sign in SIGNS} | {"/api/v1/alerts": {"alerts": []}}


def test_a_steady_shop(kube: FakeKube) -> None:
    all_well(kube)
    Steadiness(kube)()


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.what)
@pytest.mark.parametrize("share", [0.5, float("nan")])
def test_each_sign_can_say_that_the_shop_is_not_steady(kube: FakeKube, sign: Any, share: float) -> None:
    all_well(kube)
    kube.answers[sign.query] = vector(sign.least * share)
    with pytest.raises(NotYet, match=sign.what):
        Steadiness(kube)()


def test_an_alert_is_no_steady_shop(kube: FakeKube) -> None:
    all_well(kube)
    kube.answers["/api/v1/alerts"] = {"alerts": [{"labels": {"alertname": "PagesSlow"}}]}
    with pytest.raises(NotYet, match="alert PagesSlow"):
        Steadiness(kube)()


def test_a_prometheus_that_is_not_there_yet_is_waited_for(kube: FakeKube) -> None:
    with pytest.raises(NotYet, match="503"):
        Steadiness(kube)()


def test_a_figure_that_is_missing_is_below_everything() -> None:
    assert below(None, 0.0)
    assert not below(0.0, 0.0)
