"""Blind play: the seed draws the scenario, and nobody is told its id before the end."""

import io
from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from lab import scenarios
from lab.actions import name_of, parameters_of
from lab.errors import Missing, NotRecorded
from lab.scenarios import TASKS, Scenario
from lab.server.logs import Log
from lab.world import Alert
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.server_kit import TinySource, client_over
from tests.unit.tiny_world import TinyWorld, perfect_play

IDS = list(scenarios.load_all())
BREAKS = {"action_type": "query_logs", "parameters": {"service": "api-gateway"}}


class NeverBegun(TinyWorld):
    def __init__(self, why: Exception) -> None:
        super().__init__()
        self._why = why

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        raise self._why


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


@pytest.mark.parametrize("why", [NotRecorded("RCA-002 is not recorded."), RuntimeError("RCA-002")])
def test_a_blind_reset_that_failed_names_nothing_either(why: Exception) -> None:
    told = io.StringIO()
    with client_over(TinySource(lambda: NeverBegun(why)), Log(told)) as client:
        wish = {"task_id": "root_cause_analysis", "blind": True, "seed": 5}
        answers = [client.post("/reset", json=wish), client.get("/grader"), client.get("/state")]
        answers += [client.post("/openenv/reset", json=wish), client.get("/openenv/state")]
    assert not [name for name in IDS for answer in answers if name in answer.text]
    assert (answers[0].status_code, answers[1].json()["verdict"]) == (503, "void")
    assert answers[1].json()["scenario_id"].startswith("blind-")
    assert "RCA-002" in told.getvalue()


def test_what_is_missing_is_told_to_whoever_plays_blind() -> None:
    with client_over(TinySource(lambda: NeverBegun(Missing("There is no cluster; `lab up` makes one.")))) as client:
        answer = client.post("/reset", json={"task_id": "root_cause_analysis", "blind": True})
    assert "lab up" in answer.json()["detail"]


@pytest.mark.parametrize("task", TASKS)
def test_nothing_else_that_is_sent_names_it(client: TestClient, task: str) -> None:
    seen = client.post("/reset", json={"task_id": task, "blind": True, "seed": 1})
    answers = [seen, client.get("/bundle"), client.post("/step", json=BREAKS), client.get("/health")]
    answers += [client.post("/fork"), client.get("/state", params={"episode_id": "another"}), client.get("/nowhere")]
    heads = [f"{name}: {value}" for answer in answers for name, value in answer.headers.items()]
    assert not [name for name in IDS for text in [*heads, *(answer.text for answer in answers)] if name in text]


def test_nor_does_a_socket() -> None:
    with client_over(TinySource()) as client, client.websocket_connect("/openenv/ws") as socket:
        socket.send_json({"type": "reset", "data": {"task_id": "root_cause_analysis", "blind": True, "seed": 2}})
        said = [socket.receive_text()]
        socket.send_json({"type": "step", "data": BREAKS})
        said.append(socket.receive_text())
        socket.send_json({"type": "state"})
        said.append(socket.receive_text())
    assert "blind-" in said[0]
    assert not [name for name in IDS for text in said if name in text]


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
