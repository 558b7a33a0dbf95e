"""The next repairing step: first what still does harm, then what it left behind, then who is stuck, then measuring."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lab.baseline_agent.case import Case, is_store
from lab.baseline_agent.client import Action
from lab.baseline_agent.fitting import measuring_steps, mending_step
from lab.baseline_agent.reading import marked
from lab.baseline_agent.suspects import Proof

# A store that was killed, or a process that says so itself, does not come back well on its own.
_KILLED = re.compile(r"terminated by signal|not starting again|CrashLoopBackOff|OOMKilled|uncleanly", re.IGNORECASE)
_LATCHED = re.compile(r"breaker opened", re.IGNORECASE)
_UNLATCHED = re.compile(r"breaker closed", re.IGNORECASE)
_REJECTED = re.compile(r"authentication failed|invalid credential|access denied", re.IGNORECASE)
_NOT_WELL = "NOT as it should be"
_CREDENTIALS = re.compile(r"credential|secret|password", re.IGNORECASE)
_MEASURED_TWICE = 2


class Advice(NamedTuple):
    action: Action
    why: str


def next_repair(case: Case, proof: Proof) -> Advice | None:
    stages: tuple[Callable[[Case, Proof], Advice | None], ...] = (_stop_it, _undo_it, _free_the_stuck, _measure)
    return next((advice for stage in stages if (advice := stage(case, proof)) is not None), None)


def _stop_it(case: Case, proof: Proof) -> Advice | None:
    if proof.flag is not None:
        return _flag_off(case, proof.service, proof.flag)
    if case.done("rollback_deploy", proof.service):
        return None
    action = Action("rollback_deploy", {"service": proof.service})
    return Advice(action, f"the newest release of {proof.service} fits the trouble")


def _flag_off(case: Case, service: str, flag: str) -> Advice | None:
    if flag in case.flags_on and not case.done("disable_feature_flag", flag):
        return Advice(
            Action("disable_feature_flag", {"flag": flag}), f"{service} works under it while the shop is hurt"
        )
    if case.done("restart_service", service):
        return None
    return Advice(_restart(service), f"what {service} began under the flag may still run")


def _undo_it(case: Case, proof: Proof) -> Advice | None:
    step = mending_step(case, proof.service)
    if step is None or case.done("execute_runbook_step", step):
        return None
    return Advice(_step(step), f"it undoes what {proof.service} left behind")


def _free_the_stuck(case: Case, proof: Proof) -> Advice | None:
    for service, why in _stuck(case):
        if service != proof.service and not case.done("restart_service", service):
            return Advice(_restart(service), why)
    return None


def _stuck(case: Case) -> Iterator[tuple[str, str]]:
    """Stores first: who is restarted before its store only fails again."""
    for service in sorted(case.known, key=lambda name: not is_store(name)):
        said = case.dossier(service).all_said
        if is_store(service) and _KILLED.search(said):
            yield service, "it was killed, and may be held back by its own restarts"
        elif _LATCHED.search(said) and not _UNLATCHED.search(said):
            yield service, "its circuit breaker opened, and nothing says that it closed again"
        elif not is_store(service) and _REJECTED.search(said):
            yield service, "it still runs on the credentials that were rejected"
        elif (line := _unwell(case, service)) is not None:
            yield service, f"measured: {line}"


def _unwell(case: Case, service: str) -> str | None:
    """What a measuring step had to say of it that a new process could change."""
    outcomes = case.seen["queried_data"].get("execute_runbook_step", {}).values()
    lines = [line for text in outcomes for line in marked(text)]
    about = (line for line in lines if line.startswith(f"{service} ") or line.startswith(f"{service}:"))
    return next((line for line in about if _CREDENTIALS.search(line) or "not last" in line or "reaches" in line), None)


def _measure(case: Case, proof: Proof) -> Advice | None:
    for step in measuring_steps(case, proof.service):
        if not _is_measured(case, step):
            return Advice(_step(step), "did it help, and will it last?")
    return None


def _is_measured(case: Case, step: str) -> bool:
    """After the last change, or twice already, or found good."""
    runs = [index for index, action in enumerate(case.history) if action.target == step]
    if not runs:
        return case.done("execute_runbook_step", step)
    changes = [i for i, action in enumerate(case.history) if action.action_type == "restart_service"]
    good = _NOT_WELL not in case.outcome("execute_runbook_step", step)
    return good or len(runs) >= _MEASURED_TWICE or runs[-1] > max(changes, default=-1)


def _restart(service: str) -> Action:
    return Action("restart_service", {"service": service})


def _step(name: str) -> Action:
    return Action("execute_runbook_step", {"runbook_action": name})
