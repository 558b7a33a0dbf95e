"""The rule-based player: the next action and the reason for it, a pure function of observation and own history."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.baseline_agent.case import Case, is_door, is_store
from lab.baseline_agent.client import Action
from lab.baseline_agent.repair import Advice, next_repair
from lab.baseline_agent.suspects import Proof, next_kind, proven, ranked
from lab.baseline_agent.writing import resolution, root_cause, severity

# Services whose state is worth knowing before any of them is touched.
_KNOWN_BEFORE_REPAIR = 4
# What a repair takes at most: steps beyond it are looked away, not needed.
_LEFT_FOR_REPAIR, _LEFT_FOR_SUBMISSION = 9, 1
_EASY_LOOKS = 2


def advise(observation: Mapping[str, Any], history: Sequence[Action] = ()) -> Advice:
    case = Case(observation, history)
    submission = next(name for name in observation["available_actions"] if name.startswith("submit_"))
    return {
        "submit_severity": _classify,
        "submit_root_cause": _find,
        "submit_resolution": _mend,
    }[submission](case)


def _classify(case: Case) -> Advice:
    unseen = [name for name in (*case.affected, *case.known) if name not in case.dossiers]
    if unseen and len(case.dossiers) < _EASY_LOOKS and case.steps_left > _LEFT_FOR_SUBMISSION:
        return _look(unseen[0], "check_metrics", "how badly is it hurt?")
    chosen = {"severity": severity(case), "service": ranked(case)[0]}
    return Advice(Action("submit_severity", chosen), "by the severity policy and what is measured")


def _find(case: Case) -> Advice:
    proof = proven(case)
    if proof is None and case.steps_left > _LEFT_FOR_SUBMISSION and (look := _next_look(case)) is not None:
        return look
    suspect = proof.service if proof is not None else ranked(case)[0]
    said = {"service": suspect, "failure_mode": root_cause(case, proof, suspect)}
    return Advice(Action("submit_root_cause", said), "the evidence names it" if proof else "the most suspicious one")


def _mend(case: Case) -> Advice:
    proof = proven(case)
    if case.steps_left > _LEFT_FOR_SUBMISSION:
        step = _next_look(case) if proof is None else _next_mending(case, proof)
        if step is not None:
            return step
    suspect = proof.service if proof is not None else ranked(case)[0]
    said = resolution(case, proof, suspect)
    return Advice(Action("submit_resolution", {"summary": said}), "what could be done is done")


def _next_mending(case: Case, proof: Proof) -> Advice | None:
    begun = any(not action.action_type.startswith(("query_", "check_")) for action in case.history)
    if not begun and len(case.dossiers) < _KNOWN_BEFORE_REPAIR and case.steps_left > _LEFT_FOR_REPAIR:
        hurt = _hurt_unseen(case)
        if hurt:
            return _look(hurt[0], "query_logs", "its state decides whether it has to be restarted")
    return next_repair(case, proof)


def _hurt_unseen(case: Case) -> list[str]:
    """Those that the page names, then those that the evidence names; the door only passes on what others answer."""
    spoken = [name for name in ranked(case) if name in case.trouble]
    return [
        name for name in dict.fromkeys([*case.affected, *spoken]) if name not in case.dossiers and not is_door(name)
    ]


def _next_look(case: Case) -> Advice | None:
    if not case.dossiers and case.affected:
        return _look(_victim(case), "query_logs", "the page names it, and it stands nearest to the ground")
    for service in ranked(case):
        kind = next_kind(case, service)
        if kind is not None:
            return _look(service, kind, "most suspicious by what was seen so far")
    return None


def _victim(case: Case) -> str:
    stores = [name for name in case.affected if is_store(name)]
    inner = [name for name in case.affected if not is_door(name)]
    return (stores or inner or case.affected)[0]


def _look(service: str, kind: str, why: str) -> Advice:
    return Advice(Action(kind, {"service": service}), why)
