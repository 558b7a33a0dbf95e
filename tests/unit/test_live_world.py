from collections.abc import Iterator
from itertools import count
from typing import Any, cast

import pytest

from lab.actions import Query, Remedy
from lab.errors import LabFault, Missing, NotSettled
from lab.live import homing, standing, symptoms, usual, world
from lab.live.incident import Clock, Incident
from lab.live.place import Place
from lab.live.prometheus import Sample
from lab.live.symptoms import Fired
from lab.live.world import LiveWorld
from lab.scenarios import Scenario, get
from lab.world import Health
from tests.unit.live_fakes import ALERTED, FakeKube, FakePrometheus, console, deployment, sample


class Shop:
    """The admin's hands and the ground at once: writes down what was done, in order."""

    shop = "shop"

    def __init__(self, kube: FakeKube) -> None:
        self.kube, self.did = kube, list[str]()
        self.takes_the_fault = True
        self.heals: list[Exception] = []
        self.prometheus = "prometheus-1"

    def heal(self) -> None:
        self.did.append("heal")
        if self.heals:
            raise self.heals.pop()

    def find(self, path: str) -> Any:
        if path.endswith("namespaces/backstage/pods"):
            return {"items": [measuring_pod(self.prometheus)]}
        if path.endswith("configmaps/feature-flags"):
            return {"data": self.kube.flags}
        return self.kube.workloads.get(path.rpartition("/")[2]) if "/deployments/" in path else None

    def patch(self, path: str, body: Any) -> Any:
        name = path.rpartition("/")[2]
        env = body["spec"]["template"]["spec"]["containers"][0]["env"]
        self.did.append(f"release {name} {next(one['value'] for one in env if one['name'] == 'SERVICE_VERSION')}")
        self.kube.workloads[name]["spec"]["template"]["spec"]["containers"][0]["env"] = env
        return {}

    def ask(self, service: str, method: str, path: str, body: Any = None) -> Any:
        self.did.append(f"{method} {service} {path} {body}")
        if self.takes_the_fault:
            self.kube.flags[path.rpartition("/")[2]] = "true"
        return {}

    def renew(self) -> None:
        self.did.append("token")


def measuring_pod(name: str) -> Any:
    return {"metadata": {"name": name, "uid": name}, "status": {}}


def answers(promql: str) -> list[Sample]:
    if promql.startswith("ALERTS{"):
        return [sample(1.0, severity="P1")]
    if promql == homing.question("shop"):
        return [sample(0.5, service="api-gateway", zone=zone) for zone in ("az-1", "az-2", "az-3")]
    return [] if promql == "ALERTS" else [sample(0.5)]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    monkeypatch.setattr(world, "RELEASE_PATIENCE", 0.0)
    monkeypatch.setattr(world, "HOME_PATIENCE", 0.0)
    monkeypatch.setattr(symptoms, "ALERT_PATIENCE", 0.0)
    monkeypatch.setattr(symptoms, "CLIMB_EVERY", 0.0)
    healthy = usual.Usual({}, {"api-gateway": "v2.14.1"}, {"api-gateway": 3}, {})
    monkeypatch.setattr(usual, "measured", lambda *_: healthy)
    monkeypatch.setattr(standing.kind, "running_since", dict)


@pytest.fixture
def scenario() -> Scenario:
    return get("RCA-001")


@pytest.fixture
def shop(scenario: Scenario) -> Shop:
    return shop_of(scenario)


def shop_of(scenario: Scenario) -> Shop:
    kube = FakeKube(*(deployment(name) for name in scenario.brief.known_services))
    kube.flags = {"full_history_export": "false"}
    return Shop(kube)


def live(shop: Shop, prometheus: FakePrometheus | None = None, clock: Clock = lambda: ALERTED) -> LiveWorld:
    seen: Any = shop
    return LiveWorld(Place(console(shop.kube, prometheus or FakePrometheus(answers)), seen, seen, seen), clock)


@pytest.fixture
def begun(shop: Shop, scenario: Scenario) -> Iterator[LiveWorld]:
    made = live(shop)
    made.begin(scenario, 0)
    yield made
    made.end()


def test_an_episode_goes_from_the_healthy_shop_to_the_healthy_shop(shop: Shop, scenario: Scenario) -> None:
    made = live(shop)
    alert = made.begin(scenario, 0)
    assert made.stage == "going on"
    made.end()
    assert made.stage == "idle"
    assert shop.did == [
        "heal",
        "token",
        "release api-gateway v2.15.0",
        "release product-service v2.14.2",
        "PUT config-service /flags/full_history_export {'enabled': True}",
        "heal",
    ]
    assert alert.title == scenario.brief.title
    assert alert.severity_fired == "P1"


def astray(promql: str) -> list[Sample]:
    found = answers(promql)
    return [*found[:-1], sample(0.0, **found[-1].labels)] if promql == homing.question("shop") else found


def ticking(seconds: float) -> Clock:
    ticks = count(ALERTED, seconds)
    return lambda: next(ticks)


@pytest.mark.parametrize(
    ("asked", "passing", "says"),
    [
        (answers, homing.PAST - 1, "pods of before the releases"),
        (astray, homing.PAST, "not asked evenly in all zones: api-gateway"),
    ],
)
def test_no_zone_is_cut_off_before_traffic_is_seen_in_its_own(asked: Any, passing: float, says: str) -> None:
    partition = get("RCA-002")
    shop = shop_of(partition)
    with pytest.raises(NotSettled, match=says):
        live(shop, FakePrometheus(asked), ticking(passing)).begin(partition, 0)
    assert shop.did == ["heal", "token", "release order-service v2.14.2", "release payment-service v2.15.0", "heal"]


def test_what_hits_all_zones_alike_does_not_wait_for_traffic_to_come_home(shop: Shop, scenario: Scenario) -> None:
    made = live(shop, FakePrometheus(astray))
    made.begin(scenario, 0)
    made.end()
    assert shop.kube.flags == {"full_history_export": "true"}


def test_a_fault_that_did_not_take_is_the_labs_and_the_shop_is_healed(shop: Shop, scenario: Scenario) -> None:
    shop.takes_the_fault = False
    made = live(shop)
    with pytest.raises(LabFault, match=r"^What was changed is not in the cluster\.\nmemory_hog made"):
        made.begin(scenario, 0)
    assert shop.did[-1] == "heal"
    assert made.stage == "idle"


def test_an_alert_that_never_fires_is_the_labs_and_the_shop_is_healed(shop: Shop, scenario: Scenario) -> None:
    made = live(shop, FakePrometheus())
    with pytest.raises(NotSettled, match="DatabaseDown"):
        made.begin(scenario, 0)
    assert shop.did[-1] == "heal"


def test_the_fault_waits_until_the_releases_are_calm(shop: Shop, scenario: Scenario) -> None:
    firing = FakePrometheus(lambda promql: [sample(1.0, alertname="PagesSlow")] if promql == "ALERTS" else [])
    with pytest.raises(NotSettled, match="PagesSlow"):
        live(shop, firing).begin(scenario, 0)
    assert not [act for act in shop.did if act.startswith("PUT")]


def test_the_lock_is_free_again_even_where_healing_fails(shop: Shop, scenario: Scenario) -> None:
    made = live(shop)
    made.begin(scenario, 0)
    shop.heals = [NotSettled("still broken")]
    with pytest.raises(NotSettled):
        made.end()
    other = live(shop)
    other.begin(scenario, 0)
    other.end()


def test_one_episode_at_a_time(shop: Shop, scenario: Scenario, begun: LiveWorld) -> None:
    other = live(shop)
    with pytest.raises(Missing, match="Another episode has the cluster"):
        other.begin(scenario, 0)
    before = list(shop.did)
    other.end()  # as a server does in `finally`: it must not heal under the one who plays
    assert shop.did == before
    assert begun.stage == "going on"


def test_beginning_again_ends_the_one_before(begun: LiveWorld, scenario: Scenario, shop: Shop) -> None:
    shop.did.clear()
    begun.begin(scenario, 0)
    assert shop.did[0] == "heal"


def test_before_the_beginning_there_is_nothing_to_see(shop: Shop) -> None:
    made = live(shop)
    for ask in (
        lambda: made.look(Query("query_logs", "api-gateway")),
        lambda: made.do(Remedy("restart_service", "api-gateway")),
        made.health,
    ):
        with pytest.raises(LabFault, match="No incident is going on"):
            ask()


@pytest.fixture
def sick(monkeypatch: pytest.MonkeyPatch) -> Health:
    found = Health(False, ("The database does not answer.",))
    monkeypatch.setattr(world, "watched", lambda *_: found)
    return found


def test_a_sick_shop_is_told_of_where_nobody_outside_made_it_so(begun: LiveWorld, sick: Health) -> None:
    assert begun.health() == sick


@pytest.mark.usefixtures("sick")
def test_a_sick_shop_proves_nothing_where_somebody_outside_took_a_part_away(begun: LiveWorld, shop: Shop) -> None:
    shop.prometheus = "prometheus-2"
    begun.do(Remedy("disable_feature_flag", "full_history_export"))
    with pytest.raises(LabFault, match="proves nothing: backstage/prometheus-1"):
        begun.health()


def test_a_healthy_shop_is_healthy_whoever_else_was_there(
    begun: LiveWorld, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.prometheus = "prometheus-2"
    monkeypatch.setattr(world, "watched", lambda *_: Health(True))
    assert begun.health() == Health(True)


def test_what_falls_while_the_incident_begins_ends_it_and_the_shop_is_healed(
    shop: Shop, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fires(*_: object) -> Fired:
        shop.prometheus = "prometheus-2"
        return Fired("P1", ALERTED)

    monkeypatch.setattr(symptoms, "wait_for_alert", fires)
    with pytest.raises(LabFault, match="proves nothing"):
        live(shop).begin(scenario, 0)
    assert shop.did[-1] == "heal"


def test_every_diagnosis_is_there(begun: LiveWorld) -> None:
    kinds = ("query_logs", "check_metrics", "check_dependencies", "check_recent_deploys", "check_service_status")
    for kind in kinds:
        prometheus = cast(Any, begun)._console.prometheus
        prometheus.answer = lambda _: []
        assert "api-gateway" in begun.look(Query(cast(Any, kind), "api-gateway")).text


def test_flags_are_read_where_they_are_kept(begun: LiveWorld) -> None:
    assert begun.flags() == {"full_history_export": True}


def test_an_incident_is_as_old_as_its_last_healthy_moment() -> None:
    assert Incident(10.0, 40.0, clock=lambda: 70.0).age == 60.0
