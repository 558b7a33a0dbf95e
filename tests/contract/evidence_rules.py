"""What an incident's evidence shows, where, and nowhere else; asked of the takes that ship and of the live cluster."""

from collections.abc import Callable, Iterator, Mapping

from lab.actions import QUERY_KINDS, Query, QueryKind
from lab.scenarios import Scenario, get
from lab.world import Evidence

REFUSED = "password authentication failed"


class Looked:
    """All that can be looked at while nothing is mended yet."""

    def __init__(self, scenario: Scenario, look: Callable[[Query], Evidence]) -> None:
        self.scenario = scenario
        queries = [Query(kind, service) for service in scenario.brief.known_services for kind in QUERY_KINDS]
        self.seen: Mapping[Query, Evidence] = {query: look(query) for query in queries}

    def who_says(self, words: str) -> set[str]:
        return {query.service for query, found in self.seen.items() if words in found.text.lower()}

    def text(self, kind: QueryKind, service: str) -> str:
        return self.seen[Query(kind, service)].text


Rule = Callable[[Looked], None]


def only_the_databases_own_log_and_its_culprits_name_the_export(looked: Looked) -> None:
    assert "analytics export query" in looked.text("query_logs", "postgres-db").lower()
    assert looked.who_says("export") == {"postgres-db", "analytics-service"}


def no_victim_of_a_partition_names_the_network(looked: Looked) -> None:
    for spelling in spellings("network-infra"):
        assert looked.who_says(spelling) <= {"network-infra"}
    for word in ("prefix", "withdrawn"):
        assert looked.who_says(word) == {"network-infra"}


def the_networks_own_evidence_shows_the_withdrawal(looked: Looked) -> None:
    for kind, says in (
        ("query_logs", "withdrawn"),
        ("check_metrics", "prefixes_received zone=az-2 from_zone=az-1: 0 (healthy: 1) [ABNORMAL]"),
        ("check_recent_deploys", "deny az-1 to az-2,az-3"),
    ):
        assert says in looked.text(kind, "network-infra"), looked.text(kind, "network-infra")


def only_victims_hint_at_the_rotation_and_the_culprit_shows_it(looked: Looked) -> None:
    victims = ("user-service", "notification-service")
    assert looked.who_says("secrets rotation") == {*victims, "config-service"}
    for victim in victims:
        assert REFUSED in looked.text("query_logs", victim)
    assert REFUSED not in looked.text("query_logs", "order-service")
    assert "rotat" in looked.text("query_logs", "config-service")
    assert str(get("RCA-003").fault.change_cause) in looked.text("check_recent_deploys", "config-service")


def innocent_releases_stand_in_the_history_of_others(looked: Looked) -> None:
    for release in looked.scenario.fault.innocent_releases:
        told = looked.text("check_recent_deploys", release.service)
        assert release.change_cause in told
        assert "new_since_incident: 0" not in told


def each_clue_of_the_key_shows_something_that_is_not_as_usual(looked: Looked) -> None:
    for clue in looked.scenario.answer.culprit_evidence:
        assert looked.seen[clue.query].abnormal, clue


def no_other_service_tells_the_culprits_release(looked: Looked) -> None:
    fault, culprit = looked.scenario.fault, looked.scenario.answer.culprit
    for trace in filter(None, (fault.version, fault.change_cause, *fault.env)):
        assert looked.who_says(trace.lower()) <= {culprit}


OWN: Mapping[str, tuple[Rule, ...]] = {
    "RCA-001": (only_the_databases_own_log_and_its_culprits_name_the_export,),
    "RCA-002": (no_victim_of_a_partition_names_the_network, the_networks_own_evidence_shows_the_withdrawal),
    "RCA-003": (only_victims_hint_at_the_rotation_and_the_culprit_shows_it,),
}


def rules_of(scenario: Scenario) -> Iterator[Rule]:
    yield from OWN.get(scenario.id, ())
    yield innocent_releases_stand_in_the_history_of_others
    yield each_clue_of_the_key_shows_something_that_is_not_as_usual
    if scenario.task.difficulty != "easy":
        yield no_other_service_tells_the_culprits_release


def spellings(name: str) -> Iterator[str]:
    yield from (name, name.replace("-", " "), name.replace("-", "_"))
