"""Ways to a score without the work: all stay at or under 0.2 in the two harder tasks, in every scenario."""

import itertools
from collections.abc import Callable

import pytest

from lab.actions import REMEDY_KINDS, Move, Query, Remedy, Submission
from lab.episode import run_step, start
from lab.scenarios import Scenario, get
from tests.unit.tiny_world import GOOD_TEXT, TinyWorld, key_remedies, looks, perfect_play, submission

MEDIUM, HARD = [f"RCA-00{n}" for n in (1, 2, 3)], [f"RP-00{n}" for n in (1, 2, 3)]
SHOTGUN = "Out of memory, BGP route withdrawal, stale credentials after rotation, connection leak, cache purge storm."
NAMES_ALL = "It may be analytics-service. It may be network-infra. It may be config-service, who knows."
SHOTGUN_SUMMARY = " ".join(GOOD_TEXT[name] for name in HARD)


def played(scenario: Scenario, moves: list[Move]) -> float:
    world = TinyWorld()
    episode = start(world, scenario, 0)
    for move in [*moves, *perfect_play(scenario)[-1:]]:
        run_step(world, episode, move)
    total = episode.grade().total
    assert total is not None
    return total


def each_service(kind: str) -> Callable[[Scenario], list[Move]]:
    return lambda scenario: [Remedy(kind, name) for name in scenario.brief.known_services]  # type: ignore[arg-type]


def ended(scenario: Scenario, text: str) -> Submission:
    return (
        Submission("submit_root_cause", scenario.answer.culprit, text)
        if scenario.task.difficulty == "medium"
        else Submission("submit_resolution", "", text)
    )


def others_answer(scenario: Scenario) -> list[Move]:
    other = get(scenario.id[:-1] + str(int(scenario.id[-1]) % 3 + 1))
    return [*perfect_play(other)[:-1], submission(other)]


CHEATS: dict[str, Callable[[Scenario], list[Move]]] = {
    "submit at once": lambda _: [],
    "shotgun answer": lambda scenario: [ended(scenario, SHOTGUN)],
    "shotgun summary": lambda scenario: [ended(scenario, SHOTGUN_SUMMARY)],
    "restart everything": each_service("restart_service"),
    "roll back everything": each_service("rollback_deploy"),
    "clear all caches": each_service("clear_cache"),
    "scale to zero": lambda scenario: [Remedy("scale_service", name, 0) for name in scenario.brief.known_services],
    "all remedies on the culprit": lambda scenario: [Remedy(kind, scenario.answer.culprit) for kind in REMEDY_KINDS],
    "another scenario's answer": others_answer,
    "the right repair without looking": lambda scenario: list(key_remedies(scenario)),
    "the right repair beside the point": lambda scenario: [
        Query("check_service_status", "api-gateway"),
        *key_remedies(scenario),
    ],
    "keyword soup": lambda scenario: [
        ended(scenario, "oom bgp route rotation credential export memory query flag restart")
    ],
    "every runbook step": lambda _: [
        Remedy("execute_runbook_step", name)
        for name in ("restore_bgp_routes", "trigger_credential_rotation", "vacuum_database", "warm_cdn_cache")
    ],
}


@pytest.mark.parametrize("cheat", CHEATS)
@pytest.mark.parametrize("scenario_id", [*MEDIUM, *HARD])
def test_a_cheat_stays_on_the_floor(scenario_id: str, cheat: str) -> None:
    scenario = get(scenario_id)
    assert played(scenario, CHEATS[cheat](scenario)) <= 0.2


@pytest.mark.parametrize("then", ["restart everything", "roll back everything", "scale to zero", "clear all caches"])
@pytest.mark.parametrize("scenario_id", HARD)
def test_a_good_look_round_does_not_pay_for_a_rampage(scenario_id: str, then: str) -> None:
    scenario = get(scenario_id)
    assert played(scenario, [*looks(scenario), *CHEATS[then](scenario)]) <= 0.2


@pytest.mark.parametrize("text", [SHOTGUN, SHOTGUN_SUMMARY, NAMES_ALL, "oom bgp route rotation export flag"])
@pytest.mark.parametrize("scenario_id", HARD)
def test_a_look_round_and_a_soup_is_still_a_cheat(scenario_id: str, text: str) -> None:
    scenario = get(scenario_id)
    assert played(scenario, [*looks(scenario), ended(scenario, text)]) <= 0.2


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_look_after_the_repair_does_not_make_it_less_of_a_guess(scenario_id: str) -> None:
    scenario = get(scenario_id)
    clue = scenario.answer.culprit_evidence[0].query
    assert played(scenario, [*key_remedies(scenario), clue]) <= 0.2


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_submission_at_once_scores_nothing(scenario_id: str) -> None:
    assert played(get(scenario_id), []) == 0.0


@pytest.mark.parametrize("scenario_id", HARD)
def test_blind_repair_is_capped_and_the_cap_stands_in_the_breakdown(scenario_id: str) -> None:
    world, scenario = TinyWorld(), get(scenario_id)
    episode = start(world, scenario, 0)
    for move in [*key_remedies(scenario), submission(scenario)]:
        run_step(world, episode, move)
    made = episode.grade()
    assert made.total == 0.15
    assert made.breakdown[-1].name == "guess"
    assert made.breakdown[-1].units < 0


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_score_is_never_negative_and_the_floor_stands_in_the_breakdown(scenario_id: str) -> None:
    world, scenario = TinyWorld(), get(scenario_id)
    episode = start(world, scenario, 0)
    for move in [*each_service("clear_cache")(scenario), submission(scenario)]:
        run_step(world, episode, move)
    made = episode.grade()
    assert made.total == 0.0
    assert (made.breakdown[-1].name, made.breakdown[-1].points) == ("floor", 0.3)


@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_hedging_between_failure_modes_earns_nothing_for_it(scenario_id: str) -> None:
    scenario = get(scenario_id)
    clue = scenario.answer.culprit_evidence[0].query
    texts = [GOOD_TEXT[name] for name in MEDIUM]
    for pair in itertools.permutations(texts, 2):
        moves = [clue, ended(scenario, f"Either this: {pair[0]} Or this: {pair[1]}")]
        assert played(scenario, list(moves)) == 0.75
