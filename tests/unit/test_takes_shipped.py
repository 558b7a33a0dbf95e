"""The takes that ship: one for each incident, none stale, played to 1.0, never at a loss, the same bytes each time."""

import subprocess
import sys
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from lab.actions import MEASURING_STEPS, Move, Query, Remedy
from lab.episode import observation, run_step, start, state
from lab.errors import Refused
from lab.recorded import stock, takes
from lab.recorded.fidelity import WANDERERS, played, scripts
from lab.recorded.tasks import looks, others
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, get, load_all
from tests.unit.tiny_world import perfect_play, submission

FOLDER = takes.own_folder()
HAVE = [scenario.id for scenario in load_all().values() if takes.take_names(FOLDER, takes.recorded_as(scenario))]
HARDER = [name for name in HAVE if get(name).task.difficulty != "easy"]
STOCK = stock.stock(FOLDER)


def flags_of(scenario: Scenario) -> list[str]:
    return sorted(takes.graph_for(FOLDER, scenario, 0).node(0).flags)


def transcript(scenario: Scenario, moves: list[Move]) -> bytes:
    """Everything that an agent sees of an episode, and its grade."""
    world = RecordedWorld()
    episode = start(world, scenario, 0, "one")
    seen = [observation(episode), *(observation(episode, run_step(world, episode, move)) for move in moves)]
    return to_json([seen, state(episode), episode.grade()])


def test_none_is_stale() -> None:
    assert not STOCK.stale, "made from another shop than this one; on the live cluster: make record"


def test_none_is_missing() -> None:
    assert not STOCK.missing, "on the live cluster: make record"


@pytest.mark.parametrize("scenario_id", HAVE)
def test_perfect_play_scores_all(scenario_id: str) -> None:
    scenario = get(scenario_id)
    for seed in range(len(takes.take_names(FOLDER, takes.recorded_as(scenario)))):
        world = RecordedWorld()
        episode = start(world, scenario, seed)
        for move in perfect_play(scenario):
            run_step(world, episode, move)
        assert episode.grade().total == 1.0, episode.grade().feedback


@pytest.mark.parametrize("scenario_id", HAVE)
def test_doing_nothing_of_use_scores_nothing(scenario_id: str) -> None:
    world = RecordedWorld()
    episode = start(world, get(scenario_id), 0)
    while not episode.done:
        run_step(world, episode, Query("query_logs", "nobody"))
    assert episode.grade().total == 0.0


@pytest.mark.parametrize("scenario_id", HAVE)
def test_each_service_can_be_looked_at_in_each_state(scenario_id: str) -> None:
    scenario = get(scenario_id)
    graph = takes.graph_for(FOLDER, scenario, 0)
    for core in graph.recording.cores:
        node = graph.node(core)
        assert all(node.evidence[query].text for query in looks(scenario))


@pytest.mark.parametrize("scenario_id", HAVE)
def test_no_wanderer_leaves_what_was_recorded(scenario_id: str) -> None:
    scenario = get(scenario_id)
    flags = flags_of(scenario)
    wanderers = [script for seed in range(20) for script in scripts(scenario, flags, seed)[-WANDERERS:]]
    assert [played(RecordedWorld(), scenario, script).void for script in wanderers] == [""] * len(wanderers)


@pytest.mark.parametrize("scenario_id", HARDER)
def test_every_remedy_has_an_answer_in_the_incident_and_once_it_is_mended(scenario_id: str) -> None:
    scenario = get(scenario_id)
    key = [step.remedy for step in scenario.answer.remedy]
    for remedy in [*key, *others(scenario, dict.fromkeys(flags_of(scenario), True))]:
        for before in ([], key):
            world = RecordedWorld()
            world.begin(scenario, 0)
            for step in before:
                world.do(step)
            assert _answer(world, remedy).strip()


@pytest.mark.parametrize("scenario_id", HARDER)
def test_no_measuring_step_marks_the_culprit(scenario_id: str) -> None:
    scenario, world = get(scenario_id), RecordedWorld()
    world.begin(scenario, 0)
    for step in sorted(MEASURING_STEPS):
        lines = world.do(Remedy("execute_runbook_step", step)).text.split("\n")
        assert not [line for line in lines if "[ABNORMAL]" in line and scenario.answer.culprit in line], step


def _answer(world: RecordedWorld, remedy: Remedy) -> str:
    try:
        return world.do(remedy).text
    except Refused as refusal:
        return str(refusal)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_same_moves_give_the_same_bytes(data: st.DataObject) -> None:
    scenario = get(data.draw(st.sampled_from(HAVE)))
    key = [step.remedy for step in scenario.answer.remedy]
    every: list[Move] = [*looks(scenario), *key, *others(scenario, dict.fromkeys(flags_of(scenario), True))]
    moves = data.draw(st.lists(st.sampled_from(every), max_size=scenario.task.max_steps))
    script = [*moves, submission(scenario)]
    assert transcript(scenario, script) == transcript(scenario, script)


@pytest.mark.parametrize("scenario_id", HARDER)
def test_another_process_that_played_other_things_before_gives_the_same_bytes(scenario_id: str) -> None:
    scenario, dice = get(scenario_id), Random(7)
    key = [step.remedy for step in scenario.answer.remedy]
    every: list[Move] = [*looks(scenario), *key, *others(scenario, dict.fromkeys(flags_of(scenario), True))]
    moves = dice.choices(every, k=scenario.task.max_steps)
    code = (
        f"from tests.unit.test_takes_shipped import *; import sys; scenario = get({scenario_id!r});"
        f"moves = [{', '.join(map(repr, moves))}];"
        "sys.stdout.buffer.write(transcript(scenario, moves))"
    )
    for script in scripts(scenario, flags_of(scenario), 3):
        played(RecordedWorld(), scenario, script)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=100)
    assert done.stdout == transcript(scenario, moves)


def test_a_restart_stays_in_the_history_when_the_incident_is_mended() -> None:
    world, scenario = RecordedWorld(), get("RP-002")
    start(world, scenario, 0, "one")
    releases = Query("check_recent_deploys", "redis-payment-cache")
    assert "new_since_incident" not in world.look(releases).abnormal
    world.do(Remedy("restart_service", "redis-payment-cache"))
    for step in scenario.answer.remedy:
        world.do(step.remedy)
    assert world.health().healthy
    assert "new_since_incident" in world.look(releases).abnormal
    metrics = Query("check_metrics", "redis-payment-cache")
    assert not world.look(metrics).abnormal
