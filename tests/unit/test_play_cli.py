"""The commands: play, scenario, scenarios, serve, report; their words and exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.cli.main import app
from lab.errors import Missing, Unknown, Usage
from lab.scenarios import load_all
from lab.worlds import Choice
from tests.unit.recorded_kit import tiny_takes
from tests.unit.server_kit import TinySource


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> TinySource:
    source = TinySource(exclusive=True)

    def choose(_wish: str) -> Choice:
        return Choice(source, "World: tiny, because this is a test.")

    monkeypatch.setattr("lab.worlds.choose", choose)
    monkeypatch.setattr("lab.play.readiness.choose", choose)
    return source


def run(*words: str, typed: str = "") -> tuple[str, str]:
    result = CliRunner().invoke(app, list(words), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_scenarios_are_the_nine_without_their_answers() -> None:
    rows = json.loads(run("scenarios", "--json")[0])
    assert [row["id"] for row in rows] == list(load_all())
    assert not {"answer", "fault", "severity", "culprit"} & {key for row in rows for key in row}
    assert "RCA-002" in run("scenarios")[0]


def test_play_reads_commands_from_stdin(tiny: TinySource, tmp_path: Path) -> None:
    out, err = run("play", "ac-001", "--runs", str(tmp_path), typed="submit_severity P1 auth-service\n")
    assert err.startswith("World: tiny, because this is a test.")
    assert "Score: 1.00" in out
    assert tiny.ends() == [1]


def test_scenario_without_a_terminal_is_played_by_the_baseline(tiny: TinySource, tmp_path: Path) -> None:
    out, err = run("scenario", "RCA-002", "--world", "recorded", "--port", "0", "--runs", str(tmp_path))
    assert "World: tiny" in err
    assert "submit_root_cause" in out
    assert "Score: " in out
    assert list(tmp_path.glob("*/report.html"))
    assert tiny.ends() == [1]


def test_report_makes_the_page_again(tiny: TinySource, tmp_path: Path) -> None:
    run("play", "AC-001", "--runs", str(tmp_path), typed="submit_severity P2 auth-service\n")
    (file,) = tmp_path.glob("*/trajectory.jsonl")
    made = file.with_name("report.html")
    made.unlink()
    assert run("report", str(file))[0].strip() == str(made)
    assert made.exists()
    assert len(tiny.opened) == 1, "no world is needed for it"


def heeding_ctrl_c() -> None:
    """A job in a shell's background hands down that it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_is_told_in_a_sentence_and_leaves_a_report(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "lab", "play", "AC-001", "--world", "recorded", "--runs", str(tmp_path)]
    environ = {**os.environ, "LAB_TAKES": str(tiny_takes())}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=environ, text=True, preexec_fn=heeding_ctrl_c, **pipes) as playing:
        assert playing.stdout is not None
        # From here on it waits for what is typed.
        assert any("`help` lists" in line for line in playing.stdout)
        playing.send_signal(signal.SIGINT)
        out, err = playing.communicate(timeout=60)
    assert playing.returncode == 130
    assert "interrupted; nothing is lost" in err
    assert "Report: " in out


@pytest.mark.usefixtures("tiny")
def test_report_without_a_file_lists_what_was_played(tmp_path: Path) -> None:
    runs = ("--runs", str(tmp_path))
    assert "Nothing was played" in run("report", *runs)[1]
    run("play", "AC-001", *runs, typed="hint\nsubmit_severity P1 auth-service\n")
    run("play", "RCA-001", *runs, typed="quit\n")
    rows = json.loads(run("report", *runs, "--json")[0])
    assert [(row["incident"], row["score"], row["hints"]) for row in rows] == [("AC-001", 1.0, 1), ("RCA-001", None, 0)]
    shown = run("report", *runs)[0]
    assert "1.00" in shown
    assert "none" in shown


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["play", "RCA-999"], Unknown),
        (["scenario", "RCA-002", "--player", "nobody"], Usage),
        (["report", "no-such-file"], Usage),
    ],
)
def test_wrong_words_are_told_in_a_sentence(words: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(*words)


@pytest.mark.usefixtures("tiny")
def test_serve_on_a_port_in_use_is_missing_something() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Missing, match="in use"):
        run("serve", "--port", str(taken.getsockname()[1]))


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    heavy = "{'fastapi', 'uvicorn', 'kubernetes', 'lab.server', 'lab.live', 'lab.play', 'lab.baseline_agent', 'openai'}"
    code = f"import sys, lab.cli.main; print({heavy} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "set()"


def test_scenario_is_for_make_and_hidden() -> None:
    commands = [line.split()[0] for line in run("--help")[0].splitlines() if line.startswith("  ")]
    assert {"play", "serve", "scenarios", "report"} <= set(commands)
    assert "scenario" not in commands


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_serve_says_the_world_first_and_whether_others_can_reach_it(
    host: str, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def loopback_instead(wanted: str, port: int) -> socket.socket:
        asked.append(wanted)
        return socket.create_server(("127.0.0.1", port))

    monkeypatch.setattr("lab.play.serving.bound", loopback_instead)
    monkeypatch.setattr("lab.play.serving.serve", lambda _app, _listener: None)
    lines = run("serve", "--host", host, "--port", "0")[1].splitlines()
    assert lines[0] == "World: tiny, because this is a test."
    assert lines[1].startswith("Page and API: http://127.0.0.1:")
    assert asked == [host]
    assert any("whoever reaches this machine can play" in line for line in lines) is warned


def test_serve_binds_to_this_machine_only_unless_told_otherwise() -> None:
    import inspect

    from lab.cli.serve import serve

    assert inspect.signature(serve).parameters["host"].default == "127.0.0.1"
