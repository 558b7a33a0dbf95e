"""Plays one episode: asks a player, tells the environment, and says what happened, until it is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lab.baseline_agent.client import Action, Door, Json
from lab.baseline_agent.repair import Advice
from lab.baseline_agent.rules import advise
from lab.told import evidence_of


class Player(Protocol):
    """Decides from the observation and what was done before."""

    name: str
    tokens: int

    def decide(self, observation: Json, history: list[Action]) -> Advice: ...


class Rules:
    name, tokens = "rules", 0

    def decide(self, observation: Json, history: list[Action]) -> Advice:
        return advise(observation, history)


@dataclass(frozen=True, slots=True)
class Told:
    """One step, as whoever watches may want to show it."""

    number: int
    advice: Advice
    answer: Json

    @property
    def reward(self) -> float:
        return float(self.answer["reward"]["score"])

    @property
    def evidence(self) -> str:
        """What this step brought to light, if it did."""
        action = self.advice.action
        return evidence_of(self.answer["observation"], action.action_type, [action.target])

    @property
    def error(self) -> str | None:
        error: str | None = self.answer["observation"]["last_action_error"]
        return error


@dataclass(slots=True)
class Played:
    task: str
    scenario: str
    player: str
    grade: Json
    steps: int
    tokens: int
    actions: list[Action] = field(default_factory=list)

    @property
    def score(self) -> float | None:
        total = self.grade.get("total")
        return None if total is None else float(total)


def play(
    door: Door,
    player: Player,
    wish: Mapping[str, Any],
    watch: Callable[[Told], None],
    begun: Callable[[Json], None] = lambda _observation: None,
) -> Played:
    observation = door.reset(wish)
    begun(observation)
    history: list[Action] = []
    while not observation["done"]:
        advice = player.decide(observation, history)
        answer = door.step(advice.action)
        history.append(advice.action)
        watch(Told(len(history), advice, answer))
        observation = answer["observation"]
    task, scenario = observation["task_id"], observation["scenario_id"]
    return Played(task, scenario, player.name, door.grade(), len(history), player.tokens, history)
