"""Blind play: the seed draws the scenario, and nobody is told its id before the end."""

from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from lab import scenarios
from lab.actions import name_of, parameters_of
from lab.scenarios import TASKS
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.server_kit import TinySource, client_over
from tests.unit.tiny_world import TinyWorld, perfect_play

IDS = list(scenarios.load_all())
BREAKS = {"action_type": "query_logs", "parameters": {"service": "api-gateway"}}


@pytest.fixture(name="client")
def _client() -> Iterator[TestClient]:
    with client_over(TinySource()) as client:
        yield client


def reset(client: TestClient, task: str, **more: object) -> dict[str, object]:
    answer = client.post("/reset", json={"task_id": task, "blind": True, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(6))
def test_no_id_is_told_before_the_end_and_then_it_is(client: TestClient, task: str, seed: int) -> None:
    scenario = scenarios.drawn(task, seed)
    texts = [client.post("/reset", json={"task_id": task, "blind": True, "seed": seed}).text]
    *way, last = perfect_play(scenario)
    for move in way:
        step = {"action_type": name_of(move), "parameters": parameters_of(move)}
        texts += [client.post("/step", json=step).text, client.get("/state").text, client.get("/grader").text]
    assert not [name for name in IDS for text in texts if name in text]
    ended = client.post("/step", json={"action_type": name_of(last), "parameters": parameters_of(last)}).json()
    assert ended["observation"]["scenario_id"] == scenario.id
    assert client.get("/state").json()["scenario_id"] == client.get("/grader").json()["scenario_id"] == scenario.id


def test_the_opaque_name_stays_and_is_another_one_for_another_episode(client: TestClient) -> None:
    first = reset(client, "root_cause_analysis", seed=1)
    assert str(first["scenario_id"]).startswith("blind-")
    assert client.get("/state").json()["scenario_id"] == client.get("/grader").json()["scenario_id"]
    assert client.get("/state").json()["scenario_id"] == first["scenario_id"]
    assert reset(client, "root_cause_analysis", seed=1)["scenario_id"] != first["scenario_id"]


def test_the_seed_draws_each_scenario_about_as_often() -> None:
    for task in TASKS:
        drawn = Counter(scenarios.drawn(task, seed).id for seed in range(3_000))
        assert set(drawn) == set(scenarios.ids_of_task(task))
        assert min(drawn.values()) > 900


def test_without_a_seed_chance_draws(client: TestClient) -> None:
    titles = {str(reset(client, "root_cause_analysis")["incident_summary"]) for _ in range(60)}
    assert len(titles) == 3


@pytest.mark.parametrize("given", [{"scenario_index": 1}, {"scenario_id": "RCA-002"}])
def test_who_names_the_scenario_does_not_play_blind(client: TestClient, given: dict[str, object]) -> None:
    answer = client.post("/reset", json={"blind": True, **given})
    assert answer.status_code == 422
    assert "blind" in answer.json()["detail"]
    assert client.post("/reset", params={"blind": "false", **given}).status_code == 200  # type: ignore[arg-type]


def test_an_episode_that_the_lab_broke_is_over_and_says_which_it_was() -> None:
    broken = TinySource(lambda: TinyWorld(breaks_on=("health",)))
    with client_over(broken) as client:
        seen = reset(client, "remediation_planning", seed=5)
        for _ in range(int(str(seen["max_steps"]))):
            client.post("/step", json=BREAKS)
        grade = client.get("/grader").json()
        assert (grade["verdict"], grade["scenario_id"]) == ("void", scenarios.drawn("remediation_planning", 5).id)


def test_over_openenv_too(client: TestClient) -> None:
    seen = client.post("/openenv/reset", json={"task_id": "root_cause_analysis", "blind": True, "seed": 2}).json()
    assert seen["observation"]["scenario_id"].startswith("blind-")
    assert client.get("/openenv/state").json()["scenario_id"].startswith("blind-")


def test_a_running_one_is_not_forked() -> None:
    with client_over(TinySource(recorded_tiny)) as client:
        seen = reset(client, "root_cause_analysis", seed=1)
        refused = client.post("/fork", json={"episode_id": seen["episode_id"]})
        assert refused.status_code == 409
        assert not [name for name in IDS if name in refused.text]
