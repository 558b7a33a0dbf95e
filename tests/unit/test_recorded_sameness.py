"""Which states the recorder takes for the same, by symptoms at a limit, by health alone, by a complaint that passes."""

from dataclasses import replace

from lab.recorded.recorder import Recorder
from lab.recorded.recording import Fingerprint, core_of
from lab.recorded.tasks import mending
from lab.scenarios import get
from tests.unit.recorded_kit import AT_ONCE, NOWHERE, TinyGround
from tests.unit.tiny_world import TinyWorld


def test_symptoms_at_the_edge_of_a_limit_are_the_same_state() -> None:
    one = Fingerprint(frozenset({"down"}), frozenset({"down", "slow"}))
    assert one.matches(Fingerprint(frozenset({"down", "slow"}), frozenset({"down", "slow"})))
    assert not one.matches(Fingerprint(frozenset(), frozenset({"slow"})))
    assert not one.matches(Fingerprint(frozenset({"down", "full"}), frozenset({"down", "full"})))


class UnseeingGround(TinyGround):
    """What is wrong shows in measuring windows only: health tells of it, no symptom of the moment does."""

    def symptoms(self) -> frozenset[str]:
        return frozenset()


def test_a_mended_state_is_told_by_its_health_where_no_symptom_tells() -> None:
    world = TinyWorld()
    recording = Recorder(get("AC-002"), world, UnseeingGround(world), NOWHERE, pace=AT_ONCE).run()
    assert [recording.health_of(core).healthy for core in recording.cores] == [False, True]
    mend = mending(get("AC-002"))[0]
    assert core_of(recording.edges[0, mend].to) == 1
    again = {core_of(edge.to) for (origin, remedy), edge in recording.edges.items() if origin and remedy == mend}
    assert again == {1}


class LeavingGround(TinyGround):
    """For a while after the incident a pod that is on its way out still complains."""

    def __init__(self, world: TinyWorld, samples: int) -> None:
        super().__init__(world)
        self.left = samples

    def symptoms(self) -> frozenset[str]:
        found = super().symptoms()
        if found or not self.left:
            return found
        self.left -= 1
        return frozenset({"an old pod complains"})


def test_a_complaint_that_passes_is_not_taken_for_a_state() -> None:
    world = TinyWorld()
    ground = LeavingGround(world, samples=5)
    pace = replace(AT_ONCE, linger=0.2)
    recording = Recorder(get("AC-001"), world, ground, NOWHERE, pace=pace).run()
    healed = recording.snapshots[1]
    assert (recording.cores, healed.fingerprint.ever, recording.health_of(1).healthy) == ([0, 1], frozenset(), True)
