"""From the page to the report, served and by hand; and the world is put back however it ends."""

import io
import signal
import socket
from pathlib import Path

import httpx
import pytest

from lab import scenarios
from lab.actions import Query
from lab.baseline_agent.client import Action, Environment, EnvironmentFailed
from lab.errors import LabFault, Missing, Usage
from lab.play.door import what_failed
from lab.play.readiness import Means, ready
from lab.play.serving import bound, is_loopback, serving
from lab.play.sitting import BASELINE, PERSON, by_hand, must_not_be_void, served
from lab.report.trajectory import Trajectory
from lab.scenarios import Scenario
from lab.world import Alert, Evidence
from tests.unit.server_kit import TinySource
from tests.unit.tiny_world import TinyWorld

RCA = scenarios.get("RCA-001")
NOTHING = io.StringIO()


class InterruptedWorld(TinyWorld):
    """Somebody presses Ctrl-C while it answers."""

    def look(self, query: Query) -> Evidence:
        self.calls.append(query)
        raise KeyboardInterrupt


def trajectory_in(runs: Path) -> Trajectory:
    (file,) = runs.glob("*/trajectory.jsonl")
    return Trajectory.read(file)


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("name", ["AC-001", "RCA-002", "RP-003"])
def test_the_baseline_plays_over_the_api_to_a_score_and_a_report(
    name: str, exclusive: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = TinySource(exclusive=exclusive)
    grade = served(source, scenarios.get(name), 0, BASELINE, tmp_path, NOTHING)
    assert grade["verdict"] == "scored"
    out = capsys.readouterr().out
    trajectory = trajectory_in(tmp_path)
    assert out.count("  | ") == len(trajectory.steps) == grade["steps_used"]
    assert f"Report: {tmp_path}" in out
    assert trajectory.ending is not None
    assert trajectory.ending.grade == grade
    assert source.ends() == [1], "the world is put back, once"


def test_a_person_plays_from_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = TinySource(exclusive=True)
    typed = io.StringIO("hint\nquery_logs postgres-db\nsubmit_root_cause analytics-service an unbounded export query\n")
    grade = by_hand(source, RCA, tmp_path, lines=typed)
    assert grade["total"] > 0.5
    out = capsys.readouterr().out
    assert "Score: 0." in out
    assert "What really happened: analytics-service is at fault." in out
    assert source.ends() == [1]
    assert len(trajectory_in(tmp_path).hints) == 1


def test_who_leaves_is_told_the_cause_and_has_no_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grade = served(TinySource(), RCA, 0, PERSON, tmp_path, io.StringIO("quit\n"))
    assert grade["verdict"] == "running"
    assert "it has no score" in capsys.readouterr().out


def test_ctrl_c_leaves_the_world_put_back_and_the_report_written(tmp_path: Path) -> None:
    source = TinySource(InterruptedWorld, exclusive=True)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        by_hand(source, RCA, tmp_path, lines=io.StringIO("query_logs postgres-db\n"))
    assert source.ends() == [1]
    assert trajectory_in(tmp_path).ending is None
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize("player", [PERSON, BASELINE])
def test_a_world_that_never_comes_to_its_incident_is_a_lab_fault(player: str, tmp_path: Path) -> None:
    with pytest.raises(LabFault, match="the tiny world broke"):
        served(TinySource(lambda: TinyWorld(breaks_on=["begin"])), RCA, 0, player, tmp_path, NOTHING)
    assert [file.name for file in tmp_path.iterdir()] == ["server.log"], "there is no episode to report of"
    assert "the tiny world broke" in (tmp_path / "server.log").read_text(encoding="utf-8")


class TakenWorld(TinyWorld):
    """Somebody else's episode has the cluster."""

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        raise Missing("Another episode has the cluster (process 7); end it first.")


@pytest.mark.parametrize("player", [PERSON, BASELINE])
def test_a_cluster_that_another_has_is_something_missing_and_nothing_is_healed(
    player: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Missing, match="process 7"):
        served(TinySource(TakenWorld, exclusive=True), RCA, 0, player, tmp_path, NOTHING)
    with pytest.raises(Missing, match="process 7"):
        by_hand(TinySource(TakenWorld, exclusive=True), RCA, tmp_path, lines=NOTHING)
    assert "Healing" not in capsys.readouterr().err


def test_a_cluster_that_is_made_ready_for_another_client_is_something_missing() -> None:
    taken = what_failed(EnvironmentFailed(409, "The one cluster is being made ready for an episode."))
    assert isinstance(taken, Missing)
    assert isinstance(what_failed(EnvironmentFailed(None, "It does not answer.")), LabFault)


def test_a_world_that_breaks_while_it_is_played_is_a_lab_fault_with_a_report(tmp_path: Path) -> None:
    source = TinySource(lambda: TinyWorld(breaks_on=[Query("query_logs", "postgres-db")]), exclusive=True)
    with pytest.raises(LabFault, match="void"):
        served(source, RCA, 0, BASELINE, tmp_path, NOTHING)
    written = trajectory_in(tmp_path)
    assert written.steps == []
    assert written.ending is not None
    assert written.ending.grade["verdict"] == "void"


def test_void_is_a_fault_of_the_lab() -> None:
    with pytest.raises(LabFault, match="Prometheus is silent"):
        must_not_be_void({"verdict": "void", "feedback": "Prometheus is silent."})
    must_not_be_void({"verdict": "scored", "feedback": ""})


def test_the_api_is_served_meanwhile_and_gone_afterwards() -> None:
    with serving(TinySource(), 0) as (url, sessions):
        assert httpx.get(f"{url}/health").json()["status"] == "ok"
        with Environment(url) as environment:
            environment.reset({"scenario_id": "AC-001"})
            environment.step(Action("check_metrics", {"service": "postgres-db"}))
        assert len(sessions) == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Missing, match=f"Port {port} of 127.0.0.1 is in use; name another with --port"):
            bound("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_loopback_is_known(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("wish", "answers", "stands", "expected"),
    [
        ("auto", True, False, 1),
        ("auto", True, True, 0),
        ("auto", False, False, 0),
        ("recorded", True, False, 0),
        ("live", True, False, 1),
    ],
)
def test_what_is_missing_is_made_and_nothing_else(
    wish: str, answers: bool, stands: bool, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.worlds.why_not_live", lambda: "" if answers else "no Docker engine answers")
    ups: list[str] = []
    said: list[str] = []
    source = ready(wish, said.append, Means(lambda: answers, lambda: stands, lambda: ups.append("up")))
    assert len(ups) == expected
    assert said[-1].startswith(f"World: {source.name}, because")
    assert source.name == ("live" if answers and wish != "recorded" else "recorded")


def test_a_live_world_without_an_engine_is_missing_and_an_unknown_one_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.worlds.why_not_live", lambda: "no Docker engine answers")
    means = Means(lambda: False, lambda: False, lambda: None)
    with pytest.raises(Missing, match="no Docker engine answers"):
        ready("live", lambda _text: None, means)
    with pytest.raises(Usage, match="LAB_WORLD"):
        ready("mars", lambda _text: None, means)
