"""The state of one episode, advanced by a move and what the world answered to it.

Every step goes `admit` (is the move possible here?) -> the world -> `record`. It never asks a world itself, so that the
same scenario, moves and answers always give the same episode. Kept lean: training makes over 100,000 steps a second.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from lab.actions import Invalid, Move, Query, Remedy, Submission
from lab.episode.admit import Admission, admission_of
from lab.episode.rates import RATES
from lab.grading import UNIT, Grade, Trajectory, grade, key_of
from lab.plain import harmless
from lab.scenarios import Scenario
from lab.world import Alert, Evidence, Health, Outcome

Answer = Evidence | Outcome


class Entry(NamedTuple):
    """One step as it went: enough, with those before it, to make the episode anew."""

    move: Move
    answer: Answer | None = None
    flags: Mapping[str, bool] | None = None
    """The feature flags after a remedy."""
    health: Health | None = None
    """Measured where the step ends the hard task."""


class StepResult(NamedTuple):
    """What one step earned, by part. Feedback and observation are made of it when asked for."""

    entry: Entry | None
    parts: tuple[tuple[str, int], ...]
    units: int
    cumulative_units: int
    done: bool
    error: str | None

    @property
    def reward(self) -> float:
        return self.units / UNIT

    @property
    def cumulative(self) -> float:
        return self.cumulative_units / UNIT

    @property
    def named_parts(self) -> dict[str, float]:
        return {name: units / UNIT for name, units in self.parts}


class Episode:
    __slots__ = (
        "_admission",
        "_asked",
        "_key",
        "_mended",
        "_rates",
        "_services",
        "alert",
        "blind",
        "done",
        "entries",
        "evidence",
        "final",
        "flags",
        "health",
        "id",
        "last",
        "max_steps",
        "scenario",
        "seed",
        "units",
        "void_reason",
    )

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        alert: Alert,
        flags: Mapping[str, bool],
        episode_id: str = "",
        blind: bool = False,
    ) -> None:
        self.scenario, self.seed, self.alert, self.flags, self.id = scenario, seed, alert, flags, episode_id
        self.blind = blind
        self.max_steps = scenario.task.max_steps
        self.entries: list[Entry] = []
        self.evidence: dict[str, dict[str, Answer]] = {}
        self.units = 0
        self.done = False
        self.health: Health | None = None
        self.void_reason: str | None = None
        self.last: StepResult | None = None
        self.final: Grade | None = None
        self._admission: Admission = admission_of(scenario)
        self._key = key_of(scenario)
        self._rates = RATES[scenario.task.difficulty]
        self._asked: set[Query] = set()
        self._services: set[str] = set()
        self._mended: set[str] = set()

    def admit(self, move: Move) -> Move:
        """The move itself, or `Invalid` where it is not possible in this episode."""
        return self._admission.admit(move, self.flags)

    def ends_with(self, move: Move) -> bool:
        """Whether recording this (admitted) move will end the episode."""
        return type(move) is Submission or len(self.entries) + 1 >= self.max_steps

    def needs_health(self, move: Move) -> bool:
        return self._admission.graded_by_health and self.ends_with(move)

    def record(self, entry: Entry) -> StepResult:
        """Take in an admitted move and its answer; the step's reward and the episode's new state come of it."""
        if self.done:
            return self._after_end()
        done = self.ends_with(entry.move)
        self.entries.append(entry)
        self._take_in(entry, done)
        parts = self._price(entry.move, done)
        units = 0
        for _, part in parts:
            units += part
        self.units += units
        error = entry.move.why if type(entry.move) is Invalid else None
        self.last = StepResult(entry, parts, units, self.units, done, error)
        return self.last

    def void(self, reason: str) -> None:
        """The lab failed: the episode is over and has no score."""
        self.void_reason, self.done, self.final = harmless(reason), True, None

    def grade(self) -> Grade:
        """The verdict so far; made once for an ended episode."""
        if self.final is not None:
            return self.final
        made = grade(self.scenario, self.trajectory)
        if self.done:
            self.final = made
        return made

    def copy(self, episode_id: str) -> "Episode":
        """The same episode again, to go on by itself."""
        # The flags as they are now: a step that changed them says so, and then it is the last to do so.
        again = rebuild(self.scenario, self.seed, self.alert, self.flags, self.entries, episode_id, self.blind)
        again.final = self.final
        return again

    @property
    def trajectory(self) -> Trajectory:
        return Trajectory([entry.move for entry in self.entries], self.done, self.health, self.void_reason)

    @property
    def shown_scenario(self) -> str:
        """The scenario's id; in blind play, until the end, a name that says nothing and stays the same."""
        return opaque(self.id) if self.blind and not self.done else self.scenario.id

    @property
    def cumulative(self) -> float:
        return self.units / UNIT

    @property
    def submitted(self) -> bool:
        return bool(self.entries) and type(self.entries[-1].move) is Submission

    def _after_end(self) -> StepResult:
        why = (
            f"The episode is void: {self.void_reason}"
            if self.void_reason
            else "The episode is over; reset to start anew."
        )
        return StepResult(None, (), 0, self.units, True, why)

    def _take_in(self, entry: Entry, done: bool) -> None:
        if entry.answer is not None:
            kind, target = entry.move[0], entry.move[1]
            self.evidence.setdefault(kind, {})[target] = entry.answer  # type: ignore[index]
        if entry.flags is not None:
            self.flags = entry.flags
        self.health = entry.health
        self.done = done

    def _price(self, move: Move, done: bool) -> tuple[tuple[str, int], ...]:
        if type(move) is Submission:
            return (("score", self.grade().units or 0),)
        parts: tuple[tuple[str, int], ...] = (self._earned(move),)
        if 2 * len(self.entries) > self.max_steps:
            parts = (*parts, ("late", self._rates.late))
        return (*parts, ("unsubmitted", self._rates.unsubmitted)) if done else parts

    def _earned(self, move: Move) -> tuple[str, int]:
        if type(move) is Query:
            return self._earned_by_looking(move)
        if type(move) is Remedy:
            return self._earned_by_acting(move)
        return "invalid", self._rates.invalid

    def _earned_by_looking(self, query: Query) -> tuple[str, int]:
        if query in self._asked:
            return "repeat", self._rates.repeat
        self._asked.add(query)
        if query.service in self._services:
            return "new_kind", self._rates.new_kind
        self._services.add(query.service)
        return "first_query", self._rates.first_query

    def _earned_by_acting(self, remedy: Remedy) -> tuple[str, int]:
        step = self._key.step(remedy)
        if step is None or step.id in self._mended:
            return "other_remedy", self._rates.other_remedy
        self._mended.add(step.id)
        return "key_remedy", self._rates.key_remedy


def opaque(episode_id: str) -> str:
    """Made of the episode's own name, so that nothing about the scenario can be computed from it."""
    return f"blind-{sha256(episode_id.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def rebuild(
    scenario: Scenario,
    seed: int,
    alert: Alert,
    flags: Mapping[str, bool],
    entries: Iterable[Entry],
    episode_id: str = "",
    blind: bool = False,
) -> Episode:
    """The episode that these entries made; a prefix of them gives it as it was then."""
    episode = Episode(scenario, seed, alert, flags, episode_id, blind)
    for entry in entries:
        episode.record(entry)
    return episode
