"""The takes that ship hold the evidence that an incident promises, where it promises it and nowhere else."""

from collections.abc import Iterator

import pytest

from lab.actions import QUERY_KINDS, Query
from lab.recorded import takes
from lab.scenarios import Scenario, get, load_all
from lab.world import Evidence

FAULTS = [scenario for scenario in load_all().values() if scenario.fault_of is None]
HARDER = [scenario for scenario in FAULTS if scenario.task.difficulty != "easy"]


def looked_at(scenario: Scenario) -> dict[Query, Evidence]:
    """All that can be looked at while nothing is mended yet."""
    node = takes.graph_for(takes.own_folder(), scenario, 0).node(0)
    services = scenario.brief.known_services
    return {query: node.evidence[query] for service in services for query in (Query(k, service) for k in QUERY_KINDS)}


def services_that_say(scenario: Scenario, words: str) -> set[str]:
    return {query.service for query, seen in looked_at(scenario).items() if words in seen.text.lower()}


def text_of(scenario_id: str, kind: str, service: str) -> str:
    scenario = get(scenario_id)
    return next(
        seen.text for query, seen in looked_at(scenario).items() if (query.kind, query.service) == (kind, service)
    )


def spellings(name: str) -> Iterator[str]:
    yield from (name, name.replace("-", " "), name.replace("-", "_"))


def test_only_the_databases_own_log_and_its_culprits_name_the_export() -> None:
    assert "analytics export query" in text_of("RCA-001", "query_logs", "postgres-db").lower()
    assert services_that_say(get("RCA-001"), "export") == {"postgres-db", "analytics-service"}


def test_no_victim_of_a_partition_names_the_network() -> None:
    for spelling in spellings("network-infra"):
        assert services_that_say(get("RCA-002"), spelling) <= {"network-infra"}
    for word in ("prefix", "withdrawn"):
        assert services_that_say(get("RCA-002"), word) == {"network-infra"}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("query_logs", "withdrawn"),
        ("check_metrics", "prefixes_received zone=az-2 from_zone=az-1: 0 (healthy: 1) [ABNORMAL]"),
        ("check_recent_deploys", "deny az-1 to az-2,az-3"),
    ],
)
def test_the_networks_own_evidence_shows_the_withdrawal(kind: str, says: str) -> None:
    marked = [line for line in text_of("RCA-002", kind, "network-infra").splitlines() if says in line]
    assert marked, text_of("RCA-002", kind, "network-infra")


def test_a_victim_hints_at_the_rotation_and_the_culprit_shows_it() -> None:
    for victim in ("user-service", "notification-service"):
        assert "secrets rotation" in text_of("RCA-003", "query_logs", victim)
        assert "password authentication failed" in text_of("RCA-003", "query_logs", victim)
    assert "password authentication failed" not in text_of("RCA-003", "query_logs", "order-service")
    assert "rotat" in text_of("RCA-003", "query_logs", "config-service")
    assert get("RCA-003").fault.change_cause in text_of("RCA-003", "check_recent_deploys", "config-service")


@pytest.mark.parametrize("scenario", FAULTS, ids=lambda scenario: scenario.id)
def test_innocent_releases_stand_in_the_history_of_others(scenario: Scenario) -> None:
    for release in scenario.fault.innocent_releases:
        told = text_of(scenario.id, "check_recent_deploys", release.service)
        assert release.change_cause in told
        assert "new_since_incident: 0" not in told


@pytest.mark.parametrize("scenario", FAULTS, ids=lambda scenario: scenario.id)
def test_each_clue_of_the_key_shows_something_that_is_not_as_usual(scenario: Scenario) -> None:
    seen = looked_at(scenario)
    for clue in scenario.answer.culprit_evidence:
        assert seen[clue.query].abnormal, clue


@pytest.mark.parametrize("scenario", HARDER, ids=lambda scenario: scenario.id)
def test_no_other_service_tells_the_culprits_release(scenario: Scenario) -> None:
    for trace in filter(None, (scenario.fault.version, scenario.fault.change_cause, *scenario.fault.env)):
        assert services_that_say(scenario, trace.lower()) <= {scenario.answer.culprit}
