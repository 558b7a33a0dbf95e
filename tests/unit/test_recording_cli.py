"""`lab record`, `lab fidelity` and the doctor's line on takes, over a tiny world instead of a cluster."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lab.actions import Query, Remedy
from lab.cli.main import app
from lab.errors import LabFault, Refused, Unknown
from lab.recorded import stock, takes
from lab.recorded.doubt import doubted
from lab.recorded.format import from_bytes, to_bytes
from lab.recorded.provenance import source_of
from lab.recorded.recording import Recording
from lab.scenarios import Scenario, get, load_all
from lab.world import Evidence, Health, Outcome, outcome_of
from tests.unit.recorded_kit import AT_ONCE, recording_of, tiny_takes
from tests.unit.tiny_world import TinyWorld


class Glancing(TinyWorld):
    """A tiny world that is its own ground, as the live one is."""

    left = 10**9

    def symptoms(self) -> frozenset[str]:
        return frozenset(self.health().reasons)

    def glance(self) -> Health:
        return self.health()

    def outside(self, scenario: Scenario) -> list[str]:
        return []

    def do_together(self, remedies: Sequence[Remedy]) -> list[Outcome | Refused]:
        return [outcome_of(self, remedy) for remedy in remedies]

    def heal(self) -> None:
        return None

    def kubernetes_version(self) -> str:
        return "v0.0.0"

    def do(self, remedy: Remedy) -> Outcome:
        Glancing.left -= 1
        if not Glancing.left:
            raise LabFault("the cluster is gone")
        return super().do(remedy)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    monkeypatch.setenv("LAB_TAKES", str(tmp_path / "takes"))
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("lab.live.glance.GlancingWorld", Glancing)
    monkeypatch.setattr("lab.live.world.LiveWorld", TinyWorld)
    monkeypatch.setattr("lab.recorded.recorder.Pace", lambda: AT_ONCE)
    monkeypatch.setattr(Glancing, "left", 10**9)
    takes.paths.cache_clear()
    takes.graph.cache_clear()
    (tmp_path / "takes").mkdir()
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture
def quick_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were no incidents but these, whose takes are short."""
    monkeypatch.setattr("lab.recorded.stock.faults", lambda: [get(f"AC-00{n}") for n in (1, 2, 3)])


def written(tmp_path: Path) -> list[str]:
    return takes.take_names(tmp_path / "takes")


def fresh(scenario_id: str) -> Recording:
    """As if it had been made from the sources of this commit."""
    recording, source = recording_of(scenario_id), source_of(get(scenario_id))
    assert source is not None
    return replace(recording, provenance=replace(recording.provenance, source=source))


def test_a_take_is_written_with_where_it_comes_from(lab: Callable[..., Result], tmp_path: Path) -> None:
    done = lab("record", "ac-001")
    assert (done.exit_code, written(tmp_path)) == (0, ["AC-001.1.take.gz"])
    made = takes.load(tmp_path / "takes" / "AC-001.1.take.gz").provenance
    assert (made.kubernetes, made.source, len(made.commit)) == ("v0.0.0", source_of(get("AC-001")), 40)
    assert "is written" in done.stderr


def test_one_that_shares_its_fault_records_the_others(lab: Callable[..., Result], tmp_path: Path) -> None:
    done = lab("record", "RP-002")
    assert (done.exit_code, written(tmp_path)) == (0, ["RCA-002.1.take.gz"])
    assert "RP-002 has the fault of RCA-002" in done.stderr


def test_what_is_not_stale_is_kept_unless_asked_for_anew(lab: Callable[..., Result], tmp_path: Path) -> None:
    path = takes.save(fresh("AC-001"), tmp_path / "takes", 1)
    before = path.read_bytes()
    assert "is not stale" in lab("record", "AC-001").stderr
    assert path.read_bytes() == before
    assert lab("record", "AC-001", "--anew").exit_code == 0
    assert path.read_bytes() != before


def test_of_a_take_only_what_is_doubted_is_tried_again(lab: Callable[..., Result], tmp_path: Path) -> None:
    before = fresh("RCA-002")
    path = takes.save(before, tmp_path / "takes", 1)
    done = lab("record", "RCA-002", "--doubt", "webp_pictures")
    assert done.exit_code == 0, done.stderr
    kept = len(doubted(before, "webp_pictures").edges)
    assert kept < len(before.edges)
    assert f"Going on with {kept} remedies" in done.stderr
    assert len(takes.load(path).edges) >= len(before.edges)


def test_a_stale_one_is_made_anew(lab: Callable[..., Result], tmp_path: Path) -> None:
    path = takes.save(recording_of("AC-001"), tmp_path / "takes", 1)
    assert lab("record", "AC-001").exit_code == 0
    assert takes.load(path).provenance.source == source_of(get("AC-001"))


@pytest.mark.parametrize("name", ["AC-001.1.take.gz", "AC-001.1.unfinished.gz"])
def test_what_cannot_be_read_does_not_stand_in_its_own_way(
    lab: Callable[..., Result], tmp_path: Path, name: str
) -> None:
    (tmp_path / "takes" / name).write_bytes(b"half a take")
    done = lab("record", "AC-001")
    assert (done.exit_code, written(tmp_path)) == (0, ["AC-001.1.take.gz"])
    assert name in done.stderr
    assert takes.load(tmp_path / "takes" / "AC-001.1.take.gz").finished


def test_to_doubt_what_is_not_there_is_to_record_it(lab: Callable[..., Result], tmp_path: Path) -> None:
    assert lab("record", "AC-001", "--doubt", "webp_pictures").exit_code == 0
    assert written(tmp_path) == ["AC-001.1.take.gz"]


@pytest.mark.usefixtures("quick_ones")
def test_without_an_id_all_that_are_stale_or_missing_are_made(lab: Callable[..., Result], tmp_path: Path) -> None:
    takes.save(fresh("AC-001"), tmp_path / "takes", 1)
    for number in (1, 2):
        takes.save(recording_of("AC-002"), tmp_path / "takes", number)
    done = lab("record")
    assert done.exit_code == 0
    assert "Take 1 of AC-001 is not stale" in done.stderr
    assert stock.stock(tmp_path / "takes") == stock.Stock(written(tmp_path), [], [])
    assert {"AC-002.2.take.gz", "AC-003.1.take.gz"} <= set(written(tmp_path))


def test_broken_off_it_goes_on(lab: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Glancing, "left", 20)
    assert isinstance(lab("record", "RCA-002").exception, LabFault)
    unfinished = tmp_path / "takes" / "RCA-002.1.unfinished.gz"
    assert len(from_bytes(unfinished.read_bytes(), "x").edges) == 19
    assert written(tmp_path) == []
    monkeypatch.setattr(Glancing, "left", 10**9)
    done = lab("record", "RCA-002")
    assert "Going on with 19 remedies" in done.stderr
    assert (done.exit_code, written(tmp_path), unfinished.exists()) == (0, ["RCA-002.1.take.gz"], False)


def test_terminated_it_heals_and_can_go_on(
    lab: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healed: list[bool] = []

    def terminated(_world: Glancing, _remedy: Remedy) -> Outcome:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal came too late")

    monkeypatch.setattr(Glancing, "do", terminated)
    monkeypatch.setattr(Glancing, "end", lambda _world: healed.append(True))
    before = signal.getsignal(signal.SIGTERM)
    assert lab("record", "RCA-002").exit_code == 130
    assert healed
    assert (tmp_path / "takes" / "RCA-002.1.unfinished.gz").exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_was_begun_before_the_shop_changed_is_left(lab: Callable[..., Result], tmp_path: Path) -> None:
    left = tmp_path / "takes" / "AC-001.1.unfinished.gz"
    left.write_bytes(to_bytes(replace(recording_of("AC-001"), finished=False)))
    assert "before the shop changed is left" in lab("record", "AC-001").stderr


@pytest.mark.usefixtures("quick_ones")
@pytest.mark.parametrize("words", [("record", "AC-003", "--plan"), ("record", "--plan")])
def test_the_plan_costs_nothing(lab: Callable[..., Result], tmp_path: Path, words: tuple[str, ...]) -> None:
    done = lab(*words)
    assert (done.exit_code, written(tmp_path)) == (0, [])
    assert "AC-003, one take: about" in done.stderr


def test_an_unknown_id_is_a_sentence(lab: Callable[..., Result]) -> None:
    unknown = lab("record", "RCA-009").exception
    assert isinstance(unknown, Unknown)
    assert "RCA-001" in str(unknown)
    assert unknown.exit_code == 2


def told(done: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_fidelity_tells_each_script_and_whether_all_are_good(
    lab: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_TAKES", str(tiny_takes()))
    done = lab("fidelity", "RP-001", "--json")
    names = ["gold", "nothing", "wanderer 1", "wanderer 2", "wanderer 3"]
    assert [one["script"] for one in told(done)] == names
    assert all(one["good"] for one in told(done))
    assert done.exit_code == 0
    assert "wanderer 3" in lab("fidelity", "RP-001").stdout


def test_fidelity_that_is_not_good_ends_with_one(lab: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TAKES", str(tiny_takes()))
    monkeypatch.setattr("lab.live.world.LiveWorld", lambda: TinyWorld(breaks_on=["health"]))
    done = lab("fidelity", "RP-001", "--json")
    assert done.exit_code == 1
    assert told(done)[0]["void"].startswith("live:")


def test_marks_that_seldom_agree_end_with_one(lab: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    class Marked(TinyWorld):
        def look(self, query: Query) -> Evidence:
            return replace(super().look(query), abnormal=("figure",))

    monkeypatch.setenv("LAB_TAKES", str(tiny_takes()))
    monkeypatch.setattr("lab.live.world.LiveWorld", Marked)
    done = lab("fidelity", "RP-001", "--json")
    assert done.exit_code == 1
    assert all(one["good"] for one in told(done))
    assert "RP-001: 0.0% of the marks agree; 95% or more are wanted" in done.stderr


class TestStock:
    def test_nothing_is_there(self, tmp_path: Path) -> None:
        found = stock.finding(tmp_path)
        assert (found.verdict, "none of: AC-001, AC-002" in found.says) == ("poor", True)

    def test_all_is_there_and_stale(self) -> None:
        found = stock.finding(tiny_takes())
        assert found.verdict == "poor"
        assert "7 takes of 6 of 6 incidents; stale: AC-001.1.take.gz, AC-001.2.take.gz" in found.says

    def test_all_is_there_and_made_from_this_commit(self, tmp_path: Path) -> None:
        for scenario in stock.faults():
            takes.save(fresh(scenario.id), tmp_path, 1)
        assert stock.finding(tmp_path) == stock.Finding(
            "recordings", "good", "6 takes of 6 of 6 incidents; none is stale."
        )

    def test_a_damaged_one_is_told(self, tmp_path: Path) -> None:
        takes.save(fresh("AC-001"), tmp_path, 1).write_bytes(b"")
        found = stock.finding(tmp_path)
        assert (found.verdict, "AC-001.1.take.gz" in found.says) == ("poor", True)

    def test_each_fault_is_recorded_once(self) -> None:
        assert {takes.recorded_as(scenario) for scenario in load_all().values()} == {one.id for one in stock.faults()}
