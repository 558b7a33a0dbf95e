"""What each attacker scores in each incident of the recorded world: `python -m scripts.measure.attacks`.

Exits with 1 where one of them scores above the floor. The players stand in tests/attacks/ (players.py, triers.py).
"""

import sys
from collections.abc import Iterable, Mapping
from itertools import product
from statistics import mean

from lab.scenarios import Scenario, get
from tests.attacks.arena import ALL, FLOOR, MEDIUM_AND_HARD, OverHttp, Player, arena, played
from tests.attacks.moves import strangers
from tests.attacks.players import PLAYERS
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

PRICED: dict[str, Player] = {
    f"looks and tries: {order[0]}, from {first}": asks_the_reward(order, looks=True, first=first)
    for order, first in product(ORDERS, range(4))
} | {
    f"looks, then tries: {order[0]}, from {first}": looks_then_tries(order, first)
    for order, first in product(ORDERS, range(4))
}


def main() -> int:
    with arena() as door:
        print(f"{'':<46}", *(f"{name:>8}" for name in ALL))
        best = table(door, PLAYERS)
        print("\nTrial and error with a look at each whom it tries (see docs/trust.md):")
        table(door, PRICED)
        print("\nLuck in the medium task, averages over whom is accused or tried:")
        for name in (name for name in ALL if name.startswith("RCA")):
            lines(name, luck(door, get(name)))
        print("\nThe nine known by heart, in the hard task:")
        for name in (name for name in ALL if name.startswith("RP")):
            lines(name, heart(door, get(name)))
    print(f"\nThe best attacker of the two harder tasks: {best:.2f} (at most {FLOOR})")
    return 0 if best <= FLOOR else 1


def table(door: OverHttp, players: Mapping[str, Player]) -> float:
    best = 0.0
    for name, player in players.items():
        scores = {scenario: score(door, get(scenario), player) for scenario in ALL}
        print(f"{name:<46}", *(f"{one:>8.2f}" for one in scores.values()), flush=True)
        best = max(best, *(scores[scenario] for scenario in MEDIUM_AND_HARD))
    return best


def luck(door: OverHttp, scenario: Scenario) -> dict[str, float]:
    strange, known = strangers(door.reset(scenario)), scenario.brief.known_services
    told = {f"by lot, after {kind}": average(door, scenario, (by_lot(kind, one) for one in known)) for kind in KINDS}
    for kind in KINDS:
        told[f"by lot among the unnamed, after {kind}"] = average(
            door, scenario, (by_lot(kind, one) for one in strange)
        )
    for kind in ("rollback_deploy", "restart_service"):
        told[f"one try: {kind}"] = average(door, scenario, (one_try(kind, at) for at in range(len(strange))))
    return told


def heart(door: OverHttp, scenario: Scenario) -> dict[str, float]:
    steps, last = len(scenario.answer.remedy), last_mending(scenario)
    players = {
        "a look before the last mending step": by_heart(scenario, look_before=last),
        "a look after it": by_heart(scenario, look_before=last + 1),
        "all but the last step, then a look": by_heart(scenario, look_before=steps - 1, steps=steps - 1),
    }
    return {name: score(door, scenario, player) for name, player in players.items()}


def average(door: OverHttp, scenario: Scenario, players: Iterable[Player]) -> float:
    return mean(score(door, scenario, player) for player in players)


def score(door: OverHttp, scenario: Scenario, player: Player) -> float:
    return float(played(door, scenario, player)["total"])


def lines(scenario_id: str, told: Mapping[str, float]) -> None:
    for what, worth in told.items():
        print(f"{scenario_id:<8} {what:<52} {worth:>6.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
