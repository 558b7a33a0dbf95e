"""The routes as a client sees them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lab import scenarios
from lab.server.limits import BODY_LIMIT
from lab.server.version import VERSION
from tests.unit.server_kit import LOOK, TinySource, client_over, is_sentence

CLASSIFY = {"action_type": "submit_severity", "parameters": {"severity": "P1", "service": "auth-service"}}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_over(TinySource()) as client:
        yield client


def test_health_is_exactly_this(client: TestClient) -> None:
    assert client.get("/health").content == b'{"status":"ok","version":"%s"}' % VERSION.encode()


def test_version_is_that_of_pyproject() -> None:
    assert VERSION == "0.1.0"


@pytest.mark.parametrize("how", ["query", "json", "both"])
def test_reset_takes_query_json_or_both(client: TestClient, how: str) -> None:
    task, index = {"task_id": "root_cause_analysis"}, {"scenario_index": 1}
    answers = {
        "query": lambda: client.post("/reset", params={**task, **index}),
        "json": lambda: client.post("/reset", json={**task, **index}),
        "both": lambda: client.post("/reset", params=task, json=index),
    }
    assert answers[how]().json()["scenario_id"] == "RCA-002"


@pytest.mark.parametrize("body", [None, b"", b"{}", b" "])
def test_an_empty_reset_begins_the_first_easy_one(client: TestClient, body: bytes | None) -> None:
    assert client.post("/reset", content=body).json()["scenario_id"] == "AC-001"


@pytest.mark.parametrize("scenario_id", list(scenarios.load_all()))
def test_reset_by_scenario_id(client: TestClient, scenario_id: str) -> None:
    seen = client.post("/reset", json={"scenario_id": scenario_id, "seed": 5}).json()
    assert (seen["scenario_id"], seen["alert"]["id"]) == (scenario_id, "tiny-5")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"task_id": "nothing"}, "alert_classification"),
        ({"scenario_index": 3}, "0 to 2"),
        ({"scenario_index": -1}, "scenario_index"),
        ({"scenario_index": "1"}, "integer"),
        ({"scenario_index": True}, "integer"),
        ({"scenario_id": "RCA-009"}, "RCA-001"),
        ({"scenario_id": "RCA-001", "task_id": "alert_classification"}, "root_cause_analysis"),
        ({"scenario_id": "RCA-001", "scenario_index": 2}, "scenario_index 0"),
        ({"scenario": "RCA-001"}, "accepted: task_id"),
        ({"seed": 1.5}, "integer"),
        ({"episode_id": ""}, "episode_id"),
    ],
)
def test_a_wrong_reset_says_what_is_accepted_and_harms_nothing(
    client: TestClient, wish: dict[str, Any], says: str
) -> None:
    episode = client.post("/reset").json()["episode_id"]
    refused = client.post("/reset", json=wish)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
    assert is_sentence(refused)
    assert client.get("/state").json()["episode_id"] == episode


def test_query_and_body_may_not_differ(client: TestClient) -> None:
    refused = client.post("/reset?scenario_index=1", json={"scenario_index": 2})
    assert (refused.status_code, "scenario_index" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize("wrapped", [False, True])
def test_step_takes_an_action_bare_or_wrapped(client: TestClient, wrapped: bool) -> None:
    client.post("/reset")
    answer = client.post("/step", json={"action": LOOK} if wrapped else LOOK).json()
    assert answer["reward"] == {
        "score": 0.04,
        "value": 0.04,
        "cumulative": 0.04,
        "reason": answer["observation"]["feedback"],
    }
    assert answer["info"] == {"reward_parts": {"first_query": 0.04}, "world": {"name": "tiny"}}
    assert not answer["done"]


def test_a_remedys_outcome_stands_under_its_action_and_target(client: TestClient) -> None:
    client.post("/reset?scenario_id=RP-001")
    action = {"action_type": "disable_feature_flag", "parameters": {"flag": "full_history_export"}}
    answer = client.post("/step", json=action).json()
    assert "done" in answer["observation"]["queried_data"]["disable_feature_flag"]["full_history_export"]
    assert answer["info"]["world"] == {"name": "tiny", "settled": True, "composed": False}
    assert answer["observation"]["feature_flags"]["full_history_export"] is False


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        b"[]",
        b'"query_logs"',
        b"{}",
        b"null",
        b'{"action_type": 7}',
        b'{"action_type": "query_logs", "parameters": []}',
        b'{"action": "query_logs"}',
        b'{"action_type": "query_logs", "parameters": NaN}',
        b'{"action_type": "\\ud800"}',
        b"\xff\xfe",
        b"[" * 5000 + b"]" * 5000,
        b'{"action_type": "scale_service", "parameters": {"replicas": ' + b"9" * 5000 + b"}}",
    ],
)
def test_what_is_no_action_is_refused_and_the_episode_unharmed(client: TestClient, content: bytes) -> None:
    client.post("/reset")
    refused = client.post("/step", content=content)
    assert refused.status_code == 422
    assert is_sentence(refused)
    assert client.get("/state").json()["step_count"] == 0


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 4000])
def test_whatever_is_echoed_is_json_again(client: TestClient, number: str) -> None:
    client.post("/reset?scenario_id=RP-001")
    body = '{"action_type": "scale_service", "parameters": {"service": "api-gateway", "replicas": NUMBER}}'
    assert client.post("/step", content=body.replace("NUMBER", number)).json()["observation"]["last_action_error"]
    state = client.get("/state").text
    json.loads(state, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_an_action_that_cannot_be_done_costs_a_step(client: TestClient) -> None:
    client.post("/reset")
    answer = client.post("/step", json={"action_type": "query_logs", "parameters": {"service": "nobody"}}).json()
    assert (answer["reward"]["score"], answer["observation"]["step_count"]) == (-0.06, 1)
    assert "api-gateway" in answer["observation"]["last_action_error"]


@pytest.mark.parametrize("route", ["GET /state", "GET /grader", "POST /step"])
def test_before_any_reset(client: TestClient, route: str) -> None:
    method, path = route.split()
    refused = client.request(method, path, json=LOOK if method == "POST" else None)
    assert (refused.status_code, is_sentence(refused)) == (400, True)


def test_a_step_after_the_end_changes_nothing(client: TestClient) -> None:
    client.post("/reset")
    assert client.post("/step", json=CLASSIFY).json()["done"]
    before = client.get("/state").json()
    late = client.post("/step", json=LOOK)
    assert (late.status_code, late.json()["reward"]["score"], late.json()["done"]) == (200, 0.0, True)
    assert "over" in late.json()["observation"]["last_action_error"]
    assert client.get("/state").json() == before


def test_state_tells_the_whole_episode(client: TestClient) -> None:
    client.post("/reset")
    client.post("/step", json=LOOK)
    client.post("/step", json=CLASSIFY)
    state = client.get("/state").json()
    assert state["action_history"] == [{"step": 1, **LOOK}, {"step": 2, **CLASSIFY}]
    assert (state["submitted"], state["resolved"]) == (True, True)


def test_the_grader_says_nothing_of_the_key_before_the_end(client: TestClient) -> None:
    client.post("/reset?scenario_id=RCA-001")
    running = client.get("/grader").json()
    assert (running["total"], running["verdict"], running["breakdown"]) == (0, "running", {})
    assert "analytics" not in json.dumps(running)


def test_the_grader_gives_points_and_reasons(client: TestClient) -> None:
    client.post("/reset")
    client.post("/step", json=CLASSIFY)
    graded = client.get("/grader").json()
    assert (graded["total"], graded["verdict"], graded["done"], graded["steps_used"]) == (1.0, "scored", True, 1)
    assert sum(part["points"] for part in graded["breakdown"].values()) == graded["total"]
    assert all(part["reason"] for part in graded["breakdown"].values())


def test_episodes_side_by_side(client: TestClient) -> None:
    first = client.post("/reset").json()["episode_id"]
    second = client.post("/reset?scenario_id=RCA-001").json()["episode_id"]
    client.post("/step", params={"episode_id": first}, json=LOOK)
    client.post("/step", json={**LOOK, "episode_id": first})
    assert client.get("/state").json()["episode_id"] == second
    assert client.get("/state").json()["step_count"] == 0
    assert client.get("/state", params={"episode_id": first}).json()["step_count"] == 2


@pytest.mark.parametrize("route", ["GET /state", "GET /grader", "POST /step"])
def test_an_episode_that_is_not_there(client: TestClient, route: str) -> None:
    client.post("/reset")
    method, path = route.split()
    refused = client.request(method, f"{path}?episode_id=gone", json=LOOK if method == "POST" else None)
    assert (refused.status_code, is_sentence(refused)) == (404, True)


def test_an_episode_id_that_is_no_text(client: TestClient) -> None:
    client.post("/reset")
    assert client.post("/step", json={**LOOK, "episode_id": 7}).status_code == 422
    assert client.get("/state?episode_id=").status_code == 422


def test_tasks(client: TestClient) -> None:
    told = client.get("/tasks").json()
    assert told["total"] == 3
    assert [task["scenarios"] for task in told["tasks"]] == [
        list(scenarios.ids_of_task(name)) for name in scenarios.TASKS
    ]
    assert told["action_schema"]["oneOf"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_long_body_is_refused(client: TestClient, chunked: bool) -> None:
    client.post("/reset")
    long = b" " * (BODY_LIMIT + 1)
    refused = client.post("/step", content=iter([long[:100], long[100:]]) if chunked else long)
    assert (refused.status_code, is_sentence(refused)) == (413, True)
    assert client.get("/state").json()["step_count"] == 0


def test_a_body_of_just_the_limit_is_read(client: TestClient) -> None:
    assert client.post("/reset", content=b"{}".ljust(BODY_LIMIT)).status_code == 200


@pytest.mark.parametrize(("route", "status"), [("GET /nothing", 404), ("GET /step", 405), ("DELETE /state", 405)])
def test_what_is_not_there(client: TestClient, route: str, status: int) -> None:
    answer = client.request(*route.split())
    assert (answer.status_code, is_sentence(answer)) == (status, True)


def test_the_page_links_to_the_api(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="docs"' in page.text
