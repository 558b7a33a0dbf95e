"""All nine incidents over HTTP on the live cluster: who solves them scores 1.0, who does nothing scores 0."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from lab.actions import Query, Remedy, Submission
from lab.scenarios import Scenario, load_all
from tests.e2e.server import Client, serving
from tests.unit.tiny_world import key_remedies, looks, submission

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
SCENARIOS = [pytest.param(scenario, id=scenario_id) for scenario_id, scenario in load_all().items()]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving("live") as url, closing(Client(url)) as client:
        yield client


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_gold_scores_full_marks(client: Client, scenario: Scenario) -> None:
    first = client.reset(scenario)
    assert first["scenario_id"] == scenario.id
    assert first["alert"]["revenue_impact_per_min"] >= 0
    last: dict[str, Any] = {}
    for action in gold(scenario):
        last = client.step(action)
        assert last["observation"]["last_action_error"] is None, last
    grade = client.grade()
    assert last["done"], last
    assert grade["verdict"] == "scored"
    assert grade["total"] == 1.0, grade
    assert last["reward"]["score"] == grade["total"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_doing_nothing_scores_nothing(client: Client, scenario: Scenario) -> None:
    """It says `wait`, which is no action, until its steps are used up."""
    client.reset(scenario)
    done = False
    while not done:
        done = client.step({"action_type": "wait", "parameters": {}})["done"]
    grade = client.grade()
    assert grade["verdict"] == "scored"
    assert grade["total"] == 0, grade


def gold(scenario: Scenario) -> list[dict[str, Any]]:
    remedies = key_remedies(scenario) if scenario.task.difficulty == "hard" else []
    return [as_request(move) for move in (*looks(scenario), *remedies, submission(scenario))]


def as_request(move: Query | Remedy | Submission) -> dict[str, Any]:
    return {"action_type": move.kind, "parameters": parameters(move)}


def parameters(move: Query | Remedy | Submission) -> dict[str, str]:
    if isinstance(move, Query):
        return {"service": move.service}
    if isinstance(move, Remedy):
        name = {"disable_feature_flag": "flag", "execute_runbook_step": "runbook_action"}.get(move.kind, "service")
        return {name: move.target}
    told = {"submit_severity": "severity", "submit_root_cause": "failure_mode", "submit_resolution": "summary"}
    service = {"service": move.service} if move.service else {}
    return {**service, told[move.kind]: move.says}
