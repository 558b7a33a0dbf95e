"""The recorder: plays a world until the recording holds all that it must, and heals whatever happens.

Walks are as long as they can be: from the incident over known edges to the nearest state with something to try. A walk
that comes to another state than before is begun again; what it had found is kept.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest

from lab.actions import MEASURING_STEPS, Remedy
from lab.errors import Disturbed, LabError, NotSettled
from lab.recorded.recording import INCIDENT, Edge, Provenance, Recording, core_of
from lab.recorded.tasks import Task, Way, beside, follow_ups, mending, pending, way
from lab.recorded.walker import Ground, Pace, Say, Walker
from lab.scenarios import Scenario
from lab.world import World

# Kubernetes keeps ten revisions of a service, and each restart, an agent's or a rotation's, makes one: after some of
# them a rollback that finds no other release finds what this walk has done.
FEW_RESTARTS = 3
# In a row; a state that does not come again three times over is no accident.
ATTEMPTS = 3


class Recorder:
    """`keep` is handed the unfinished recording after each thing tried, and the finished one at the end."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        ground: Ground,
        provenance: Provenance,
        *,
        keep: Callable[[Recording], None] = lambda _: None,
        say: Say = lambda _: None,
        pace: Pace | None = None,
        apart: Iterable[Remedy] = (),
    ) -> None:
        """`apart` are remedies that do harm, as far as is known: each is tried by itself."""
        self._walker = Walker(scenario, world, ground, pace or Pace(), say)
        self._scenario, self._world, self._ground = scenario, world, ground
        self._provenance, self._keep, self._say = provenance, keep, say
        self._key = frozenset(mending(scenario))
        self._apart = {*self._key, *apart}
        self._put_off: set[Task] = set()
        self._restarts: Counter[str] = Counter()
        self.begins = 0

    def run(self, recording: Recording | None = None) -> Recording:
        """From nothing, or on from an unfinished recording."""
        try:
            return self._run(recording)
        finally:
            self._heal()

    def _run(self, recording: Recording | None) -> Recording:
        failures = 0
        while recording is None or self._reachable(recording):
            try:
                recording = self._walk(recording)
                failures = 0
            except (NotSettled, Disturbed) as lost:
                failures += 1
                self._say(f"begun again: {lost}")
                if failures == ATTEMPTS:
                    raise
        recording.finished = True
        self._keep(recording)
        return recording

    def _reachable(self, recording: Recording) -> bool:
        """What no known way leads to is left: it was come upon once, and playing it may be NotRecorded."""
        return way(recording, INCIDENT, pending(recording, self._scenario), self._key) is not None

    def _walk(self, known: Recording | None) -> Recording:
        """From one beginning on, for as long as there is something to try without another."""
        self.begins += 1
        self._put_off.clear()
        self._restarts.clear()
        self._say(f"walk {self.begins}: the incident begins")
        recording = self._walker.begin(known, self._provenance)
        try:
            while self._onward(recording):
                self._keep(recording)
        finally:
            self._keep(recording)
        return recording

    def _onward(self, recording: Recording) -> bool:
        # What does harm comes last: what it leaves behind may end the walk.
        left = [task for task in pending(recording, self._scenario) if task not in self._put_off]
        tasks = sorted(left, key=lambda task: task.remedy in self._apart)
        found = self._next(recording, tasks)
        if found is None:
            return False
        for edge in found.edges:
            self._walker.follow(recording, edge)
            self._count(edge)
        return self._try(recording, found.task.remedy, tasks)

    def _next(self, recording: Recording, tasks: Sequence[Task]) -> Way | None:
        """What only measures comes first where it can be done at once, as it leaves no traces.

        Then the key's steps: the others leave traces on which no step of the key is tried.
        """
        measures = [task for task in tasks if task.core == core_of(self._at) and task.remedy.target in MEASURING_STEPS]
        steps = [task for task in tasks if task.remedy in self._key]
        ways = (way(recording, self._at, some, self._key) for some in (measures, steps, tasks))
        return next((found for found in ways if found is not None), None)

    @property
    def _at(self) -> int:
        assert self._walker.place is not None, "a walk has begun"
        return self._walker.place

    def _try(self, recording: Recording, first: Remedy, tasks: Sequence[Task]) -> bool:
        """One remedy or some at once, and then what is to be tried right after them; False where the walk is over."""
        edges = self._attempt(recording, beside(recording, self._at, first, tasks, self._apart), len(tasks))
        came = [edge for edge in edges or () if edge.outcome is not None and edge.to != edge.origin]
        after = [follow_ups(recording, edge.origin, edge.remedy, edge.outcome.text) for edge in came if edge.outcome]
        for wave in zip_longest(*after):
            edges = edges and self._attempt(recording, [remedy for remedy in wave if remedy], len(tasks))
        return edges is not None

    def _attempt(self, recording: Recording, remedies: list[Remedy], left: int) -> list[Edge] | None:
        """None where some at once changed a symptom, and none knows which: they are tried one by one later."""
        single = len(remedies) == 1
        edges = [self._walker.attempt(recording, remedies[0])] if single else self._walker.together(recording, remedies)
        if edges is None:
            self._apart |= set(remedies)
            self._say(f"one of these is not harmless: {', '.join(map(_name, remedies))}")
        for edge in edges or ():
            self._tell(edge, left)
            self._count(edge)
        return edges and [edge for edge in edges if not self._is_put_off(recording, edge)]

    def _count(self, edge: Edge) -> None:
        self._restarts[edge.remedy.target] += edge.remedy.kind == "restart_service"

    def _is_put_off(self, recording: Recording, edge: Edge) -> bool:
        remedy, outcome = edge.remedy, edge.outcome
        found_none = remedy.kind == "rollback_deploy" and not remedy.version and outcome and not outcome.changed
        if not found_none or self._restarts[remedy.target] <= FEW_RESTARTS:
            return False
        self._say(f"put off to another walk, after so many restarts: {_name(remedy)}")
        self._put_off.add(Task(core_of(edge.origin), remedy))
        del recording.edges[edge.origin, remedy]
        return True

    def _tell(self, edge: Edge, left: int) -> None:
        where = "stays" if edge.to == edge.origin else f"leads to state {core_of(edge.to)}, place {edge.to}"
        self._say(f"{left} to go; in state {core_of(edge.origin)}: {_name(edge.remedy)}: {where}")

    def _heal(self) -> None:
        try:
            self._world.end()
        except LabError:
            self._ground.heal()
            raise


def _name(remedy: Remedy) -> str:
    return " ".join(str(part) for part in remedy if part is not None)
