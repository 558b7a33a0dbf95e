"""Playing by hand: words, completion, hints, and plain text without a terminal."""

import io
from collections.abc import Iterator

import pytest

from lab.play.door import LocalDoor
from lab.play.recorder import Recorder
from lab.play.terminal import Terminal, lines_from
from lab.play.words import COMMANDS, action_of, completions, usage
from tests.unit.server_kit import TinySource, sessions_over


class Sitting:
    def __init__(self, scenario: str = "RCA-001") -> None:
        self.shown: list[str] = []
        self.recorder = Recorder("tiny", "person")
        door = LocalDoor(sessions_over(TinySource()))
        self.terminal = Terminal(door, self.recorder, self.shown.append)
        self.terminal.open(door.reset({"scenario_id": scenario}))

    def type(self, *lines: str) -> str:
        self.shown.clear()
        self.ended = self.terminal.run(iter(lines))
        return "\n".join(self.shown)


@pytest.fixture
def sitting() -> Sitting:
    return Sitting()


def test_opens_with_the_page(sitting: Sitting) -> None:
    shown = "\n".join(sitting.shown)
    assert "Database down, logins and checkouts fail" in shown
    assert "analytics" not in shown


@pytest.mark.parametrize("word", sorted(set(COMMANDS) - {"quit"}))
def test_every_command_shows_something_and_costs_no_step(word: str, sitting: Sitting) -> None:
    assert sitting.type(word).strip()
    assert sitting.terminal.observation["step_count"] == 0


def test_an_action_shows_its_evidence_and_what_it_earned(sitting: Sitting) -> None:
    shown = sitting.type("query_logs postgres-db")
    assert "tiny world: query_logs of postgres-db" in shown
    assert "+0.04" in shown
    assert "tiny world: query_logs of postgres-db" in sitting.type("seen query_logs postgres-db")
    assert not sitting.ended


def test_a_slip_of_the_finger_costs_nothing(sitting: Sitting) -> None:
    assert "help" in sitting.type("qury_logs postgres-db")
    assert "query_logs SERVICE" in sitting.type("query_logs")
    assert sitting.terminal.observation["step_count"] == 0


def test_a_submission_ends_it_with_the_rest_of_the_line_as_text(sitting: Sitting) -> None:
    sitting.type("query_logs postgres-db", "submit_root_cause analytics-service the export query ran out of memory")
    assert sitting.ended
    assert sitting.recorder.trajectory is not None
    said = sitting.recorder.trajectory.steps[-1].action["parameters"]
    assert said == {"service": "analytics-service", "failure_mode": "the export query ran out of memory"}


def test_quit_and_the_end_of_input_leave_without_a_submission(sitting: Sitting) -> None:
    sitting.type("query_logs postgres-db", "quit", "query_logs api-gateway")
    assert not sitting.ended
    assert sitting.terminal.observation["step_count"] == 1


def test_a_hint_is_written_down_costs_nothing_and_tells_no_answer(sitting: Sitting) -> None:
    assert "query_logs service=postgres-db" in sitting.type("hint")
    assert sitting.terminal.observation["cumulative_reward"] == 0
    assert sitting.recorder.trajectory is not None
    assert len(sitting.recorder.trajectory.hints) == 1


@pytest.mark.parametrize(
    ("line", "kind", "parameters"),
    [
        ("scale_service order-service 3", "scale_service", {"service": "order-service", "replicas": 3}),
        ("scale_service order-service many", "scale_service", {"service": "order-service", "replicas": "many"}),
        ("rollback_deploy cdn-edge", "rollback_deploy", {"service": "cdn-edge"}),
        ("rollback_deploy cdn-edge v1.0.0", "rollback_deploy", {"service": "cdn-edge", "target_version": "v1.0.0"}),
        ("submit_severity P2 cdn-edge", "submit_severity", {"severity": "P2", "service": "cdn-edge"}),
        ("submit_resolution One. Two. Three.", "submit_resolution", {"summary": "One. Two. Three."}),
        ("nonsense x", "nonsense", {}),
    ],
)
def test_words_become_parameters_in_their_order(line: str, kind: str, parameters: dict[str, object]) -> None:
    assert action_of(line) == (kind, parameters)


def test_usage_marks_what_may_be_left_out() -> None:
    assert usage("rollback_deploy") == "rollback_deploy SERVICE [TARGET_VERSION]"


@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        ("query_l", "query_l", ["query_logs"]),
        ("query_logs po", "po", ["postgres-db"]),
        ("query_logs postgres-db ", "", []),
        ("disable_feature_flag full", "full", ["full_history_export"]),
        ("execute_runbook_step verify_db", "verify_db", ["verify_db_connectivity", "verify_db_health"]),
        ("hi", "hi", ["hint"]),
        ("submit_severity P", "P", []),
    ],
)
def test_completion_offers_what_may_stand_there(line: str, word: str, expected: list[str], sitting: Sitting) -> None:
    assert completions(sitting.terminal.observation, line, word) == expected


def test_seen_is_completed_from_what_was_seen(sitting: Sitting) -> None:
    sitting.type("query_logs postgres-db")
    assert completions(sitting.terminal.observation, "seen ", "") == ["query_logs"]
    assert completions(sitting.terminal.observation, "seen query_logs ", "") == ["postgres-db"]


def test_without_a_terminal_lines_are_shown_as_they_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    lines: Iterator[str] = lines_from(io.StringIO("alert\nquit\n"), dict)
    assert [line.strip() for line in lines] == ["alert", "quit"]
    assert capsys.readouterr().out == "> alert\n> quit\n"
