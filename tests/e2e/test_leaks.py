"""The leak scan on the live cluster, in each incident: evidence, objects with all their fields, events, raw logs."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from lab.cluster.names import SHOP
from lab.cluster.wait import NotYet, wait_until
from lab.live.baseline.cluster import PROMETHEUS, ApiRefused, LabCluster
from lab.live.world import LiveWorld
from lab.scenarios import Scenario, load_all
from lab.trust.leaks import Leak, leaks, leaks_in
from lab.world import Alert
from tests.contract.evidence_rules import Looked, rules_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
FAULTS = [pytest.param(one, id=name) for name, one in load_all().items() if one.fault_of is None]
# Everything an agent's account may list, and more: what is not shown today may be tomorrow.
LISTED = (
    *(f"/api/v1/namespaces/{SHOP}/{kind}" for kind in ("pods", "services", "configmaps", "events", "serviceaccounts")),
    *(f"/apis/apps/v1/namespaces/{SHOP}/{kind}" for kind in ("deployments", "daemonsets", "replicasets")),
    f"/apis/apps/v1/namespaces/{SHOP}/controllerrevisions",
    f"/apis/discovery.k8s.io/v1/namespaces/{SHOP}/endpointslices",
    "/api/v1/nodes",
)
# A container that has not started yet, has never restarted, or whose log or pod is not kept any more.
NO_LOG = re.compile("waiting to start|previous terminated|resolving symlinks|answered with 404")
SOON = 20.0
ASKED = ("rules", "alerts", "targets", "labels", "label/__name__/values", "label/job/values", "label/pod/values")


@pytest.fixture(scope="module", name="admin")
def _admin() -> Iterator[LabCluster]:
    with LabCluster.own() as admin:
        yield admin


@pytest.fixture(params=FAULTS, name="scenario", scope="module")
def _scenario(request: pytest.FixtureRequest) -> Scenario:
    found: Scenario = request.param
    return found


class Begun(LiveWorld):
    alert: Alert | None = None


@pytest.fixture(scope="module", name="world")
def _world(scenario: Scenario) -> Iterator[Begun]:
    made = Begun()
    try:
        made.alert = made.begin(scenario, 0)
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module", name="looked")
def _looked(world: Begun, scenario: Scenario) -> Looked:
    return Looked(scenario, world.look)


def test_evidence_is_clean(looked: Looked) -> None:
    texts = ((f"{query.kind} {query.service}", found.text) for query, found in looked.seen.items())
    none(leak for where, text in texts for leak in leaks(text, where))


def test_evidence_is_where_it_is_promised_and_nowhere_else(world: Begun, scenario: Scenario) -> None:
    """Soon after the alert: a figure may be scraped once more before it tells."""

    def must_keep_the_rules() -> None:
        looked = Looked(scenario, world.look)
        try:
            for rule in rules_of(scenario):
                rule(looked)
        except AssertionError as broken:
            raise NotYet(str(broken)) from broken

    wait_until(must_keep_the_rules, SOON, every=2, what="evidence that keeps its rules")


def test_the_alert_is_clean(world: Begun) -> None:
    assert world.alert is not None
    none(leaks_in(asdict(world.alert), "alert"))
    assert "network-infra" not in str(world.alert)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("asked", ASKED)
def test_what_prometheus_tells_is_clean(admin: LabCluster, asked: str) -> None:
    """The agent's account may ask it anything."""
    told = json.loads(admin.text(f"{PROMETHEUS}/{asked}"))
    assert told["status"] == "success"
    none(leaks_in(told["data"], asked))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", LISTED, ids=lambda path: path.rsplit("/", 1)[-1])
def test_objects_are_clean(admin: LabCluster, path: str) -> None:
    found = admin.get(path)["items"]
    assert found or path.endswith("events")
    none(leak for one in found for leak in leaks_in(one, f"{path} {one['metadata']['name']}"))


@pytest.mark.usefixtures("world")
def test_raw_logs_are_clean(admin: LabCluster) -> None:
    """Every container's whole log, not only the lines that an evidence has room for."""
    read = dict(logs(admin))
    assert any(read.values())
    none(leak for where, text in read.items() for leak in leaks(text, where))


def logs(admin: LabCluster) -> Iterator[tuple[str, str]]:
    pods: list[dict[str, Any]] = admin.get(f"/api/v1/namespaces/{SHOP}/pods")["items"]
    for pod in pods:
        for status in pod["status"].get("containerStatuses", []) + pod["status"].get("initContainerStatuses", []):
            path = f"/api/v1/namespaces/{SHOP}/pods/{pod['metadata']['name']}/log?container={status['name']}"
            yield path, log_of(admin, path)
            yield f"{path}&previous=true", log_of(admin, f"{path}&previous=true")


def log_of(admin: LabCluster, path: str) -> str:
    try:
        return admin.text(path)
    except ApiRefused as refusal:
        if not NO_LOG.search(str(refusal)):
            raise
        return ""


def none(found: Iterator[Leak]) -> None:
    told = [str(leak) for leak in found]
    assert not told, "\n".join(told[:20])
