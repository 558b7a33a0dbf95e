"""The rules on invented incidents: they find a culprit that no page names, and repair in a sensible order."""

import pytest

from lab.baseline_agent.case import Case
from lab.baseline_agent.runner import Rules, play
from lab.baseline_agent.suspects import speaks_of
from tests.unit.invented import Invented, logs, releases

KILLED = (
    "2026-01-01 00:00:00 UTC [1] LOG:  server process (PID 58) was terminated by signal 9: Killed",
    "2026-01-01 00:00:00 UTC [1] DETAIL:  Failed process was running: /* reporting dump */ select everything",
    "postgres stopped uncleanly 3 times in this pod: not starting again until the workload is restarted",
)
OPENED = '{"level":"error","event":"circuit breaker opened for ledger-db after 5 failures in a row"}'
CLOSED = '{"level":"info","event":"circuit breaker closed for ledger-db"}'
WORKING = '{"level":"info","event":"nightly dump 12 started","mode":"deep_dump"}'


def killed_by_a_job(submission: str, **more: object) -> Invented:
    return Invented(
        submission,
        affected=["shop-gateway", "ledger-db", "billing-service", "basket-service"],
        known=["shop-gateway", "ledger-db", "billing-service", "basket-service", "reporting-service", "mail-service"],
        evidence={
            ("query_logs", "ledger-db"): logs("ledger-db", *KILLED),
            ("query_logs", "reporting-service"): logs("reporting-service", WORKING),
            ("query_logs", "billing-service"): logs("billing-service", OPENED),
            ("query_logs", "basket-service"): logs("basket-service", OPENED, CLOSED),
            ("check_recent_deploys", "mail-service"): releases("mail-service", cause="pass tracing headers on"),
        },
        flags={"nightly_deep_dump": True, "wishlists": True},
        **more,  # type: ignore[arg-type]
    )


def rejected_logins(submission: str, **more: object) -> Invented:
    refused = '{"level":"error","event":"could not open","error":"password authentication failed for user \\"app\\""}'
    return Invented(
        submission,
        affected=["accounts-service", "shop-gateway"],
        known=["shop-gateway", "accounts-service", "basket-service", "secret-keeper", "ledger-db", "search-service"],
        evidence={
            ("query_logs", "accounts-service"): logs("accounts-service", refused),
            ("query_logs", "secret-keeper"): logs(
                "secret-keeper", '{"level":"info","event":"rotation of credentials done: published the previous ones"}'
            ),
            ("check_recent_deploys", "secret-keeper"): releases(
                "secret-keeper", cause="rotate credentials at start", env={"CREDENTIALS": "previous"}
            ),
            ("check_recent_deploys", "search-service"): releases("search-service", cause="logs in another format"),
        },
        **more,  # type: ignore[arg-type]
    )


def cut_off(submission: str) -> Invented:
    late = '{"level":"error","event":"request failed","error":"card-service: timeout"}'
    return Invented(
        submission,
        affected=["basket-service", "card-service", "shop-gateway"],
        known=["basket-service", "card-service", "shop-gateway", "ledger-db", "wide-area-router", "search-service"],
        evidence={
            ("query_logs", "basket-service"): logs("basket-service", late),
            ("query_logs", "wide-area-router"): logs(
                "wide-area-router",
                '{"level":"info","event":"export filter denies prefix 10.9.0.0/24: withdrawn"}',
                '{"level":"info","event":"prefix 10.9.0.0/24 of the zone suppressed, its routes are gone"}',
            ),
            ("check_recent_deploys", "wide-area-router"): releases(
                "wide-area-router", cause="shorter export filter", env={"EXPORT_FILTER": "deny a to b"}
            ),
            ("check_recent_deploys", "card-service"): releases("card-service", cause="pass tracing headers on"),
        },
        title="Checkouts fail",
        summary="Checkouts from one zone fail.",
    )


def test_finds_the_job_behind_a_killed_store() -> None:
    door = killed_by_a_job("submit_root_cause", max_steps=10)
    play(door, Rules(), {}, lambda _told: None)
    assert door.told() == [
        "query_logs ledger-db",
        "query_logs reporting-service",
        "submit_root_cause reporting-service",
    ]
    assert "nightly_deep_dump" in door.written()
    assert "out of memory" in door.written()


def test_mends_a_killed_store_from_the_cause_to_the_victims() -> None:
    door = killed_by_a_job("submit_resolution")
    play(door, Rules(), {}, lambda _told: None)
    repair = [line for line in door.told() if not line.startswith(("query_", "check_", "submit_"))]
    assert repair[:4] == [
        "disable_feature_flag nightly_deep_dump",
        "restart_service reporting-service",
        "restart_service ledger-db",
        "restart_service billing-service",
    ]
    assert all(line.startswith("execute_runbook_step verify_") for line in repair[4:])
    assert len(repair) > 4, "nothing was verified"
    assert "rolled back" not in door.written()


def test_finds_who_published_stale_credentials() -> None:
    door = rejected_logins("submit_root_cause", max_steps=10)
    play(door, Rules(), {}, lambda _told: None)
    assert door.told() == [
        "query_logs accounts-service",
        "query_logs secret-keeper",
        "check_recent_deploys secret-keeper",
        "submit_root_cause secret-keeper",
    ]
    assert "CREDENTIALS to previous" in door.written()


def test_rolls_back_before_it_rotates_and_restarts_after() -> None:
    stale = (
        "Connections to the database: NOT as it should be, 1 of 3 facts are bad.\n"
        "accounts-service reaches the database: yes, no login refused\n"
        "basket-service reaches the database: yes, no login refused, runs on credentials of generation 1 [ABNORMAL]"
    )
    door = rejected_logins("submit_resolution", outcomes={"verify_db_connectivity": [stale]})
    play(door, Rules(), {}, lambda _told: None)
    done = door.told()
    order = [
        "rollback_deploy secret-keeper",
        "execute_runbook_step trigger_credential_rotation",
        "restart_service accounts-service",
        "execute_runbook_step verify_db_connectivity",
        "restart_service basket-service",
    ]
    assert [line for line in done if line in order][:5] == order
    assert done.count("execute_runbook_step verify_db_connectivity") == 2, "what was bad is measured once more"


def test_finds_the_router_behind_calls_that_time_out_and_restores_its_routes() -> None:
    door = cut_off("submit_resolution")
    play(door, Rules(), {}, lambda _told: None)
    repair = [line for line in door.told() if not line.startswith(("query_", "check_", "submit_"))]
    assert repair[:2] == ["rollback_deploy wide-area-router", "execute_runbook_step restore_bgp_routes"]
    assert not [line for line in repair if line.startswith("restart_service")], "nobody was stuck"


def test_without_proof_it_touches_nothing_and_says_so() -> None:
    door = killed_by_a_job("submit_resolution")
    door.evidence = {}
    play(door, Rules(), {}, lambda _told: None)
    assert all(line.startswith(("query_", "check_", "submit_")) for line in door.told())
    assert "without proof" in door.written()
    assert "Nothing was changed" in door.written()


@pytest.mark.parametrize(("revenue", "severity"), [(12_000.0, "P1"), (800.0, "P2"), (0.0, "P3")])
def test_severity_follows_the_money(revenue: float, severity: str) -> None:
    door = killed_by_a_job("submit_severity", revenue=revenue, max_steps=3)
    play(door, Rules(), {}, lambda _told: None)
    assert door.done[-1].parameters["severity"] == severity
    assert len(door.done) == 3


def test_a_failing_peer_does_not_cast_suspicion_on_its_namesakes() -> None:
    seen = killed_by_a_job("submit_root_cause").observation()
    case = Case(seen | {"known_services": ["payment-service", "redis-payment-cache", "reporting-service"]})
    assert not speaks_of(case, "payment-service: timeout", "redis-payment-cache")
    assert speaks_of(case, "a payment was lost", "redis-payment-cache")
    assert speaks_of(case, "killed while it ran /* reporting dump */", "reporting-service")


def test_what_it_writes_names_the_victims_own_words_about_the_culprit() -> None:
    door = killed_by_a_job("submit_root_cause", max_steps=10)
    play(door, Rules(), {}, lambda _told: None)
    assert "/* reporting dump */" in door.written()
