"""The live world's promises that only a real cluster can keep: speed, rights, and remedies that act on any service."""

import statistics
import time
from collections.abc import Iterator

import pytest

from lab.actions import QUERY_KINDS, Query, Remedy
from lab.cluster.names import STRATEGIC
from lab.live.connection import Kube, KubeRefused
from lab.live.place import own_place
from lab.live.remedies import CACHE_OWNERS
from lab.live.world import LiveWorld
from lab.scenarios import get

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SCENARIO = get("AC-003")
P50_SECONDS, P95_SECONDS = 0.04, 0.2
ROUNDS = 8


@pytest.fixture(scope="module")
def world() -> Iterator[LiveWorld]:
    made = LiveWorld()
    try:
        made.begin(SCENARIO, 0)
        yield made
    finally:
        made.end()


@pytest.fixture
def agent() -> Kube:
    return own_place().console.kube


def test_diagnoses_are_quick(world: LiveWorld) -> None:
    queries = [Query(kind, service) for kind in QUERY_KINDS for service in SCENARIO.brief.known_services] * ROUNDS
    times = sorted(_timed(world, query) for query in queries)
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    assert p50 <= P50_SECONDS, f"p50 {p50 * 1000:.0f} ms"
    assert p95 <= P95_SECONDS, f"p95 {p95 * 1000:.0f} ms"


def _timed(world: LiveWorld, query: Query) -> float:
    begun = time.perf_counter()
    world.look(query)
    return time.perf_counter() - begun


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/shop/secrets",
        "/api/v1/namespaces/shop/secrets/db-shop-app",
        "/api/v1/namespaces/shop/configmaps",
        "/api/v1/namespaces/backstage/pods",
        "/api/v1/namespaces/kube-system/pods",
        "/api/v1/namespaces/shop/services/auth-service:http/proxy/metrics",
        "/api/v1/namespaces/shop/services/config-service:http/proxy/credentials",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles",
    ],
)
def test_the_agent_may_not_read(agent: Kube, path: str) -> None:
    with pytest.raises(KubeRefused) as refused:
        agent.get(path)
    assert refused.value.code == 403


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nodes/incident-lab-worker",
        "/api/v1/namespaces/shop/configmaps/feature-flags",
        "/api/v1/namespaces/shop/services/postgres-db",
        "/apis/apps/v1/namespaces/backstage/deployments/prometheus",
    ],
)
def test_the_agent_may_not_change(agent: Kube, path: str) -> None:
    with pytest.raises(KubeRefused) as refused:
        agent.patch(path, {"metadata": {"labels": {"touched": "yes"}}}, STRATEGIC)
    assert refused.value.code == 403


@pytest.mark.parametrize(
    "remedy",
    [
        *(Remedy("clear_cache", service) for service in sorted(CACHE_OWNERS)),
        Remedy("execute_runbook_step", "warm_cdn_cache"),
        Remedy("execute_runbook_step", "drain_mail_queue"),
        Remedy("execute_runbook_step", "vacuum_database"),
        Remedy("restart_service", "product-service"),
        Remedy("restart_service", "network-infra"),
        Remedy("rollback_deploy", "image-service"),
        Remedy("rollback_deploy", "image-service", None, "v2.14.1"),
        Remedy("scale_service", "fraud-detection-service", 2),
        Remedy("disable_feature_flag", "gift_wrapping"),
    ],
    ids=lambda remedy: f"{remedy.kind}-{remedy.target}",
)
def test_a_remedy_acts_on_any_service_and_settles(world: LiveWorld, remedy: Remedy) -> None:
    outcome = world.do(remedy)
    assert outcome.settled, outcome.text
    assert outcome.changed or remedy.kind == "clear_cache", outcome.text


def test_a_service_scaled_to_nothing_is_not_healthy(world: LiveWorld) -> None:
    assert world.do(Remedy("scale_service", "payment-service", 0)).changed
    health = world.health()
    assert not health.healthy
    assert any("payment-service" in reason for reason in health.reasons)
    assert health.services["payment-service"] is False
    assert world.do(Remedy("scale_service", "payment-service", 1)).settled


def test_a_second_database_waits_for_the_data_of_the_first(world: LiveWorld) -> None:
    outcome = world.do(Remedy("scale_service", "postgres-db", 2))
    assert "1 of 2 pods of postgres-db are ready" in outcome.text
    assert "another server has the data directory" in world.look(Query("query_logs", "postgres-db")).text
    assert world.do(Remedy("scale_service", "postgres-db", 1)).settled
    assert not [reason for reason in world.health().reasons if "postgres-db" in reason]
    assert world.health().services["postgres-db"]
