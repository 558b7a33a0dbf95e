"""The requests that the baseline script of the original environment sends, one after the other, to this server."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lab.actions import Move, name_of, parameters_of
from lab.scenarios import get, ids_of_task, load_all
from tests.unit.server_kit import TinySource, client_over
from tests.unit.tiny_world import perfect_play

TASKS = ("alert_classification", "root_cause_analysis", "remediation_planning")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_over(TinySource()) as client:
        yield client


def sent(move: Move) -> dict[str, Any]:
    return {"action_type": name_of(move), "parameters": parameters_of(move)}


def play(client: TestClient, task: str, index: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    seen = client.post("/reset", params={"task_id": task, "scenario_index": index}).json()
    assert isinstance(seen["alert"]["revenue_impact_per_min"], float)
    assert seen["queried_data"] == {}
    answers = []
    for move in perfect_play(get(seen["scenario_id"])):
        answers.append(client.post("/step", json=sent(move)).json())
        if answers[-1]["done"]:
            break
    return answers, client.get("/grader").json()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("index", [0, 1, 2])
def test_an_episode_as_the_original_client_plays_it(client: TestClient, task: str, index: int) -> None:
    answers, graded = play(client, task, index)
    assert answers[-1]["done"]
    assert graded["total"] == answers[-1]["reward"]["score"]
    assert graded["scenario_id"] == ids_of_task(task)[index]
    first = perfect_play(load_all()[graded["scenario_id"]])[0]
    evidence = answers[0]["observation"]["queried_data"][name_of(first)][parameters_of(first)["service"]]
    assert isinstance(evidence, str)
    total = sum(answer["reward"]["score"] for answer in answers)
    assert answers[-1]["reward"]["cumulative"] == pytest.approx(total)


def test_stepping_until_done_ends_without_a_submission_too(client: TestClient) -> None:
    client.post("/reset", params={"task_id": "root_cause_analysis"})
    steps = 0
    while not client.post(
        "/step", json={"action_type": "check_metrics", "parameters": {"service": "api-gateway"}}
    ).json()["done"]:
        steps += 1
    assert steps == 9
    assert client.get("/grader").json()["total"] == 0
