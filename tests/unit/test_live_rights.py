"""The agent's rights, word by word: whoever widens them has to change this list, and says so by it."""

from collections.abc import Iterator
from typing import Any

import yaml

from fault_injectors.memory_hog import FLAGS_KEEPER
from lab.actions.moves import REPLICAS_LIMIT
from lab.cluster.paths import REPOSITORY
from lab.live import rights
from lab.live.remedies import CACHE_OWNERS
from lab.live.rights import LIFETIME, MARGIN, AgentToken
from lab.live.runbook import OPERATIONS

ZONES = 3
GOLDEN = """
Role backstage/operator: get services/proxy [prometheus:http]
Role shop/operator: create services/proxy [auth-service:http]
Role shop/operator: create services/proxy [payment-service:http]
Role shop/operator: create services/proxy [product-service:http]
Role shop/operator: create services/proxy [cdn-edge:http]
Role shop/operator: create services/proxy [config-service:http]
Role shop/operator: create services/proxy [network-infra:http]
Role shop/operator: create services/proxy [notification-service:http]
Role shop/operator: create services/proxy [postgres-db:http]
Role shop/operator: create services/proxy [recommendation-service:http]
Role shop/operator: get configmaps [feature-flags]
Role shop/operator: get daemonsets
Role shop/operator: get deployments
Role shop/operator: get pods/log
Role shop/operator: list controllerrevisions
Role shop/operator: list daemonsets
Role shop/operator: list deployments
Role shop/operator: list endpointslices
Role shop/operator: list pods
Role shop/operator: list replicasets
Role shop/operator: patch daemonsets
Role shop/operator: patch deployments
Role shop/operator: patch deployments/scale
Role shop/operator: update services/proxy [config-service:http]
ClusterRole incident-lab-operator: list nodes
"""


def rules() -> Iterator[str]:
    for found in rights.declared():
        namespace = found["metadata"].get("namespace")
        name = f"{found['kind']} {f'{namespace}/' if namespace else ''}{found['metadata']['name']}"
        for rule in found.get("rules", []):
            for verb in rule["verbs"]:
                for resource in rule["resources"]:
                    for of in rule.get("resourceNames", [""]):
                        yield f"{name}: {verb} {resource}" + (f" [{of}]" if of else "")


def test_the_rights_are_these_and_no_more() -> None:
    assert sorted(rules()) == sorted(GOLDEN.strip().splitlines())


def test_nothing_reads_secrets_or_enters_pods() -> None:
    text = "\n".join(rules())
    for word in ("secrets", "exec", "attach", "portforward", "delete", "*", "impersonate", "escalate", "rolebindings"):
        assert word not in text


def test_every_binding_is_for_the_one_account() -> None:
    bindings = [found for found in rights.declared() if found["kind"].endswith("Binding")]
    account = {"kind": "ServiceAccount", "name": rights.ACCOUNT, "namespace": rights.NAMESPACE}
    assert [found["subjects"] for found in bindings] == [[account]] * 3


def test_operations_can_be_asked_of_the_services_that_have_them() -> None:
    asked = {operation.service for operation in OPERATIONS.values()} | CACHE_OWNERS | {FLAGS_KEEPER}
    granted = {line.split("[")[1].removesuffix(":http]") for line in rules() if "create services/proxy" in line}
    assert granted == asked


def test_no_scaling_fills_the_machine_and_every_service_can_still_be_rolled_out_at_once() -> None:
    (quota,) = (found for found in rights.declared() if found["kind"] == "ResourceQuota")
    assert quota["metadata"]["namespace"] == "shop"
    files = (REPOSITORY / "manifests" / "shop").glob("*.yaml")
    objects = [found for path in files for found in yaml.safe_load_all(path.read_text())]
    replicas = [found["spec"]["replicas"] for found in objects if found["kind"] == "Deployment"]
    assert 2 * (sum(replicas) + ZONES) < int(quota["spec"]["hard"]["pods"]) < len(replicas) * REPLICAS_LIMIT / 3


class Admin:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def create(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        return {"status": {"token": f"token-{len(self.asked)}"}}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_asked_for_once_and_renewed_before_its_end() -> None:
    admin, clock = Admin(), Clock()
    token = AgentToken(admin, clock)
    assert (token(), token()) == ("token-1", "token-1")
    clock.now = LIFETIME - MARGIN
    assert token() == "token-2"
    ((path, body), _) = admin.asked
    assert path == "/api/v1/namespaces/backstage/serviceaccounts/operator/token"
    assert body["spec"] == {"expirationSeconds": LIFETIME}


def test_a_token_can_be_renewed_at_once() -> None:
    token = AgentToken(Admin(), Clock())
    token()
    token.renew()
    assert token() == "token-2"
