"""What a socket sends is what the observation's model would dump, step by step, in both kinds of world."""

import asyncio
from typing import Any

import pytest
from openenv.core.env_server.mcp_types import ListToolsAction
from openenv.core.env_server.serialization import serialize_observation

from lab.actions import name_of, parameters_of
from lab.scenarios import get, load_all
from lab.server.openenv import IncidentEnvironment
from lab.server.openenv_models import IncidentAction
from tests.unit.server_kit import TinySource, sessions_over
from tests.unit.tiny_world import perfect_play

LOOK = IncidentAction(action_type="query_logs", parameters={"service": "api-gateway"})
UNREADABLE = IncidentAction(action_type="no_such_action", parameters={})


def actions(scenario_id: str) -> list[IncidentAction]:
    moves = perfect_play(get(scenario_id))
    played = [IncidentAction(action_type=name_of(move), parameters=parameters_of(move)) for move in moves]
    return [UNREADABLE, *played]


def environment(*, exclusive: bool = False) -> IncidentEnvironment:
    return IncidentEnvironment(sessions_over(TinySource(exclusive=exclusive)))


async def over_a_socket(scenario_id: str, *, exclusive: bool = False) -> list[dict[str, Any]]:
    env = environment(exclusive=exclusive)
    seen = [await env.reset_async(scenario_id=scenario_id, episode_id="one")]
    seen += [await env.step_async(action) for action in actions(scenario_id)]
    env.close()
    return [serialize_observation(one) for one in seen]


def in_process(scenario_id: str) -> list[dict[str, Any]]:
    env = environment()
    seen = [env.reset(scenario_id=scenario_id, episode_id="one")]
    seen += [env.step(action) for action in actions(scenario_id)]
    env.close()
    return [serialize_observation(one) for one in seen]


@pytest.mark.parametrize("exclusive", [False, True], ids=["recorded", "live"])
@pytest.mark.parametrize("scenario_id", load_all())
def test_the_short_way_says_the_same(scenario_id: str, exclusive: bool) -> None:
    told = asyncio.run(over_a_socket(scenario_id, exclusive=exclusive))
    assert told == in_process(scenario_id)
    assert told[-1]["done"]
    assert told[-1]["observation"]["grade"]["verdict"] == "scored"


def test_tools_are_listed_all_the_same() -> None:
    async def listed() -> int:
        env = environment()
        await env.reset_async(scenario_id="RP-001")
        async with env.mcp_session():
            found = await env.step_async(ListToolsAction())
        env.close()
        return len(found.tools)

    assert asyncio.run(listed()) == 14
