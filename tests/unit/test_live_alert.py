"""What the page of an incident says: measured, beside the healthy values, and nothing of the culprit."""

from typing import Any, cast

import pytest

from lab.live import symptoms
from lab.live.prometheus import Prometheus, Sample
from lab.live.symptoms import COMPARED, Fired, alert_of, steady_values
from lab.scenarios import Scenario, get
from tests.unit.live_fakes import ALERTED, FakePrometheus, incident, sample


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symptoms, "CLIMB_EVERY", 0.0)


@pytest.fixture
def scenario() -> Scenario:
    return get("RCA-001")


def paged(scenario: Scenario, values: dict[str, float], **facts: Any) -> Any:
    by_query = {symptom.query: values.get(symptom.name) for symptom in scenario.brief.symptoms}

    def answer(promql: str) -> list[Sample]:
        value = by_query.get(promql, 777.0)
        return [] if value is None else [sample(value)]

    prometheus = cast(Prometheus, FakePrometheus(answer))
    return alert_of(scenario, prometheus, Fired("P1", ALERTED), ALERTED - 12, incident(**facts))


def test_symptoms_are_measured_and_told_beside_the_healthy_values(scenario: Scenario) -> None:
    healthy = {("symptom", "gateway_error_ratio"): 0.0}
    alert = paged(scenario, {"gateway_error_ratio": 0.78, "revenue_lost_per_minute": 12_000}, healthy=healthy)
    assert "78 % of the gateway's answers are server errors (healthy: 0 %)." in alert.symptoms
    assert "Revenue lost: $12,000 a minute (healthy: not measured)." in alert.symptoms
    assert alert.error_rate == 0.78
    assert alert.duration_minutes == 0.2
    assert alert.revenue_impact_per_min == 12_000
    assert alert.affected_services == scenario.brief.affected_services


@pytest.mark.parametrize("scenario_id", ["RCA-001", "RCA-002", "RCA-003", "RP-001"])
def test_the_alert_never_names_the_culprit(scenario_id: str) -> None:
    found = get(scenario_id)
    assert found.answer.culprit not in str(paged(found, {}))
    assert scenario_id not in str(paged(found, {}))


def test_symptoms_that_climb_are_waited_for(scenario: Scenario) -> None:
    seen = iter([0.1, 0.2, 0.4, 0.6, *[0.78] * (COMPARED + 2)])
    prometheus = cast(Prometheus, FakePrometheus(lambda _: [sample(next(seen))]))
    (first, *_) = scenario.brief.symptoms
    assert steady_values(prometheus, [first]) == {first.name: 0.78}
    assert list(seen) == [0.78]


def test_symptoms_that_never_rest_are_told_as_last_seen(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symptoms, "CLIMB_PATIENCE", 0.0)
    prometheus = cast(Prometheus, FakePrometheus(lambda _: [sample(0.3)]))
    (first, *_) = scenario.brief.symptoms
    assert steady_values(prometheus, [first]) == {first.name: 0.3}
