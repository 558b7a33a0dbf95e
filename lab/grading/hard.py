"""remediation_planning: looked before, mended in order, measured healthy, without damage, written up."""

from typing import NamedTuple

from lab.actions import MEASURING_STEPS, Query, Remedy
from lab.grading.key import Key
from lab.grading.result import Part, Trajectory, efficiency, share
from lab.grading.submission import WriteUp, submission_of, written_up

# Looking alone stays at 0.20, so that a keyword soup after a look round is on the floor with the other cheats.
BASE, DEPTH, KEY_STEPS = 1_000, 1_000, 3_000
HEALTHY, EFFICIENCY = 1_000, 3_000
WRONG_REMEDY, WRONG_AT_MOST = 1_000, 3_000
CULPRIT_TOLD, MECHANISM_TOLD, REPAIR_TOLD = 300, 400, 300
GUESS = 1_500


class Walk(NamedTuple):
    """The trajectory against the key."""

    looked: frozenset[str]
    """Services with evidence that were looked at before the first mending step."""
    done: frozenset[str]
    """Steps of the key, each done when those before it were."""
    wrong: tuple[Remedy, ...]
    """Remedies that are not in the key, were done too early, or again."""
    saw_clue: bool
    informed: bool
    """Evidence that names the culprit was looked at before the repair was complete."""
    engaged: bool
    acted: bool


class _Walker:
    __slots__ = ("acted", "done", "engaged", "informed", "key", "looked", "mended", "saw_clue", "wrong")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.looked: set[str] = set()
        self.done: set[str] = set()
        self.wrong: list[Remedy] = []
        self.saw_clue = self.mended = self.engaged = self.acted = False
        self.informed: bool | None = None

    def look(self, query: Query) -> None:
        self.saw_clue = self.saw_clue or query in self.key.clues
        if query.service in self.key.evidence_services:
            self.engaged = True
            if not self.mended:
                self.looked.add(query.service)

    def act(self, remedy: Remedy) -> None:
        self.acted = True
        step = self.key.step(remedy)
        if step is not None and step.id not in self.done and step.after <= self.done:
            self.done.add(step.id)
            self.engaged = True
            self.mended = self.mended or step.mends
            self._note_completion()
        elif remedy.target not in MEASURING_STEPS:
            self.wrong.append(remedy)

    def _note_completion(self) -> None:
        if self.informed is None and self.key.mends <= self.done:
            self.informed = self.saw_clue

    def walk(self) -> Walk:
        informed = self.saw_clue if self.informed is None else self.informed
        looked, done = frozenset(self.looked), frozenset(self.done)
        return Walk(looked, done, tuple(self.wrong), self.saw_clue, informed, self.engaged, self.acted)


def walk(key: Key, trajectory: Trajectory) -> Walk:
    walker = _Walker(key)
    for move in trajectory.moves:
        if isinstance(move, Query):
            walker.look(move)
        elif isinstance(move, Remedy):
            walker.act(move)
    return walker.walk()


def parts(key: Key, trajectory: Trajectory) -> tuple[Part, ...]:
    way = walk(key, trajectory)
    earned = (*_base(key, way), *_outcome(key, trajectory, way), _damage(key, way), *_summary(key, trajectory, way))
    return (*earned, *_limits(sum(part.units for part in earned), way))


def _base(key: Key, way: Walk) -> tuple[Part, ...]:
    depth, steps = min(1.0, len(way.looked) / key.looks_needed), len(way.done) / len(key.steps)
    engaged = (
        "Evidence was looked at or repair begun." if way.engaged else "Nothing that bears on the incident was done."
    )
    return (
        Part("base", BASE if way.engaged else 0, engaged),
        Part(
            "investigation",
            share(DEPTH, depth),
            f"Services with evidence looked at before mending: {_count(way.looked)}.",
        ),
        Part(
            "key_steps",
            share(KEY_STEPS, steps),
            f"{len(way.done)} of {len(key.steps)} steps of the repair were done in order.",
        ),
    )


def _count(names: frozenset[str]) -> str:
    return f"{len(names)} ({', '.join(sorted(names))})" if names else "none"


def _outcome(key: Key, trajectory: Trajectory, way: Walk) -> tuple[Part, ...]:
    health = trajectory.health
    if health is None or not health.healthy or not way.acted:
        why = " ".join(health.reasons) if health is not None else ""
        return (
            Part("healthy", 0, f"The shop was not healthy at the end. {why}".strip()),
            Part("efficiency", 0, "Only a healthy shop earns efficiency."),
        )
    used = len(trajectory.moves)
    pace = f"{used} steps; a careful solver needs {key.careful_steps}, and {key.max_steps} are the most."
    quick = efficiency(used, key.careful_steps, key.max_steps)
    return (
        Part("healthy", HEALTHY, "The shop was measured healthy at the end."),
        Part("efficiency", share(EFFICIENCY, quick), pace),
    )


def _damage(key: Key, way: Walk) -> Part:
    if not way.wrong:
        return Part("wrong_remedies", 0, "No remedy was wrong.")
    named = "; ".join(_blamed(key, remedy) for remedy in dict.fromkeys(way.wrong))
    return Part(
        "wrong_remedies",
        -min(WRONG_AT_MOST, WRONG_REMEDY * len(way.wrong)),
        f"Wrong, too early or done again: {named}.",
    )


def _blamed(key: Key, remedy: Remedy) -> str:
    why = key.harmful.get((remedy.kind, remedy.target), "")
    return f"{remedy.kind} {remedy.target}" + (f" ({why.rstrip('.')})" if why else "")


def _summary(key: Key, trajectory: Trajectory, way: Walk) -> tuple[Part, ...]:
    submitted = submission_of(trajectory)
    if submitted is None:
        return (Part("summary", 0, "No summary was submitted."),)
    if not way.saw_clue:
        return (Part("summary", 0, "A summary counts only where evidence that names the culprit was looked at."),)
    told = written_up(key, submitted.says)
    if told.objection is not None:
        return (Part("summary", 0, told.objection),)
    return _told(told, 2 * len(told.steps & way.done & key.mends) >= len(key.mends))


def _told(told: WriteUp, repair: bool) -> tuple[Part, ...]:
    how = share(MECHANISM_TOLD, told.mechanism)
    return (
        Part(
            "summary_culprit",
            CULPRIT_TOLD if told.culprit else 0,
            f"The summary {_does(told.culprit)} name the culprit.",
        ),
        Part("summary_mechanism", how, f"The summary {_does(how > 0)} say how it failed."),
        Part(
            "summary_repair",
            REPAIR_TOLD if repair else 0,
            f"The summary {_does(repair)} tell what was done, and it was.",
        ),
    )


def _does(so: bool) -> str:
    return "does" if so else "does not"


def _limits(subtotal: int, way: Walk) -> tuple[Part, ...]:
    if subtotal > GUESS and not way.informed:
        return (
            Part("guess", GUESS - subtotal, "Without evidence that names the culprit, a repair is a guess and capped."),
        )
    if subtotal < 0:
        return (Part("floor", -subtotal, "A score is never below 0."),)
    return ()
