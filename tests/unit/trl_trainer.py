"""What TRL's trainers do with environments, without a model and without TRL: for tests of what is handed to them.

Read from TRL's sources (1.x): the factory is called without arguments, once a rollout, and its object's public bound
methods but `reset` and `get_reward` are the tools; `reset` gets the row's columns and its text ends the prompt; what a
tool raises goes to the model as text; a reward function gets the objects, and may answer None for what does not count.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

import pytest

Tool = Callable[..., Any]
Call = tuple[str, dict[str, Any]]
Policy = Callable[[str, Mapping[str, Tool]], Iterable[Call]]


def tools_of(environment: object) -> dict[str, Tool]:
    members = inspect.getmembers(environment, predicate=inspect.ismethod)
    return {name: tool for name, tool in members if name not in ("reset", "get_reward") and not name.startswith("_")}


class Trainer:
    """A trainer whose model is a function: from the prompt and the tools to the calls that it makes."""

    def __init__(
        self,
        *,
        model: Policy | str,
        train_dataset: Sequence[Mapping[str, Any]],
        reward_funcs: Callable[..., list[float | None]] | list[Callable[..., list[float | None]]],
        environment_factory: Callable[[], Any] | Mapping[str, Callable[[], Any]],
        args: object = None,
    ) -> None:
        self._policy: Policy = (lambda _prompt, _tools: ()) if isinstance(model, str) else model
        self._rows, self._factory = train_dataset, environment_factory
        self._rewards = reward_funcs if isinstance(reward_funcs, list) else [reward_funcs]
        self.prompts: list[str] = []
        self.rewards: dict[str, list[float | None]] = {}
        self.answers: list[str] = []

    def train(self) -> None:
        environments = [self._made(row) for row in self._rows]
        for row, environment in zip(self._rows, environments, strict=True):
            self._rollout(row, environment)
        for function in self._rewards:
            completions = [""] * len(environments)
            self.rewards[function.__name__] = function(
                environments=environments, completions=completions, prompts=self.prompts, trainer_state=None
            )

    def _made(self, row: Mapping[str, Any]) -> Any:
        factory = self._factory
        return factory[row["environment"]]() if isinstance(factory, Mapping) else factory()

    def _rollout(self, row: Mapping[str, Any], environment: Any) -> None:
        several = isinstance(self._factory, Mapping)
        columns = {name: value for name, value in row.items() if not (several and name == "environment")}
        told = environment.reset(**columns)
        self.prompts.append(row["prompt"][-1]["content"] + (told or ""))
        tools = tools_of(environment)
        for name, arguments in self._policy(self.prompts[-1], tools):
            self.answers.append(_called(tools, name, arguments))


def _called(tools: Mapping[str, Tool], name: str, arguments: dict[str, Any]) -> str:
    try:
        return str(tools[name](**arguments))
    except Exception as error:  # noqa: BLE001  # as the trainer does
        return str({"error": str(error)})


def install(monkeypatch: pytest.MonkeyPatch, policy: Policy) -> list[Trainer]:
    """Lets `import trl` and `import datasets` find stand-ins; answers the trainers that are made."""
    made: list[Trainer] = []

    def trainer(**options: Any) -> Trainer:
        made.append(Trainer(**{**options, "model": policy}))
        return made[-1]

    trl, datasets = ModuleType("trl"), ModuleType("datasets")
    trl.__dict__.update(GRPOTrainer=trainer, GRPOConfig=dict)
    datasets.__dict__.update(Dataset=type("Dataset", (), {"from_list": staticmethod(list)}))
    monkeypatch.setitem(sys.modules, "trl", trl)
    monkeypatch.setitem(sys.modules, "datasets", datasets)
    return made
