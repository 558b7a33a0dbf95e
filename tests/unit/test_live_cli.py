"""`lab inject`, `lab heal` and `lab check`, with the cluster replaced by what they are to ask of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lab.cli.main import app
from lab.cluster import lock, up
from lab.cluster.lock import Hold
from lab.errors import LabFault, Missing
from lab.live import check as proof
from lab.live import place, world
from lab.live.baseline import baseline
from lab.live.baseline.baseline import HealReport
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.baseline.values import Difference
from lab.live.findings import CheckReport, Finding
from lab.scenarios import Scenario
from tests.unit.tiny_world import TinyWorld


class Healed:
    def __enter__(self) -> "Healed":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def heal(self) -> HealReport:
        return HealReport((Difference("pod", "auth-1", "has restarted 2 times"),), 7.25, 3)

    def fingerprint(self) -> Fingerprint:
        return Fingerprint({"objects": "same"})


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lock, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(LabCluster, "own", classmethod(lambda _: Healed()))
    monkeypatch.setattr(baseline, "of_own_cluster", lambda _: Healed())
    monkeypatch.setattr(place, "own_place", lambda: None)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> TinyWorld:
    made = TinyWorld()
    monkeypatch.setattr(world, "LiveWorld", lambda *_: made)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_heal_tells_what_differed_and_how_long_it_took() -> None:
    found = run("heal")
    assert found.exit_code == 0
    assert "differed: pod auth-1: has restarted 2 times" in found.output
    assert f"equal to the baseline ({Healed().fingerprint().digest[:12]}) after 7.2 s." in found.output


def test_a_heal_told_to_a_program() -> None:
    assert json.loads(run("heal", "--json").stdout) == {
        "seconds": 7.25,
        "found": ["pod auth-1: has restarted 2 times"],
        "fingerprint": Healed().fingerprint().digest,
    }


def test_a_heal_leaves_a_cluster_alone_that_somebody_plays_on() -> None:
    player = Hold()
    player.take()
    try:
        refused = run("heal").exception
    finally:
        player.give_back()
    assert isinstance(refused, Missing)
    assert str(refused).startswith("Another episode has the cluster (process ")
    assert run("heal").exit_code == 0


def test_nothing_is_brought_up_beside_an_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "run_steps", lambda *_: pytest.fail("the shop was touched"))
    with Hold(), pytest.raises(Missing, match="Another episode has the cluster"):
        up.bring_up()


def test_an_injection_tells_its_alert(tiny: TinyWorld) -> None:
    found = run("inject", "rca-001")
    assert found.exit_code == 0
    assert tiny.calls == ["begin"]
    assert tiny.scenario is not None
    assert tiny.scenario.brief.title in found.output


def test_an_unknown_incident_is_refused_before_anything_is_touched(tiny: TinyWorld) -> None:
    refused = run("inject", "RCA-009").exception
    assert str(refused).startswith("There is no scenario 'RCA-009'; accepted: AC-001")
    assert tiny.calls == []


def test_an_injection_that_fails_says_why(tiny: TinyWorld) -> None:
    tiny.breaks_on = ["begin"]
    assert isinstance(run("inject", "RCA-001").exception, LabFault)


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_a_proof_ends_with_its_answer(monkeypatch: pytest.MonkeyPatch, ok: bool, code: int) -> None:
    def checked(scenario: Scenario, watch: Any, *, remedies: bool) -> CheckReport:
        finding = Finding("edge_hit_ratio", "0 to 0.1", "0.2 to 0.3", ok, 1.0)
        watch(finding)
        assert remedies
        return CheckReport(scenario.id, (finding,), {"edge_hit_ratio": [0.2, 0.3]})

    monkeypatch.setattr(proof, "checked", checked)
    found, told = run("check", "AC-002"), run("check", "AC-002", "--json")
    assert (found.exit_code, told.exit_code) == (code, code)
    assert "edge_hit_ratio" in found.output
    told_json = json.loads(told.stdout)
    assert told_json["ok"] is ok
    assert told_json["findings"][0]["measured"] == "0.2 to 0.3"
