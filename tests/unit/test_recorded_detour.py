"""A remedy that the key does not name may lead to a state of the key; what it did to its target is seen there."""

from dataclasses import replace

from lab.actions import Query, Remedy
from lab.recorded.graph import Graph
from lab.recorded.recording import Edge, core_of
from lab.recorded.rules import step
from lab.scenarios import get
from lab.world import Evidence, Outcome
from tests.unit.recorded_kit import recorder_of
from tests.unit.tiny_world import TinyWorld

INCIDENT = get("RCA-003")
DETOUR, KEY = Remedy("restart_service", "config-service"), Remedy("rollback_deploy", "config-service")
HISTORY = Query("check_recent_deploys", "config-service")


class Detour(TinyWorld):
    """What a step of the key does, a restart does as well."""

    def do(self, remedy: Remedy) -> Outcome:
        return replace(super().do(KEY), text="tiny world: restarted") if remedy == DETOUR else super().do(remedy)


def shown_after(graph: Graph, remedy: Remedy) -> Evidence:
    _, place = step(graph, 0, remedy)
    return graph.node(place).evidence[HISTORY]


def from_the_incident(graph: Graph, remedy: Remedy) -> Edge:
    return graph.recording.edges[0, remedy]


def test_another_way_to_a_state_of_the_key_shows_what_it_did() -> None:
    graph = Graph(recorder_of(INCIDENT, Detour()).run())
    by_key, around = from_the_incident(graph, KEY), from_the_incident(graph, DETOUR)
    assert core_of(by_key.to) == core_of(around.to) != 0
    assert shown_after(graph, KEY) == graph.node(core_of(by_key.to)).evidence[HISTORY]
    assert shown_after(graph, DETOUR) != shown_after(graph, KEY)
    assert graph.healthy(around.to) == graph.healthy(by_key.to)
