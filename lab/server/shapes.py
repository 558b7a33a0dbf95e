"""The shapes of what is answered, for the documentation and for clients that want models.

Answers are not built through these models (that would cost more than the step itself); tests hold both equal.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lab.scenarios import TaskId


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AlertShape(Shape):
    id: str
    title: str
    severity_fired: str = Field(description="UNCLASSIFIED where the severity is what is asked for.")
    affected_services: list[str]
    symptoms: list[str] = Field(description="Sentences with measured values and the healthy ones.")
    error_rate: float
    duration_minutes: float
    revenue_impact_per_min: float


class EpisodeFacts(BaseModel):
    """What an observation and the state have in common."""

    episode_id: str
    task_id: TaskId
    scenario_id: str
    step_count: int = Field(ge=0)
    max_steps: int
    incident_summary: str
    alert: AlertShape
    available_actions: list[str]
    queried_data: dict[str, dict[str, str]] = Field(
        description="All evidence so far, by action_type and service; a remedy's outcome by its action and target."
    )
    cumulative_reward: float
    done: bool
    feedback: str = Field(description="What the last step earned and why.")
    known_services: list[str]
    last_action_error: str | None = None
    runbook: dict[str, str] = Field(description="The runbook's steps by name, with a line each.")
    feature_flags: dict[str, bool]


class ObservationShape(EpisodeFacts, Shape):
    """What the agent sees."""


class RewardShape(Shape):
    score: float
    reason: str
    cumulative: float
    value: float = Field(description="The same as score.")


class StepShape(Shape):
    observation: ObservationShape
    reward: RewardShape
    done: bool
    info: dict[str, Any] = Field(description="The reward's parts, and what the world says of itself.")


class HistoryShape(Shape):
    step: int
    action_type: str
    parameters: dict[str, Any]


class StateShape(EpisodeFacts, Shape):
    """The whole episode so far."""

    action_history: list[HistoryShape]
    submitted: bool
    resolved: bool


class ResettingShape(Shape):
    resetting: Literal[True] = True
    stage: str = Field(description="Where the world is on its way to the incident.")


class TaskShape(Shape):
    id: TaskId
    name: str
    difficulty: Literal["easy", "medium", "hard"]
    max_steps: int
    description: str
    available_actions: list[str]
    submission_action: str
    scenarios: list[str] = Field(description="In the order of scenario_index.")


class TasksShape(Shape):
    tasks: list[TaskShape]
    total: int
    action_schema: dict[str, Any]


class PartShape(Shape):
    points: float
    reason: str


class GradeShape(Shape):
    total: float | None = Field(ge=0, le=1, description="null where the episode is void.")
    breakdown: dict[str, PartShape] = Field(description="Every part: its points and the reason in a sentence.")
    feedback: str
    task_id: TaskId
    scenario_id: str
    steps_used: int
    done: bool
    verdict: Literal["scored", "running", "void"]


class BundledStepShape(Shape):
    move: dict[str, Any]
    answer: str | None = Field(description="SHA-256 of the evidence or outcome.")
    flags: dict[str, bool] | None = Field(description="The feature flags after a remedy.")
    health: dict[str, Any] | None = Field(description="Measured where the step ends the hard task.")
    earned: list[tuple[str, int]] = Field(description="The reward's parts, in ten-thousandths of a point.")
    chain: str = Field(description="SHA-256 of the link before and this step.")


class BundleShape(Shape):
    """An ended episode as a chain of digests; `lab score FILE` computes it again."""

    format: Literal[1]
    episode_id: str
    task_id: TaskId
    scenario_id: str
    seed: int
    blind: bool
    world: dict[str, str] = Field(description="Which world it was: of a recorded one the take and its SHA-256.")
    key: str = Field(description="SHA-256 of the scenario with its answer.")
    grader: dict[str, Any] = Field(description="The grader's version, and the SHA-256 of its code.")
    alert: str = Field(description="SHA-256 of the alert.")
    steps: list[BundledStepShape]
    ending: dict[str, Any] = Field(description="All that was earned, and the grade with its parts.")
    digest: str = Field(description="The chain's last link: it stands for all of the above.")


class HealthShape(Shape):
    status: Literal["ok"] = "ok"
    version: str


class Problem(Shape):
    detail: str = Field(description="What is wrong and what is accepted, in a sentence.")
