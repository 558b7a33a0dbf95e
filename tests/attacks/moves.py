"""What attackers send: the actions, as JSON, and a walk through many of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab.actions import Move, name_of, parameters_of
from tests.attacks.arena import Door, Json

Seen = Mapping[str, Any]

NOTHING: Json = {"action_type": "wait", "parameters": {}}


def as_action(move: Move) -> Json:
    return {"action_type": name_of(move), "parameters": parameters_of(move)}


def query(kind: str, service: str) -> Json:
    return {"action_type": kind, "parameters": {"service": service}}


def on_service(kind: str, service: str, **more: object) -> Json:
    return {"action_type": kind, "parameters": {"service": service, **more}}


def runbook(step: str) -> Json:
    return {"action_type": "execute_runbook_step", "parameters": {"runbook_action": step}}


def flag_off(flag: str) -> Json:
    return {"action_type": "disable_feature_flag", "parameters": {"flag": flag}}


def submission(seen: Seen, service: str, text: str, severity: str = "P1") -> Json:
    parameters = {
        "alert_classification": {"severity": severity, "service": service},
        "root_cause_analysis": {"service": service, "failure_mode": text[:2_000]},
        "remediation_planning": {"summary": text[:10_000]},
    }[seen["task_id"]]
    kind = {"alert_classification": "severity", "root_cause_analysis": "root_cause"}.get(seen["task_id"], "resolution")
    return {"action_type": f"submit_{kind}", "parameters": parameters}


def walk(door: Door, seen: Seen, actions: Iterable[Json]) -> None:
    """As many of the actions as there are steps for, but the last, which is for the submission."""
    for _, action in zip(range(seen["max_steps"] - 1), actions, strict=False):
        door.step(action)


def strangers(seen: Seen) -> list[str]:
    return [name for name in seen["known_services"] if name not in seen["alert"]["affected_services"]]
