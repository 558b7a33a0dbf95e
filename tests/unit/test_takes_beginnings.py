"""A rollback or a scale begins at what runs, and nothing that an agent asks for makes an episode void."""

import re
from random import Random

import pytest

from lab.actions import REMEDY_KINDS, RUNBOOK, Move, Query, Remedy
from lab.episode import run_step, start
from lab.errors import Refused
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, get, load_all
from tests.unit.tiny_world import perfect_play

HARDER = [name for name, scenario in load_all().items() if scenario.task.difficulty != "easy"]
HARD = [name for name in HARDER if get(name).task.difficulty == "hard"]
VERSION = re.compile(r"v\d+\.\d+\.\d+")
EPISODES = 40


def begun(scenario_id: str) -> RecordedWorld:
    world = RecordedWorld()
    world.begin(get(scenario_id), 0)
    return world


def seen(world: RecordedWorld, kind: str, service: str, what: str) -> str | None:
    found = re.search(what, world.look(Query(kind, service)).text)  # type: ignore[arg-type]
    return found[1] if found else None


def running(world: RecordedWorld, service: str) -> str:
    return seen(world, "check_recent_deploys", service, r"release: (v[\d.]+)") or ""


def count(world: RecordedWorld, service: str) -> int | None:
    found = seen(world, "check_service_status", service, r"replicas_wanted: (\d+)")
    return int(found) if found else None


def versions(world: RecordedWorld, service: str) -> list[str]:
    return list(dict.fromkeys(VERSION.findall(world.look(Query("check_recent_deploys", service)).text)))


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_repair_that_names_its_release_is_as_good(scenario_id: str) -> None:
    world = RecordedWorld()
    episode = start(world, get(scenario_id), 0)
    for move in perfect_play(get(scenario_id)):
        run_step(world, episode, named(world, move))
    assert episode.grade().total == 1.0, episode.grade().feedback


def named(world: RecordedWorld, move: Move) -> Move:
    if not isinstance(move, Remedy) or move.kind != "rollback_deploy":
        return move
    healthy = seen(world, "check_recent_deploys", move.target, r"\(healthy: (v[\d.]+)\)")
    return move._replace(version=healthy)


@pytest.mark.parametrize("scenario_id", HARDER)
def test_each_release_of_a_history_is_rolled_back_from_the_running_one(scenario_id: str) -> None:
    for service in get(scenario_id).brief.known_services:
        for version in versions(begun(scenario_id), service):
            world = begun(scenario_id)
            before = running(world, service)
            try:
                outcome = world.do(Remedy("rollback_deploy", service, None, version))
            except Refused:
                continue
            told = VERSION.findall(outcome.text)
            assert told[0] == before, outcome.text
            assert outcome.changed is (before != version)
            assert running(world, service) == version


@pytest.mark.parametrize("scenario_id", HARDER)
def test_a_scale_begins_at_the_present_count(scenario_id: str) -> None:
    for service in get(scenario_id).brief.known_services:
        for wanted in (0, 1, 3):
            world = begun(scenario_id)
            before = count(world, service)
            outcome = world.do(Remedy("scale_service", service, wanted))
            if "has no replicas" in outcome.text:
                continue
            assert f"from {before} to" in outcome.text
            assert "nearest" in outcome.text or outcome.changed is (before != wanted)
            assert before != wanted or world.health().services == begun(scenario_id).health().services


@pytest.mark.parametrize("scenario_id", HARDER)
def test_no_remedy_makes_an_episode_void(scenario_id: str) -> None:
    """Whatever an agent does, there is a score; what no recording shows is refused, and seldom."""
    draw, refused, done = Random(scenario_id), 0, 0
    for _ in range(EPISODES):
        world = RecordedWorld()
        episode = start(world, get(scenario_id), 0)
        while not episode.done:
            result = run_step(world, episode, any_remedy(draw, world, get(scenario_id)))
            refused += "No recording shows" in (result.error or "")
            done += 1
        assert episode.void_reason is None
    assert refused <= done * 0.1, f"{refused} of {done}"


def any_remedy(draw: Random, world: RecordedWorld, scenario: Scenario) -> Remedy:
    kind, service = draw.choice(REMEDY_KINDS), draw.choice(scenario.brief.known_services)
    if kind == "disable_feature_flag":
        return Remedy(kind, draw.choice(sorted(world.flags())))
    if kind == "execute_runbook_step":
        return Remedy(kind, draw.choice(sorted(RUNBOOK)))
    if kind == "scale_service":
        return Remedy(kind, service, draw.randrange(0, 21))
    version = draw.choice([None, *versions(world, service)]) if kind == "rollback_deploy" else None
    return Remedy(kind, service, None, version)
