"""The recorder: goes on where it was broken off, heals whatever happens, and keeps damage with its way back."""

from collections import Counter
from dataclasses import replace

import pytest

from lab.actions import Remedy
from lab.errors import Disturbed, LabFault, NotSettled, Refused
from lab.recorded.format import from_bytes, to_bytes
from lab.recorded.graph import Graph
from lab.recorded.provenance import is_stale, source_of
from lab.recorded.recorder import Recorder
from lab.recorded.recording import INCIDENT, Fingerprint, Recording, bits, core_of, marks_of, place_of
from lab.recorded.rehearsal import Model, estimate
from lab.recorded.rules import step
from lab.recorded.tasks import mending, others, pending
from lab.scenarios import Scenario, get
from lab.world import Alert, Health, Outcome
from tests.unit.recorded_kit import AT_ONCE, NOWHERE, TinyGround, recorder_of, recording_of
from tests.unit.tiny_world import FLAGS, TinyWorld

RP = get("RCA-001")
SCALED_AWAY = Remedy("scale_service", "order-service", 0)
BACK = Remedy("scale_service", "order-service", 1)


class Fragile(TinyWorld):
    """Breaks at its n-th remedy."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def do(self, remedy: Remedy) -> Outcome:
        self.left -= 1
        if not self.left:
            raise LabFault("the cluster is gone")
        return super().do(remedy)


class Forgetful(Model):
    """Its services keep three revisions, as Kubernetes keeps ten."""

    def __init__(self) -> None:
        super().__init__(RP, {**FLAGS, "full_history_export": True})
        self._revisions: Counter[str] = Counter()

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        self._revisions.clear()
        return super().begin(scenario, seed)

    def do(self, remedy: Remedy) -> Outcome:
        self._revisions[remedy.target] += remedy.kind == "restart_service"
        if remedy.kind == "rollback_deploy" and self._revisions[remedy.target] > 3:
            return Outcome("its history holds no other release", False)
        return super().do(remedy)


def recorded_model() -> Recording:
    model = Model(RP, {**FLAGS, "full_history_export": True})
    return Recorder(RP, model, model, NOWHERE, pace=AT_ONCE).run()


def test_all_that_is_wanted_is_there() -> None:
    recording = recording_of("RCA-001")
    assert recording.finished
    assert not pending(recording, RP)
    tried = {(core_of(origin), remedy) for origin, remedy in recording.edges}
    assert {(core, remedy) for core in recording.cores for remedy in mending(RP)} <= tried
    healed = next(core for core in recording.cores if recording.health_of(core).healthy)
    assert {(core, remedy) for core in (0, healed) for remedy in others(RP, FLAGS)} <= tried


def test_a_history_that_the_walks_own_restarts_used_up_is_not_written_down() -> None:
    model, said = Forgetful(), list[str]()
    recording = Recorder(RP, model, model, NOWHERE, pace=AT_ONCE, say=said.append).run()
    assert any("put off to another walk" in line for line in said)
    found = [edge.outcome for edge in recording.edges.values() if edge.remedy.kind == "rollback_deploy"]
    assert found
    assert all(outcome and outcome.changed for outcome in found)
    assert not pending(recording, RP)


def test_states_are_those_that_the_key_leads_through() -> None:
    # No flag; flag off; job; database; and then either client, or both.
    assert len(recording_of("RCA-001").cores) == 7
    assert len(recording_of("RCA-002").cores) == 4


@pytest.mark.parametrize(("after", "had"), [(1, 0), (7, 6), (60, 54)])
def test_broken_off_it_goes_on_from_what_it_had(after: int, had: int) -> None:
    kept: list[bytes] = []
    world = Fragile(after)
    with pytest.raises(LabFault, match="gone"):
        recorder_of(RP, world, keep=lambda recording: kept.append(to_bytes(recording))).run()
    assert world.calls[-1] == "end"
    unfinished = from_bytes(kept[-1], "x")
    # Those that were done at once with the one that broke off are not known, nor what is put off to another walk.
    assert len(unfinished.edges) == had
    assert not unfinished.finished
    again = TinyWorld()
    finished = recorder_of(RP, again).run(unfinished)
    assert finished.finished
    assert set(finished.edges) >= set(from_bytes(kept[-1], "x").edges)
    assert {(core_of(o), r) for o, r in finished.edges} == {(core_of(o), r) for o, r in recording_of(RP.id).edges}


def test_where_the_end_fails_the_ground_heals() -> None:
    world = TinyWorld(breaks_on=["end"])
    ground = TinyGround(world)
    with pytest.raises(LabFault):
        Recorder(get("AC-001"), world, ground, NOWHERE, pace=AT_ONCE).run()
    assert ground.heals == 1


def test_a_state_that_does_not_come_again_is_no_recording() -> None:
    other = replace(recording_of("AC-001"), edges={}, finished=False, snapshots=dict(recording_of("AC-001").snapshots))
    odd = Fingerprint(frozenset({"something else"}), frozenset({"something else"}))
    other.snapshots[0] = replace(other.snapshots[0], fingerprint=odd)
    world = TinyWorld()
    with pytest.raises(NotSettled, match="another one than recorded"):
        recorder_of(get("AC-001"), world).run(other)
    assert world.calls.count("begin") == 3


def strange_for(beginnings: int, said: list[str]) -> Recorder:
    world = TinyWorld()
    ground = TinyGround(world)
    ground.strange = [["checkout_failure_ratio is 0.88"]] * beginnings
    return Recorder(get("AC-001"), world, ground, NOWHERE, pace=AT_ONCE, say=said.append)


def test_an_incident_outside_its_bands_is_begun_again() -> None:
    said: list[str] = []
    assert strange_for(1, said).run().finished
    assert sum("begun again" in line for line in said) == 1


def test_an_incident_that_never_is_what_it_should_be_is_not_recorded() -> None:
    said: list[str] = []
    with pytest.raises(NotSettled, match="not what it should be: checkout_failure_ratio"):
        strange_for(3, said).run()
    assert sum("begun again" in line for line in said) == 3


class Visited(TinyWorld):
    """Somebody outside takes a part away, once."""

    def __init__(self) -> None:
        super().__init__()
        self.visits = 1

    def do(self, remedy: Remedy) -> Outcome:
        if self.visits:
            self.visits -= 1
            raise Disturbed("prometheus-1 was taken away")
        return super().do(remedy)


def test_a_walk_that_an_outsider_disturbed_is_begun_again() -> None:
    said: list[str] = []
    assert recorder_of(get("AC-001"), Visited(), say=said.append).run().finished
    assert [line for line in said if "begun again" in line] == ["begun again: prometheus-1 was taken away"]


class Brittle(TinyWorld):
    """A restart of one service, which no step of the key is, does damage."""

    BROKEN = Remedy("restart_service", "redis-session")

    def do(self, remedy: Remedy) -> Outcome:
        outcome = super().do(remedy)
        return replace(outcome, changed=True) if remedy == self.BROKEN else outcome

    def health(self) -> Health:
        found = super().health()
        return (
            replace(found, healthy=False, reasons=(*found.reasons, "sessions are lost"))
            if self.BROKEN in self.calls
            else found
        )

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        self.calls.clear()
        return super().begin(scenario, seed)


def test_what_does_harm_among_some_at_once_is_found_out_one_by_one() -> None:
    said: list[str] = []
    recording = recorder_of(RP, Brittle(), say=said.append).run()
    assert sum("one of these is not harmless: " in line for line in said) == 1
    assert not pending(recording, RP)
    harmful = {recording.marks[bit] for bit in bits(recording.harmful(INCIDENT))}
    assert harmful == {Brittle.BROKEN}


def test_what_is_known_to_do_harm_is_tried_by_itself() -> None:
    said: list[str] = []
    recording = recorder_of(RP, Brittle(), say=said.append, apart=[Brittle.BROKEN]).run()
    assert not any("one of these is not harmless" in line for line in said)
    assert recording.did_harm() == {Brittle.BROKEN}


def test_some_at_once_lead_to_what_one_by_one_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = recording_of(RP.id)
    monkeypatch.setattr("lab.recorded.tasks.TOGETHER", 1)
    one_by_one = recorder_of(RP).run()
    assert at_once.edges.keys() == one_by_one.edges.keys()
    assert at_once.snapshots.keys() == one_by_one.snapshots.keys()


def test_a_refusal_is_recorded_and_played() -> None:
    refused = Remedy("clear_cache", "postgres-db")
    graph = Graph(recorder_of(RP, TinyWorld(refuses=[refused])).run())
    with pytest.raises(Refused, match="as it was told to"):
        step(graph, graph.start, refused)


def test_damage_is_a_state_of_its_own_with_its_way_back() -> None:
    recording = recorded_model()
    damaged = recording.edges[next(key for key in recording.edges if key[1] == SCALED_AWAY)]
    seen = recording.snapshots[damaged.to]
    assert seen.whole
    assert seen.health is not None
    assert "order-service is scaled to 0" in seen.health.reasons
    back = recording.edges[damaged.to, BACK]
    assert not marks_of(recording.plain(back.to)) & recording.bit_of(SCALED_AWAY)


def test_damage_stays_while_the_key_is_done_and_goes_when_it_is_undone() -> None:
    graph = Graph(recorded_model())
    place = step(graph, graph.start, SCALED_AWAY)[1]
    composed = []
    for remedy in mending(RP):
        outcome, place = step(graph, place, remedy)
        composed.append(outcome.composed)
    assert all(composed)
    assert graph.node(place).health.reasons == ("order-service is scaled to 0",)
    assert step(graph, place, BACK)[1] != place
    assert graph.node(step(graph, place, BACK)[1]).health.healthy


def test_a_flag_turned_off_for_nothing_stays_off() -> None:
    graph = Graph(recorded_model())
    place = step(graph, graph.start, Remedy("disable_feature_flag", "gift_wrapping"))[1]
    for remedy in mending(RP):
        place = step(graph, place, remedy)[1]
    node = graph.node(place)
    assert node.flags["gift_wrapping"] is False
    assert node.flags["full_history_export"] is False
    assert node.health == Health(False, ("gift_wrapping is off",), dict.fromkeys(RP.brief.known_services, False))


def test_evidence_of_a_composed_state_was_all_recorded() -> None:
    graph = Graph(recorded_model())
    texts = {id(found) for seen in graph.recording.snapshots.values() for found in seen.evidence.values()}
    place = step(graph, graph.start, SCALED_AWAY)[1]
    place = step(graph, place, mending(RP)[0])[1]
    assert place not in graph.recording.snapshots
    assert {id(found) for found in graph.node(place).evidence.values()} <= texts


def test_a_place_holds_core_and_marks() -> None:
    place = place_of(5, 0b101)
    assert (core_of(place), marks_of(place)) == (5, 0b101)


def test_the_cost_is_told_beforehand() -> None:
    cost = estimate(get("RCA-002"), FLAGS)
    assert cost.begins <= 8
    assert "minutes" in str(cost)
    assert cost.seconds > estimate(get("AC-001"), FLAGS).seconds


def test_a_take_of_other_sources_is_stale() -> None:
    source = source_of(RP)
    assert source is not None
    assert source != source_of(get("RCA-002"))
    assert source == source_of(get("RP-001"))
    recording = recording_of("RCA-001")
    assert is_stale(recording, source)
    assert not is_stale(recording, recording.provenance.source)
    assert not is_stale(recording, None)
