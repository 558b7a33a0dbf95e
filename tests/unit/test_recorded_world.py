"""The recorded world: it behaves as the world that was recorded, is the same each time, and forks."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.actions import MEASURING_STEPS, RUNBOOK, Query, Remedy, RemedyKind
from lab.episode import run_step, start
from lab.errors import LabFault, NotRecorded, Unknown, Unrecorded
from lab.recorded import takes
from lab.recorded.graph import Graph
from lab.recorded.recording import core_of
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, get, load_all
from tests.unit.recorded_kit import recorded_tiny, recording_of, tiny_takes
from tests.unit.tiny_world import FLAGS, TinyWorld, key_remedies, perfect_play

HARDER = [name for name, scenario in load_all().items() if scenario.task.difficulty != "easy"]
SLOW_MACHINE = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def remedies(scenario: Scenario) -> st.SearchStrategy[Remedy]:
    kinds: tuple[RemedyKind, ...] = ("restart_service", "rollback_deploy", "clear_cache")
    every = [
        *key_remedies(scenario),
        *(Remedy(kind, service) for kind in kinds for service in scenario.brief.known_services),
        *(Remedy("scale_service", service, count) for count in (0, 3) for service in scenario.brief.known_services),
        *(Remedy("disable_feature_flag", flag) for flag in FLAGS),
        *(Remedy("execute_runbook_step", step) for step in RUNBOOK),
    ]
    return st.one_of(st.sampled_from(key_remedies(scenario)), st.sampled_from(every))


@SLOW_MACHINE
@given(st.data())
def test_any_script_goes_as_in_the_world_that_was_recorded(data: st.DataObject) -> None:
    scenario = get(data.draw(st.sampled_from(HARDER)))
    tiny, recorded = TinyWorld(), recorded_tiny()
    assert recorded.begin(scenario, 0) == tiny.begin(scenario, 0)
    for remedy in data.draw(st.lists(remedies(scenario), max_size=15)):
        one, other = tiny.do(remedy), recorded.do(remedy)
        assert (other.text, other.changed, other.settled) == (one.text, one.changed, one.settled)
        assert recorded.health() == tiny.health()
        assert recorded.flags() == tiny.flags()
        query = Query("check_metrics", scenario.brief.known_services[0])
        assert recorded.look(query).keys == tiny.look(query).keys


@SLOW_MACHINE
@given(st.data())
def test_the_same_script_gives_the_same_bytes(data: st.DataObject) -> None:
    scenario = get(data.draw(st.sampled_from(HARDER)))
    script = data.draw(st.lists(remedies(scenario), max_size=10))
    assert transcript(recorded_tiny(), scenario, script) == transcript(recorded_tiny(), scenario, script)


def transcript(world: RecordedWorld, scenario: Scenario, script: list[Remedy]) -> str:
    told = [repr(world.begin(scenario, 3))]
    for remedy in script:
        told += [repr(world.do(remedy)), repr(world.health()), repr(sorted(world.flags().items()))]
        told += [repr(world.look(Query("query_logs", service))) for service in scenario.brief.known_services]
    return "\n".join(told)


@pytest.mark.parametrize("scenario_id", load_all())
def test_perfect_play_scores_all(scenario_id: str) -> None:
    world, scenario = recorded_tiny(), get(scenario_id)
    episode = start(world, scenario, 0)
    for move in perfect_play(scenario):
        run_step(world, episode, move)
    assert episode.grade().total == 1.0


def test_a_fork_goes_its_own_way_from_the_same_place() -> None:
    scenario, world = get("RP-001"), recorded_tiny()
    first, *rest = key_remedies(scenario)
    world.begin(scenario, 0)
    world.do(first)
    fork = world.fork()
    assert (fork.scenario, fork.seed, fork.place) == (scenario, 0, world.place)
    for remedy in rest:
        fork.do(remedy)
    assert fork.health().healthy
    assert not world.health().healthy


def test_a_place_goes_on_in_another_world() -> None:
    scenario, world, other = get("RP-002"), recorded_tiny(), recorded_tiny()
    world.begin(scenario, 5)
    for remedy in (Remedy("restart_service", "cdn-edge"), *key_remedies(scenario)[:1]):
        world.do(remedy)
    other.resume(scenario, 5, world.place)
    assert other.health() == world.health()
    assert other.do(key_remedies(scenario)[1]) == world.do(key_remedies(scenario)[1])
    assert other.place == world.place


def test_the_seed_picks_the_take() -> None:
    first, second = (takes.graph_for(tiny_takes(), get("AC-001"), seed) for seed in (0, 1))
    assert first is not second
    assert takes.graph_for(tiny_takes(), get("AC-001"), 2) is first


def test_those_with_the_same_fault_share_a_take_and_not_the_title() -> None:
    world = recorded_tiny()
    titles = {world.begin(get(name), 0).title for name in ("RCA-001", "RP-001")}
    assert titles == {get("RCA-001").brief.title, get("RP-001").brief.title}
    assert takes.graph_for(tiny_takes(), get("RCA-001"), 0) is takes.graph_for(tiny_takes(), get("RP-001"), 0)


def test_what_was_measured_is_not_called_composed() -> None:
    world, scenario = recorded_tiny(), get("RP-003")
    world.begin(scenario, 0)
    assert not any(world.do(remedy).composed for remedy in key_remedies(scenario))


def test_a_count_that_was_not_recorded_takes_the_nearest_and_names_it() -> None:
    world = recorded_tiny()
    world.begin(get("RP-001"), 0)
    outcome = world.do(Remedy("scale_service", "order-service", 17))
    assert outcome.composed
    assert "3 replicas, the nearest to 17" in outcome.text


def test_a_release_that_no_history_shows_is_refused() -> None:
    world = recorded_tiny()
    world.begin(get("RP-003"), 0)
    with pytest.raises(Unknown, match="accepted: previous"):
        world.do(Remedy("rollback_deploy", "config-service", None, "v9.9.9"))


def test_what_no_rule_covers_is_not_made_up() -> None:
    world = recorded_tiny()
    world.begin(get("RP-001"), 0)
    with pytest.raises(Unrecorded, match="so that nothing was done"):
        world.do(Remedy("restart_service", "cdn-edge"))
    with pytest.raises(NotRecorded):
        world.look(Query("query_logs", "cdn-edge"))


def test_a_scenario_without_a_take_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotRecorded, match="lab record RCA-002"):
        RecordedWorld(tmp_path).begin(get("RP-002"), 0)


@pytest.mark.parametrize("ask", ["health", "flags", "fork"])
def test_nothing_is_answered_after_the_end(ask: str) -> None:
    world = recorded_tiny()
    world.begin(get("AC-002"), 0)
    world.end()
    with pytest.raises(LabFault):
        getattr(world, ask)()


def test_composed_nodes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.recorded.graph.KEPT_NODES", 3)
    graph = Graph(recording_of("RCA-001"))
    for place in graph.recording.snapshots:
        assert graph.node(place).health.healthy == graph.healthy(core_of(place))
        assert len(graph._nodes) <= 3


def test_all_measuring_steps_are_recorded_in_the_incident() -> None:
    recording = recording_of("AC-003")
    assert {r.target for (origin, r) in recording.edges if origin == 0} >= MEASURING_STEPS


def test_it_comes_without_the_live_worlds_packages() -> None:
    code = (
        "import sys, lab.recorded.world, lab.recorded.recorder;"
        "print([n for n in ('kubernetes', 'docker', 'lab.live') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
