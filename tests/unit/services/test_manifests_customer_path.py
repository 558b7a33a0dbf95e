"""What the manifests of the customer path promise to those who deploy and look at them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

MANIFESTS = Path(__file__).resolve().parents[3] / "manifests"
ZONES = {
    "api-gateway": None,
    "order-service": None,
    "payment-service": "az-1",
    "fraud-detection-service": "az-1",
    "auth-service": "az-2",
    "product-service": "az-2",
    "user-service": "az-3",
    "notification-service": "az-3",
}
ROLES = {
    "auth-service": "db-auth",
    "payment-service": "db-payment",
    "product-service": "db-product",
    "user-service": "db-shop-app",
    "order-service": "db-shop-app",
    "notification-service": "db-shop-app",
}
CAUSE = "kubernetes.io/change-cause"


def documents(path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((MANIFESTS / path).read_text()))


def deployment(service: str) -> dict[str, Any]:
    return documents(f"shop/{service}.yaml")[0]


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in pod["containers"][0]["env"]}


@pytest.mark.parametrize("service", sorted(ZONES))
def test_deployment_and_service_are_named_as_the_service_in_no_namespace(service: str) -> None:
    kinds = [document["kind"] for document in documents(f"shop/{service}.yaml")]
    assert kinds == ["Deployment", "Service"]
    for document in documents(f"shop/{service}.yaml"):
        assert document["metadata"]["name"] == service
        assert "namespace" not in document["metadata"]


@pytest.mark.parametrize(("service", "zone"), sorted(ZONES.items(), key=str))
def test_a_pinned_service_is_in_its_zone_and_the_others_are_one_a_zone(service: str, zone: str | None) -> None:
    spec = deployment(service)["spec"]
    pod = spec["template"]["spec"]
    if zone:
        assert pod["nodeSelector"] == {"topology.kubernetes.io/zone": zone}
        assert spec["replicas"] == 1
    else:
        assert spec["replicas"] == spec["strategy"]["rollingUpdate"]["maxSurge"] == 3
        (spread,) = pod["topologySpreadConstraints"]
        assert (spread["maxSkew"], spread["matchLabelKeys"]) == (1, ["pod-template-hash"])
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("service", sorted(ZONES))
def test_a_pod_has_no_rights_it_does_not_need(service: str) -> None:
    pod = deployment(service)["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize(("service", "secret"), sorted(ROLES.items()))
def test_database_credentials_come_from_the_services_own_secret(service: str, secret: str) -> None:
    found = environment(deployment(service)["spec"]["template"]["spec"])
    for name, key in (
        ("DB_USER", "username"),
        ("DB_PASSWORD", "password"),
        ("DB_CREDENTIALS_GENERATION", "generation"),
    ):
        assert found[name]["secretKeyRef"] == {"name": secret, "key": key}


@pytest.mark.parametrize("service", sorted(ZONES))
def test_the_release_before_differs_in_version_cause_and_settings(service: str) -> None:
    now = deployment(service)
    (before,) = documents(f"history/{service}.yaml")
    old = environment(before["spec"]["template"]["spec"])
    new = environment(now["spec"]["template"]["spec"])
    assert before["metadata"]["name"] == service
    assert now["metadata"]["annotations"][CAUSE].startswith(f"{new['SERVICE_VERSION']}: ")
    assert before["metadata"]["annotations"][CAUSE].startswith(f"{old['SERVICE_VERSION']}: ")
    assert len(old) >= 2
    assert all(name in new and new[name] != value for name, value in old.items())


def test_customers_come_from_every_zone_to_the_shop_that_the_environment_names() -> None:
    pods = [document["spec"]["template"]["spec"] for document in documents("observability/loadgen.yaml")]
    assert [environment(pod)["ZONE"] for pod in pods] == ["az-1", "az-2", "az-3"]
    for pod in pods:
        assert pod["nodeSelector"] == {"topology.kubernetes.io/zone": environment(pod)["ZONE"]}
        assert environment(pod)["GATEWAY_URL"] == "http://api-gateway.$(SHOP_NAMESPACE):8000"
