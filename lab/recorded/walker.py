"""One step of a recorder: do a remedy, watch what becomes of the symptoms, and write down where it led."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lab.actions import MEASURING_STEPS, Query, Remedy
from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled, Refused
from lab.recorded.recording import (
    INCIDENT,
    Edge,
    Fingerprint,
    Provenance,
    Recording,
    Snapshot,
    bits,
    core_of,
    marks_of,
    place_of,
)
from lab.recorded.tasks import SHOWS_LATE, looks, mending
from lab.scenarios import Scenario
from lab.world import Health, Outcome, World, outcome_of

Say = Callable[[str], None]
# Where a remedy led, of the place that it was done at.
Arrived = Callable[[Recording, int, Remedy, Outcome], int]


class Ground(Protocol):
    """What a recorder needs beside the world that it plays."""

    def symptoms(self) -> frozenset[str]:
        """What is wrong at this moment, without figures, and without what only lingers in a measuring window."""

    def glance(self) -> Health:
        """Health at this moment, not watched for some seconds."""

    def outside(self, scenario: Scenario) -> list[str]:
        """The incident's symptoms that are not inside their bands, in words."""

    def do_together(self, remedies: Sequence[Remedy]) -> list[Outcome | Refused]:
        """All at once; what came of each."""

    def heal(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How long symptoms are watched, in seconds."""

    calm: float = 3.0
    """A window in which what is always there counts as a symptom; crash loops and scrapes are shorter."""
    every: float = 0.5
    patience: float = 25.0
    """For a state to stop changing after a remedy."""
    linger: float = 10.0
    """How long a new state is watched: a pod on its way out is still measured until it has gone."""
    late: float = 25.0
    """Before what shows late is looked for."""


class Walker:
    """Keeps the world and its place in the recording together."""

    def __init__(self, scenario: Scenario, world: World, ground: Ground, pace: Pace, say: Say) -> None:
        self.scenario, self.world, self.ground, self.pace, self.say = scenario, world, ground, pace, say
        self.place: int | None = None
        self._key = mending(scenario)

    def begin(self, recording: Recording | None, provenance: Provenance) -> Recording:
        """The incident anew; the first time its state is recorded, later it must be that state again."""
        self.place = None
        alert = self.world.begin(self.scenario, seed=0)
        if recording is None:
            recording = Recording(self.scenario.id, provenance, alert)
            # A page may come before the last breaker has opened.
            lasting = self._lasting(self._window())
            self._require_bands()
            recording.snapshots[INCIDENT] = self._whole(lasting)
        else:
            self._require(recording, INCIDENT)
        self.place = INCIDENT
        return recording

    def follow(self, recording: Recording, edge: Edge) -> None:
        """A remedy whose way is known; it must lead where it led before."""
        self.world.do(edge.remedy)
        self._require(recording, edge.to)
        self.place = edge.to

    def attempt(self, recording: Recording, remedy: Remedy) -> Edge:
        """A remedy that was not tried here yet."""
        return self._written(recording, remedy, outcome_of(self.world, remedy), self._arrived)

    def together(self, recording: Recording, remedies: Sequence[Remedy]) -> list[Edge] | None:
        """Harmless ones, done at once and written down as if one after the other; None where a symptom changed."""
        assert self.place is not None, "nothing is tried before the beginning"
        wanted, flags = expected(recording, self.place), flags_at(recording, self.place)
        outcomes = self.ground.do_together(remedies)
        seen = self._settled(wanted, in_haste=True)
        if not seen.matches(wanted) or dict(self.world.flags()) != flags:
            return None

        def quietly(recording: Recording, origin: int, remedy: Remedy, outcome: Outcome) -> int:
            return self._quietly(recording, origin, remedy, outcome, seen)

        came = zip(remedies, outcomes, strict=True)
        return [self._written(recording, remedy, outcome, quietly) for remedy, outcome in came]

    def _written(self, recording: Recording, remedy: Remedy, outcome: Outcome | Refused, arrived: Arrived) -> Edge:
        """The edge from here to where the remedy led, and we are there."""
        assert self.place is not None, "nothing is tried before the beginning"
        origin = self.place
        if isinstance(outcome, Refused):
            edge = Edge(origin, remedy, origin, None, str(outcome))
        else:
            edge = Edge(origin, remedy, arrived(recording, origin, remedy, outcome), outcome)
        recording.edges[origin, remedy] = edge
        self.place = edge.to
        return edge

    def _arrived(self, recording: Recording, origin: int, remedy: Remedy, outcome: Outcome) -> int:
        if remedy.target in MEASURING_STEPS:
            return origin
        base = _base_of(recording, origin, remedy)
        flags = dict(self.world.flags())
        if remedy not in self._key and base == origin and _did_nothing(outcome, flags, flags_at(recording, base)):
            return origin
        # A step of the key may change nothing but a flag, and yet lead on.
        may_stay = remedy not in self._key or flags == flags_at(recording, base)
        if remedy.target in SHOWS_LATE:
            self._window(self.pace.late)
        seen = self._settled(expected(recording, base), in_haste=remedy not in self._key)
        mended = self._has_mended(recording, base, remedy, seen)
        if may_stay and not mended and seen.matches(expected(recording, base)):
            return self._quietly(recording, origin, remedy, outcome, seen)
        known = _core_like(recording, seen, flags, mended)
        if known is None and remedy in self._key:
            seen = self._lasting(seen)
            known = _core_like(recording, seen, flags, mended)
        if known is not None:
            return known if remedy in self._key else self._marked(recording, known, remedy, seen)
        return self._new_core(recording, seen) if remedy in self._key else self._damaged(recording, base, remedy, seen)

    def _has_mended(self, recording: Recording, base: int, remedy: Remedy, seen: Fingerprint) -> bool:
        """Where all that was wrong shows in measuring windows only, no symptom of the moment tells that it is over."""
        was_ill = remedy in self._key and not recording.health_of(core_of(base)).healthy
        return was_ill and not seen.ever and self.world.health().healthy

    def _lasting(self, seen: Fingerprint) -> Fingerprint:
        """The symptoms, once they have stayed for a while."""
        until = time.monotonic() + self.pace.linger
        while time.monotonic() < until:
            window = self._window()
            if not window.matches(seen):
                seen = self._settled(window, in_haste=True)
        return seen

    def _settled(self, same: Fingerprint, *, in_haste: bool) -> Fingerprint:
        """Once the symptoms are those of before, or have stopped changing; the last seen where they never do.

        Right after a step that mends, a scrape may still tell of the time before: its first window settles nothing.
        """
        windows = [self._window()]
        if in_haste and windows[0].matches(same):
            return windows[0]

        def must_be_steady() -> None:
            windows.append(self._window())
            if not windows[-1].matches(windows[-2]):
                raise NotYet("the symptoms still change")

        try:
            wait_until(must_be_steady, self.pace.patience, every=self.pace.every)
        except NotSettled:
            self.say("the symptoms never stopped changing; taken as they were last")
        return windows[-1]

    def _quietly(self, recording: Recording, origin: int, remedy: Remedy, outcome: Outcome, seen: Fingerprint) -> int:
        base, flags = _base_of(recording, origin, remedy), dict(self.world.flags())
        if not outcome.changed and base == origin and flags == flags_at(recording, origin):
            return origin
        return self._marked(recording, base, remedy, seen)

    def _marked(self, recording: Recording, base: int, remedy: Remedy, seen: Fingerprint) -> int:
        """As at the base, but for its target: whatever else leads to that state has not done this to it."""
        place = base | place_of(0, recording.bit_of(remedy))
        if place not in recording.snapshots:
            of_target = [query for query in looks(self.scenario) if query.service == remedy.target]
            recording.snapshots[place] = self._seen(of_target, seen, None)
        return place

    def _new_core(self, recording: Recording, seen: Fingerprint) -> int:
        core = max(recording.cores) + 1
        recording.snapshots[core] = self._whole(seen)
        return core

    def _damaged(self, recording: Recording, base: int, remedy: Remedy, seen: Fingerprint) -> int:
        place = base | place_of(0, recording.bit_of(remedy))
        recording.snapshots[place] = self._whole(seen)
        return place

    def _whole(self, seen: Fingerprint) -> Snapshot:
        """Health first, as it waits for what a remedy left in the measuring windows."""
        health = self.world.health() if not seen.always else self.ground.glance()
        snapshot = self._seen(looks(self.scenario), seen, health)
        return replace(snapshot, fingerprint=seen.joined(self._window()))

    def _seen(self, queries: list[Query], seen: Fingerprint, health: Health | None) -> Snapshot:
        evidence = {query: self.world.look(query) for query in queries}
        return Snapshot(evidence, dict(self.world.flags()), seen, health)

    def _window(self, seconds: float | None = None) -> Fingerprint:
        """The symptoms over one window; the condition waited for is the time itself."""
        seconds = self.pace.calm if seconds is None else seconds
        until = time.monotonic() + seconds
        samples: list[frozenset[str]] = []

        def watched() -> None:
            samples.append(self.ground.symptoms())
            if time.monotonic() < until:
                raise NotYet("the window is not over")

        wait_until(watched, seconds + self.pace.patience, every=self.pace.every)
        return Fingerprint(frozenset.intersection(*samples), frozenset.union(*samples))

    def _require_bands(self) -> None:
        """What is kept is played for long: an incident that came out otherwise than it should is not."""
        if outside := self.ground.outside(self.scenario):
            raise NotSettled(f"The incident is not what it should be: {'; '.join(outside)}.")

    def _require(self, recording: Recording, place: int) -> None:
        wanted = expected(recording, place)

        def must_match() -> None:
            seen = self._window()
            if not seen.matches(wanted):
                now = "; ".join(sorted(seen.always)) or "nothing is wrong"
                raise NotYet(f"the state is another one than recorded: {now}")

        wait_until(must_match, self.pace.patience, every=self.pace.every, what="a recorded state to come again")


def _base_of(recording: Recording, origin: int, remedy: Remedy) -> int:
    """Where the remedy starts from: what it replaces is gone."""
    return place_of(core_of(origin), recording.without_rivals(marks_of(origin), remedy))


def expected(recording: Recording, place: int) -> Fingerprint:
    """The symptoms of a place: those of the whole snapshot with most of its marks, as the others are harmless there."""
    marks = marks_of(place)
    inside = [
        (marks_of(known).bit_count(), snapshot.fingerprint)
        for known, snapshot in recording.snapshots.items()
        if core_of(known) == core_of(place) and snapshot.whole and not marks_of(known) & ~marks
    ]
    return max(inside, key=lambda found: found[0])[1]


def flags_at(recording: Recording, place: int) -> dict[str, bool]:
    """The flags that the marks of a place turned off are off."""
    flags = dict(recording.snapshots[core_of(place)].flags)
    for position in bits(marks_of(place)):
        mark = recording.marks[position]
        if mark.kind == "disable_feature_flag":
            flags[mark.target] = False
    return flags


def _did_nothing(outcome: Outcome, flags: Mapping[str, bool], before: Mapping[str, bool]) -> bool:
    """There was nothing to clear, to turn off or to roll back; what was not touched need not be watched."""
    return outcome.settled and not outcome.changed and flags == before


def _core_like(recording: Recording, seen: Fingerprint, flags: dict[str, bool], mended: bool) -> int | None:
    for core in recording.cores:
        snapshot = recording.snapshots[core]
        same = snapshot.flags == flags and seen.matches(snapshot.fingerprint)
        if same and (recording.health_of(core).healthy or not mended):
            return core
    return None
