"""What shows late is waited for, and what was found harmless can be tried again."""

from dataclasses import replace

from lab.actions import Remedy
from lab.recorded.doubt import doubted
from lab.recorded.recorder import Recorder
from lab.recorded.recording import Recording, core_of
from lab.recorded.tasks import pending
from lab.scenarios import Scenario, get
from lab.world import Alert, Health, Outcome
from tests.unit.recorded_kit import AT_ONCE, NOWHERE, TinyGround
from tests.unit.tiny_world import TinyWorld

RP = get("RCA-001")


class Slow(TinyWorld):
    """What a rotation of credentials does shows only after some looks at the symptoms."""

    patience = 2

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        self.rotated: int | None = None
        return super().begin(scenario, seed)

    def do(self, remedy: Remedy) -> Outcome:
        outcome = super().do(remedy)
        if remedy != ROTATION:
            return outcome
        self.rotated = self.patience
        return replace(outcome, changed=True)

    def health(self) -> Health:
        found = super().health()
        if self.rotated is None or self.rotated:
            self.rotated = self.rotated and self.rotated - 1
            return found
        return replace(found, healthy=False, reasons=(*found.reasons, "The database refuses the logins of a service."))


ROTATION = Remedy("execute_runbook_step", "trigger_credential_rotation")


def rotations_of(recording: Recording) -> dict[int, bool]:
    """For each state that it was tried in, whether it was seen to change a symptom."""
    tried = [edge for edge in recording.edges.values() if edge.remedy == ROTATION]
    return {core_of(edge.origin): recording.snapshots[edge.to].whole for edge in tried}


def recorded_slow(world: Slow, recording: Recording | None = None) -> Recording:
    return Recorder(RP, world, TinyGround(world), NOWHERE, pace=AT_ONCE).run(recording)


def test_what_was_found_harmless_can_be_doubted() -> None:
    """An effect that comes later than the recorder watches is laid to what is done next."""
    hasty = Slow()
    hasty.patience = 40
    wrong = recorded_slow(hasty)
    assert not all(rotations_of(wrong).values())

    unfinished = doubted(wrong, ROTATION.target)
    assert not unfinished.finished
    assert len(unfinished.edges) < len(wrong.edges)
    quick = Slow()
    quick.patience = 0
    right = recorded_slow(quick, unfinished)
    assert all(rotations_of(right).values())
    assert not pending(right, RP)


def test_what_shows_late_is_waited_for() -> None:
    slow = Slow()
    watched = Recorder(RP, slow, TinyGround(slow), NOWHERE, pace=replace(AT_ONCE, late=0.02)).run()
    assert all(rotations_of(watched).values())
