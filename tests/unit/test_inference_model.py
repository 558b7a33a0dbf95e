"""The model player against a model that is scripted: tools, tokens, and the rules where it fails."""

from types import SimpleNamespace
from typing import Any

import pytest
from openai import OpenAIError

from lab.actions import action_schema
from lab.baseline_agent.client import Json
from lab.baseline_agent.model import Model, ModelSettings
from lab.baseline_agent.runner import Played, play
from lab.baseline_agent.tools import tools_for
from tests.unit.invented import Invented
from tests.unit.test_inference_rules import killed_by_a_job

SETTINGS = ModelSettings("http://nowhere.example", "scripted-8b", "no-key")


class Scripted:
    """Answers one after the other; an exception among them is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[Json]()
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=self._create))

    def _create(self, **request: Any) -> Any:
        self.asked.append({**request, "messages": list(request["messages"])})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def call(name: str, arguments: str) -> Any:
    function = SimpleNamespace(name=name, arguments=arguments)
    return _answer(SimpleNamespace(content=None, tool_calls=[SimpleNamespace(id="c1", function=function)]))


def prose(text: str) -> Any:
    return _answer(SimpleNamespace(content=text, tool_calls=None))


def _answer(message: Any) -> Any:
    return SimpleNamespace(choices=[SimpleNamespace(message=message)], usage=SimpleNamespace(total_tokens=100))


def played(door: Invented, model: Scripted) -> Played:
    return play(door, Model(SETTINGS, action_schema(), model), {}, lambda _told: None)


def test_plays_by_tool_calls_at_temperature_zero_and_counts_tokens() -> None:
    door = killed_by_a_job("submit_root_cause", max_steps=10)
    model = Scripted(
        call("query_logs", '{"service": "ledger-db"}'),
        call("submit_root_cause", '{"service": "reporting-service", "failure_mode": "a dump"}'),
    )
    result = played(door, model)
    assert door.told() == ["query_logs ledger-db", "submit_root_cause reporting-service"]
    assert (result.tokens, result.player) == (200, "scripted-8b")
    assert {request["temperature"] for request in model.asked} == {0}
    last = model.asked[-1]["messages"][-1]
    assert last["role"] == "tool"
    assert "signal 9" in last["content"], "the evidence goes back to the model"


@pytest.mark.parametrize(
    "failures",
    [
        [OpenAIError("no route")],
        [call("query_logs", "{not json")],
        [prose("I would look at the logs."), prose("Still thinking.")],
        [SimpleNamespace(choices=[], usage=None)],
    ],
)
def test_the_rules_take_over_where_the_model_fails(failures: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    door = killed_by_a_job("submit_root_cause", max_steps=10)
    model = Scripted(call("check_metrics", '{"service": "mail-service"}'), *failures)
    played(door, model)
    assert door.told()[0] == "check_metrics mail-service"
    assert door.told()[-1] == "submit_root_cause reporting-service"
    assert not model.answers, "a model that failed is not asked again in this episode"
    assert "the rules play on" in capsys.readouterr().err


def test_a_model_that_talks_is_asked_once_more() -> None:
    door = killed_by_a_job("submit_root_cause", max_steps=10)
    played(
        door, Scripted(prose("Hm."), call("submit_root_cause", '{"service": "mail-service", "failure_mode": "guess"}'))
    )
    assert door.told() == ["submit_root_cause mail-service"]


def test_tools_are_the_allowed_actions_with_the_names_of_this_incident() -> None:
    seen = killed_by_a_job("submit_root_cause").observation()
    tools = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools_for(action_schema(), seen)}
    assert list(tools) == seen["available_actions"]
    assert tools["query_logs"]["properties"]["service"]["enum"] == seen["known_services"]
    assert tools["disable_feature_flag"]["properties"]["flag"]["enum"] == ["nightly_deep_dump", "wishlists"]
    assert tools["scale_service"]["required"] == ["service", "replicas"]
    assert "target_version" not in tools["rollback_deploy"]["required"]


def test_no_model_is_configured_without_a_name_and_a_key() -> None:
    assert ModelSettings.read({}) is None
    assert ModelSettings.read({"MODEL_NAME": "m"}) is None
    assert ModelSettings.read({"HF_TOKEN": "t"}) is None
    assert ModelSettings.read({"MODEL_NAME": "m", "HF_TOKEN": "t"}) == ModelSettings(None, "m", "t")
