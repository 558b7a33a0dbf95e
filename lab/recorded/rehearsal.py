"""What a recording will cost, found by rehearsing it: the recorder plays a model, and its steps are counted.

The model knows only the key's order and what scaling and flags do; what it answers is never written down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.actions import MEASURING_STEPS, Query, Remedy
from lab.errors import Refused
from lab.recorded.recorder import Recorder
from lab.recorded.recording import LASTING, Provenance, Recording
from lab.recorded.tasks import mending
from lab.recorded.walker import Pace
from lab.scenarios import Scenario
from lab.world import Alert, Evidence, Health, Outcome, outcome_of

# Seconds, seen on two cores: heal, fault and alert; a remedy with its windows; a measuring step while the shop is ill;
# a look; a health that is watched.
BEGIN, REMEDY, UNCHANGED, MEASURE, LOOK, HEALTH = 25.0, 7.0, 3.5, 4.0, 0.06, 6.0
# Of the time that some remedies would take one after the other.
SIDE_BY_SIDE = 0.5
USUAL = 1


@dataclass(frozen=True, slots=True)
class Cost:
    begins: int
    remedies: int
    looks: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"about {self.begins} beginnings, {self.remedies} remedies and {self.looks} looks: "
            f"{self.seconds / 60:.0f} minutes"
        )


def estimate(scenario: Scenario, flags: Mapping[str, bool]) -> Cost:
    model = Model(scenario, flags)
    nobody = Provenance("", "", "", "")
    recorder = Recorder(scenario, model, model, nobody, pace=Pace(0, 0, 0, 0, 0))
    recording: Recording = recorder.run()
    assert recording.finished
    return Cost(recorder.begins, model.remedies, model.looked, model.seconds + BEGIN * recorder.begins)


class Model:
    def __init__(self, scenario: Scenario, flags: Mapping[str, bool]) -> None:
        self._scenario, self._usual = scenario, dict(flags)
        self.remedies = self.looked = 0
        self.seconds = 0.0
        self._reset()

    def _reset(self) -> None:
        self._done: set[str] = set()
        self._scale: dict[str, int] = {}
        self._off: set[str] = set()

    def begin(self, scenario: Scenario, seed: int) -> Alert:  # noqa: ARG002
        self._reset()
        return Alert("", scenario.brief.title, "", (), (), 0, 0, 0)

    def look(self, query: Query) -> Evidence:  # noqa: ARG002
        self.looked += 1
        self.seconds += LOOK
        return Evidence("")

    def do(self, remedy: Remedy) -> Outcome:
        self.remedies += 1
        changed = self._changes(remedy)
        self.seconds += self._price(remedy, changed)
        return Outcome("", changed)

    def health(self) -> Health:
        self.seconds += HEALTH
        return self.glance()

    def glance(self) -> Health:
        reasons = tuple(sorted(self.symptoms()))
        return Health(not reasons, reasons, dict.fromkeys(self._scenario.brief.known_services, not reasons))

    def symptoms(self) -> frozenset[str]:
        missing = {step.id for step in self._scenario.answer.remedy if step.mends} - self._done
        scaled = {f"{service} is scaled to {count}" for service, count in self._scale.items() if count < USUAL}
        return frozenset(missing | scaled | {f"{flag} is off" for flag in self._off})

    def outside(self, scenario: Scenario) -> list[str]:  # noqa: ARG002
        return []

    def do_together(self, remedies: Sequence[Remedy]) -> list[Outcome | Refused]:
        """Watched once; pods that start side by side take longer than one does."""
        before = self.seconds
        outcomes = [outcome_of(self, remedy) for remedy in remedies]
        self.seconds = before + (self.seconds - before) * SIDE_BY_SIDE
        return outcomes

    def flags(self) -> Mapping[str, bool]:
        done = [step.target for step in self._scenario.answer.remedy if step.id in self._done and not step.on_service]
        return self._usual | {flag: False for flag in (*self._off, *done) if flag in self._usual}

    def end(self) -> None:
        self._reset()

    def heal(self) -> None:
        self._reset()

    def _changes(self, remedy: Remedy) -> bool:
        if remedy in mending(self._scenario):
            return self._mend(remedy) or remedy.kind not in LASTING
        if remedy.kind == "scale_service":
            self._scale[remedy.target] = remedy.replicas or 0
        if remedy.kind == "disable_feature_flag" and self._usual[remedy.target]:
            self._off.add(remedy.target)
            return True
        return remedy.kind not in ("clear_cache", "disable_feature_flag") and remedy.target not in MEASURING_STEPS

    def _mend(self, remedy: Remedy) -> bool:
        before = len(self._done)
        for step in self._scenario.answer.remedy:
            if step.remedy == remedy and set(step.after) <= self._done:
                self._done.add(step.id)
        return len(self._done) > before

    def _price(self, remedy: Remedy, changed: bool) -> float:
        if remedy.target in MEASURING_STEPS:
            return MEASURE if self.symptoms() else 2.0
        return REMEDY if changed else UNCHANGED
