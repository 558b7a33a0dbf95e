"""What each attacker scores in each incident of the recorded world: `python -m scripts.measure.attacks`.

Exits with 1 where one of them scores above the floor. The players stand in tests/attacks/ (players.py, triers.py).
"""

import sys
from itertools import product

from lab.scenarios import get
from tests.attacks.arena import ALL, FLOOR, MEDIUM_AND_HARD, Player, arena, played
from tests.attacks.players import PLAYERS
from tests.attacks.triers import asks_the_reward, looks_then_tries

ORDERS = (["rollbacks", "runbook"], ["runbook", "rollbacks"], ["restarts", "flags"], ["flags", "restarts"])
PRICED: dict[str, Player] = {
    f"looks and tries: {order[0]}, from {first}": asks_the_reward(order, looks=True, first=first)
    for order, first in product(ORDERS, range(4))
} | {
    f"looks, then tries: {order[0]}, from {first}": looks_then_tries(order, first)
    for order, first in product(ORDERS, range(4))
}


def main() -> int:
    print(f"{'':<36}", *(f"{name:>8}" for name in ALL))
    best = table(PLAYERS)
    print("\nTrial and error with a look at each whom it tries (see docs/trust.md):")
    table(PRICED)
    print(f"\nThe best attacker of the two harder tasks: {best:.2f} (at most {FLOOR})")
    return 0 if best <= FLOOR else 1


def table(players: dict[str, Player]) -> float:
    best = 0.0
    with arena() as door:
        for name, player in players.items():
            scores = {scenario: float(played(door, get(scenario), player)["total"]) for scenario in ALL}
            print(f"{name:<36}", *(f"{score:>8.2f}" for score in scores.values()), flush=True)
            best = max(best, *(scores[scenario] for scenario in MEDIUM_AND_HARD))
    return best


if __name__ == "__main__":
    sys.exit(main())
