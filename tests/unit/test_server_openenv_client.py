"""OpenEnv's own clients against a running server: `EnvClient`, typed and generic, and the actions as MCP tools."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from openenv.core.generic_client import GenericEnvClient
from openenv.core.mcp_client import MCPToolClient

from lab.actions import DESCRIPTIONS, name_of, parameters_of
from lab.doors.openenv import IncidentAction, IncidentClient
from lab.play.serving import Served
from lab.scenarios import get, load_all
from tests.unit.served_kit import load_openenv, served_over
from tests.unit.server_kit import TinySource
from tests.unit.test_server_openenv import await_true
from tests.unit.tiny_world import perfect_play


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with served_over(TinySource()) as served:
        load_openenv(served.url)
        yield served


@pytest.fixture
def url(served: Served) -> Iterator[str]:
    yield f"{served.url}/openenv"
    await_true(lambda: len(served.sessions) == 0, "every connection's episode to be given back")


def as_action(move: Any) -> IncidentAction:
    return IncidentAction(action_type=name_of(move), parameters=parameters_of(move))


@pytest.mark.parametrize("scenario", load_all().values(), ids=lambda scenario: scenario.id)
def test_the_typed_client_plays_an_episode(url: str, scenario: Any) -> None:
    with IncidentClient(base_url=url).sync() as env:
        result = env.reset(scenario_id=scenario.id, seed=2)
        assert (result.observation.scenario_id, result.done, result.reward) == (scenario.id, False, None)
        assert result.observation.alert.title == scenario.brief.title
        for move in perfect_play(scenario):
            assert not result.done
            result = env.step(as_action(move))
        assert (result.done, result.reward, result.observation.grade["total"]) == (True, 1.0, 1.0)
        state = env.state()
        assert (state.submitted, state.step_count) == (True, len(perfect_play(scenario)))


def test_the_generic_client_needs_nothing_of_ours(url: str) -> None:
    with GenericEnvClient(base_url=url).sync() as env:
        assert env.reset(task_id="alert_classification").observation["scenario_id"] == "AC-001"
        looked = env.step({"action_type": "query_logs", "parameters": {"service": "auth-service"}})
        assert (looked.reward, looked.done) == (0.04, False)
        assert "tiny world" in looked.observation["queried_data"]["query_logs"]["auth-service"]


def test_a_refusal_is_a_sentence_and_the_episode_goes_on(url: str) -> None:
    with GenericEnvClient(base_url=url).sync() as env:
        env.reset(scenario_id="RCA-001")
        with pytest.raises(RuntimeError, match="A reset has no parameter 'bogus'; accepted: task_id"):
            env.reset(bogus=1)
        priced = env.step({"action_type": "query_logs", "parameters": {"service": "nobody"}})
        assert (priced.reward, priced.observation["scenario_id"]) == (-0.06, "RCA-001")
        assert "There is no service 'nobody'" in priced.observation["last_action_error"]


def test_many_connections_side_by_side(url: str) -> None:
    async def one(index: int) -> tuple[str, int]:
        async with IncidentClient(base_url=url) as env:
            seen = (await env.reset(task_id="root_cause_analysis", scenario_index=index % 3)).observation
            for service in seen.known_services[: index % 4]:
                await env.step(IncidentAction(action_type="check_metrics", parameters={"service": service}))
            state = await env.state()
            return state.scenario_id, state.step_count

    async def all_of_them() -> list[tuple[str, int]]:
        return await asyncio.gather(*(one(index) for index in range(16)))

    assert asyncio.run(all_of_them()) == [(f"RCA-00{index % 3 + 1}", index % 4) for index in range(16)]


def test_an_episode_by_mcp_tools(url: str) -> None:
    async def played() -> list[dict[str, Any]]:
        async with MCPToolClient(base_url=url) as env:
            await env.reset(scenario_id="RP-002")
            tools = {tool.name: tool for tool in await env.list_tools()}
            assert {name: tool.description for name, tool in tools.items()} == DESCRIPTIONS
            assert tools["scale_service"].input_schema["required"] == ["service", "replicas"]
            told = [await env.call_tool(name_of(m), **parameters_of(m)) for m in perfect_play(get("RP-002"))]
            assert (await env.state()).step_count == len(told)
            return told

    told = asyncio.run(played())
    assert all("tiny world" in answer["evidence"] for answer in told[:-1])
    assert [answer["done"] for answer in told] == [False] * (len(told) - 1) + [True]
    assert told[-1]["reward"] == 1.0


def test_a_tool_that_there_is_not(url: str) -> None:
    async def called() -> None:
        async with MCPToolClient(base_url=url) as env:
            await env.reset()
            await env.call_tool("delete_everything", service="postgres-db")

    with pytest.raises(RuntimeError, match="Unknown tool: 'delete_everything'"):
        asyncio.run(called())
