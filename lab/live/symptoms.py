"""The alert that pages the agent: waited for in Prometheus, its symptoms measured and put into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.live.incident import Clock, Incident, Key
from lab.live.prometheus import Prometheus
from lab.live.units import written
from lab.scenarios import Scenario, SymptomLine, figures
from lab.world import Alert

# Twice what the slowest fault may take to page (30 s); after that it never showed.
ALERT_PATIENCE = 60.0
# The windows of the symptoms hold ten seconds; until then their values still climb. An alert fires six seconds after
# the first errors, so that they are full soon after; a page is not held up for the last few percent.
CLIMB_PATIENCE, CLIMB_EVERY, COMPARED = 3.0, 0.5, 5
CLOSE_SHARE, CLOSE_AMOUNT = 0.1, 0.02
REVENUE_LOST, GATEWAY_ERRORS = "revenue_lost_per_minute", "gateway_error_ratio"
# Symptoms that are a share of something that fails bear it in their name.
FAILURE_SUFFIXES = ("error_ratio", "failure_ratio")

Values = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Fired:
    severity: str
    at: float


def wait_for_alert(prometheus: Prometheus, name: str, clock: Clock) -> Fired:
    def must_fire() -> Fired:
        found = prometheus.query(f'ALERTS{{alertname="{name}",alertstate="firing"}}')
        if not found:
            raise NotYet(f"the alert {name} does not fire")
        return Fired(found[0].labels.get("severity", ""), clock())

    return wait_until(must_fire, ALERT_PATIENCE, every=0.3, what=f"the alert {name}")


def alerts_at_work(prometheus: Prometheus) -> list[str]:
    """Those that fire and those that are about to."""
    return sorted({sample.labels["alertname"] for sample in prometheus.query("ALERTS")})


def steady_values(prometheus: Prometheus, symptoms: Sequence[SymptomLine]) -> Values:
    """Once they have stopped climbing; where one never stops, as last seen."""
    seen: list[Values] = []

    def must_be_steady() -> None:
        seen.append(values(prometheus, symptoms))
        if len(seen) <= COMPARED or not _all_close(seen[-1], seen[-1 - COMPARED]):
            raise NotYet("the symptoms still climb")

    try:
        wait_until(must_be_steady, CLIMB_PATIENCE, every=CLIMB_EVERY)
    except NotSettled:
        return seen[-1]
    return seen[-1]


def values(prometheus: Prometheus, symptoms: Sequence[SymptomLine]) -> dict[str, float | None]:
    return {symptom.name: prometheus.number(symptom.query) for symptom in symptoms}


def key_of(symptom: str) -> Key:
    """Under which a symptom's healthy value is kept in the incident."""
    return ("symptom", symptom)


def alert_of(scenario: Scenario, prometheus: Prometheus, fired: Fired, injected: float, incident: Incident) -> Alert:
    brief = scenario.brief
    seen = steady_values(prometheus, brief.symptoms)
    return Alert(
        id=f"{brief.alert}-{datetime.fromtimestamp(fired.at, UTC):%Y%m%dT%H%M%SZ}",
        title=brief.title,
        severity_fired=fired.severity,
        affected_services=brief.affected_services,
        symptoms=tuple(_told(symptom, seen[symptom.name], incident) for symptom in brief.symptoms),
        error_rate=round(_error_rate(seen, prometheus), 4),
        duration_minutes=round((fired.at - injected) / 60, 4),
        revenue_impact_per_min=round(prometheus.number(figures()[REVENUE_LOST].query) or 0.0, 2),
    )


def _told(symptom: SymptomLine, value: float | None, incident: Incident) -> str:
    healthy = incident.healthy.get(key_of(symptom.name))
    return symptom.says.format(value=written(value, symptom.unit), healthy=written(healthy, symptom.unit))


def _error_rate(seen: Values, prometheus: Prometheus) -> float:
    """Of what the alert is about; where its symptoms name no failures, of the gateway."""
    shares = [value for name, value in seen.items() if name.endswith(FAILURE_SUFFIXES) and value is not None]
    return shares[0] if shares else prometheus.number(figures()[GATEWAY_ERRORS].query) or 0.0


def _all_close(now: Values, before: Values) -> bool:
    return all(_is_close(now[name], before[name]) for name in now)


def _is_close(now: float | None, before: float | None) -> bool:
    if now is None or before is None:
        return now is before
    return abs(now - before) <= max(CLOSE_AMOUNT, CLOSE_SHARE * abs(before))
