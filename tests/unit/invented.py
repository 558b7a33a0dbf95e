"""Incidents in a shop that does not exist: what the baseline agent makes of them it cannot know from anywhere else.

Evidence is written by the live world's own pens, so that it reads as real evidence does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.actions import QUERY_KINDS, REMEDY_KINDS, RUNBOOK
from lab.baseline_agent.client import Action, Json
from lab.live.deploys import lines_of
from lab.live.incident import Incident
from lab.live.inventory import Workload
from lab.live.loglines import Entry
from lab.live.logs import told
from lab.live.report import evidence
from lab.live.revisions import Revision

TIME = Incident(started=1_000.0, alerted=1_030.0, releases={}, clock=lambda: 1_060.0)


def logs(service: str, *lines: str) -> str:
    return told(service, [Entry(1_010.0 + at, "az-1 x", line) for at, line in enumerate(lines)], TIME, 1).text


def releases(service: str, *, cause: str = "", env: Mapping[str, str] | None = None) -> str:
    """Two old ones, and a new one where there is a cause for it."""
    old = [_revision(1, 0.0, "v1.0.0", "v1.0.0: first", {}), _revision(2, 10.0, "v1.0.1", "v1.0.1: second", {})]
    new = [_revision(3, 1_005.0, "v1.1.0", f"v1.1.0: {cause}", env or {})] if cause else []
    made = [*old, *new][::-1]
    workload = Workload(service, "deployments", {"spec": {"template": made[0].template}})
    return evidence(f"Releases of {service}, newest first:", list(lines_of(workload, made, TIME))).text


def _revision(number: int, made: float, version: str, cause: str, env: Mapping[str, str]) -> Revision:
    named = [{"name": name, "value": value} for name, value in {"SERVICE_VERSION": version, **env}.items()]
    return Revision(number, made, cause, {"spec": {"containers": [{"env": named}]}})


@dataclass
class Invented:
    """A door to an invented incident; it scores nothing and remembers what was done."""

    submission: str
    affected: list[str]
    known: list[str]
    evidence: Mapping[tuple[str, str], str]
    outcomes: Mapping[str, list[str]] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    title: str = "Customers are hurt"
    summary: str = "Many requests are answered with 503."
    revenue: float = 5_000.0
    max_steps: int = 15
    done: list[Action] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seen: dict[str, dict[str, str]] = {}

    def reset(self, _wish: Mapping[str, Any]) -> Json:
        return self.observation()

    def step(self, action: Action) -> Json:
        self.done.append(action)
        if not action.action_type.startswith("submit_"):
            self._seen.setdefault(action.action_type, {})[action.target] = self._answer(action)
        reward = {"score": 0.0, "value": 0.0, "cumulative": 0.0, "reason": "nothing is scored here"}
        seen = self.observation()
        return {"observation": seen, "reward": reward, "done": seen["done"], "info": {"reward_parts": {}}}

    def grade(self) -> Json:
        return {"total": 0.0, "breakdown": {}, "feedback": "", "verdict": "scored"}

    def observation(self) -> Json:
        ended = bool(self.done) and self.done[-1].action_type.startswith("submit_")
        return {
            "episode_id": "invented",
            "task_id": "invented",
            "scenario_id": "invented",
            "step_count": len(self.done),
            "max_steps": self.max_steps,
            "incident_summary": self.summary,
            "alert": {
                "id": "1",
                "title": self.title,
                "severity_fired": "P1",
                "affected_services": self.affected,
                "symptoms": [],
                "error_rate": 0.5,
                "duration_minutes": 1.0,
                "revenue_impact_per_min": self.revenue,
            },
            "available_actions": [*QUERY_KINDS, *REMEDY_KINDS, self.submission],
            "queried_data": {kind: dict(by) for kind, by in self._seen.items()},
            "cumulative_reward": 0.0,
            "done": ended or len(self.done) >= self.max_steps,
            "feedback": "go on",
            "known_services": self.known,
            "last_action_error": None,
            "runbook": dict(RUNBOOK),
            "feature_flags": dict(self.flags),
        }

    def told(self) -> list[str]:
        """What was done, without what was written."""
        return [f"{one.action_type} {one.target}".strip() for one in self.done]

    def written(self) -> str:
        said = self.done[-1].parameters
        return str(said.get("failure_mode", said.get("summary", "")))

    def _answer(self, action: Action) -> str:
        if action.action_type == "disable_feature_flag":
            self.flags[action.target] = False
        if action.action_type in QUERY_KINDS:
            return self.evidence.get((action.action_type, action.target), self._nothing(action))
        left = self.outcomes.get(action.target, [])
        return left.pop(0) if left else f"{action.target}: as it should be."

    def _nothing(self, action: Action) -> str:
        return releases(action.target) if action.action_type == "check_recent_deploys" else logs(action.target)
