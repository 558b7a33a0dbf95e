"""The leak scan through each door while an episode runs: refusals, forks, OpenEnv, sockets, tools, the page."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lab.scenarios import Scenario, drawn, get
from lab.server.page.game import Game
from lab.trust.leaks import Leak, key_leaks, leaks_in
from lab.worlds import RecordedSource
from tests.attacks.arena import ALL
from tests.attacks.moves import as_action
from tests.attacks.test_leaks import without_own
from tests.unit.server_kit import client_over, sessions_over
from tests.unit.tiny_world import perfect_play

# All that an agent can do wrongly: each is answered in the lab's own words.
WRONG: tuple[dict[str, Any], ...] = (
    {"action_type": "query_logs", "parameters": {"service": "nobody"}},
    {"action_type": "query_logs"},
    {"action_type": "dance", "parameters": {}},
    {"action_type": "rollback_deploy", "parameters": {"service": "api-gateway", "target_version": "v9.9.9"}},
    {"action_type": "scale_service", "parameters": {"service": "api-gateway", "replicas": -1}},
    {"action_type": "disable_feature_flag", "parameters": {"flag": "nothing"}},
    {"action_type": "execute_runbook_step", "parameters": {"runbook_action": "nothing"}},
    {"action_type": "submit_severity", "parameters": {"severity": "P9", "service": "api-gateway"}},
    {"action_type": "submit_root_cause", "parameters": {"service": "nobody", "failure_mode": "it broke"}},
)
# What a socket answers to each message where it does not answer with an error.
TYPES = {"reset": "observation", "step": "observation", "mcp": "mcp", "state": "state"}


@pytest.fixture(scope="module", name="client")
def _client() -> Iterator[TestClient]:
    with client_over(RecordedSource()) as client:
        yield client


def looks_of(scenario: Scenario) -> list[dict[str, Any]]:
    return [as_action(move) for move in perfect_play(scenario)[:-1]][: scenario.task.max_steps - 1]


def begin(client: TestClient, scenario_id: str) -> None:
    """An episode that did not begin has nothing to give away."""
    assert client.post("/reset", json={"scenario_id": scenario_id}).status_code == 200


def none(found: Iterator[Leak]) -> None:
    told = [str(leak) for leak in found]
    assert not told, "\n".join(told[:20])


@pytest.mark.parametrize("scenario_id", ALL)
def test_refusals_are_clean(client: TestClient, scenario_id: str) -> None:
    answers = []
    for action in WRONG:
        begin(client, scenario_id)
        answers.append(client.post("/step", json=action))
    answers += [client.post("/fork", json={"fork_id": 7}), client.post("/step", content=b"{"), client.get("/bundle")]
    assert [answer.status_code for answer in answers] == [200] * len(WRONG) + [422, 422, 409]
    none(leak for answer in answers for leak in leaks_in(without_own(answer.json()), str(answer.url)))


@pytest.mark.parametrize("scenario_id", ALL)
def test_a_fork_is_clean(client: TestClient, scenario_id: str) -> None:
    begin(client, scenario_id)
    assert client.post("/step", json=looks_of(get(scenario_id))[0]).status_code == 200
    fork = client.post("/fork")
    assert fork.status_code == 200
    none(leaks_in(without_own(fork.json()), "fork"))


@pytest.mark.parametrize("scenario_id", ALL)
def test_openenv_over_http_is_clean(client: TestClient, scenario_id: str) -> None:
    replies = [client.post("/openenv/reset", json={"scenario_id": scenario_id})]
    replies += [client.post("/openenv/step", json={"action": action}) for action in looks_of(get(scenario_id))]
    replies.append(client.get("/openenv/state"))
    assert {reply.status_code for reply in replies} == {200}
    none(leak for reply in replies for leak in leaks_in(without_own(reply.json()), str(reply.url)))


@pytest.mark.parametrize("scenario_id", ALL)
def test_sockets_and_tools_are_clean(client: TestClient, scenario_id: str) -> None:
    first, *others = looks_of(get(scenario_id))
    tool = {"name": first["action_type"], "arguments": first["parameters"]}
    anew = {"type": "reset", "data": {"scenario_id": scenario_id}}
    asked: list[dict[str, Any]] = [
        anew,
        {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool}},
        *({"type": "step", "data": action} for action in others),
        {"type": "state"},
        *(one for action in WRONG for one in (anew, {"type": "step", "data": action})),
    ]
    with client.websocket_connect("/openenv/ws") as socket:
        for one in asked:
            socket.send_json(one)
            reply = socket.receive_json()
            assert reply["type"] == TYPES[one["type"]], reply
            assert one["type"] != "mcp" or reply["data"]["result"]["content"], reply
            none(leaks_in(without_own(reply), str(one)))


@pytest.mark.parametrize("scenario_id", ALL)
def test_the_page_is_clean(scenario_id: str) -> None:
    """As a visitor who plays blind reads it."""
    game = Game(sessions_over(RecordedSource(), most=64))  # type: ignore[arg-type]
    for actions in (looks_of(get(scenario_id)), *([action] for action in WRONG)):
        screens = list(played(game, scenario_id, actions))
        assert len(screens) > 1
        none(leak for regions in screens for name, region in regions.items() for leak in key_leaks(region, name))
        assert not [name for name in ALL for regions in screens for region in regions.values() if name in region]


def played(game: Game, scenario_id: str, actions: Iterable[dict[str, Any]]) -> Iterator[Mapping[str, str]]:
    task = get(scenario_id).task.id
    seed = next(seed for seed in count() if drawn(task, seed).id == scenario_id)
    *_, screen = game.begin({"task_id": task, "seed": seed, "blind": True})
    yield screen.regions
    for action in actions:
        assert screen.seat is not None
        screen = game.act(screen.seat, action)
        if screen.seat is not None and screen.seat.done:
            return
        yield screen.regions
