"""What every world keeps, whoever it is: the same suite for all of them.

A world is begun once for each scenario (on a cluster that takes a minute); what only looks comes first, mending last.
"""

import unicodedata
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from lab.actions import QUERY_KINDS, REMEDY_KINDS, Query, Remedy
from lab.errors import LabFault
from lab.live.report import LIMIT
from lab.recorded import takes
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, get
from lab.world import Alert, Evidence, Outcome, World
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.tiny_world import TinyWorld, key_remedies

MakeWorld = Callable[[], World]
SCENARIOS = ("AC-001", "AC-002", "AC-003", "RP-001", "RP-002", "RP-003")


def live() -> World:
    made: World = import_module("lab.live.world").LiveWorld()
    return made


WORLDS = [
    pytest.param(TinyWorld, id="tiny"),
    pytest.param(recorded_tiny, id="recorded"),
    pytest.param(RecordedWorld, id="takes"),
    pytest.param(live, id="live", marks=[pytest.mark.live, pytest.mark.timeout(900)]),
]


class Played:
    """A world with an incident going on in it."""

    def __init__(self, world: World, scenario: Scenario) -> None:
        self.world, self.scenario = world, scenario
        self.alert: Alert = world.begin(scenario, 0)


@pytest.fixture(params=WORLDS)
def make(request: pytest.FixtureRequest) -> MakeWorld:
    chosen: MakeWorld = request.param
    return chosen


def cases() -> Iterator[object]:
    """Every world with every incident that can be played in it."""
    for world in WORLDS:
        for scenario_id in SCENARIOS:
            if world.id != "takes" or takes.take_names(takes.own_folder(), takes.recorded_as(get(scenario_id))):
                case = (world.values[0], get(scenario_id))
                yield pytest.param(case, id=f"{scenario_id}-{world.id}", marks=world.marks)


@pytest.fixture(scope="class", params=cases())
def played(request: pytest.FixtureRequest) -> Iterator[Played]:
    make, scenario = request.param
    world = make()
    try:
        yield Played(world, scenario)
    finally:
        world.end()


class TestWorld:
    def test_the_alert_is_the_scenarios(self, played: Played) -> None:
        alert, brief = played.alert, played.scenario.brief
        assert alert.id
        assert alert.title == brief.title
        assert alert.affected_services == brief.affected_services
        assert len(alert.symptoms) == len(brief.symptoms)
        assert all(symptom and "{" not in symptom for symptom in alert.symptoms)
        assert alert.duration_minutes >= 0
        assert 0 <= alert.error_rate <= 1

    def test_the_alert_does_not_name_the_culprit(self, played: Played) -> None:
        if played.scenario.task.difficulty != "easy":
            assert played.scenario.answer.culprit not in repr(played.alert)

    def test_the_fault_is_to_be_felt(self, played: Played) -> None:
        health = played.world.health()
        assert not health.healthy
        assert health.reasons
        assert all(reason.strip() for reason in health.reasons)
        assert set(played.scenario.brief.known_services) <= set(health.services)

    @pytest.mark.parametrize("kind", QUERY_KINDS)
    def test_every_service_can_be_looked_at(self, played: Played, kind: str) -> None:
        for service in played.scenario.brief.known_services:
            _require_readable(played.world.look(Query(kind, service)))  # type: ignore[arg-type]

    def test_looking_changes_nothing(self, played: Played) -> None:
        before = played.world.flags()
        service = played.scenario.brief.known_services[0]
        keys = [played.world.look(Query("check_service_status", service)).keys for _ in range(2)]
        assert keys[0] == keys[1]
        assert played.world.flags() == before

    def test_flags_are_named_and_on_or_off(self, played: Played) -> None:
        flags = played.world.flags()
        assert flags
        assert all(isinstance(enabled, bool) for enabled in flags.values())
        if (flag := played.scenario.fault.flag) is not None:
            assert flags[flag] is True

    def test_measuring_changes_nothing(self, played: Played) -> None:
        outcome = played.world.do(Remedy("execute_runbook_step", "check_service_recovery"))
        _require_told(outcome)
        assert not outcome.changed

    def test_the_whole_remedy_heals(self, played: Played) -> None:
        if played.scenario.task.difficulty == "easy":
            # What nobody may do, a world need not hold: it is as the cluster happened to answer.
            assert not set(REMEDY_KINDS) & set(played.scenario.task.actions)
            return
        for remedy in key_remedies(played.scenario):
            _require_told(played.world.do(remedy))
        health = played.world.health()
        assert health.healthy, health.reasons
        assert health.reasons == ()
        if (flag := played.scenario.fault.flag) is not None:
            assert played.world.flags()[flag] is False


def test_nothing_goes_on_before_the_beginning(make: MakeWorld) -> None:
    with pytest.raises(LabFault):
        make().health()


def test_what_was_begun_can_be_ended_twice_and_nothing_goes_on_then(make: MakeWorld) -> None:
    world = make()
    world.begin(get("AC-003"), 0)
    world.end()
    world.end()
    with pytest.raises(LabFault):
        world.health()


def test_a_new_beginning_knows_nothing_of_the_one_before(make: MakeWorld) -> None:
    world, scenario = make(), get("AC-003")
    try:
        world.begin(scenario, 0)
        for remedy in key_remedies(scenario):
            world.do(remedy)
        world.begin(scenario, 0)
        assert not world.health().healthy
    finally:
        world.end()


def _require_readable(found: Evidence) -> None:
    assert found.text.strip()
    assert len(found.text.encode()) <= LIMIT
    assert set(found.abnormal) <= set(found.keys)
    assert not {unicodedata.category(character) for character in found.text if character != "\n"} & {"Cc", "Cf"}


def _require_told(outcome: Outcome) -> None:
    assert outcome.text.strip()
    assert outcome.settled
