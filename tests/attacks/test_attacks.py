"""No attacker scores above 0.2 in the two harder tasks, and who does nothing scores 0 in all nine."""

from collections.abc import Iterator
from functools import partial
from statistics import mean

import pytest

from lab.scenarios import get
from tests.attacks.arena import ALL, FLOOR, MEDIUM_AND_HARD, OverHttp, Player, arena, played
from tests.attacks.moves import strangers, submission
from tests.attacks.players import PLAYERS, TEN_THOUSAND_WORDS, waits
from tests.attacks.triers import (
    KINDS,
    ORDERS,
    asks_the_reward,
    by_heart,
    by_lot,
    last_mending,
    looks_then_tries,
    one_try,
)

MEDIUM = [name for name in MEDIUM_AND_HARD if name.startswith("RCA")]
HARD = [name for name in MEDIUM_AND_HARD if name.startswith("RP")]
# Wrong remedies cost 0.3 at most, as is promised to users: who mends the shop in the end has that much less, and no
# more. On average over whom is tried first, and where that happens to be the culprit.
PRICED, LUCKY = 0.5, 0.7
BY_LOT, BY_HEART = 0.25, 0.9


@pytest.fixture(scope="module", name="door")
def _door() -> Iterator[OverHttp]:
    with arena() as door:
        yield door


@pytest.mark.parametrize("name", PLAYERS)
@pytest.mark.parametrize("scenario_id", MEDIUM_AND_HARD)
def test_no_attacker_scores(door: OverHttp, scenario_id: str, name: str) -> None:
    grade = played(door, get(scenario_id), PLAYERS[name])
    assert grade["total"] <= FLOOR, (grade["feedback"], grade["breakdown"])


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_who_is_found_by_trying_is_a_guess(door: OverHttp, scenario_id: str, first: int, order: list[str]) -> None:
    """It even looks at whom it tries. Where the very first try is right, that is luck, as with any accuser by lot."""
    scenario = get(scenario_id)
    lucky = strangers(door.reset(scenario))[first] == scenario.answer.culprit
    grade = played(door, scenario, asks_the_reward(order, looks=True, first=first))
    assert lucky or grade["total"] <= FLOOR, (grade["feedback"], grade["breakdown"])


@pytest.mark.parametrize("kind", ["rollback_deploy", "restart_service"])
@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_one_try_and_an_accusation_pays_no_more_than_accusing_by_lot(
    door: OverHttp, scenario_id: str, kind: str
) -> None:
    scenario = get(scenario_id)
    seen = door.reset(scenario)
    scores = [float(played(door, scenario, one_try(kind, first))["total"]) for first in range(len(strangers(seen)))]
    assert mean(scores) <= BY_LOT, scores


@pytest.mark.parametrize("scenario_id", HARD)
def test_who_knows_the_nine_by_heart_and_looks_once_lacks_the_evidence(door: OverHttp, scenario_id: str) -> None:
    """No rule tells memory from skill; docs/trust.md says what it makes."""
    scenario = get(scenario_id)
    player = by_heart(scenario, look_before=last_mending(scenario))
    assert played(door, scenario, player)["total"] <= BY_HEART


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
@pytest.mark.parametrize("scenario_id", HARD)
def test_a_repair_by_trying_is_priced(door: OverHttp, scenario_id: str, order: list[str]) -> None:
    """Who looked at the culprit, tried until it paid and really mended the shop has wrong remedies to pay for."""
    scenario = get(scenario_id)
    players = [
        player(first) for first in range(4) for player in (partial(mixed, order), partial(looks_then_tries, order))
    ]
    scores = [float(played(door, scenario, player)["total"]) for player in players]
    assert max(scores) <= LUCKY
    assert mean(scores[1::2]) <= PRICED


def mixed(order: list[str], first: int) -> Player:
    return asks_the_reward(order, looks=True, first=first)


@pytest.mark.parametrize("scenario_id", ALL)
def test_doing_nothing_scores_nothing(door: OverHttp, scenario_id: str) -> None:
    door.reset(get(scenario_id))
    assert (door.grade()["verdict"], door.grade()["total"]) == ("running", 0)
    assert played(door, get(scenario_id), waits)["total"] == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_accusing_by_lot_does_not_pay(door: OverHttp, scenario_id: str, kind: str) -> None:
    """One look at a service, and that one is accused: right for one of eight, by luck; so all eight are tried."""
    known, hurt = get(scenario_id).brief.known_services, get(scenario_id).brief.affected_services

    scenario = get(scenario_id)
    scores = {service: float(played(door, scenario, by_lot(kind, service))["total"]) for service in known}
    assert mean(scores.values()) <= FLOOR
    # Who leaves out those that the page names has one chance in four; 0.75 once and 0.09 else.
    assert mean(score for service, score in scores.items() if service not in hurt) <= 0.3


@pytest.mark.parametrize("scenario_id", ALL)
def test_what_is_far_too_long_is_refused_and_changes_nothing(door: OverHttp, scenario_id: str) -> None:
    seen = door.reset(get(scenario_id))
    action = submission(seen, seen["known_services"][0], "")
    name = list(action["parameters"])[-1]
    before = door.grade()
    answer = door.step(action | {"parameters": {**action["parameters"], name: TEN_THOUSAND_WORDS}})
    assert "too long" in answer["detail"]
    assert (before["verdict"], door.grade()) == ("running", before)
