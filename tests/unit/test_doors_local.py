"""A lab inside the process: what the library offers, what it loads, and that it answers as the server does."""

import gc
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import lab
from lab import Client, Lab, Query
from lab.errors import Refused
from lab.scenarios import load_all
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.served_kit import served_over
from tests.unit.server_kit import TinySource
from tests.unit.tiny_world import perfect_play

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("kubernetes", "docker", "gradio", "pandas", "numpy", "fastapi", "pydantic", "httpx", "openenv")
LOADED = f"import json, sys, lab; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
FOR_PLAYING = (
    "import json, sys; from lab import Lab; Lab(); "
    "print(json.dumps([n for n in ('kubernetes', 'docker', 'gradio', 'pandas', 'openenv') if n in sys.modules]))"
)


@pytest.mark.parametrize("program", [LOADED, FOR_PLAYING], ids=["import lab", "a recorded Lab"])
def test_what_is_not_needed_is_not_loaded(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == []


def test_every_name_that_is_offered_is_there() -> None:
    for name in lab.__all__:
        assert getattr(lab, name).__name__ == name or name == "Answer"
    assert set(lab.__all__) <= set(dir(lab))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        lab.nonsense  # noqa: B018


@pytest.mark.parametrize("scenario", load_all().values(), ids=lambda scenario: scenario.id)
def test_an_episode_in_the_recorded_world(scenario: Any) -> None:
    with Lab(TinySource(recorded_tiny)) as here:
        episode = here.reset(scenario_id=scenario.id, seed=3)
        for move in perfect_play(scenario):
            episode.step(move)
        assert episode.grade()["total"] == 1.0
        assert episode.state()["resolved"]


def test_the_same_as_over_http() -> None:
    with Lab(TinySource()) as here, served_over(TinySource()) as served, Client(served.url) as there:
        assert here.tasks() == there.tasks()
        wish: dict[str, Any] = {"scenario_id": "RP-001", "seed": 5, "episode_id": "same"}
        mine, theirs = here.reset(**wish), there.reset(**wish)
        assert mine.observation == theirs.observation
        for move in perfect_play(load_all()["RP-001"]):
            assert mine.step(move) == theirs.step(move)
        assert (mine.state(), mine.grade()) == (theirs.state(), theirs.grade())


def test_a_refusal_leaves_the_episode_as_it_was() -> None:
    with Lab(TinySource()) as here:
        with pytest.raises(Refused, match="accepted: alert_classification"):
            here.reset("nonsense")
        episode = here.reset()
        with pytest.raises(Refused, match="action_type"):
            episode.step({})
        assert episode.state()["step_count"] == 0


def test_an_episode_that_is_let_go_of_leaves_nothing_behind() -> None:
    source = TinySource()
    with Lab(source) as here:
        first, second = here.reset(), here.reset()
        first.close()
        assert source.ends() == [1, 0]
        assert first.grade()["verdict"] == "void"
        del second
        third = here.reset()
        assert source.ends() == [1, 1, 0]
        assert third.grade()["verdict"] == "running"
    assert source.ends() == [1, 1, 1]


def test_a_search_by_forks_keeps_only_those_it_holds() -> None:
    with Lab(TinySource(recorded_tiny)) as here:
        first = here.reset(scenario_id="RP-001", seed=1)
        for _ in range(20):
            first.fork()
        assert len(here.sessions) <= 2


def test_an_episode_may_be_collected_inside_any_lock() -> None:
    """Episodes in a cycle go when Python likes, in the middle of a reset, too."""
    with Lab(TinySource()) as here:
        episode: Any = here.reset()
        episode.itself = episode
        del episode
        with here.sessions._lock:
            gc.collect()
        assert len(here.sessions) == 1
        here.reset().close()
        assert len(here.sessions) == 0


def test_a_lab_that_is_forgotten_puts_its_world_back_at_the_end() -> None:
    program = (
        "from lab import Lab; from tests.unit.server_kit import TinySource; "
        "from tests.unit.tiny_world import TinyWorld; "
        "TinyWorld.end = lambda self: print('put back'); "
        "lab = Lab(TinySource(exclusive=True)); episode = lab.reset()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT
    )
    assert done.stdout == "put back\n"


def test_a_fork_goes_its_own_way() -> None:
    with Lab(TinySource(recorded_tiny)) as here:
        first = here.reset(scenario_id="RP-001", seed=1)
        first.step("query_logs", service="postgres-db")
        second = first.fork()
        second.step("check_metrics", service="api-gateway")
        assert (first.state()["step_count"], second.state()["step_count"]) == (1, 2)
        second.close()
        assert first.grade()["verdict"] == "running"
    with Lab(TinySource()) as here, pytest.raises(Refused, match="There is one cluster"):
        here.reset().fork()


def test_one_live_world_has_one_episode_at_a_time() -> None:
    source = TinySource(exclusive=True)
    with Lab(source) as here:
        first, second = here.reset(), here.reset()
        assert (first.grade()["verdict"], second.grade()["verdict"]) == ("void", "running")
        assert "another episode" in first.grade()["feedback"]
        assert source.ends() == [1, 0]
    assert source.ends() == [1, 1]


def test_many_threads_on_one_lab() -> None:
    def played(index: int) -> int:
        episode = here.reset("root_cause_analysis", index % 3)
        for service in episode.observation["known_services"][: index % 5]:
            episode.step(Query("query_logs", service))
        return episode.state()["step_count"]

    with Lab(TinySource()) as here, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(played, range(60))) == [index % 5 for index in range(60)]
