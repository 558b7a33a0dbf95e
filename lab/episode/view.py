"""What an agent may see of an episode: the observation after a step, and the whole state. Made only when asked for."""

from collections.abc import Mapping
from typing import Any, TypedDict

from lab.actions import RUNBOOK, name_of, parameters_of
from lab.episode.episode import Episode, StepResult
from lab.episode.feedback import feedback_of

UNCLASSIFIED = "UNCLASSIFIED"


class AlertView(TypedDict):
    id: str
    title: str
    severity_fired: str
    affected_services: list[str]
    symptoms: list[str]
    error_rate: float
    duration_minutes: float
    revenue_impact_per_min: float


class Observation(TypedDict):
    episode_id: str
    task_id: str
    scenario_id: str
    step_count: int
    max_steps: int
    incident_summary: str
    alert: AlertView
    available_actions: list[str]
    queried_data: dict[str, dict[str, str]]
    cumulative_reward: float
    done: bool
    feedback: str
    known_services: list[str]
    last_action_error: str | None
    runbook: dict[str, str]
    feature_flags: Mapping[str, bool]


class Action(TypedDict):
    step: int
    action_type: str
    parameters: dict[str, Any]


class State(Observation):
    action_history: list[Action]
    submitted: bool
    resolved: bool


def observation(episode: Episode, result: StepResult | None = None) -> Observation:
    """The episode as its agent sees it now; `result` is the step that is answered, the last one if not given."""
    shown = result if result is not None else episode.last
    scenario = episode.scenario
    return {
        "episode_id": episode.id,
        "task_id": scenario.task.id,
        "scenario_id": episode.shown_scenario,
        "step_count": len(episode.entries),
        "max_steps": episode.max_steps,
        "incident_summary": scenario.shown_summary,
        "alert": _alert(episode),
        "available_actions": list(scenario.task.actions),
        "queried_data": _evidence(episode),
        "cumulative_reward": episode.cumulative,
        "done": episode.done,
        "feedback": feedback_of(episode, shown),
        "known_services": list(scenario.brief.known_services),
        "last_action_error": shown.error if shown is not None else None,
        "runbook": dict(RUNBOOK),
        "feature_flags": dict(episode.flags),
    }


def state(episode: Episode) -> State:
    """The whole episode so far."""
    return {
        **observation(episode),
        "action_history": _history(episode),
        "submitted": episode.submitted,
        "resolved": resolved(episode),
    }


def resolved(episode: Episode) -> bool:
    """Whether the incident was dealt with; never true before the end, as that would say something of the key."""
    if not episode.done or episode.void_reason is not None or not episode.entries:
        return False
    answer, last = episode.scenario.answer, episode.entries[-1].move
    return {
        "easy": lambda: episode.submitted and last[-1] == answer.severity,
        "medium": lambda: episode.submitted and last[1] == answer.culprit,
        "hard": lambda: episode.health is not None and episode.health.healthy,
    }[episode.scenario.task.difficulty]()


def _alert(episode: Episode) -> AlertView:
    alert = episode.alert
    easy = episode.scenario.task.difficulty == "easy"
    return {
        "id": alert.id,
        "title": alert.title,
        "severity_fired": UNCLASSIFIED if easy else alert.severity_fired,
        "affected_services": list(alert.affected_services),
        "symptoms": list(alert.symptoms),
        "error_rate": alert.error_rate,
        "duration_minutes": alert.duration_minutes,
        "revenue_impact_per_min": alert.revenue_impact_per_min,
    }


def _evidence(episode: Episode) -> dict[str, dict[str, str]]:
    return {kind: {target: answer.text for target, answer in by.items()} for kind, by in episode.evidence.items()}


def _history(episode: Episode) -> list[Action]:
    return [
        {"step": number, "action_type": name_of(entry.move), "parameters": parameters_of(entry.move)}
        for number, entry in enumerate(episode.entries, start=1)
    ]
