"""Recordings of tiny worlds: what the tests of the recorded world play."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from lab.actions import Remedy
from lab.errors import Refused
from lab.recorded import takes
from lab.recorded.recorder import Recorder
from lab.recorded.recording import Provenance, Recording
from lab.recorded.walker import Pace
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, get, load_all
from lab.world import Health, Outcome, World, outcome_of
from tests.unit.tiny_world import TinyWorld

NOWHERE = Provenance(date="2026-01-01", kubernetes="none", commit="none", source="none")
AT_ONCE = Pace(calm=0, every=0, patience=0, linger=0, late=0)


class TinyGround:
    """Judges a tiny world by its own health."""

    def __init__(self, world: World) -> None:
        self._world, self.heals = world, 0
        self.strange: list[list[str]] = []
        """What is outside its bands, at each beginning in turn."""

    def symptoms(self) -> frozenset[str]:
        return frozenset(self._world.health().reasons)

    def glance(self) -> Health:
        return self._world.health()

    def outside(self, scenario: Scenario) -> list[str]:
        return self.strange.pop(0) if self.strange else []

    def do_together(self, remedies: Sequence[Remedy]) -> list[Outcome | Refused]:
        return [outcome_of(self._world, remedy) for remedy in remedies]

    def heal(self) -> None:
        self.heals += 1


def recorder_of(scenario: Scenario, world: World | None = None, **more: object) -> Recorder:
    played = world or TinyWorld()
    return Recorder(scenario, played, TinyGround(played), NOWHERE, pace=AT_ONCE, **more)  # type: ignore[arg-type]


@cache
def recording_of(scenario_id: str) -> Recording:
    return recorder_of(get(scenario_id)).run()


@cache
def tiny_takes() -> Path:
    """A folder with a take of each fault, two of AC-001's."""
    folder = Path(mkdtemp(prefix="takes-"))
    for scenario in load_all().values():
        if scenario.fault_of is None:
            takes.save(recording_of(scenario.id), folder, 1)
    takes.save(recording_of("AC-001"), folder, 2)
    return folder


def recorded_tiny() -> RecordedWorld:
    return RecordedWorld(tiny_takes())
