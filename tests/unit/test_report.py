"""The report: whole by itself, escaped, rebuilt from its JSON lines alone, and silent on the cause before the end."""

import json
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from lab import scenarios
from lab.baseline_agent.client import Action
from lab.baseline_agent.repair import Advice
from lab.baseline_agent.runner import Told
from lab.errors import Usage
from lab.play.door import LocalDoor
from lab.play.recorder import Recorder
from lab.report.chart import APART, places
from lab.report.figures import points
from lab.report.files import TRAJECTORY, rebuild, save
from lab.report.page import page
from lab.report.standings import standings
from lab.report.trajectory import Trajectory
from lab.report.truth import truth_of
from lab.world import Evidence
from tests.unit.server_kit import Clock, TinySource, sessions_over
from tests.unit.tiny_world import TinyWorld

EVIL = "<script>alert(1)</script> & \u2028 \"quoted\" 'too' [ABNORMAL]"


class EvilWorld(TinyWorld):
    def look(self, query: object) -> Evidence:
        return Evidence(EVIL)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "onclick", "onload")]


def recorded(*actions: Action, ended: bool = True) -> Trajectory:
    clock = Clock()
    door, recorder = LocalDoor(sessions_over(TinySource(EvilWorld))), Recorder("tiny", "a <b>player</b>", clock)
    recorder.begun(door.reset({"scenario_id": "RCA-001"}))
    for number, action in enumerate(actions, start=1):
        clock.now += 10
        recorder.took(Told(number, Advice(action, "a reason"), door.step(action)))
    recorder.hinted("look at the store")
    if ended:
        recorder.ended(door.grade())
    assert recorder.trajectory is not None
    return recorder.trajectory


LOOK = Action("query_logs", {"service": "postgres-db"})
SUBMIT = Action("submit_root_cause", {"service": "analytics-service", "failure_mode": f"An unbounded query. {EVIL}"})


def test_the_page_is_whole_by_itself_and_runs_nothing() -> None:
    text = page(recorded(LOOK, SUBMIT))
    tags = Tags()
    tags.feed(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(tags.tags)
    assert not tags.loads
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "")


def test_evidence_is_escaped_and_its_abnormal_lines_are_marked() -> None:
    text = page(recorded(LOOK, SUBMIT))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text
    assert "<mark>" in text
    assert "a &lt;b&gt;player&lt;/b&gt;" in text


def test_it_tells_score_reasons_hints_and_the_true_cause() -> None:
    trajectory = recorded(LOOK, SUBMIT)
    text = page(trajectory)
    assert trajectory.ending is not None
    for part in trajectory.ending.grade["breakdown"].values():
        assert part["reason"] in text
    assert "1 hint asked for" in text
    assert "At fault: <b>analytics-service</b>" in text
    assert "full_history_export was turned on" in text


def test_before_the_end_it_is_silent_on_the_cause() -> None:
    text = page(recorded(LOOK, ended=False))
    assert "At fault" not in text
    assert "full_history_export was turned on" not in text


def test_json_lines_bring_the_same_page_again(tmp_path: Path) -> None:
    trajectory = recorded(LOOK, SUBMIT)
    report = save(trajectory, tmp_path)
    first = report.read_text(encoding="utf-8")
    report.unlink()
    assert rebuild(report.with_name("trajectory.jsonl")) == report
    assert report.read_text(encoding="utf-8") == first == page(trajectory)
    kinds = [json.loads(line)["kind"] for line in trajectory.lines().split("\n") if line]
    assert kinds == ["opening", "step", "step", "hint", "ending"]


def test_bars_stand_at_their_moments_and_never_on_each_other() -> None:
    apart = places([0, 0.5, 1])
    assert apart[1] - apart[0] == apart[2] - apart[1]
    assert places([0, 0.9, 1])[1] > places([0, 0.5, 1])[1], "at its moment"
    crowded = places([0.97, 0.98, 0.99, 1])
    assert all(later - earlier >= APART for earlier, later in pairwise(crowded))
    assert places([]) == []


@pytest.mark.parametrize(
    ("value", "told"), [(0.04, "+0.04"), (-0.1, "-0.10"), (0.3556, "+0.3556"), (0.925, "+0.925"), (0, "+0.00")]
)
def test_points_are_told_with_no_more_decimals_than_tell_something(value: float, told: str) -> None:
    assert points(value) == told


def test_who_left_reads_that_there_is_no_score() -> None:
    assert "no score, left before the end" in page(recorded(LOOK, ended=False))


def test_times_are_those_of_the_clock() -> None:
    assert [step.at for step in recorded(LOOK, SUBMIT).steps] == [10, 20]


def test_a_name_from_outside_stays_inside_the_folder(tmp_path: Path) -> None:
    trajectory = recorded(LOOK)
    trajectory.opening.observation["episode_id"] = "../../up"
    assert save(trajectory, tmp_path / "runs").resolve().is_relative_to((tmp_path / "runs").resolve())


@pytest.mark.parametrize("text", ["", "no json\n", '{"kind":"hint","at":1,"says":"x"}\n', "\udcff"])
def test_what_is_no_trajectory_is_refused_in_a_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Usage, match=r"x\.jsonl"):
        Trajectory.read(file)
    with pytest.raises(Usage, match="cannot be read"):
        Trajectory.read(tmp_path / "missing")


@pytest.mark.parametrize("name", list(scenarios.load_all()))
def test_every_incident_has_a_truth_to_tell(name: str) -> None:
    scenario = scenarios.get(name)
    told = truth_of(scenario)
    assert told["culprit"] == scenario.answer.culprit
    assert scenario.fault.service in told["change"]


def test_one_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    save(recorded(LOOK), tmp_path)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / TRAJECTORY).write_text('{"kind": "open')
    left_out: list[Usage] = []
    assert len(standings(tmp_path, left_out.append)) == 1
    assert "torn" in str(left_out[0])
