"""The OpenEnv package's models, made from the lab's own actions and shapes."""

from collections.abc import Mapping, Set
from typing import Any

from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field

from lab.actions import DESCRIPTIONS, parameter_names
from lab.server.shapes import EpisodeFacts, HistoryShape

_PARAMETERS = "; ".join(f"{name}: {', '.join(parameter_names(name))}" for name in DESCRIPTIONS)


class IncidentAction(Action):  # type: ignore[misc]  # the package is untyped
    """One action. What cannot be done costs a step, so only its outer form is checked here."""

    action_type: str = Field(description="What to do.", json_schema_extra={"enum": list(DESCRIPTIONS)})
    parameters: dict[str, Any] = Field(default_factory=dict, description=f"By action: {_PARAMETERS}.")


class IncidentObservation(EpisodeFacts, Observation):  # type: ignore[misc]  # the package is untyped
    """What the agent sees, with what the step earned in fields of its own: some clients drop the metadata."""

    reward_parts: dict[str, float] = Field(default_factory=dict, description="The reward by its parts.")
    world: dict[str, Any] = Field(default_factory=dict, description="What the world says of itself.")
    grade: dict[str, Any] | None = Field(None, description="The grader's verdict, once the episode is over.")


class Told:
    """What a socket sends of an observation: what the model would dump, without the models in between."""

    __slots__ = ("_fields", "done", "metadata", "reward")

    def __init__(self, seen: Mapping[str, Any], reward: float | None = None, **more: Any) -> None:
        self.reward, self.done, self.metadata = reward, seen["done"], dict[str, Any]()
        fields = {"reward_parts": {}, "world": {}, "grade": None, "metadata": {}, **seen, **more}
        del fields["done"]
        self._fields = fields

    def model_dump(self, *, exclude: Set[str] = frozenset(), **_options: Any) -> dict[str, Any]:
        whole = {**self._fields, "reward": self.reward, "done": self.done}
        return {name: value for name, value in whole.items() if name not in exclude}


class IncidentState(State):  # type: ignore[misc]  # the package is untyped
    """The whole episode so far; before a reset its fields are empty."""

    task_id: str | None = None
    scenario_id: str | None = None
    max_steps: int | None = None
    cumulative_reward: float = 0.0
    done: bool = False
    submitted: bool = False
    resolved: bool = False
    action_history: list[HistoryShape] = Field(default_factory=list)
