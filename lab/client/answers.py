"""What a lab answers, as typed dictionaries: the same over HTTP and inside the process. Nothing is copied."""

from typing import Any, Literal, TypedDict

from lab.episode.view import AlertView as Alert
from lab.episode.view import Observation, State

__all__ = ["Alert", "Answer", "Grade", "Health", "Info", "Observation", "Part", "Reward", "State", "Task", "Tasks"]


class Reward(TypedDict):
    score: float
    reason: str
    cumulative: float
    value: float


class Info(TypedDict):
    reward_parts: dict[str, float]
    world: dict[str, Any]


class Answer(TypedDict):
    """What a step gives."""

    observation: Observation
    reward: Reward
    done: bool
    info: Info


class Part(TypedDict):
    points: float
    reason: str


class Grade(TypedDict):
    total: float | None
    """None where the episode is void: the lab failed, not the agent."""
    breakdown: dict[str, Part]
    feedback: str
    task_id: str
    scenario_id: str
    steps_used: int
    done: bool
    verdict: Literal["scored", "running", "void"]


class Task(TypedDict):
    id: str
    name: str
    difficulty: Literal["easy", "medium", "hard"]
    max_steps: int
    description: str
    available_actions: list[str]
    submission_action: str
    scenarios: list[str]


class Tasks(TypedDict):
    tasks: list[Task]
    total: int
    action_schema: dict[str, Any]


class Health(TypedDict):
    status: Literal["ok"]
    version: str
