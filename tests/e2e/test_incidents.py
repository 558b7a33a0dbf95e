"""The nine incidents on the live cluster, and healing: after each, after a hand in it, after a killed process."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fault_injectors.registry import injector
from lab.cluster.lock import Hold
from lab.cluster.paths import kubeconfig
from lab.cluster.pod import name_of
from lab.cluster.wait import NotYet, wait_until
from lab.errors import Missing
from lab.live.baseline import database, nodes, past
from lab.live.baseline.baseline import Baseline, of_own_cluster
from lab.live.baseline.caches import EDGE
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.own import own_entry
from lab.live.baseline.speakers import KEPT
from lab.live.check import checked
from lab.scenarios import Scenario, load_all
from tests.e2e.outside import outside

pytestmark = pytest.mark.timeout(1800)

SCENARIOS = [pytest.param(scenario, id=scenario_id) for scenario_id, scenario in load_all().items()]
SHOP = "/apis/apps/v1/namespaces/shop"
# Long enough to be anywhere between the first look and the alert.
MOMENTS = (0.5, 4.0, 8.0, 16.0, 30.0)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LabCluster]:
    with LabCluster.own() as own:
        yield own


@pytest.fixture
def baseline(cluster: LabCluster) -> Iterator[Baseline]:
    hold = Hold()
    hold.take()
    with of_own_cluster(cluster) as made:
        try:
            made.heal()
            yield made
        finally:
            made.heal()
            hold.give_back()


@pytest.mark.proof
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_incident_is_what_its_file_says(scenario: Scenario) -> None:
    report = checked(scenario, lambda _: None)
    assert report.ok, report.rows()


def _scale_to_nothing(cluster: LabCluster) -> None:
    for name in ("payment-service", "postgres-db", "redis-session"):
        cluster.patch(f"{SHOP}/deployments/{name}", {"spec": {"replicas": 0}})


def _delete_objects(cluster: LabCluster) -> None:
    cluster.delete(f"{SHOP}/deployments/fraud-detection-service")
    cluster.delete("/api/v1/namespaces/shop/services/user-service")
    cluster.delete("/api/v1/namespaces/shop/configmaps/feature-flags")
    cluster.delete("/api/v1/namespaces/shop/secrets/db-auth")


def _edit_by_hand(cluster: LabCluster) -> None:
    container = {"name": "order-service", "env": [{"name": "PAYMENT_URL", "value": "http://nowhere:8000"}]}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    cluster.patch(f"{SHOP}/deployments/order-service", body)
    deny = {"podSelector": {}, "policyTypes": ["Ingress"]}
    metadata = {"name": "deny-all", "namespace": "shop"}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": deny}
    cluster.create("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies", policy)


def _cut_a_zone_off(_: LabCluster) -> None:
    for node in nodes.ZONE_NODES[1:]:
        nodes.on_node(node, ("iptables", "--wait", "2", "-I", "FORWARD", "1", "-d", "10.244.0.0/16", "-j", "DROP"))
        nodes.on_node(node, ("touch", f"{KEPT}/left-over.json"))


def _empty_the_edge(cluster: LabCluster) -> None:
    cluster.create(f"/api/v1/namespaces/shop/services/{EDGE}:http/proxy/ops/clear-cache", {})


def _forget_the_past(cluster: LabCluster) -> None:
    for found in cluster.get(f"{SHOP}/replicasets")["items"]:
        if not found["spec"]["replicas"]:
            cluster.delete(f"{SHOP}/replicasets/{found['metadata']['name']}")


def _drop_a_table(cluster: LabCluster) -> None:
    pods = cluster.get("/api/v1/namespaces/shop/pods?labelSelector=app%3Dpostgres-db")["items"]
    database.run_sql(name_of(pods[0]), database.DATABASE, "drop table mails cascade;")


def _bring_a_daemon_set(cluster: LabCluster) -> None:
    """One of a release that is in the nodes already, under another name."""
    found = cluster.get(f"{SHOP}/daemonsets/network-infra")["spec"]["template"]["spec"]["containers"][0]
    label = {"app": "stranger"}
    container = {"name": "stranger", "image": found["image"], "command": ["sleep", "600"]}
    template = {"metadata": {"labels": label}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": label}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "stranger"}, "spec": spec}
    cluster.create(f"{SHOP}/daemonsets", body)
    wait_until(lambda: _must_have_pods(cluster), 30, what="the stranger's pods")


def _must_have_pods(cluster: LabCluster) -> None:
    if not cluster.get("/api/v1/namespaces/shop/pods?labelSelector=app%3Dstranger")["items"]:
        raise NotYet("it has none")


# The ones that ask a service come first: after the others, none may answer.
HANDS = [
    _empty_the_edge,
    _drop_a_table,
    _bring_a_daemon_set,
    _scale_to_nothing,
    _delete_objects,
    _edit_by_hand,
    _cut_a_zone_off,
    _forget_the_past,
]


@pytest.mark.live
@pytest.mark.parametrize("hand", HANDS)
def test_what_a_person_did_is_healed(
    cluster: LabCluster, baseline: Baseline, hand: Callable[[LabCluster], None]
) -> None:
    before = baseline.fingerprint()
    hand(cluster)
    assert baseline.differences()
    baseline.heal()
    assert not baseline.fingerprint().differs_from(before)


@pytest.mark.live
def test_a_heal_that_broke_off_with_all_mended_and_nothing_forgotten_is_gone_on_with(
    cluster: LabCluster, baseline: Baseline
) -> None:
    baseline.heal()
    assert baseline.heal().looks == 1
    past.note_unfinished(cluster)
    assert baseline.heal().looks > 1
    assert past.is_forgotten(cluster)


@pytest.mark.live
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_process_leaves_nothing_that_is_not_healed(baseline: Baseline, moment: float) -> None:
    before = baseline.fingerprint()
    hold = Hold()
    with pytest.raises(Missing, match="Another episode"):
        hold.take()
    program = (
        "import signal\n"
        "from lab.live.place import own_place\n"
        "from lab.cluster.lock import Hold\n"
        "from lab.live.world import LiveWorld\n"
        "from lab.scenarios import get\n"
        "Hold.take = lambda self: None\n"
        "LiveWorld(own_place()).begin(get('RCA-003'), 0)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    baseline.heal()
    assert not baseline.fingerprint().differs_from(before)


@pytest.mark.live
def test_nothing_outside_the_labs_namespaces_is_changed(cluster: LabCluster, baseline: Baseline) -> None:
    """Each of the six faults and each hand above, and what heals them."""
    before = outside(cluster)
    faults = [scenario.fault for scenario in load_all().values() if scenario.fault_of is None]
    for fault in faults:
        injector(fault.injector).inject(cluster, fault)
    assert all(injector(fault.injector).active(cluster, fault) for fault in faults)
    assert baseline.differences()
    baseline.heal()
    assert outside(cluster) == before
    for hand in HANDS:
        hand(cluster)
    baseline.heal()
    assert outside(cluster) == before


@pytest.mark.live
def test_another_kubeconfig_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "config"
    other.write_text(kubeconfig().read_text().replace(own_entry().server, "https://127.0.0.1:1"))
    with pytest.raises(Missing, match="nothing was touched"):
        own_entry(other)


@pytest.mark.live
def test_a_steady_shop_stays_as_it_is(baseline: Baseline) -> None:
    def must_be_equal() -> None:
        if found := baseline.differences():
            raise NotYet(str(found[0]))

    wait_until(must_be_equal, 30, what="no difference")
    assert baseline.heal().found == ()
