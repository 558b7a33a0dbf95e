"""A fork goes on from the same point, in Python and over HTTP, and neither episode hears of the other."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from lab.actions import Move, Remedy, name_of, parameters_of
from lab.episode import Episode, fork, run_step, start, state
from lab.errors import LabFault, Unforkable
from lab.recorded.fidelity import scripts
from lab.scenarios import get, load_all
from lab.world import World
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.server_kit import TinySource, client_over, sessions_over
from tests.unit.tiny_world import FLAGS, TinyWorld, perfect_play

LOOK = {"action_type": "query_logs", "parameters": {"service": "api-gateway"}}


def begun(scenario_id: str, blind: bool = False) -> tuple[World, Episode]:
    world = recorded_tiny()
    return world, start(world, get(scenario_id), 0, "first", blind)


def played(world: World, episode: Episode, moves: list[Move]) -> bytes:
    for move in moves:
        run_step(world, episode, move)
    return to_json({**state(episode), "grade": episode.grade()})


@pytest.mark.parametrize("scenario_id", load_all())
@pytest.mark.parametrize("after", [0, 1, 2])
def test_both_ends_of_a_fork_are_as_if_there_had_been_none(scenario_id: str, after: int) -> None:
    moves = perfect_play(get(scenario_id))
    world, episode = begun(scenario_id)
    played(world, episode, moves[:after])
    other, second = fork(world, episode, "first")
    rest = moves[after:]
    alone = played(*begun(scenario_id), moves)
    assert played(other, second, rest) == alone
    assert not episode.done
    assert played(world, episode, rest) == alone


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_two_ways_may_part_anywhere(data: st.DataObject) -> None:
    scenario = get(data.draw(st.sampled_from(list(load_all()))))
    choice = st.sampled_from(range(50))
    one, other = (scripts(scenario, sorted(FLAGS), seed=data.draw(choice))[-1].moves for _ in range(2))
    point = data.draw(st.integers(0, len(one)))
    world, episode = begun(scenario.id)
    played(world, episode, [*one[:point]])
    forked = fork(world, episode, "first")
    assert played(*forked, [*other]) == played(*begun(scenario.id), [*one[:point], *other])
    assert played(world, episode, [*one[point:]]) == played(*begun(scenario.id), [*one])


def test_a_fork_keeps_flags_that_were_turned_off() -> None:
    world, episode = begun("RP-001")
    played(world, episode, [Remedy("disable_feature_flag", "full_history_export")])
    _, second = fork(world, episode)
    assert second.flags["full_history_export"] is False
    assert second.admit(Remedy("disable_feature_flag", "nothing")) != Remedy("disable_feature_flag", "nothing")


def test_there_is_no_fork_of_blind_play_that_still_runs() -> None:
    with pytest.raises(Unforkable, match="blind"):
        fork(*begun("RCA-001", blind=True), "second")


def test_there_is_no_fork_of_a_void_episode() -> None:
    world, episode = begun("RP-001")
    episode.void("the lab broke")
    with pytest.raises(Unforkable, match="void"):
        fork(world, episode)


def test_there_is_no_fork_of_the_one_cluster() -> None:
    world = TinyWorld()
    with pytest.raises(Unforkable, match="recorded world"):
        fork(world, start(world, get("RP-001"), 0))


def test_a_world_that_has_ended_has_no_fork() -> None:
    world, episode = begun("RP-001")
    world.end()
    with pytest.raises(LabFault):
        fork(world, episode)


def test_the_last_episode_stays_the_last_one() -> None:
    sessions = sessions_over(TinySource(recorded_tiny))
    first = sessions.reset(get("RP-001"), 0)
    second = sessions.fork()
    assert second.id != first.id
    assert sessions.find() is first
    assert sessions.find(second.id) is second


class TestOverHttp:
    def moved(self, client: TestClient, moves: list[Move], **more: str) -> dict[str, Any]:
        for move in moves:
            raw = {"action_type": name_of(move), "parameters": parameters_of(move), **more}
            answer: dict[str, Any] = client.post("/step", json=raw).json()
        return answer

    def test_each_goes_its_own_way(self) -> None:
        moves = perfect_play(get("RP-002"))
        with client_over(TinySource(recorded_tiny)) as client:
            client.post("/reset", json={"scenario_id": "RP-002", "episode_id": "a"})
            before = self.moved(client, moves[:3])["observation"]
            forked = client.post("/fork", json={"fork_id": "b"}).json()
            assert forked == {**before, "episode_id": "b"}
            assert self.moved(client, moves[3:], episode_id="b")["done"]
            assert client.get("/grader", params={"episode_id": "b"}).json()["total"] == 1.0
            assert client.get("/state").json()["step_count"] == 3
            assert self.moved(client, moves[3:])["done"]
            assert client.get("/grader").json()["total"] == 1.0

    @pytest.mark.parametrize("how", ["query", "json"])
    def test_which_one_is_said_by_query_or_json(self, how: str) -> None:
        with client_over(TinySource(recorded_tiny)) as client:
            for name in "ab":
                client.post("/reset", json={"scenario_id": "RP-001", "episode_id": name})
            client.post("/step", json={**LOOK, "episode_id": "a"})
            wish = {"episode_id": "a"}
            answer = client.post("/fork", params=wish) if how == "query" else client.post("/fork", json=wish)
            assert answer.json()["step_count"] == 1

    def test_a_second_one_never_takes_the_place_of_another(self) -> None:
        with client_over(TinySource(recorded_tiny)) as client:
            for name in "ab":
                client.post("/reset", json={"scenario_id": "RP-001", "episode_id": name})
            client.post("/step", json={**LOOK, "episode_id": "a"})
            answer = client.post("/fork", json={"episode_id": "a", "fork_id": "b"})
            assert answer.status_code == 409
            assert answer.json()["detail"] == "There is an episode 'b' already; name another fork_id."
            assert client.get("/state", params={"episode_id": "b"}).json()["step_count"] == 0

    def test_the_one_cluster_cannot_be_forked(self) -> None:
        with client_over(TinySource(exclusive=True)) as client:
            client.post("/reset")
            refused = client.post("/fork")
            assert (refused.status_code, refused.json()["detail"][-1]) == (409, ".")
            assert client.post("/step", json=LOOK).status_code == 200

    @pytest.mark.parametrize(
        ("wish", "status"),
        [({}, 400), ({"episode_id": "nobody"}, 404), ({"fork_id": ""}, 422), ({"fork_id": 7}, 422), ([], 422)],
    )
    def test_what_cannot_be_is_said(self, wish: Any, status: int) -> None:
        with client_over(TinySource(recorded_tiny)) as client:
            if status == 422:
                client.post("/reset")
            refused = client.post("/fork", json=wish)
            assert (refused.status_code, type(refused.json()["detail"])) == (status, str)
