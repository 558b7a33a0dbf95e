"""The attacks' mirror: who did the work in other words, another order or with a harmless step more keeps the score."""

import random
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lab.actions import Move, Remedy, RemedyKind, Submission
from lab.grading import key_of
from lab.grading.submission import failure_mode_said
from lab.scenarios import KeyStep, Scenario, get, load_all
from tests.attacks.arena import MEDIUM_AND_HARD, OverHttp, arena
from tests.attacks.moves import as_action
from tests.unit.tiny_world import GOOD_TEXT, key_remedies, looks, perfect_play, submission

PHRASINGS: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).with_name("phrasings.toml")).read_text(encoding="utf-8")
)
MEDIUM, HARD = MEDIUM_AND_HARD[:3], MEDIUM_AND_HARD[3:]
EACH = [
    pytest.param(name, text, id=f"{name}-{at}") for name, texts in PHRASINGS.items() for at, text in enumerate(texts)
]
ORDERS = {"RP-001": 6, "RP-002": 4, "RP-003": 12}


@pytest.fixture(scope="module", name="door")
def _door() -> Iterator[OverHttp]:
    with arena() as door:
        yield door


def total(door: OverHttp, scenario: Scenario, moves: Sequence[Move]) -> float:
    door.reset(scenario)
    for move in moves:
        door.step(as_action(move))
    grade = door.grade()
    assert grade["verdict"] == "scored"
    return float(grade["total"])


def test_there_are_twenty_phrasings_of_each_failure_mode() -> None:
    assert set(PHRASINGS) == {one.id for one in load_all().values() if one.fault_of is None}
    assert all(len(set(texts)) >= 20 for texts in PHRASINGS.values())


@pytest.mark.parametrize(("name", "text"), EACH)
def test_a_right_answer_is_right_in_any_words(name: str, text: str) -> None:
    assert failure_mode_said(key_of(get(name)), text).worth == 1.0


@pytest.mark.parametrize("name", PHRASINGS)
def test_and_never_right_for_another_incident(name: str) -> None:
    for other in PHRASINGS.keys() - {name}:
        wrong = [text for text in PHRASINGS[other] if failure_mode_said(key_of(get(name)), text).worth > 0]
        assert not wrong


@pytest.mark.parametrize("name", MEDIUM)
def test_each_phrasing_makes_a_full_score(door: OverHttp, name: str) -> None:
    scenario = get(name)
    for text in PHRASINGS[name]:
        answer = Submission("submit_root_cause", scenario.answer.culprit, text)
        assert total(door, scenario, [*looks(scenario), answer]) == 1.0, text


@pytest.mark.parametrize("name", HARD)
def test_each_phrasing_makes_a_full_summary(door: OverHttp, name: str) -> None:
    scenario = get(name)
    *way, _ = perfect_play(scenario)
    repair = ". ".join(GOOD_TEXT[name].split(". ")[1:])
    for text in PHRASINGS[scenario.fault_of or ""]:
        told = f"{text.rstrip('.')}. The change was made by {scenario.answer.culprit}, {text.rstrip('.')}. {repair}"
        assert total(door, scenario, [*way, Submission("submit_resolution", "", told)]) == 1.0, told


def orders(left: Sequence[KeyStep], done: tuple[KeyStep, ...] = ()) -> Iterator[list[Remedy]]:
    """Every order that the partial order allows."""
    if not left:
        yield [step.remedy for step in done]
    for step in left:
        if set(step.after) <= {one.id for one in done}:
            yield from orders([one for one in left if one is not step], (*done, step))


@pytest.mark.parametrize("name", HARD)
def test_every_order_that_is_allowed(door: OverHttp, name: str) -> None:
    scenario, dice = get(name), random.Random(name)
    allowed = list(orders(scenario.answer.remedy))
    assert len(allowed) == ORDERS[name]
    for order in allowed:
        seen = looks(scenario)
        dice.shuffle(seen)
        assert total(door, scenario, [*seen, *order, submission(scenario)]) == 1.0, order


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("extra", ["check_service_recovery", "verify_db_connectivity", "verify_checkout_recovery"])
def test_a_measurement_more_costs_its_step_at_most(door: OverHttp, name: str, extra: str) -> None:
    scenario = get(name)
    *way, last = perfect_play(scenario)
    more = Remedy("execute_runbook_step", extra)
    assert total(door, scenario, [*way, more, last]) >= 1.0 - step_costs(scenario, 0.3)


def step_costs(scenario: Scenario, efficiency: float) -> float:
    return efficiency / (scenario.task.max_steps - scenario.answer.careful_steps) + 1e-4


@pytest.mark.parametrize("kind", ["clear_cache", "restart_service", "rollback_deploy", "scale_service"])
@pytest.mark.parametrize("name", HARD)
def test_a_remedy_more_that_does_no_harm_costs_a_tenth_and_its_step(
    door: OverHttp, name: str, kind: RemedyKind
) -> None:
    """Of whichever service, once the shop is mended; but the one database is down for a moment where it is touched."""
    scenario = get(name)
    *way, last = perfect_play(scenario)
    harmless = [one for one in scenario.brief.known_services if one not in ("postgres-db", scenario.answer.culprit)]
    for service in harmless:
        more = Remedy(kind, service, 3 if kind == "scale_service" else None)
        assert total(door, scenario, [*way, more, last]) >= 0.9 - step_costs(scenario, 0.3), more


@pytest.mark.parametrize("name", HARD)
def test_a_feature_that_works_turned_off_is_harm(door: OverHttp, name: str) -> None:
    scenario = get(name)
    *way, last = perfect_play(scenario)
    working = [flag for flag, on in door.reset(scenario)["feature_flags"].items() if on and flag != scenario.fault.flag]
    assert len(working) >= 4
    for flag in working:
        assert total(door, scenario, [*way, Remedy("disable_feature_flag", flag), last]) == 0.5, flag


@pytest.mark.parametrize("name", MEDIUM)
def test_who_repairs_what_he_was_only_asked_to_name_loses_steps_alone(door: OverHttp, name: str) -> None:
    scenario = get(name)
    clue, mending = looks(scenario)[0], key_remedies(scenario)[:1]
    assert total(door, scenario, [clue, *mending, submission(scenario)]) == 1.0
    at_first = Remedy("restart_service", scenario.brief.affected_services[-1])
    assert total(door, scenario, [at_first, clue, submission(scenario)]) == 1.0
