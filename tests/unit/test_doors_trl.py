"""The door for TRL: what its trainers read of a class, and whole rollouts without a model or a GPU."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from lab import Client, Lab
from lab.actions import DESCRIPTIONS, Query, name_of, parameter_names, parameters_of, parse_action
from lab.doors import trl
from lab.errors import Refused
from lab.scenarios import TASKS, get, ids_of_task
from tests.unit.served_kit import served_over
from tests.unit.server_kit import TinySource
from tests.unit.tiny_world import TinyWorld, perfect_play
from tests.unit.trl_trainer import Call, Tool, Trainer, tools_of

_ARGUMENT = re.compile(r"^    (\w+): (\S.*)$", re.MULTILINE)


@pytest.fixture
def here() -> Iterator[Lab]:
    with Lab(TinySource()) as here:
        yield here


@pytest.mark.parametrize("task", TASKS)
def test_a_new_object_shows_exactly_its_tasks_actions_as_tools(task: str) -> None:
    assert tools_of(trl.ENVIRONMENTS[task]()).keys() == set(TASKS[task].actions)  # type: ignore[index]


@pytest.mark.parametrize("task", TASKS)
def test_every_tool_says_what_a_schema_is_made_of(task: str) -> None:
    """A description, and a type and a line for each argument, in Google's style: more is not read, less is refused."""
    for name, tool in tools_of(trl.ENVIRONMENTS[task]()).items():
        described, arguments = _documented(tool)
        hints = get_type_hints(tool)
        assert described == DESCRIPTIONS[name]
        assert tuple(arguments) == tuple(inspect.signature(tool).parameters) == parameter_names(name)
        assert hints.pop("return") is str
        assert all(hint in (str, int) or get_origin(hint) is Literal for hint in hints.values())


@pytest.mark.parametrize("task", TASKS)
def test_what_a_tool_accepts_is_an_action(task: str) -> None:
    """The types and defaults of the methods are those of `lab.actions`."""
    for name, tool in tools_of(trl.ENVIRONMENTS[task]()).items():
        hints = get_type_hints(tool)
        values = {parameter: _example(hints[parameter]) for parameter in inspect.signature(tool).parameters}
        parse_action({"action_type": name, "parameters": values})


@pytest.mark.parametrize("task", TASKS)
def test_perfect_rollouts_earn_everything(here: Lab, task: str) -> None:
    trainer = Trainer(
        model=_careful,
        train_dataset=trl.rows(task, seeds=(0, 1)),
        reward_funcs=[trl.score, trl.earned],
        environment_factory=partial(trl.ENVIRONMENTS[task], here),
    )
    trainer.train()
    assert trainer.rewards["score"] == [1.0] * 6
    assert all(reward is not None and reward > 1.0 for reward in trainer.rewards["earned"])
    assert len(trainer.prompts) == 6
    for prompt, scenario_id in zip(trainer.prompts, ids_of_task(task) * 2, strict=True):
        assert get(scenario_id).brief.title in prompt


def test_several_tasks_in_one_training(here: Lab) -> None:
    rows = [row for task in TASKS for row in trl.rows(task)]
    factories = {task: partial(each, here) for task, each in trl.ENVIRONMENTS.items()}
    trainer = Trainer(model=_careful, train_dataset=rows, reward_funcs=trl.score, environment_factory=factories)
    trainer.train()
    assert trainer.rewards == {"score": [1.0] * 9}


def test_a_rollout_that_does_nothing_earns_nothing(here: Lab) -> None:
    rows = trl.rows("root_cause_analysis")
    factory = partial(trl.RootCauseAnalysis, here)
    trainer = Trainer(
        model="any", train_dataset=rows, reward_funcs=[trl.score, trl.earned], environment_factory=factory
    )
    trainer.train()
    assert trainer.rewards == {"score": [0.0] * 3, "earned": [0.0] * 3}


def test_over_http_it_is_the_same() -> None:
    with served_over(TinySource()) as served, Client(served.url) as there:
        trainer = Trainer(
            model=_careful,
            train_dataset=trl.rows("remediation_planning"),
            reward_funcs=trl.score,
            environment_factory=partial(trl.RemediationPlanning, there),
        )
        trainer.train()
    assert trainer.rewards["score"] == [1.0] * 3


def test_a_tool_shows_its_evidence_once_and_what_it_earned(here: Lab) -> None:
    environment = trl.RootCauseAnalysis(here)
    page = environment.reset(scenario_index=1, prompt="ignored", answer=None)
    assert "express_checkout (on)" in page
    assert "- restore_bgp_routes: " in page
    first = environment.query_logs("Order-Service")
    second = environment.check_metrics("api-gateway")
    assert "query_logs of order-service" in first
    assert "+0.04 first look" in first
    assert "query_logs" not in second
    assert "There is no service 'nobody'" in environment.query_logs("nobody")


def test_after_the_end_and_before_the_beginning_tools_refuse(here: Lab) -> None:
    environment = trl.AlertClassification(here)
    with pytest.raises(Refused, match="call no more tools"):
        environment.query_logs("auth-service")
    environment.reset()
    environment.submit_severity("P2", "auth-service")
    assert (environment.score, environment.earned) == (0.5, 0.5)
    with pytest.raises(Refused, match="call no more tools"):
        environment.query_logs("auth-service")
    environment.reset()
    assert (environment.score, environment.earned) == (0.0, 0.0)


def test_where_the_lab_fails_there_is_no_score() -> None:
    look = Query("query_logs", "auth-service")
    with Lab(TinySource(lambda: TinyWorld(breaks_on=[look]))) as here:
        trainer = Trainer(
            model=lambda _prompt, _tools: [("query_logs", {"service": "auth-service"})],
            train_dataset=trl.rows("alert_classification")[:1],
            reward_funcs=trl.score,
            environment_factory=partial(trl.AlertClassification, here),
        )
        trainer.train()
    assert trainer.rewards["score"] == [None]
    assert "broke" in trainer.answers[0]


def test_an_object_that_is_reset_again_leaves_nothing_open() -> None:
    source = TinySource()
    with Lab(source) as here:
        environment = trl.RootCauseAnalysis(here)
        for _ in range(3):
            environment.reset()
        assert source.ends() == [1, 1, 0]


def _careful(prompt: str, tools: Mapping[str, Tool]) -> Iterable[Call]:
    """Knows the key, as a model does at the end of a good training."""
    task = next(task for task in TASKS.values() if task.submission in tools)
    scenario = next(get(id_) for id_ in ids_of_task(task.id) if get(id_).brief.title in prompt)
    return [(name_of(move), parameters_of(move)) for move in perfect_play(scenario)]


def _documented(tool: Tool) -> tuple[str, dict[str, str]]:
    text = inspect.getdoc(tool) or ""
    head, _, rest = text.partition("Args:\n")
    return head.strip(), dict(_ARGUMENT.findall(rest.partition("Returns:")[0]))


def _example(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Literal else {str: "x", int: 1}[hint]
