"""Episodes side by side: found, kept, dropped, and one at a time on the one cluster."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.errors import LabFault
from lab.scenarios import Scenario, get
from lab.server.errors import Busy, NoEpisode, NothingReset
from lab.server.sessions import Sessions
from lab.world import Alert
from tests.unit.server_kit import Clock, TinySource, client_over, sessions_over
from tests.unit.tiny_world import TinyWorld

EASY, HARD = get("AC-001"), get("RP-001")
LOOK = {"action_type": "query_logs", "parameters": {"service": "api-gateway"}}
CLASSIFY = {"action_type": "submit_severity", "parameters": {"severity": "P1", "service": "auth-service"}}
PATIENCE = 10


def test_nothing_was_reset() -> None:
    with pytest.raises(NothingReset):
        sessions_over(TinySource()).find()


def test_the_last_reset_is_meant_where_none_is_named() -> None:
    sessions = sessions_over(TinySource())
    first, second = sessions.reset(EASY, 0), sessions.reset(EASY, 0)
    assert sessions.find() is second
    assert sessions.find(first.id) is first


def test_a_reset_that_is_not_to_be_the_last_one() -> None:
    sessions = sessions_over(TinySource())
    first = sessions.reset(EASY, 0)
    sessions.reset(EASY, 0, latest=False)
    assert sessions.find() is first


def test_an_idle_episode_is_dropped_and_its_world_put_back() -> None:
    clock, source = Clock(), TinySource()
    sessions = sessions_over(source, clock, idle=60)
    dropped = sessions.reset(EASY, 0)
    clock.now = 60.0
    assert sessions.find(dropped.id) is dropped
    clock.now = 120.1
    with pytest.raises(NoEpisode, match="60 s"):
        sessions.find(dropped.id)
    with pytest.raises(NoEpisode):
        sessions.find()
    assert source.ends() == [1]


def test_asking_keeps_an_episode() -> None:
    clock = Clock()
    sessions = sessions_over(TinySource(), clock, idle=60)
    kept, left = sessions.reset(EASY, 0), sessions.reset(EASY, 0)
    clock.now = 40.0
    sessions.find(kept.id)
    clock.now = 80.0
    sessions.drop_idle()
    assert sessions.find(kept.id) is kept
    with pytest.raises(NoEpisode):
        sessions.find(left.id)


def test_beyond_the_bound_the_longest_idle_goes_first() -> None:
    source = TinySource()
    sessions = sessions_over(source, most=3)
    first, second, *_ = [sessions.reset(EASY, 0) for _ in range(3)]
    sessions.find(first.id)
    sessions.reset(EASY, 0)
    assert len(sessions) == 3
    assert sessions.find(first.id) is first
    with pytest.raises(NoEpisode):
        sessions.find(second.id)
    assert source.ends() == [0, 1, 0, 0]


def test_a_reset_of_the_same_name_takes_its_place() -> None:
    source = TinySource()
    sessions = sessions_over(source)
    old, new = sessions.reset(EASY, 0, "mine"), sessions.reset(HARD, 0, "mine")
    assert (sessions.find("mine"), len(sessions), source.ends()) == (new, 1, [1, 0])
    assert old.episode.void_reason


def test_a_world_is_put_back_once() -> None:
    source = TinySource()
    sessions = sessions_over(source)
    session = sessions.reset(EASY, 0)
    sessions.drop(session)
    session.end("again")
    sessions.close()
    assert source.ends() == [1]


def test_a_failed_reset_is_the_last_one_until_the_next() -> None:
    worlds = iter([TinyWorld(), TinyWorld(breaks_on=["begin"]), TinyWorld()])
    sessions = sessions_over(TinySource(lambda: next(worlds)))
    sessions.reset(EASY, 0)
    with pytest.raises(LabFault, match="told to"):
        sessions.reset(HARD, 0)
    with pytest.raises(LabFault, match="void"):
        sessions.find()
    assert sessions.grade()["verdict"] == "void"
    sessions.reset(EASY, 0)
    assert sessions.grade()["verdict"] == "running"


def test_the_second_reset_ends_the_firsts_episode_on_the_one_cluster() -> None:
    source = TinySource(exclusive=True)
    sessions = sessions_over(source)
    first = sessions.reset(EASY, 0)
    second = sessions.reset(HARD, 0)
    answer = sessions.find(first.id).step(LOOK)
    assert (answer["done"], answer["reward"]["score"]) == (True, 0.0)
    assert "another episode" in answer["observation"]["last_action_error"]
    assert "another episode" in first.state()["last_action_error"]
    assert (first.grade()["verdict"], first.grade()["total"]) == ("void", None)
    assert second.step(LOOK)["reward"]["score"] > 0
    assert source.ends() == [1, 0]


class _SlowToEnd(TinyWorld):
    """Stands still in `end` until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()

    def end(self) -> None:
        self.entered.set()
        assert self.go.wait(PATIENCE)
        super().end()


class _After(TinyWorld):
    """Begins only where another has come to its end."""

    def __init__(self, other: TinyWorld) -> None:
        super().__init__()
        self._other = other

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        assert self._other.calls[-1] == "end"
        return super().begin(scenario, seed)


def on_a_slow_cluster() -> tuple[_SlowToEnd, TinySource, Sessions]:
    """Two episodes fit: one that is slow to end, and one after it."""
    first = _SlowToEnd()
    worlds = iter([first, _After(first)])
    source = TinySource(lambda: next(worlds), exclusive=True)
    return first, source, sessions_over(source)


def test_the_one_cluster_is_put_back_as_soon_as_the_episode_is_over() -> None:
    world, source, sessions = on_a_slow_cluster()
    over = sessions.reset(EASY, 0)
    assert over.step(CLASSIFY)["done"]
    assert world.entered.wait(PATIENCE)
    assert over.grade()["verdict"] == "scored"
    assert over.step(LOOK)["done"]
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(sessions.reset, EASY, 0)
        assert source.ends() == [0]
        world.go.set()
        assert following.result(PATIENCE).grade()["verdict"] == "running"
    assert source.ends() == [1, 0]


def test_an_episode_of_many_leaves_its_world_until_it_is_dropped() -> None:
    source = TinySource()
    sessions = sessions_over(source)
    over = sessions.reset(EASY, 0)
    assert over.step(CLASSIFY)["done"]
    assert source.ends() == [0]
    sessions.drop(over)
    assert source.ends() == [1]


def test_a_reset_waits_for_an_episode_that_is_being_dropped() -> None:
    world, source, sessions = on_a_slow_cluster()
    dropped = sessions.reset(EASY, 0)
    with ThreadPoolExecutor(2) as pool:
        drops = pool.submit(sessions.drop, dropped)
        assert world.entered.wait(PATIENCE)
        following = pool.submit(sessions.reset, EASY, 0)
        world.go.set()
        drops.result(PATIENCE)
        following.result(PATIENCE)
    assert source.ends() == [1, 0]
    with pytest.raises(NoEpisode):
        sessions.find(dropped.id)


def test_what_was_scored_before_the_second_reset_stays_scored() -> None:
    sessions = sessions_over(TinySource(exclusive=True))
    first = sessions.reset(EASY, 0)
    first.step(CLASSIFY)
    sessions.reset(EASY, 0)
    assert (first.grade()["verdict"], first.grade()["total"]) == ("scored", 1.0)


def test_an_ended_episode_that_is_dropped_leaves_the_cluster_alone() -> None:
    clock, source = Clock(), TinySource(exclusive=True)
    sessions = sessions_over(source, clock, idle=60)
    sessions.reset(EASY, 0)
    sessions.reset(EASY, 0)
    clock.now = 30.0
    sessions.find()
    clock.now = 70.0
    sessions.drop_idle()
    assert source.ends() == [1, 0]


def test_episodes_of_one_source_do_not_meet() -> None:
    sessions = sessions_over(TinySource(), most=64)
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda _: sessions.reset(HARD, 0), range(32)))
        answers = list(pool.map(lambda session: [session.step(LOOK) for _ in range(4)][-1], begun))
    assert [answer["observation"]["step_count"] for answer in answers] == [4] * 32
    assert len({session.id for session in begun}) == 32


class _Slow(TinyWorld):
    """Stands still in `begin` until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = "waiting for the alert"
        self.entered, self.go = threading.Event(), threading.Event()

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        self.entered.set()
        assert self.go.wait(PATIENCE)
        return super().begin(scenario, seed)


@pytest.fixture
def slow() -> Iterator[_Slow]:
    world = _Slow()
    yield world
    world.go.set()


def test_a_reset_while_the_cluster_is_made_ready_is_told_to_wait(slow: _Slow) -> None:
    sessions = sessions_over(TinySource(lambda: slow, exclusive=True))
    assert sessions.stage() is None
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(sessions.reset, EASY, 0)
        assert slow.entered.wait(PATIENCE)
        assert sessions.stage() == "waiting for the alert"
        with pytest.raises(Busy, match="ask again"):
            sessions.reset(EASY, 0)
        slow.go.set()
        assert sessions.find(begun.result(PATIENCE).id)
    assert sessions.stage() is None


def test_while_it_resets_the_server_answers_and_says_how_far_it_is(slow: _Slow) -> None:
    with client_over(TinySource(lambda: slow, exclusive=True)) as client, ThreadPoolExecutor(1) as pool:
        begun = pool.submit(client.post, "/reset")
        assert slow.entered.wait(PATIENCE)
        assert client.get("/state").json() == {"resetting": True, "stage": "waiting for the alert"}
        assert client.get("/health").status_code == 200
        assert client.post("/reset").status_code == 409
        slow.go.set()
        seen: dict[str, Any] = begun.result(PATIENCE).json()
        assert client.get("/state").json()["episode_id"] == seen["episode_id"]


def test_closing_waits_for_a_reset_on_its_way_and_puts_its_world_back(slow: _Slow) -> None:
    source = TinySource(lambda: slow, exclusive=True)
    sessions = sessions_over(source)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(sessions.reset, EASY, 0)
        assert slow.entered.wait(PATIENCE)
        closed = pool.submit(sessions.close)
        assert source.ends() == [0]
        slow.go.set()
        closed.result(PATIENCE)
    assert source.ends() == [1]
