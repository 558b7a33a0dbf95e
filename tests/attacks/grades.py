"""Many trajectories graded into one digest: `python -m tests.attacks.grades` prints it, the same on any Python.

Needs nothing but the lab's pure core, so that another Python with pydantic alone can run it.
"""

import random
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from lab.actions import SEVERITIES, Invalid, Move, Query, Remedy, Submission
from lab.grading import Trajectory, grade
from lab.scenarios import Scenario, load_all
from lab.trust.bundle import grade_table
from lab.trust.canonical import to_bytes
from lab.world import Health
from tests.unit.tiny_world import key_remedies, looks, perfect_play

WALKS = 40
HERE = Path(__file__).parent


def texts_in(path: Path) -> list[str]:
    """All that stand in such a file, right or wrong, whatever they are on."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = [found[kind] for kind in ("right", "wrong")] if "right" in found else [found]
    return [text for table in tables for texts in table.values() for text in texts]


TEXTS = texts_in(HERE / "phrasings.toml")
MORE_TEXTS = [text for path in sorted((HERE / "heldout").glob("*.toml")) for text in texts_in(path)]


def digest() -> str:
    whole = sha256()
    for scenario in load_all().values():
        for trajectory in trajectories(scenario):
            whole.update(to_bytes(grade_table(grade(scenario, trajectory))))
    return whole.hexdigest()


def trajectories(scenario: Scenario) -> Iterator[Trajectory]:
    """Perfect play, its beginnings, walks of dice that are the same everywhere, and each text on its own."""
    perfect = perfect_play(scenario)
    for length in range(len(perfect) + 1):
        yield Trajectory(perfect[:length], length == len(perfect), health(length % 2 == 0))
    # Of the generator's methods, random() alone is promised to stay the same from one Python to the next.
    dice = random.Random(f"grades of {scenario.id}")
    for _ in range(WALKS):
        moves = [move(scenario, dice) for _ in range(int(dice.random() * (scenario.task.max_steps - 1)))]
        yield Trajectory([*moves, ending(scenario, dice)], True, health(dice.random() < 0.5))
    for text in (*TEXTS, *MORE_TEXTS) if scenario.task.difficulty == "medium" else ():
        said = Submission("submit_root_cause", scenario.answer.culprit, text)
        yield Trajectory([*perfect[:-1], said], True, health(False))


def health(good: bool) -> Health:
    return Health(good, () if good else ("The export filter withdraws a prefix.",), {"api-gateway": good})


def move(scenario: Scenario, dice: random.Random) -> Move:
    likely = [*looks(scenario), *key_remedies(scenario)]
    services = scenario.brief.known_services
    others = [Query("query_logs", name) for name in services] + [Remedy("restart_service", name) for name in services]
    return pick([*likely, *likely, *others, Invalid("dance", {}, "There is no such action.")], dice)


def ending(scenario: Scenario, dice: random.Random) -> Move:
    text = ". ".join(pick(TEXTS, dice) for _ in range(1 + int(dice.random() * 4)))
    if scenario.task.difficulty == "easy":
        return Submission("submit_severity", scenario.brief.known_services[0], str(pick(list(SEVERITIES), dice)))
    if scenario.task.difficulty == "medium":
        return Submission("submit_root_cause", pick(list(scenario.brief.known_services), dice), text)
    return Submission("submit_resolution", "", text)


def pick(among: list[Any], dice: random.Random) -> Any:
    return among[int(dice.random() * len(among))]


if __name__ == "__main__":
    print(digest(), f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}")
