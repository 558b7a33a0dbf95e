"""Rewards to the digit, and the bookkeeping of an episode."""

from typing import Any

import pytest

from lab.actions import (
    RUNBOOK,
    Invalid,
    Move,
    Query,
    Remedy,
    Submission,
    parse_move,
)
from lab.episode import Episode, observation, run_step, start, state
from lab.errors import LabFault
from lab.scenarios import get, load_all
from tests.unit.tiny_world import TinyWorld, perfect_play, submission

OF = {"easy": "AC-001", "medium": "RCA-001", "hard": "RP-001"}
LOOK, STATUS = Query("query_logs", "postgres-db"), Query("check_service_status", "postgres-db")
OTHER = Query("query_logs", "api-gateway")
KEY = Remedy("disable_feature_flag", "full_history_export")
WRONG = Remedy("restart_service", "api-gateway")
UNKNOWN = Query("query_logs", "nobody")


def play(scenario_id: str, moves: list[Move], world: TinyWorld | None = None) -> tuple[Episode, list[dict[str, float]]]:
    world = world or TinyWorld()
    episode = start(world, get(scenario_id), 0, "an-id")
    return episode, [run_step(world, episode, move).named_parts for move in moves]


@pytest.mark.parametrize(
    ("difficulty", "first", "new_kind", "repeat"),
    [("easy", 0.04, 0.02, -0.03), ("medium", 0.04, 0.02, -0.04), ("hard", 0.03, 0.01, -0.03)],
)
def test_looking(difficulty: str, first: float, new_kind: float, repeat: float) -> None:
    _, parts = play(OF[difficulty], [LOOK])
    assert parts[-1] == {"first_query": first}
    _, parts = play(OF[difficulty], [LOOK, STATUS])
    assert parts[-1]["new_kind"] == new_kind
    _, parts = play(OF[difficulty], [LOOK, LOOK])
    assert parts[-1]["repeat"] == repeat


@pytest.mark.parametrize(("difficulty", "price"), [("easy", -0.06), ("medium", -0.06), ("hard", -0.05)])
@pytest.mark.parametrize(
    "raw",
    [
        {"action_type": "query_logs", "parameters": {"service": "nobody"}},
        {"action_type": "query_logs", "parameters": {"service": "cdn-edge"}},
        {"action_type": "query_logs"},
        {"action_type": "explode", "parameters": {}},
        {"action_type": "disable_feature_flag", "parameters": {"flag": "none_such"}},
        {"action_type": "disable_feature_flag", "parameters": {"flag": "Full_History_Export"}},
        {"action_type": "execute_runbook_step", "parameters": {"runbook_action": "none_such"}},
        {"action_type": "restart_service", "parameters": {"service": "nobody"}},
    ],
)
def test_what_is_not_there_costs_a_step_and_its_price(difficulty: str, price: float, raw: dict[str, Any]) -> None:
    episode, parts = play(OF[difficulty], [parse_move(raw)])
    assert parts == [{"invalid": price}]
    seen = observation(episode)
    assert seen["step_count"] == 1
    assert seen["last_action_error"]
    assert seen["queried_data"] == {}


@pytest.mark.parametrize(
    ("difficulty", "move"),
    [
        ("easy", Submission("submit_root_cause", "postgres-db", "x")),
        ("easy", Submission("submit_resolution", "", "x")),
        ("easy", WRONG),
        ("easy", Remedy("disable_feature_flag", "full_history_export")),
        ("medium", Submission("submit_severity", "postgres-db", "P1")),
        ("hard", Submission("submit_root_cause", "postgres-db", "x")),
        ("medium", Submission("submit_root_cause", "nobody", "x")),
    ],
)
def test_another_tasks_action_is_refused_and_reaches_no_world(difficulty: str, move: Move) -> None:
    world = TinyWorld()
    episode, parts = play(OF[difficulty], [move], world)
    assert parts == [{"invalid": -0.05 if difficulty == "hard" else -0.06}]
    assert world.calls == ["begin"]
    assert not episode.done


@pytest.mark.parametrize(("difficulty", "right", "wrong"), [("medium", 0.06, -0.10), ("hard", 0.06, -0.15)])
def test_acting(difficulty: str, right: float, wrong: float) -> None:
    _, parts = play(OF[difficulty], [KEY, KEY, WRONG])
    assert parts == [{"key_remedy": right}, {"other_remedy": wrong}, {"other_remedy": wrong}]


def test_a_rollback_to_the_bad_release_is_no_repair_and_the_true_one_still_is() -> None:
    bad = Remedy("rollback_deploy", "config-service", None, "v3.2.1")
    _, parts = play("RP-003", [bad, Remedy("rollback_deploy", "config-service")])
    assert [*parts[0], *parts[1]] == ["other_remedy", "key_remedy"]


@pytest.mark.parametrize(
    ("difficulty", "steps", "first_late", "late", "unsubmitted"),
    [("easy", 3, 2, -0.04, -0.15), ("medium", 10, 6, -0.02, -0.15), ("hard", 15, 8, -0.02, -0.20)],
)
def test_lateness_and_running_out(
    difficulty: str, steps: int, first_late: int, late: float, unsubmitted: float
) -> None:
    episode, parts = play(OF[difficulty], [UNKNOWN] * steps)
    assert [part.get("late") for part in parts] == [None] * (first_late - 1) + [late] * (steps - first_late + 1)
    assert [part.get("unsubmitted") for part in parts] == [None] * (steps - 1) + [unsubmitted]
    assert episode.done
    assert not episode.submitted
    assert episode.max_steps == steps


def test_a_submission_earns_the_graders_score_and_is_never_late() -> None:
    for scenario in load_all().values():
        moves = perfect_play(scenario)
        episode, parts = play(scenario.id, moves)
        assert parts[-1] == {"score": 1.0}
        assert episode.grade().total == 1.0
        assert episode.submitted
        assert state(episode)["resolved"] is True
    episode, parts = play("RCA-001", [UNKNOWN] * 9 + [Submission("submit_root_cause", "api-gateway", "x")])
    assert parts[-1] == {"score": 0.05}
    assert state(episode)["resolved"] is False


def test_a_repeated_look_brings_fresh_evidence() -> None:
    episode, _ = play("RCA-001", [LOOK])
    before = observation(episode)["queried_data"]["query_logs"]["postgres-db"]
    episode, _ = play("RCA-001", [OTHER, LOOK, LOOK])
    after = observation(episode)["queried_data"]
    assert set(after["query_logs"]) == {"postgres-db", "api-gateway"}
    assert after["query_logs"]["postgres-db"] != before


def test_a_remedys_outcome_stands_under_its_action_and_target() -> None:
    episode, _ = play("RP-001", [KEY, Remedy("scale_service", "postgres-db", 0)])
    data = observation(episode)["queried_data"]
    assert "done" in data["disable_feature_flag"]["full_history_export"]
    assert "done" in data["scale_service"]["postgres-db"]
    assert observation(episode)["feature_flags"]["full_history_export"] is False


def test_a_step_after_the_end_changes_nothing_and_says_so() -> None:
    world = TinyWorld()
    episode, _ = play("AC-001", [submission(get("AC-001"))], world)
    before, calls = state(episode), list(world.calls)
    result = run_step(world, episode, LOOK)
    assert (result.reward, result.parts, result.done, result.cumulative) == (0.0, (), True, before["cumulative_reward"])
    shown = observation(episode, result)
    assert "over" in str(shown["last_action_error"])
    assert state(episode) == before
    assert world.calls == calls


@pytest.mark.parametrize("steps", [1, 15])
def test_what_the_world_refuses_is_priced_as_invalid(steps: int) -> None:
    world = TinyWorld(refuses=[WRONG])
    episode, parts = play("RP-001", [UNKNOWN] * (steps - 1) + [WRONG], world)
    assert parts[-1]["invalid"] == -0.05
    assert observation(episode)["last_action_error"] == "The tiny world refuses, as it was told to."
    assert isinstance(episode.entries[-1].move, Invalid)
    assert (episode.health is not None) == (steps == 15)


@pytest.mark.parametrize("breaks", [LOOK, KEY, "health"])
def test_a_fault_of_the_lab_makes_the_episode_void(breaks: Move | str) -> None:
    world = TinyWorld(breaks_on=[breaks])
    episode = start(world, get("RP-001"), 0)
    moves = [breaks] if not isinstance(breaks, str) else [submission(get("RP-001"))]
    with pytest.raises(LabFault):
        run_step(world, episode, moves[0])
    grade = episode.grade()
    assert (grade.verdict, grade.total, grade.breakdown) == ("void", None, ())
    assert "the tiny world broke" in grade.feedback
    assert episode.done
    assert run_step(world, episode, LOOK).reward == 0
    assert "void" in str(run_step(world, episode, LOOK).error)
    assert state(episode)["resolved"] is False


@pytest.mark.parametrize(("difficulty", "asked"), [("easy", False), ("medium", False), ("hard", True)])
@pytest.mark.parametrize("ending", ["submission", "last look", "last remedy", "last error"])
def test_health_is_measured_once_and_only_where_it_is_graded(difficulty: str, asked: bool, ending: str) -> None:
    world, scenario = TinyWorld(), get(OF[difficulty])
    last = {"submission": submission(scenario), "last look": LOOK, "last remedy": KEY, "last error": UNKNOWN}[ending]
    before = 0 if ending == "submission" else scenario.task.max_steps - 1
    episode, _ = play(scenario.id, [*[UNKNOWN] * before, last], world)
    assert episode.done
    assert world.calls.count("health") == asked


@pytest.mark.parametrize("scenario_id", ["AC-001", "RCA-002", "RP-003"])
def test_the_first_observation_has_every_field_and_no_hint(scenario_id: str) -> None:
    scenario = get(scenario_id)
    episode = start(TinyWorld(), scenario, 3, "an-id")
    seen = observation(episode)
    assert set(seen) == {
        "episode_id", "task_id", "scenario_id", "step_count", "max_steps", "incident_summary", "alert",
        "available_actions", "queried_data", "cumulative_reward", "done", "feedback", "known_services",
        "last_action_error", "runbook", "feature_flags",
    }  # fmt: skip
    assert (seen["episode_id"], seen["step_count"], seen["cumulative_reward"], seen["done"]) == ("an-id", 0, 0.0, False)
    assert seen["available_actions"] == list(scenario.task.actions)
    assert seen["alert"]["severity_fired"] == ("UNCLASSIFIED" if scenario_id == "AC-001" else "P1")
    assert seen["runbook"] == RUNBOOK
    assert seen["last_action_error"] is None
    assert scenario.task.submission in seen["feedback"]


def test_before_the_end_no_word_of_the_key_is_said() -> None:
    for scenario in load_all().values():
        if scenario.task.difficulty == "easy":
            continue
        world = TinyWorld()
        episode = start(world, scenario, 0)
        for move in perfect_play(scenario)[:-1]:
            run_step(world, episode, move)
            grade = episode.grade()
            assert (grade.verdict, grade.total, grade.breakdown) == ("running", 0.0, ())
            for told in (grade.feedback, observation(episode)["feedback"]):
                assert scenario.answer.culprit not in told
            assert state(episode)["resolved"] is False


def test_state_tells_the_whole_history() -> None:
    episode, _ = play("RP-001", [LOOK, parse_move({"action_type": "boom", "parameters": {"a": 1}}), KEY])
    shown = state(episode)
    assert shown["action_history"] == [
        {"step": 1, "action_type": "query_logs", "parameters": {"service": "postgres-db"}},
        {"step": 2, "action_type": "boom", "parameters": {"a": 1}},
        {"step": 3, "action_type": "disable_feature_flag", "parameters": {"flag": "full_history_export"}},
    ]
    assert (shown["submitted"], shown["resolved"]) == (False, False)


def test_feedback_says_each_part_and_what_is_left() -> None:
    episode, _ = play("RP-001", [LOOK] * 8)
    feedback = observation(episode)["feedback"]
    assert feedback.startswith("-0.03 the same query was made before")
    assert "-0.02 past the halfway mark" in feedback
    assert feedback.endswith("7 steps are left.")
    episode, _ = play("RP-001", [UNKNOWN] * 15)
    assert "-0.20 the steps are used up" in observation(episode)["feedback"]
