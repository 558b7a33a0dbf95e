"""The door for Gymnasium: its own checker, and whole episodes through numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from lab import Lab
from lab.actions import name_of, parameters_of
from lab.doors.gym import IncidentEnv
from lab.errors import Refused
from lab.scenarios import TASKS, get, ids_of_task
from tests.unit.recorded_kit import tiny_takes
from tests.unit.server_kit import TinySource
from tests.unit.tiny_world import perfect_play

NAMES = ("AlertClassification", "RootCauseAnalysis", "RemediationPlanning")


@pytest.fixture
def here() -> Iterator[Lab]:
    with Lab(TinySource()) as here:
        yield here


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAB_TAKES", str(tiny_takes()))
    return tiny_takes()


@pytest.mark.parametrize("name", NAMES)
def test_gymnasiums_own_checker_accepts_the_recorded_world(recorded: Path, name: str) -> None:
    assert recorded.is_dir()
    made = gymnasium.make(f"lab.doors.gym:IncidentLab/{name}-v0", render_mode="ansi")
    check_env(made.unwrapped)
    made.close()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_perfect_episode_through_numbers(here: Lab, task: str, index: int) -> None:
    env = IncidentEnv(task, index, lab=here)
    seen, info = env.reset(seed=1)
    scenario = get(ids_of_task(task)[index])
    assert (info["scenario_id"], seen["steps_left"]) == (scenario.id, scenario.task.max_steps)
    assert scenario.brief.title in seen["page"]
    for move in perfect_play(scenario):
        coded = env.encode(name_of(move), **parameters_of(move))
        assert coded in env.action_space
        assert env.decode(coded) == {"action_type": name_of(move), "parameters": parameters_of(move)}
        seen, reward, terminated, truncated, info = env.step(coded)
        assert seen in env.observation_space
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["grade"]["total"] == 1.0
    env.close()


def test_steps_used_up_are_a_truncation(here: Lab) -> None:
    env = IncidentEnv("alert_classification", 0, lab=here)
    env.reset()
    look = env.encode("check_metrics", service="auth-service")
    rewards, ends = zip(*[(step[1], step[2:4]) for step in (env.step(look) for _ in range(3))], strict=True)
    assert ends == ((False, False), (False, False), (False, True))
    assert rewards == pytest.approx((0.04, -0.07, -0.22))


def test_evidence_stays_and_what_was_seen_last_is_shown(here: Lab) -> None:
    env = IncidentEnv("root_cause_analysis", 0, lab=here, render_mode="ansi")
    env.reset()
    env.step(env.encode("query_logs", service="postgres-db"))
    seen, *_ = env.step(env.encode("check_metrics", service="api-gateway"))
    assert "query_logs of postgres-db" in seen["evidence"]
    assert "check_metrics of api-gateway" in seen["evidence"]
    assert "check_metrics of api-gateway" in seen["seen"]
    assert "query_logs" not in seen["seen"]
    assert env.render() == seen["seen"]


def test_what_cannot_be_done_is_said_and_priced(here: Lab) -> None:
    env = IncidentEnv("root_cause_analysis", 0, lab=here)
    env.reset()
    _, reward, _, _, info = env.step(env.encode("query_logs", service="config-service"))
    assert reward == -0.06
    assert "There is no service 'config-service' here" in info["error"]


def test_seeds_draw_scenarios_and_takes(here: Lab) -> None:
    env = IncidentEnv("root_cause_analysis", lab=here)
    drawn = [env.reset(seed=seed)[1]["scenario_id"] for seed in range(12)]
    assert set(drawn) == set(ids_of_task("root_cause_analysis"))
    assert drawn == [env.reset(seed=seed)[1]["scenario_id"] for seed in range(12)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"scenario_id": "RCA-003"}, "RCA-003"),
        ({"scenario_index": 1}, "RCA-002"),
        ({"blind": True}, "blind-"),
    ],
)
def test_options_of_a_reset(here: Lab, options: dict[str, Any], says: str) -> None:
    env = IncidentEnv("root_cause_analysis", 0, lab=here)
    assert env.reset(seed=1, options=options)[1]["scenario_id"].startswith(says)


def test_a_step_needs_an_episode(here: Lab) -> None:
    env = IncidentEnv("root_cause_analysis", 0, lab=here)
    with pytest.raises(Refused, match="call reset first"):
        env.step(env.encode("query_logs", service="api-gateway"))


def test_letters_that_the_space_does_not_know_become_question_marks(here: Lab) -> None:
    env = IncidentEnv("root_cause_analysis", 0, lab=here)
    env.reset()
    env._seen = "é ✓ → \x1b[31m 漢"
    assert env.episode is not None
    seen = env._coded(env.episode.observation)
    assert seen["seen"] == "é ✓ → ?[31m ?"
    assert seen in env.observation_space


def test_many_at_once(here: Lab) -> None:
    many = gymnasium.vector.SyncVectorEnv([lambda: IncidentEnv("alert_classification", lab=here) for _ in range(3)])
    seen, _ = many.reset(seed=[1, 2, 3])
    assert len(seen["page"]) == 3
    many.step(many.action_space.sample())
    many.close()
