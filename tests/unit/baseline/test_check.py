"""The proof's steps against a scripted world: what is found, and what a fault in the lab or the answer looks like."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab import scenarios
from lab.errors import LabFault
from lab.live import check
from lab.live.baseline.baseline import HealReport
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.check import Check, band_finding
from lab.scenarios import Band, Scenario
from lab.world import Alert, Health
from tests.unit.tiny_world import TinyWorld


class PromptWorld(TinyWorld):
    """Its alert fires in time."""

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        return replace(super().begin(scenario, seed), duration_minutes=0.2)


class Ground:
    def __init__(self, scenario: Scenario) -> None:
        self.values = {band.query: (band.min + band.max) / 2 for band in scenario.answer.symptoms}
        self.killed = 3
        self.fingerprints: Iterator[Fingerprint] = itertools.repeat(Fingerprint({"objects": "same"}))

    def heal(self) -> HealReport:
        return HealReport((), 0.0, 1)

    def fingerprint(self) -> Fingerprint:
        return next(self.fingerprints)

    def measure(self, promql: str) -> float | None:
        return self.values[promql]

    def endings(self, service: str) -> tuple[int, bool]:
        assert service == "postgres-db"
        return self.killed, True


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTLE_SECONDS", "SYMPTOM_EVERY", "WATCH_SECONDS"):
        monkeypatch.setattr(check, name, 0.01)
    monkeypatch.setattr(check, "SYMPTOM_SECONDS", 0.03)


def _checked(scenario: Scenario, ground: Ground | None = None, world: TinyWorld | None = None) -> check.CheckReport:
    return Check(scenario, world or PromptWorld(), ground or Ground(scenario)).run()


@pytest.mark.parametrize("scenario", scenarios.load_all().values(), ids=lambda scenario: scenario.id)
def test_a_true_incident_passes(scenario: Scenario) -> None:
    report = _checked(scenario)
    assert report.ok, report.rows()
    assert len(report.figures) == len(scenario.answer.symptoms)


def test_every_mending_step_is_left_out_once_and_then_none() -> None:
    scenario = scenarios.get("RP-003")
    steps = [row[1] for row in _checked(scenario).rows()]
    left_out = [f"without {step.id}" for step in scenario.answer.remedy if step.mends]
    assert [step for step in steps if step.startswith("without ")] == left_out
    assert steps[-2:] == ["the whole remedy", "heal, fingerprint"]


def test_a_late_alert_is_found_out() -> None:
    findings = _checked(scenarios.get("AC-001"), world=TinyWorld()).findings
    assert [finding.measured for finding in findings if not finding.ok] == ["Database connections used up after 60.0 s"]


def test_a_step_that_is_not_needed_is_found_out() -> None:
    class Lenient(PromptWorld):
        def health(self) -> Health:
            seen = super().health()
            return Health(len(seen.reasons) <= 1, seen.reasons)

    report = _checked(scenarios.get("RP-002"), world=Lenient())
    assert [finding.step for finding in report.findings if not finding.ok] == [
        "without restore_routes",
        "without roll_back_network",
    ]


def test_a_symptom_outside_its_band_is_found_out() -> None:
    scenario = scenarios.get("AC-001")
    ground = Ground(scenario)
    band = scenario.answer.symptoms[0]
    ground.values[band.query] = band.max + 0.01
    assert [finding.step for finding in _checked(scenario, ground).findings if not finding.ok] == [band.name]


def test_too_few_kills_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = scenarios.get("RCA-001")
    ground = Ground(scenario)
    ground.killed = 2
    brief = scenario.answer.model_copy(update={"kills": scenario.answer.kills.model_copy(update={"seconds": 0.2})})
    found = _checked(scenario.model_copy(update={"answer": brief}), ground).findings
    assert [finding.step for finding in found if not finding.ok] == ["postgres-db is killed"]


def test_another_fingerprint_at_the_end_is_found_out() -> None:
    scenario = scenarios.get("AC-003")
    ground = Ground(scenario)
    ground.fingerprints = iter([Fingerprint({"objects": "one"}), Fingerprint({"objects": "other"})])
    last = _checked(scenario, ground).findings[-1]
    assert (last.ok, last.measured) == (False, "differs in objects")


def test_a_broken_lab_ends_the_proof_and_still_heals() -> None:
    world = TinyWorld(breaks_on=["begin"])
    with pytest.raises(LabFault):
        _checked(scenarios.get("AC-001"), world=world)
    assert world.calls[-1] == "end"


@pytest.mark.parametrize(
    ("values", "ok", "said"),
    [
        ([0.5, 0.6], True, "0.5 to 0.6"),
        ([0.5, 0.91], False, "0.5 to 0.91"),
        ([], False, "nothing measured"),
    ],
)
def test_a_band_holds_for_every_measurement(values: list[float], ok: bool, said: str) -> None:
    finding = band_finding(Band(name="x", query="up", unit="percent", min=0.4, max=0.9), values, 1.0)
    assert (finding.ok, finding.measured) == (ok, said)


@pytest.mark.parametrize(("values", "ok"), [([0.3, 0.6], True), ([0.3, 0.3], False)])
def test_a_band_may_hold_for_the_mean_of_what_is_too_little_by_itself(values: list[float], ok: bool) -> None:
    band = Band(name="x", query="up", unit="percent", min=0.4, max=0.5, judged="mean")
    assert band_finding(band, values, 1.0).ok is ok
