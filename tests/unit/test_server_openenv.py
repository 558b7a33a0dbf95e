"""The OpenEnv protocol: sockets, plain HTTP, MCP tools, tasks, and the package's own validators."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient

from lab import scenarios
from lab.actions import DESCRIPTIONS
from lab.cluster.wait import NotYet, wait_until
from lab.server.app import create_app
from lab.server.limits import BODY_LIMIT
from lab.server.settings import ServerSettings
from tests.unit.server_kit import TinySource, client_over, is_sentence, quiet

ROOT = Path(__file__).resolve().parents[2]
LOOK = {"action_type": "query_logs", "parameters": {"service": "api-gateway"}}
CLASSIFY = {"action_type": "submit_severity", "parameters": {"severity": "P1", "service": "auth-service"}}


@pytest.fixture(scope="module")
def source() -> TinySource:
    return TinySource()


@pytest.fixture(scope="module")
def client(source: TinySource) -> Iterator[TestClient]:
    with client_over(source) as client:
        yield client


def await_true(condition: Callable[[], bool], what: str) -> None:
    def probe() -> None:
        if not condition():
            raise NotYet("not so yet")

    wait_until(probe, 30, every=0.05, what=what)


class Socket:
    def __init__(self, client: TestClient, path: str = "/openenv/ws") -> None:
        self._socket: Any = client.websocket_connect(path)

    def __enter__(self) -> "Socket":
        self._socket.__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        self._socket.__exit__(*details)

    def hang_up(self) -> None:
        """As a client that goes away; leaving the `with` would cut the server's side off in the middle, too."""
        self._socket.close()

    def ask(self, kind: str, **data: Any) -> dict[str, Any]:
        self._socket.send_json({"type": kind} if kind in ("state", "close") else {"type": kind, "data": data})
        answer: dict[str, Any] = self._socket.receive_json()
        return answer

    def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        params = {"name": name, "arguments": arguments}
        answer = self.ask("mcp", jsonrpc="2.0", id=1, method="tools/call", params=params)
        data: dict[str, Any] = answer["data"]
        return data


def test_an_episode_over_a_socket(client: TestClient) -> None:
    with Socket(client) as socket:
        seen = socket.ask("reset", task_id="alert_classification", seed=3, episode_id="mine")["data"]["observation"]
        assert (seen["scenario_id"], seen["episode_id"], seen["alert"]["id"]) == ("AC-001", "mine", "tiny-3")
        looked = socket.ask("step", **LOOK)["data"]
        assert (looked["reward"], looked["done"], looked["observation"]["grade"]) == (0.04, False, None)
        assert "tiny world" in looked["observation"]["queried_data"]["query_logs"]["api-gateway"]
        ended = socket.ask("step", **CLASSIFY)["data"]
        assert (ended["reward"], ended["done"], ended["observation"]["grade"]["total"]) == (1.0, True, 1.0)
        state = socket.ask("state")["data"]
        assert (state["episode_id"], state["step_count"], state["submitted"]) == ("mine", 2, True)


def test_a_socket_before_its_reset(client: TestClient) -> None:
    with Socket(client) as socket:
        assert socket.ask("state")["data"]["episode_id"] is None
        assert "reset first" in socket.ask("step", **LOOK)["data"]["message"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"bogus": 1}, "accepted: task_id"),
        ({"scenario_index": 99}, "has no scenario_index 99"),
        ({"task_id": "nonsense"}, "no task 'nonsense'"),
        ({"scenario_id": "RCA-009"}, "no scenario 'RCA-009'"),
    ],
)
def test_what_a_reset_does_not_know_is_said_and_harms_nothing(
    client: TestClient, wish: dict[str, Any], said: str
) -> None:
    with Socket(client) as socket:
        socket.ask("reset")
        assert said in socket.ask("reset", **wish)["data"]["message"]
        assert socket.ask("step", **LOOK)["data"]["reward"] == 0.04


def test_sockets_do_not_meet_and_leave_nothing_behind(client: TestClient, source: TinySource) -> None:
    before = len(source.opened)
    with Socket(client) as one, Socket(client) as other:
        one.ask("reset", scenario_id="RCA-001")
        other.ask("reset", split="root_cause_analysis", index=1)
        one.ask("step", **LOOK)
        assert other.ask("state")["data"]["step_count"] == 0
        assert other.ask("state")["data"]["scenario_id"] == "RCA-002"
        one.hang_up()
        other.hang_up()
        await_true(lambda: source.ends()[before:] == [1, 1], "both worlds to be put back")


def test_an_action_is_a_tool(client: TestClient) -> None:
    with Socket(client) as socket:
        assert "reset first" in socket.tool("query_logs", service="api-gateway")["error"]["message"]
        socket.ask("reset")
        told = socket.tool("query_logs", service="API-Gateway")["result"]["structured_content"]
        assert (told["reward"], told["done"], told["steps_left"], told["error"]) == (0.04, False, 2, None)
        assert "tiny world" in told["evidence"]
        assert socket.ask("state")["data"]["step_count"] == 1


def test_the_tools_are_the_actions(client: TestClient) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    tools = client.post("/openenv/mcp", json=request).json()["result"]["tools"]
    assert {tool["name"]: tool["description"] for tool in tools} == DESCRIPTIONS
    scale = next(tool for tool in tools if tool["name"] == "scale_service")
    assert set(scale["inputSchema"]["required"]) == {"service", "replicas"}


def test_plain_http_keeps_its_episode(client: TestClient) -> None:
    begun = client.post("/openenv/reset", json={"seed": 1, "task_id": "root_cause_analysis"}).json()
    episode = begun["observation"]["episode_id"]
    client.post("/openenv/reset", json={})
    stepped = client.post("/openenv/step", json={"action": LOOK, "episode_id": episode}).json()
    assert (stepped["reward"], stepped["done"], stepped["observation"]["step_count"]) == (0.04, False, 1)
    assert client.get("/openenv/state", params={"episode_id": episode}).json()["scenario_id"] == "RCA-001"
    assert client.get("/state", params={"episode_id": episode}).json()["step_count"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("reset", {"bogus": 1}, 422),
        ("reset", {"seed": -1}, 422),
        ("step", {}, 422),
        ("step", {"action": {}}, 422),
        ("step", {"action": {"action_type": "query_logs", "extra": 1}}, 422),
        ("step", {"action": LOOK, "episode_id": "gone"}, 404),
        ("incident_lab/tasks", {"split": "nothing"}, 422),
        ("incident_lab/task", {"split": "root_cause_analysis", "index": 3}, 400),
        ("nobody/tasks", {"split": "root_cause_analysis"}, 404),
    ],
)
def test_wrong_requests_get_a_sentence(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    refused = client.post(f"/openenv/{path}", json=body)
    assert refused.status_code == status
    assert isinstance(refused.json()["detail"], str)


def test_a_body_that_is_too_long_is_told_so(client: TestClient) -> None:
    pieces = iter([b" " * 100, b" " * BODY_LIMIT])
    refused = client.post("/openenv/step", content=pieces, headers={"content-type": "application/json"})
    assert (refused.status_code, is_sentence(refused)) == (413, True)


def test_state_before_any_reset() -> None:
    with client_over(TinySource()) as client:
        assert client.get("/openenv/state").json()["episode_id"] is None


def test_tasks_can_be_listed(client: TestClient) -> None:
    splits = client.get("/openenv/incident_lab/splits").json()
    assert [split["name"] for split in splits] == list(scenarios.TASKS)
    listed = client.post("/openenv/incident_lab/tasks", json={"split": "remediation_planning"}).json()["tasks"]
    assert [task["id"] for task in listed] == ["RP-001", "RP-002", "RP-003"]
    asked = {"split": "remediation_planning", "index": 2}
    assert client.post("/openenv/incident_lab/task", json=asked).json()["task"] == listed[2]
    assert (
        client.post("/openenv/incident_lab/num_tasks", json={"split": "alert_classification"}).json()["num_tasks"] == 3
    )


def test_one_socket_has_the_one_cluster() -> None:
    with client_over(TinySource(exclusive=True)) as client, Socket(client) as first:
        first.ask("reset")
        with client.websocket_connect("/openenv/ws") as second:
            assert second.receive_json()["data"]["code"] == "CAPACITY_REACHED"
        assert first.ask("step", **LOOK)["data"]["reward"] == 0.04


def test_the_yaml_says_what_the_tasks_are() -> None:
    told = yaml.safe_load((ROOT / "openenv.yaml").read_text())
    assert told["tasks"] == [
        {
            "id": task.id,
            "name": task.name,
            "difficulty": task.difficulty,
            "max_steps": task.max_steps,
            "submission_action": task.submission,
            "scenarios": list(scenarios.ids_of_task(task.id)),
        }
        for task in scenarios.TASKS.values()
    ]
    capabilities = told["validation"]["capabilities"]
    assert capabilities["declared_tools"] == list(DESCRIPTIONS)
    assert capabilities["declared_task_count"] == {name: len(scenarios.ids_of_task(name)) for name in scenarios.TASKS}


def test_the_package_accepts_the_yaml(tmp_path: Path) -> None:
    from openenv.validation import Level, Verdict, run_validation

    (tmp_path / "openenv.yaml").write_text((ROOT / "openenv.yaml").read_text())
    assert run_validation(tmp_path, max_level=Level.STATIC).verdict is Verdict.PASS


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        await_true(lambda: server.started, "the server to start")
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/openenv"
    finally:
        server.should_exit = True
        thread.join()


def test_the_package_accepts_the_running_server() -> None:
    from openenv.cli._validation import validate_running_environment

    with served(create_app(TinySource(), ServerSettings(), quiet())) as url:
        report = validate_running_environment(url, timeout_s=60)
    assert [criterion["id"] for criterion in report["criteria"] if not criterion["passed"]] == []
    assert (report["passed"], report["mode"]) == (True, "simulation")
