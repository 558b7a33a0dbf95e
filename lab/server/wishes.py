"""What a reset asks for: which scenario, which seed. By query, by JSON, or both."""

from secrets import randbelow
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from lab import scenarios
from lab.errors import Unknown
from lab.plain import harmless
from lab.scenarios import TASKS, Scenario
from lab.server.errors import NotAccepted

_SEEDS = 2**31


def _shows(name: str) -> str:
    """It comes back in answers and in the server's log."""
    if harmless(name) != name:
        raise PydanticCustomError("acts", "it holds characters that do not show")
    return name


FIRST_TASK = next(iter(TASKS))
_Task = Annotated[str, WithJsonSchema({"type": "string", "enum": list(TASKS)})]
_ScenarioId = Annotated[str, WithJsonSchema({"type": "string", "enum": list(scenarios.load_all())})]


class ResetWish(BaseModel):
    """All of it optional; an empty one means the first scenario of the first task."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"task_id": "root_cause_analysis", "scenario_index": 1, "seed": 0}, {}]},
    )

    task_id: _Task | None = Field(None, description="Which task; the easy one if not given.")
    scenario_index: int | None = Field(None, ge=0, description="Which of the task's scenarios, from 0.")
    scenario_id: _ScenarioId | None = Field(None, description="Instead of task and index: the scenario itself.")
    seed: int | None = Field(
        None, ge=0, lt=2**63, description="Picks among the recordings of a scenario; 0 if not given."
    )
    episode_id: Annotated[str, AfterValidator(_shows)] | None = Field(
        None, min_length=1, max_length=128, description="A name of your own for the episode."
    )
    blind: bool | None = Field(
        None,
        description="The seed draws the scenario from the task (without a seed, chance does), and until the episode's "
        "end an opaque name stands in the place of scenario_id.",
    )

    @classmethod
    def read(cls, query: dict[str, str], body: dict[str, Any]) -> Self:
        try:
            by_query = cls.model_validate_strings(query)
            by_body = cls.model_validate(body, strict=True)
        except ValidationError as error:
            raise NotAccepted(_sentence(error)) from error
        return by_query._joined(by_body)._drawn()

    def scenario(self) -> Scenario:
        try:
            return self._by_id(self.scenario_id) if self.scenario_id is not None else self._by_index()
        except Unknown as error:
            raise NotAccepted(str(error)) from error

    def _drawn(self) -> Self:
        """Blind play without a seed would be the same incident each time."""
        if not self.blind:
            return self
        if self.scenario_id is not None or self.scenario_index is not None:
            raise NotAccepted("A blind reset draws the scenario itself; give task_id and seed, and no scenario.")
        return self if self.seed is not None else self.model_copy(update={"seed": randbelow(_SEEDS)})

    def _by_index(self) -> Scenario:
        if self.blind:
            return scenarios.drawn(self.task_id or FIRST_TASK, self.seed or 0)
        return scenarios.of_task(FIRST_TASK if self.task_id is None else self.task_id, self.scenario_index or 0)

    def _by_id(self, scenario_id: str) -> Scenario:
        found = scenarios.get(scenario_id)
        ids = scenarios.ids_of_task(found.task.id)
        if self.task_id not in (None, found.task.id) or self.scenario_index not in (None, ids.index(found.id)):
            place = f"{found.task.id} with scenario_index {ids.index(found.id)}"
            raise NotAccepted(f"{found.id} is {place}, which is not what task_id or scenario_index say.")
        return found

    def _joined(self, other: Self) -> Self:
        mine, theirs = self.model_dump(exclude_none=True), other.model_dump(exclude_none=True)
        if differing := [name for name in mine.keys() & theirs.keys() if mine[name] != theirs[name]]:
            raise NotAccepted(f"Query and body differ in {sorted(differing)[0]}; give it once.")
        return self.model_copy(update=theirs)


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][-1])[:60]
    if first["type"] == "extra_forbidden":
        return f"A reset has no parameter {harmless(repr(name))}; accepted: {', '.join(ResetWish.model_fields)}."
    return f"A reset's {name} is not accepted: {first['msg']}."
