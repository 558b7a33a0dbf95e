"""Free text: many wordings of a right answer pass; denials, hedges, soups and other answers do not."""

import pytest

from lab.grading import key_of
from lab.grading.submission import failure_mode_said
from lab.grading.text import full_sentences, read
from lab.scenarios import get

RIGHT: dict[str, list[str]] = {
    "RCA-001": [
        "unbounded query, out of memory",
        "OOM kill caused by an unbounded analytics export query",
        "postgres was OOMKilled by the analytics export query",
        "Unbounded SQL export exhausts postgres memory until the kernel kills it",
        "A full history export ran the database out of memory",
        "full_history_export flag makes an unbounded query that OOM-kills PostgreSQL",
        "memory exhaustion of the db due to a runaway export query",
        "runaway query -> OOM",
        "The export job's query has no limit and uses too much memory",
        "analytics job runs a query without limit; the database process is killed by signal 9",
        "Out-of-memory kill of postgres-db triggered by a huge export",
        "query loading the entire history table exceeds the memory limit",
        "Database ran out of RAM because of a massive export query",
        "not a connection problem: an unbounded query OOM kills postgres",
        "Heavy analytics SQL blows the memory limit of the postgres container",
        "oom_kill by unbounded export",
        "bulk export query with excessive memory use",
        "The analytics query consumes all the memory of the database",
        "insufficient memory for an unlimited select, postgres gets SIGKILLed",
        "unbounded full-history export query causing OOM kills and dropped connections",
        "The unbounded export exhausts memory, which leads to connection pool exhaustion in its clients",
        "memory pressure from the analytics-service export job kills postgres",
        "an expensive export query hogs memory",
        "Memory exhaustion / OOMKill caused by runaway analytics export",
        "analytics-service full table export exhausting DB memory, causing crash loop",
    ],
    "RCA-002": [
        "route withdrawal",
        "BGP network partition",
        "BGP route withdrawal",
        "withdrawn routes",
        "The export filter denies az-1's prefix, so its routes were withdrawn",
        "network partition after az-1's prefix was withdrawn",
        "az-1 prefix no longer announced to az-2 and az-3",
        "bad export filter in the network-infra release",
        "a BGP misconfiguration isolates az-1",
        "route advertisement filter drops the az-1 prefix",
        "routes to az-1 are missing in the other zones",
        "prefix withdrawn by az-1: forwarding stopped",
        "Routing policy change cut az-1 off from the other zones",
        "cross-AZ connectivity lost because the bgp prefix is not advertised",
        "bgp peers stopped announcing the az-1 route",
        "the release removed az-1's route",
        "It is not the payment service; routes were suppressed (dampening)",
        "route withdrawals leading to timeouts between zones",
        "withdrew the az-1 prefix, iptables drops packets",
        "outbound route filter misconfigured",
        "routing failure: the zone prefix vanished",
        "announcement policy denies the prefix",
        "no route to az-1 since the release",
        "BGP route withdrawal / export filter misconfiguration causing cross-AZ network partition",
    ],
    "RCA-003": [
        "stale credentials from the rotation",
        "credential rotation bug",
        "bad secret rotation published old passwords",
        "config-service rotated database credentials to the previous set",
        "the credentials rotation used the previous credential set",
        "password rotation left clients with stale passwords",
        "secrets rotation went wrong",
        "rotated db password mismatch",
        "A failed credential rotation: authentication failures",
        "Credential rotation with stale secret causes password authentication failed",
        "config-service v3.2.1 rotates with the wrong credentials",
        "botched password rotation",
        "rotation of the secrets published invalid credentials",
        "rotated creds do not match the database",
        "rotating secrets to an outdated set",
        "the database password was rotated back to an old one",
        "faulty secret rotation (previous set)",
        "rotation published previous credentials and restarted clients onto them",
        "old credentials pushed by the secrets rotation",
        "stale password after credential rotation, clients cannot log in",
        "The release's credential-rotation job wrote stale values",
        "Rotated to invalid DB credentials; pool exhausted as a result",
    ],
}

WRONG: dict[str, list[str]] = {
    "RCA-001": [
        "it broke",
        "connection pool exhaustion",
        "the database is down",
        "not out of memory",
        "no unbounded query and no memory problem",
        "rather than OOM it is slow",
        "BGP route withdrawal",
        "oom, bgp partition, stale credentials",
        "OOM or credential rotation failure",
        "either an unbounded query or a network partition",
        "oom dns",
        "memory was ruled out",
        "OOM is not the cause",
        "deadlock",
        "disk full",
        "oom leading to bgp withdrawal leading to stale credentials",
        "oom unbounded query memory export runaway postgres kill sigkill analytics heavy sql huge limit history flag",
    ],
    "RCA-002": [
        "timeouts",
        "payment service down",
        "not a bgp problem",
        "oom",
        "bgp or oom",
        "bgp, unbounded query, stale credentials",
        "connection refused",
        "route withdrawal, connection leak, cache purge storm",
    ],
    "RCA-003": [
        "database down",
        "stale cache",
        "not a rotation of credentials",
        "credential rotation or oom",
        "bgp",
        "rotation, oom, partition",
        "network partition and credential rotation",
    ],
}

PART: list[tuple[str, float, str]] = [
    ("RCA-001", 0.5, "OOM"),
    ("RCA-001", 0.5, "resource exhaustion from expensive analytics queries"),
    ("RCA-002", 0.6, "network partition between az-1 and az-2/az-3"),
    ("RCA-003", 0.6, "wrong DB credentials"),
    ("RCA-003", 0.4, "password authentication failed"),
]


def worth(scenario_id: str, text: str) -> float:
    return failure_mode_said(key_of(get(scenario_id)), text).worth


def test_there_are_twenty_wordings_of_each() -> None:
    assert all(len(set(texts)) >= 20 for texts in RIGHT.values())


@pytest.mark.parametrize(("scenario_id", "text"), [(name, text) for name, texts in RIGHT.items() for text in texts])
def test_a_right_answer_is_not_lost_for_its_wording(scenario_id: str, text: str) -> None:
    assert worth(scenario_id, text) == 1.0


@pytest.mark.parametrize(("scenario_id", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_denials_hedges_and_soups_earn_nothing(scenario_id: str, text: str) -> None:
    assert worth(scenario_id, text) == 0.0


@pytest.mark.parametrize("scenario_id", RIGHT)
def test_another_incidents_answer_earns_nothing(scenario_id: str) -> None:
    for other in RIGHT.keys() - {scenario_id}:
        assert all(worth(scenario_id, text) == 0.0 for text in RIGHT[other])


@pytest.mark.parametrize(("scenario_id", "expected", "text"), PART)
def test_half_an_answer_earns_a_part(scenario_id: str, expected: float, text: str) -> None:
    assert worth(scenario_id, text) == expected


@pytest.mark.parametrize("scenario_id", RIGHT)
def test_case_and_punctuation_do_not_matter(scenario_id: str) -> None:
    for text in RIGHT[scenario_id]:
        assert worth(scenario_id, text.upper()) == worth(scenario_id, f"  {text}!! ") == 1.0


def test_one_other_mode_may_be_a_consequence_but_not_the_cause() -> None:
    assert worth("RCA-001", "unbounded query ran out of memory, causing connection pool exhaustion") == 1.0
    assert worth("RCA-001", "connection pool exhaustion due to an unbounded query, out of memory") == 1.0
    assert worth("RCA-001", "connection pool exhaustion caused an unbounded query to run out of memory") == 0.0


def test_several_guesses_say_nothing_unless_it_is_also_said_outright() -> None:
    guesses = "It could be an export query without a limit, it might be memory exhaustion, perhaps both."
    assert worth("RCA-001", guesses) == 0.0
    sure = "An export query without a limit exhausts the memory of the database."
    assert worth("RCA-001", f"{sure} There might be latched clients, and a restart may be needed.") == 1.0


def test_numbers_versions_and_names_do_not_end_a_sentence() -> None:
    assert len(read("Release v3.2.1 of config-service rotated. It was stale.").sentences) == 2


def test_repeated_and_tiny_sentences_do_not_count() -> None:
    assert full_sentences(read("We did that. We did that. We did this.")) == 2
    assert full_sentences(read("Yes. No. Why not.")) == 0


@pytest.mark.parametrize("text", ["", "...", "?!", "\n\n", "-- , ; ("])
def test_a_text_without_words_says_nothing(text: str) -> None:
    assert read(text).sentences == ()
    assert worth("RCA-001", text) == 0.0
