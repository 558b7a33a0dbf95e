"""Who plays which incident when, and what is hit meanwhile: the order of a live soak, settled by its seed."""

import random
from collections.abc import Sequence
from itertools import chain, count, cycle
from typing import NamedTuple

KILLED = "lab killed (kill -9)"
OTHERS = ("database killed", "Prometheus killed", "API server killed", "node killed")
KILL_EVERY, HIT_EVERY = 3, 5
# So that the cluster is hit under an idle player of a hard incident, too: its sick end must not pass for a zero.
PLAYS = ("idle", "idle", "gold", "gold")
# A reset takes about 20 s and a gold play as long again: the blow falls anywhere in between, or just after.
LATEST = 45.0


class Turn(NamedTuple):
    number: int
    scenario: str
    play: str
    blow: str
    """Nothing where nothing is hit."""
    moment: float


def order(episodes: int, seed: int, incidents: Sequence[str]) -> list[Turn]:
    dice, others = random.Random(seed), cycle(OTHERS)
    names = chain.from_iterable(block(incidents, dice) for _ in count())
    found = []
    for number, name in zip(range(1, episodes + 1), names, strict=False):
        blow = blow_at(number, others)
        late = (number - 1) // (KILL_EVERY * len(incidents)) % 2 == 1
        found.append(Turn(number, name, PLAYS[number % len(PLAYS)], blow, moment(blow, late, dice)))
    return found


def block(incidents: Sequence[str], dice: random.Random) -> list[str]:
    """Each incident as often as a kill comes round, and each of them once in the place where it comes."""
    places = [dice.sample(incidents, len(incidents)) for _ in range(KILL_EVERY)]
    return [name for row in zip(*places, strict=True) for name in row]


def blow_at(number: int, others: "cycle[str]") -> str:
    if number % KILL_EVERY == 0:
        return KILLED
    return next(others) if number % HIT_EVERY == 0 else ""


def moment(blow: str, late: bool, dice: random.Random) -> float:
    """Kills fall in the first half of the time in one block and in the second in the next.

    So each incident meets a kill that comes before its end, however short it is.
    """
    if blow != KILLED:
        return dice.uniform(0, LATEST)
    return dice.uniform(0, LATEST / 2) + (LATEST / 2 if late else 0.0)
