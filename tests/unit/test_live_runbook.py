"""The steps of the runbook: the operations that mend, and the measurements that tell."""

from types import SimpleNamespace
from typing import Any

import pytest

from lab.actions import MEASURING_STEPS, RUNBOOK, Remedy
from lab.errors import Unknown
from lab.live import remedies, rollout, runbook
from lab.live.connection import ServiceFailed
from lab.live.runbook import MEASUREMENTS, OPERATIONS
from lab.world import Outcome
from tests.unit.live_fakes import (
    FakeKube,
    console,
    deployment,
    one_service,
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout.settle, "__defaults__", (0.0,))
    monkeypatch.setattr(runbook, "PATIENCE", 0.0)


def do(kube: FakeKube, *remedy: Any) -> Outcome:
    return remedies.do(console(kube), Remedy(*remedy))


def test_every_step_of_the_runbook_is_there() -> None:
    assert set(RUNBOOK) == set(OPERATIONS) | set(MEASUREMENTS)
    assert set(MEASUREMENTS) == MEASURING_STEPS


@pytest.mark.parametrize("step", OPERATIONS)
def test_a_mending_step_asks_the_service_whose_operation_it_is(step: str) -> None:
    kube = one_service()
    operation = OPERATIONS[step]
    kube.answers[operation.service, operation.path] = {"generation": 3, "table": {"left": "out"}}
    outcome = do(kube, "execute_runbook_step", step)
    assert ("POST", operation.service, operation.path, None) in kube.asked
    assert outcome == Outcome(f"{operation.done} by {operation.service} (generation 3).", True)


def test_a_mending_step_that_was_refused_did_nothing() -> None:
    outcome = do(one_service(), "execute_runbook_step", "restore_bgp_routes")
    assert outcome == Outcome("Nothing was done: network-infra answered 404: Not Found.", False, settled=False)


def test_of_a_step_that_was_not_answered_in_time_nobody_knows_whether_it_was_done() -> None:
    kube = one_service()
    kube.answers["postgres-db", "/ops/vacuum"] = ServiceFailed("postgres-db", 504, "nothing within 30 s")
    outcome = do(kube, "execute_runbook_step", "vacuum_database")
    assert outcome.text == "Whether it was done is not known: postgres-db answered 504: nothing within 30 s."
    assert (outcome.changed, outcome.settled) == (True, False)


@pytest.mark.parametrize("broken_before", [(), ("auth-service",)])
def test_a_mending_step_waits_for_what_it_restarted(broken_before: tuple[str, ...]) -> None:
    kube = FakeKube(deployment("user-service"), *(deployment(name, ready=0) for name in broken_before))
    kube.answers["config-service", "/ops/rotate-credentials"] = {}
    answered = kube.ask

    def restarts(*args: Any, **kwargs: Any) -> Any:
        kube.workloads["user-service"]["status"]["readyReplicas"] = 0
        return answered(*args, **kwargs)

    kube.ask = restarts  # type: ignore[method-assign]
    outcome = do(kube, "execute_runbook_step", "trigger_credential_rotation")
    assert not outcome.settled
    assert "0 of 1 pods of user-service are ready" in outcome.text


def test_a_mending_step_does_not_wait_for_what_was_broken_before() -> None:
    kube = FakeKube(deployment("user-service", ready=0))
    kube.answers["notification-service", "/ops/drain-queue"] = {}
    assert do(kube, "execute_runbook_step", "drain_mail_queue").settled


def test_what_an_operation_takes_is_not_waited_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients commonly give a step 60 s, all in all."""
    kube, left = one_service(), list[float]()
    kube.answers["config-service", "/ops/rotate-credentials"] = {}
    moments = iter((100.0, 120.0))
    monkeypatch.setattr(runbook, "PATIENCE", rollout.PATIENCE)
    monkeypatch.setattr(runbook, "settle_all", lambda _, patience, but: left.append(patience))
    monkeypatch.setattr(runbook, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    assert runbook.run(console(kube), "trigger_credential_rotation").settled
    assert left == [rollout.PATIENCE - 20]
    assert rollout.PATIENCE <= 50


def test_a_step_that_is_not_in_the_runbook() -> None:
    with pytest.raises(Unknown, match="verify_db_health"):
        do(one_service(), "execute_runbook_step", "drop_database")


def test_a_measurement_waits_only_for_what_was_changed_of_late() -> None:
    at_hand = console(one_service())
    assert runbook._patience(at_hand) == runbook.LEAST_PATIENCE
    remedies.do(at_hand, Remedy("restart_service", "user-service"))
    assert runbook.MEASURING_PATIENCE - 1 < runbook._patience(at_hand) <= runbook.MEASURING_PATIENCE
    at_hand.changed_at -= 60
    assert runbook._patience(at_hand) == runbook.LEAST_PATIENCE


def test_a_measurement_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runbook, "measure", lambda *_: Outcome("seen", False))
    at_hand = console(one_service())
    remedies.do(at_hand, Remedy("execute_runbook_step", "verify_db_health"))
    assert runbook._patience(at_hand) == runbook.LEAST_PATIENCE
