"""How true the recorded world is: the same scripts in both worlds, step by step side by side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from lab.actions import Move, Query, Remedy, Submission, name_of
from lab.episode import run_step, start
from lab.errors import LabFault
from lab.recorded.tasks import looks, others
from lab.scenarios import Scenario
from lab.world import Evidence, Outcome, World

WANDERERS = 3
# Of a wanderer's moves; the others are looks.
ACTS = 0.5
NEEDED_MARKS = 0.95


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts over one script; `void` is the lab's own fault in either world."""

    script: str
    steps: int
    equal_rewards: int
    score_live: float | None
    score_recorded: float | None
    evidences: int
    equal_keys: int
    marks: int
    agreeing_marks: int
    composed: int
    differing: tuple[str, ...] = ()
    """In words: each step's reward, and each look's keys and marks, that are not the same in both worlds."""
    void: str = ""

    @property
    def good(self) -> bool:
        """But for the marks: a script has some ten, so they are judged over all scripts (`agreement`)."""
        same = self.equal_rewards == self.steps and self.score_live == self.score_recorded
        return not self.void and same and self.equal_keys == self.evidences

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"good": self.good}


def agreement(found: Sequence[Comparison]) -> float:
    """The share of marks that are the same in both worlds."""
    marks = sum(comparison.marks for comparison in found)
    return sum(comparison.agreeing_marks for comparison in found) / marks if marks else 1.0


def scripts(scenario: Scenario, flags: Sequence[str], seed: int = 0) -> list[Script]:
    wander = [Script(f"wanderer {n + 1}", _wander(scenario, flags, Random(seed + n))) for n in range(WANDERERS)]
    return [Script("gold", _gold(scenario)), Script("nothing", (_submission(scenario),)), *wander]


@dataclass(frozen=True, slots=True)
class Played:
    answers: tuple[Evidence | Outcome | None, ...]
    rewards: tuple[int, ...]
    score: float | None
    void: str


def compare(scenario: Scenario, script: Script, live: Callable[[], World], recorded: Callable[[], World]) -> Comparison:
    return _compared(script, played(live(), scenario, script), played(recorded(), scenario, script))


def played(world: World, scenario: Scenario, script: Script) -> Played:
    """Where the lab fails, what was played until then, and what failed."""
    answers: list[Evidence | Outcome | None] = []
    rewards: list[int] = []
    try:
        episode = start(world, scenario, 0)
        for move in script.moves:
            result = run_step(world, episode, move)
            answers.append(result.entry.answer if result.entry is not None else None)
            rewards.append(result.units)
    except LabFault as fault:
        return Played(tuple(answers), tuple(rewards), None, str(fault))
    finally:
        world.end()
    return Played(tuple(answers), tuple(rewards), episode.grade().total, "")


def _compared(script: Script, live: Played, recorded: Played) -> Comparison:
    looks = list(_looks(script, live, recorded))
    marks = sum(len({*a.keys, *b.keys}) for _, a, b in looks)
    unlike = list(_unlike_marks(script, live, recorded))
    voids = [f"{name}: {one.void}" for name, one in (("live", live), ("recorded", recorded)) if one.void]
    return Comparison(
        script=script.name,
        steps=len(script.moves),
        equal_rewards=sum(a == b for a, b in zip(live.rewards, recorded.rewards, strict=False)),
        score_live=live.score,
        score_recorded=recorded.score,
        evidences=len(looks),
        equal_keys=sum(set(a.keys) == set(b.keys) for _, a, b in looks),
        marks=marks,
        agreeing_marks=marks - len(unlike),
        composed=sum(isinstance(answer, Outcome) and answer.composed for answer in recorded.answers),
        differing=(*_unlike_rewards(script, live, recorded), *_unlike_keys(script, live, recorded), *unlike),
        void="; ".join(voids),
    )


def _unlike_rewards(script: Script, live: Played, recorded: Played) -> Iterator[str]:
    for number, (move, a, b) in enumerate(zip(script.moves, live.rewards, recorded.rewards, strict=False), start=1):
        if a != b:
            yield f"step {number}, {name_of(move)}: {a} units live, {b} recorded"


def _unlike_keys(script: Script, live: Played, recorded: Played) -> Iterator[str]:
    for where, a, b in _looks(script, live, recorded):
        if unlike := sorted({*a.keys} ^ {*b.keys}):
            yield f"{where}: {', '.join(unlike)} told in one world only"


def _unlike_marks(script: Script, live: Played, recorded: Played) -> Iterator[str]:
    for where, a, b in _looks(script, live, recorded):
        for key in sorted({*a.abnormal} ^ {*b.abnormal}):
            yield f"{where}: {key} is abnormal in the {'live' if key in a.abnormal else 'recorded'} world only"


def _looks(script: Script, live: Played, recorded: Played) -> Iterator[tuple[str, Evidence, Evidence]]:
    for number, (move, a, b) in enumerate(zip(script.moves, live.answers, recorded.answers, strict=False), start=1):
        if isinstance(move, Query) and isinstance(a, Evidence) and isinstance(b, Evidence):
            yield f"step {number}, {move.kind} {move.service}", a, b


def _gold(scenario: Scenario) -> tuple[Move, ...]:
    clue = scenario.answer.culprit_evidence[0].query
    rest = [name for name in scenario.answer.evidence_services if name != clue.service]
    seen = [clue, *(Query("check_metrics", name) for name in rest)][: scenario.looks_needed]
    mends = [step.remedy for step in scenario.answer.remedy] if scenario.task.difficulty == "hard" else []
    return (*seen, *mends, _submission(scenario))


def _submission(scenario: Scenario) -> Submission:
    """Not written to earn much: what a summary earns does not depend on the world."""
    culprit, task = scenario.answer.culprit, scenario.task
    says = scenario.answer.severity if task.difficulty == "easy" else f"{culprit} was at fault. We mended it. It lasts."
    return Submission(task.submission, "" if task.difficulty == "hard" else culprit, says)


def _wander(scenario: Scenario, flags: Sequence[str], dice: Random) -> tuple[Move, ...]:
    """Looks and wrong remedies, and now and then a step of the key."""
    acts: list[Remedy] = [step.remedy for step in scenario.answer.remedy] * 2
    acts += others(scenario, dict.fromkeys(flags, True))
    if scenario.task.difficulty == "easy":
        acts = []
    seen, moves = looks(scenario), list[Move]()
    for _ in range(scenario.task.max_steps - 1):
        moves.append(dice.choice(acts) if acts and dice.random() < ACTS else dice.choice(seen))
    return (*moves, _submission(scenario))
