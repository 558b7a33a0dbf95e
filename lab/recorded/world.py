"""The recorded world: an episode's state is one integer, and each answer a look into a dictionary."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lab.actions import Query, Remedy
from lab.errors import LabFault, NotRecorded
from lab.recorded import takes
from lab.recorded.graph import Graph, Node
from lab.recorded.rules import step
from lab.scenarios import Scenario
from lab.world import Alert, Evidence, Health, Outcome


class RecordedWorld:
    """Scenario, seed and `place` are all of it: the same three give the same answers in any process."""

    __slots__ = ("_folder", "_graph", "_node", "place", "scenario", "seed")

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or takes.own_folder()
        self._graph: Graph | None = None
        self._node: Node | None = None
        self.scenario: Scenario | None = None
        self.seed = self.place = 0

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        return self.resume(scenario, seed, None).alert(scenario.brief.title)

    def resume(self, scenario: Scenario, seed: int, place: int | None) -> Graph:
        """Go on from a place that another world of the same scenario and seed has reached."""
        graph = takes.graph_for(self._folder, scenario, seed)
        self.place = graph.start if place is None else place
        self._node = graph.node(self.place)
        self._graph, self.scenario, self.seed = graph, scenario, seed
        return graph

    def fork(self) -> "RecordedWorld":
        """A second world at the same place; from here on each goes its own way."""
        if self.scenario is None:
            raise LabFault(_NOTHING)
        other = RecordedWorld(self._folder)
        other.resume(self.scenario, self.seed, self.place)
        return other

    def look(self, query: Query) -> Evidence:
        node = self._node
        if node is None:
            raise LabFault(_NOTHING)
        found = node.evidence.get(query)
        if found is None:
            raise NotRecorded(f"{query.kind} of {query.service} was not recorded.")
        return found

    def do(self, remedy: Remedy) -> Outcome:
        node, graph = self._node, self._graph
        if node is None or graph is None:
            raise LabFault(_NOTHING)
        found = node.steps.get(remedy)
        if found is None:
            found = node.steps[remedy] = step(graph, self.place, remedy)
        outcome, place = found
        if place != self.place:
            self.place, self._node = place, graph.node(place)
        return outcome

    def health(self) -> Health:
        return self._at().health

    def flags(self) -> Mapping[str, bool]:
        return self._at().flags

    def origin(self) -> Mapping[str, str]:
        """Which take answers, and where that was made: what a third party needs to play the episode again."""
        if self.scenario is None:
            raise LabFault(_NOTHING)
        found = takes.paths(self._folder, takes.recorded_as(self.scenario))
        path = found[self.seed % len(found)]
        made = takes.graph(path).recording.provenance
        return {"take": path.name, "sha256": takes.digest(path.read_bytes()), **asdict(made)}

    def end(self) -> None:
        self._graph = self._node = self.scenario = None

    def _at(self) -> Node:
        if self._node is None:
            raise LabFault(_NOTHING)
        return self._node


_NOTHING = "No incident is going on in the recorded world; begin one first."
