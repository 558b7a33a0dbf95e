"""The proof's steps against a scripted world: what is found, and what a fault in the lab or the answer looks like."""

import itertools
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from lab import scenarios
from lab.actions import Remedy
from lab.errors import LabFault
from lab.live import check
from lab.live.baseline.baseline import HealReport
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.check import HEALTHY_SECONDS, HEALTHY_SETTLE_SECONDS, HEALTHY_SHARE, Check
from lab.live.findings import CheckReport, Endings, Reached
from lab.scenarios import Scenario
from lab.world import Alert, Health, Outcome
from microservices.cdn_edge.cache import lifetime
from microservices.cdn_edge.settings import Settings as Edge
from tests.unit.tiny_world import TinyWorld

SAMPLES = 3


class PromptWorld(TinyWorld):
    """Its alert fires in time."""

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        return replace(super().begin(scenario, seed), duration_minutes=0.2)


class Ground:
    def __init__(self, scenario: Scenario) -> None:
        self.values = {band.query: (band.min + band.max) / 2 for band in scenario.answer.symptoms}
        self.usual = {band.query: SAMPLES * [band.min / 10] for band in scenario.answer.symptoms if band.times_healthy}
        self.kills = 3
        self.reaches = {"az-1": Reached(5, 5), "az-2": Reached(0, 5), "az-3": Reached(0, 5)}
        self.fingerprints: Iterator[Fingerprint] = itertools.repeat(Fingerprint({"objects": "same"}))

    def heal(self) -> HealReport:
        return HealReport((), 0.0, 1)

    def fingerprint(self) -> Fingerprint:
        return next(self.fingerprints)

    def measure(self, promql: str) -> float | None:
        return self.usual[promql].pop() if self.usual.get(promql) else self.values[promql]

    def endings(self, service: str) -> Endings:
        assert service == "postgres-db"
        return Endings(self.kills * (time.time(),), backs_off=True)

    def connections(self, service: str, into: str) -> Mapping[str, Reached]:
        assert (service, into) == ("order-service", "az-1")
        return self.reaches


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTLE_SECONDS", "HEALTHY_SETTLE_SECONDS", "SYMPTOM_EVERY", "WATCH_SECONDS"):
        monkeypatch.setattr(check, name, 0.01)
    for name in ("SYMPTOM_SECONDS", "HEALTHY_SECONDS"):
        monkeypatch.setattr(check, name, SAMPLES * check.SYMPTOM_EVERY)


def _checked(scenario: Scenario, ground: Ground | None = None, world: TinyWorld | None = None) -> CheckReport:
    return Check(scenario, world or PromptWorld(), ground or Ground(scenario)).run()


@pytest.mark.parametrize("scenario", scenarios.load_all().values(), ids=lambda scenario: scenario.id)
def test_a_true_incident_passes(scenario: Scenario) -> None:
    report = _checked(scenario)
    assert report.ok, report.rows()
    assert {band.name for band in scenario.answer.symptoms} <= report.figures.keys()


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


def test_a_step_that_did_nothing_proves_nothing() -> None:
    """Without the restart of the routes, the shop stays sick by itself, whichever step is left out beside it."""

    class Deaf(PromptWorld):
        def do(self, remedy: Remedy) -> Outcome:
            if remedy.kind == "execute_runbook_step":
                return Outcome("Nothing was done.", changed=False)
            return super().do(remedy)

    report = _checked(scenarios.get("RP-002"), world=Deaf())
    found = {finding.step: finding.measured for finding in report.findings if not finding.ok}
    assert found.keys() == {"without roll_back_network", "the whole remedy"}
    assert found["without roll_back_network"].startswith("restore_routes did nothing; ")


def test_a_symptom_outside_its_band_is_found_out() -> None:
    scenario = scenarios.get("AC-001")
    ground = Ground(scenario)
    band = scenario.answer.symptoms[0]
    ground.values[band.query] = band.max + 0.01
    assert [finding.step for finding in _checked(scenario, ground).findings if not finding.ok] == [band.name]


def test_too_few_kills_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = scenarios.get("RCA-001")
    ground = Ground(scenario)
    ground.kills = 2
    brief = scenario.answer.model_copy(update={"kills": scenario.answer.kills.model_copy(update={"seconds": 0.2})})
    found = _checked(scenario.model_copy(update={"answer": brief}), ground).findings
    assert [finding.step for finding in found if not finding.ok] == ["postgres-db is killed"]


def test_a_page_that_was_slow_before_is_found_out() -> None:
    scenario = scenarios.get("AC-002")
    ground = Ground(scenario)
    ground.usual = {query: SAMPLES * [2.0] for query in ground.usual}
    bad = [finding for finding in _checked(scenario, ground).findings if not finding.ok]
    assert [finding.step for finding in bad] == ["page_seconds_p95_over_30_seconds, times the healthy one"]


def test_a_healthy_shop_whose_pictures_are_just_drawn_anew_is_compared_as_it_is_at_rest() -> None:
    scenario = scenarios.get("AC-002")
    ground = Ground(scenario)
    ground.usual = {query: [2.0, 2.0, *usual[2:]] for query, usual in ground.usual.items()}
    report = _checked(scenario, ground)
    assert report.ok, report.rows()


def test_what_expires_together_is_drawn_within_what_is_read_and_leaves_some_rest() -> None:
    bands = [band for scenario in scenarios.load_all().values() for band in scenario.answer.symptoms]
    compared = [band.query for band in bands if band.times_healthy]
    windows = [[float(seconds) for seconds in re.findall(r"\[(\d+)s\]", query)] for query in compared]
    assert windows
    assert all(windows)
    longest = max(itertools.chain(*windows))
    assert longest <= HEALTHY_SETTLE_SECONDS
    kept = Edge().ttl_seconds
    lifetimes = [lifetime(f"/images/{number}", kept) for number in range(1000)]
    assert max(lifetimes) - min(lifetimes) + longest < HEALTHY_SECONDS * (1 - HEALTHY_SHARE)


def test_a_connection_into_a_zone_that_is_cut_off_is_found_out() -> None:
    scenario = scenarios.get("RCA-002")
    ground = Ground(scenario)
    ground.reaches["az-3"] = Reached(1, 5)
    bad = [finding for finding in _checked(scenario, ground).findings if not finding.ok]
    assert [(finding.step, finding.measured) for finding in bad] == [
        ("new connections into az-1", "az-1: 5 of 5; az-2: 0 of 5; az-3: 1 of 5")
    ]


def test_a_remedy_that_mends_too_late_is_found_out() -> None:
    """A look at health takes its time; one that was begun in time may end long after."""
    now = itertools.count(0.0, 1000.0)
    report = Check(scenarios.get("RP-002"), PromptWorld(), Ground(scenarios.get("RP-002")), lambda: next(now)).run()
    (late,) = [finding for finding in report.findings if finding.step == "the whole remedy"]
    assert not late.ok
    assert late.measured.startswith("healthy after ")


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
