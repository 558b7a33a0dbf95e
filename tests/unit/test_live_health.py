from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from lab.errors import ClusterGone
from lab.live import health, verdicts
from lab.live.connection import Kube
from lab.live.health import judged, watched
from lab.live.inventory import Inventory, Workload
from lab.live.reading import Reading, question, read, sorted_out
from lab.live.runbook import MEASUREMENTS, measure
from lab.live.verdicts import Verdict
from tests.unit.live_fakes import FakeKube, FakePrometheus, console, deployment, incident, sample

SERIES: Mapping[str, Mapping[tuple[str, str], float]] = {
    "asked": {("", ""): 10.0},
    "instances": {("user-service", ""): 1.0, ("order-service", ""): 3.0},
    "journeys_failed": {("", "checkout"): 0.0, ("", "page"): 0.0},
    "journeys_slow": {("", "page"): 0.0},
    "checkouts_failed": {("az-1", ""): 0.0, ("az-2", ""): 0.0},
    "revenue": {("", ""): 12_000.0},
    "errors": {("user-service", ""): 0.0},
    "reaches_database": {("user-service", ""): 1.0, ("order-service", ""): 1.0},
    "credentials": {("user-service", ""): 2.0, ("order-service", ""): 2.0},
    "credentials_published": {("", ""): 2.0},
    "database_up": {("", ""): 1.0},
    "database_uptime": {("", ""): 500.0},
    "database_connections": {("", ""): 20.0},
    "database_connections_max": {("", ""): 60.0},
    "database_memory": {("", ""): 0.2},
    "prefixes_received": {("az-2", "az-1"): 1.0, ("az-1", "az-2"): 1.0},
    "routes_suppressed": {("az-1", ""): 0.0, ("az-2", ""): 0.0},
}
USUAL = incident(
    replicas={"user-service": 1, "order-service": 3},
    flags={"full_history_export": False, "gift_wrapping": True},
    healthy={("revenue", "api-gateway"): 12_000.0},
)


def workloads(**ready: int) -> dict[str, Workload]:
    kube = FakeKube(deployment("user-service", ready=ready.get("user", 1)), deployment("order-service", 3))
    secret = {"secretKeyRef": {"name": "db-shop-app", "key": "password"}}
    env = kube.workloads["order-service"]["spec"]["template"]["spec"]["containers"][0]["env"]
    env.append({"name": "DB_PASSWORD", "valueFrom": secret})
    return Inventory(cast(Kube, kube)).workloads()


def reading(**changed: Mapping[tuple[str, str], float]) -> Reading:
    flags = {"full_history_export": False, "gift_wrapping": True}
    return Reading(workloads(), flags, {**SERIES, **changed})


def test_a_shop_that_serves_and_lasts_is_healthy() -> None:
    found = judged(reading(), USUAL)
    assert found.healthy
    assert found.reasons == ()
    assert found.services == {"order-service": True, "user-service": True}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"concerns": {("user-service", "breaker_latched"): 1.0}},
            "user-service reports a condition that will not last: breaker latched.",
        ),
        ({"journeys_failed": {("", "checkout"): 0.67}}, "67 % of the customers' checkout requests fail."),
        ({"journeys_slow": {("", "page"): 0.5}}, "50 % of the customers' page requests are slow."),
        ({"revenue": {("", ""): 4_000.0}}, "Revenue is $4,000 a minute; usually it is $12,000."),
        ({"errors": {("user-service", ""): 0.45}}, "user-service answers 45 % of its requests with server errors."),
        ({"reaches_database": {("user-service", ""): 0.0}}, "user-service does not reach the database."),
        ({"logins_refused": {("user-service", ""): 0.4}}, "The database refuses the logins of user-service."),
        ({"database_up": {}}, "The database does not answer."),
        (
            {"instances": {("user-service", ""): 1.0, ("order-service", ""): 2.0}},
            "Not every pod of order-service is measured yet.",
        ),
        (
            {"credentials": {("user-service", ""): 1.0, ("order-service", ""): 1.0}},
            "order-service runs on credentials of generation 1; published is generation 2.",
        ),
    ],
)
def test_each_trouble_is_a_reason(changed: dict[str, Any], reason: str) -> None:
    found = judged(reading(**changed), USUAL)
    assert not found.healthy
    assert found.reasons == (reason,)


@pytest.mark.parametrize(
    ("changed"),
    [
        {"journeys_failed": {("", "checkout"): 0.02}},
        {"journeys_slow": {("", "page"): 0.15}},
        {"revenue": {("", ""): 9_000.0}},
        {"logins_refused": {("user-service", ""): 0.0}},
    ],
)
def test_noise_is_no_trouble(changed: dict[str, Any]) -> None:
    assert judged(reading(**changed), USUAL).healthy


def test_pods_that_are_not_ready() -> None:
    found = judged(replace(reading(), workloads=workloads(user=0)), USUAL)
    assert found.reasons == ("0 of 1 pods of user-service are ready.",)
    assert found.services == {"order-service": True, "user-service": False}


def test_fewer_replicas_than_usual_and_services_that_are_gone() -> None:
    usual = replace(USUAL, replicas={"user-service": 2, "order-service": 3, "api-gateway": 3})
    assert judged(reading(), usual).reasons == (
        "user-service is scaled to 1 replicas instead of 2.",
        "api-gateway is gone.",
    )


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (
            {"full_history_export": True, "gift_wrapping": True},
            "The feature flag full_history_export is on; usually it is off.",
        ),
        (
            {"full_history_export": False, "gift_wrapping": False},
            "The feature flag gift_wrapping is off; usually it is on.",
        ),
        ({"full_history_export": False}, "The feature flag gift_wrapping is missing; usually it is on."),
    ],
)
def test_flags_away_from_their_defaults(flags: dict[str, bool], reason: str) -> None:
    assert judged(replace(reading(), flags=flags), USUAL).reasons == (reason,)


def test_silence_is_the_labs_own_trouble_and_never_health() -> None:
    with pytest.raises(ClusterGone, match="silent"):
        judged(reading(asked={}), USUAL)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "EVERY", 0.0)
    monkeypatch.setattr(health, "PATIENCE", 0.2)


def in_turn(*readings: Reading) -> Callable[[], Reading]:
    left = list(readings)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.usefixtures("quick")
def test_what_a_remedy_left_in_the_windows_is_waited_out() -> None:
    broken = reading(journeys_failed={("", "checkout"): 0.5})
    assert watched(in_turn(broken, broken, reading()), USUAL, Time()).healthy


@pytest.mark.usefixtures("quick")
def test_a_moment_of_health_is_not_enough() -> None:
    broken = reading(journeys_failed={("", "checkout"): 0.5})
    found = watched(in_turn(reading(), reading(), broken), USUAL, Time())
    assert not found.healthy
    assert found.reasons == ("50 % of the customers' checkout requests fail.",)


def test_a_reading_is_three_questions() -> None:
    kube, prometheus = FakeKube(deployment("user-service")), FakePrometheus(lambda _: [sample(1.0, fact="asked")])
    kube.flags = {"gift_wrapping": "true"}
    found = read(console(kube, prometheus))
    assert found.total("asked") == 1.0
    assert found.flags == {"gift_wrapping": True}
    assert list(found.workloads) == ["user-service"]
    assert len(prometheus.questions) == 1


def test_every_series_is_asked_for_under_its_name() -> None:
    asked = question("shop")
    for name in SERIES:
        assert f'"fact", "{name}"' in asked


def test_series_are_sorted_by_what_tells_them_apart() -> None:
    samples = [sample(1.0, fact="a", service="s", part="p"), sample(2.0, fact="b", zone="az-1"), sample(3.0, fact="c")]
    assert sorted_out(samples) == {"a": {("s", "p"): 1.0}, "b": {("az-1", ""): 2.0}, "c": {("", ""): 3.0}}


@pytest.mark.parametrize("step", MEASUREMENTS)
def test_each_measuring_step_is_good_on_a_healthy_shop(step: str) -> None:
    found = MEASUREMENTS[step](reading())
    assert found.good
    assert found.lines
    assert "[ABNORMAL]" not in "".join(found.lines)


@pytest.mark.parametrize("step", MEASUREMENTS)
def test_a_measuring_step_that_measured_nothing_is_not_good(step: str) -> None:
    assert not MEASUREMENTS[step](Reading({}, {}, {})).good


@pytest.mark.parametrize(
    ("judge", "changed", "line"),
    [
        (verdicts.customers, {"journeys_failed": {("", "checkout"): 0.3}}, "checkout: 30 % requests fail [ABNORMAL]"),
        (verdicts.checkouts, {"checkouts_failed": {("az-2", ""): 1.0}}, "az-2: 100 % of the checkouts fail [ABNORMAL]"),
        (verdicts.zones, {"prefixes_received": {("az-2", "az-1"): 0.0}}, "az-2 has the route to az-1: no [ABNORMAL]"),
        (
            verdicts.zones,
            {"prefixes_received": {("az-2", "az-1"): 1.0}},
            "az-1 has the route to az-2: not measured yet [ABNORMAL]",
        ),
        (verdicts.zones, {"routes_suppressed": {("az-2", ""): 1.0}}, "az-2 suppresses 1 routes [ABNORMAL]"),
        (
            verdicts.zones,
            {"concerns": {("network-infra", "routes_held_by_override"): 1.0}},
            "the routes are held by an operator's override [ABNORMAL]",
        ),
        (verdicts.database, {"database_up": {("", ""): 0.0}}, "database_up: no [ABNORMAL]"),
        (verdicts.database, {"database_uptime": {("", ""): 1.0}}, "database_uptime: 1.0 s [ABNORMAL]"),
        (verdicts.database, {"database_connections": {("", ""): 60.0}}, "database_connections: 60 of 60 [ABNORMAL]"),
        (verdicts.database, {"database_memory": {("", ""): 0.97}}, "memory_of_limit: 97 % [ABNORMAL]"),
        (
            verdicts.database_clients,
            {"reaches_database": {("user-service", ""): 0.0}},
            "user-service reaches the database: no, no login refused [ABNORMAL]",
        ),
        (
            verdicts.database_clients,
            {"logins_refused": {("user-service", ""): 0.5}},
            "user-service reaches the database: yes, logins are refused [ABNORMAL]",
        ),
        (
            verdicts.database_clients,
            {"credentials": {("order-service", ""): 1.0}},
            "order-service reaches the database: yes, no login refused,"
            " runs on credentials of generation 1, published is 2 [ABNORMAL]",
        ),
    ],
)
def test_what_is_bad_is_marked(judge: Callable[[Reading], Verdict], changed: dict[str, Any], line: str) -> None:
    found = judge(reading(**changed))
    assert not found.good
    assert line in found.lines


def test_what_a_service_says_of_itself_is_for_health_alone() -> None:
    concerned = reading(concerns={("user-service", "breaker_latched"): 1.0})
    assert verdicts.services(concerned) == verdicts.services(reading())


def test_a_measurement_looks_again_until_it_is_good() -> None:
    broken = reading(database_up={("", ""): 0.0})
    outcome = measure(in_turn(broken, reading()), verdicts.database, patience=5.0, every=0.0)
    assert outcome.text.startswith("Health of the database: as it should be.")
    assert not outcome.changed


def test_a_measurement_of_what_stays_broken_says_what_it_saw() -> None:
    outcome = measure(in_turn(reading(database_up={("", ""): 0.0})), verdicts.database, patience=0.0, every=0.0)
    assert outcome.text.splitlines()[:2] == [
        "Health of the database: NOT as it should be, 1 of 4 facts are bad.",
        "database_up: no [ABNORMAL]",
    ]
    assert outcome.settled
