from collections.abc import Mapping
from typing import Any, cast

import pytest

from lab.live import dependencies, figures
from lab.live.dependencies import Measured, check_dependencies, healthy_values, measured
from lab.live.figures import FIGURES
from lab.live.metrics import check_metrics, lines_of
from lab.live.prometheus import Prometheus, Sample
from tests.unit.live_fakes import FakePrometheus, incident, sample

AGE = 60.0


def lines(now: Mapping[Any, float], healthy: Mapping[Any, float], service: str = "auth-service") -> list[str]:
    return [str(line) for line in lines_of(service, now, healthy, AGE)]


@pytest.mark.parametrize(
    ("name", "healthy", "value", "abnormal"),
    [
        ("error_rate", 0.0, 0.78, True),
        ("error_rate", 0.0, 0.01, False),
        ("error_rate", 0.4, 0.45, False),
        ("p95_latency", 0.02, 0.1, False),
        ("p95_latency", 0.02, 1.2, True),
        ("traffic", 8.0, 2.0, True),
        ("traffic", 8.0, 7.0, False),
        ("memory_of_limit", 0.3, 0.95, True),
        ("memory_of_limit", 0.3, 0.6, False),
        ("pool_in_use", 1.0, 57.0, True),
        ("pool_max", 8.0, 200.0, True),
        ("pool_max", 8.0, 8.0, False),
        ("database_up", 1.0, 0.0, True),
        ("database_logins_refused", 0.0, 0.4, True),
        ("database_credentials_generation", 1.0, 2.0, True),
        ("cache_hit_ratio", 0.94, 0.03, True),
        ("cache_hit_ratio", 0.94, 0.9, False),
        ("cache_purges", 0.03, 1.0, True),
        ("mail_queue", 1.0, 40.0, True),
        ("database_uptime", 900.0, 2.0, False),
    ],
)
def test_what_counts_as_abnormal(name: str, healthy: float, value: float, abnormal: bool) -> None:
    key = (name, "auth-service")
    (line,) = (line for line in lines_of("auth-service", {key: value}, {key: healthy}, AGE) if line.key == name)
    assert line.abnormal is abnormal


def test_values_are_told_beside_the_healthy_ones() -> None:
    key = ("error_rate", "auth-service")
    assert lines({key: 0.7812}, {key: 0.0}) == ["error_rate: 78 % (healthy: 0 %) [ABNORMAL]"]


def test_how_long_before_the_incident_the_database_began_is_not_told() -> None:
    key = ("database_uptime", "postgres-db")
    assert lines({key: AGE - 20}, {key: 900.0}, "postgres-db") == ["database_uptime: 40.0 s"]
    assert lines({key: AGE + 37}, {key: 37.0}, "postgres-db") == ["database_uptime: longer than the incident"]


def test_what_is_measured_no_more_is_abnormal_but_what_never_was_is_not_told() -> None:
    assert lines({}, {("database_up", "auth-service"): 1.0}) == [
        "database_up: not measured now (healthy: yes) [ABNORMAL]"
    ]
    assert lines({}, {}) == []


def test_a_pod_that_is_new_says_that_its_processor_time_is_not_measured_yet() -> None:
    new = {("memory_of_limit", "auth-service"): 0.3}
    assert lines(new, {}) == ["memory_of_limit: 30 %", "cpu: not measured yet"]
    assert "cpu: 0.10 cores" in lines(new | {("cpu", "auth-service"): 0.1}, {})


def test_a_figure_that_did_not_exist_before_has_no_healthy_value() -> None:
    assert lines({("fallbacks", "auth-service"): 0.0}, {}) == ["fallbacks: 0.0 a second"]


def test_series_of_one_figure_are_told_apart() -> None:
    now = {("prefixes_received", "network-infra", "az-2", "az-1"): 0.0}
    healthy = {("prefixes_received", "network-infra", "az-2", "az-1"): 1.0}
    assert lines(now, healthy, "network-infra") == [
        "prefixes_received zone=az-2 from_zone=az-1: 0 (healthy: 1) [ABNORMAL]"
    ]


def test_other_services_figures_stay_out() -> None:
    assert lines({("error_rate", "user-service"): 0.5}, {}) == []


def test_the_question_holds_each_figure_once_and_only_for_that_service() -> None:
    question = figures.question("auth-service", "shop", 40)
    for figure in FIGURES:
        wanted = 0 if "{door}" in figure.promql else 1
        assert question.count(f'"fact", "{figure.name}", "", ""') == wanted
    assert 'service="auth-service"' in question
    assert "[40s]" in question
    assert "{{" not in question


def test_what_customers_see_is_told_at_the_door_only() -> None:
    assert '"fact", "revenue"' in figures.question("api-gateway", "shop", 40)
    assert '"fact", "revenue"' in figures.question(None, "shop", 10)
    assert figures.keyed([sample(100.0, fact="revenue")]) == {("revenue", "api-gateway"): 100.0}


def test_a_look_is_one_question() -> None:
    prometheus = FakePrometheus(lambda _: [sample(0.5, fact="error_rate", service="auth-service")])
    found = check_metrics(cast(Prometheus, prometheus), "shop", "auth-service", incident())
    assert len(prometheus.questions) == 1
    assert "measured 10 s after the alert" in found.text
    assert found.keys == ("error_rate",)
    assert found.abnormal == ("error_rate",)


def test_a_service_without_figures_says_so() -> None:
    prometheus = cast(Prometheus, FakePrometheus())
    assert "no figures" in check_metrics(prometheus, "shop", "auth-service", incident()).text


def call(
    value: float, outcome: str, zone: str = "az-1", service: str = "order-service", peer: str = "payment-service"
) -> Sample:
    return sample(value, fact="calls", service=service, peer=peer, zone=zone, outcome=outcome)


CALLS = [
    call(0.5, "ok", "az-1"),
    call(0.5, "timeout", "az-2"),
    call(0.5, "timeout", "az-3"),
    sample(1.2, fact="p95", service="order-service", peer="payment-service"),
    call(1.0, "ok", service="api-gateway", peer="order-service"),
]


def told(samples: list[Sample], healthy: Mapping[Any, float], service: str = "order-service") -> list[str]:
    return [str(line) for line in dependencies.lines_of(service, measured(samples), healthy)]


def test_edges_are_told_both_ways_with_how_they_fail_and_from_where() -> None:
    healthy = {
        ("calls", "order-service", "payment-service"): 1.5,
        ("call_failures", "order-service", "payment-service"): 0.0,
    }
    assert told(CALLS, healthy) == [
        "order-service calls:",
        "calls_to payment-service: 1.5 a second, 67 % failed (timeout 67 %), p95 1.2 s"
        " (healthy: 1.5 a second, 0 % failed) [ABNORMAL]",
        "  by the caller's zone: az-1 0 % failed, az-2 100 % failed, az-3 100 % failed",
        "order-service is called by:",
        "calls_from api-gateway: 1.0 a second, 0 % failed",
    ]


def test_an_edge_that_fell_silent_is_abnormal() -> None:
    assert told([], {("calls", "order-service", "payment-service"): 1.5}) == [
        "order-service calls:",
        "calls_to payment-service: declared, no calls now (healthy: 1.5 a second, 0 % failed) [ABNORMAL]",
        "No service of the shop calls order-service.",
    ]


def test_a_declared_edge_without_calls_is_told_and_normal() -> None:
    assert told([call(0.0, "ok")], {})[1] == "calls_to payment-service: declared, no calls now"


def test_what_fails_when_healthy_too_is_not_marked() -> None:
    samples = [call(0.95, "ok"), call(0.05, "error")]
    healthy = {
        ("calls", "order-service", "payment-service"): 1.0,
        ("call_failures", "order-service", "payment-service"): 0.04,
    }
    assert "[ABNORMAL]" not in told(samples, healthy)[1]


def test_healthy_values_are_kept_by_edge() -> None:
    kept = healthy_values(measured(CALLS))
    assert kept["calls", "order-service", "payment-service"] == 1.5
    assert kept["call_failures", "order-service", "payment-service"] == pytest.approx(2 / 3)


def test_an_edge_without_calls_has_not_failed() -> None:
    assert Measured().failed == 0.0


def test_dependencies_are_one_question_too() -> None:
    prometheus = FakePrometheus(lambda _: CALLS)
    found = check_dependencies(cast(Prometheus, prometheus), "shop", "order-service", incident())
    assert len(prometheus.questions) == 1
    assert found.keys == ("calls_to", "calls_from")
    assert found.abnormal == ("calls_to",)
