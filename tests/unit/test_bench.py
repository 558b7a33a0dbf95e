"""The bench measures what it says: against servers in this process, and small ones of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from lab.bench import bench, core, many, plays, starts
from lab.bench.ceilings import fastapi_app, openenv_app
from lab.bench.drive import Driver, Request, Run
from lab.bench.figures import Figure, all_good
from lab.bench.http import _until
from lab.bench.plays import Play, all_plays
from lab.bench.processes import Served, lab_server
from lab.bench.wire import Answer, Connection
from lab.cli.main import app
from lab.errors import LabFault, Missing
from lab.play.serving import serving
from lab.worlds import RecordedSource
from tests.unit.recorded_kit import tiny_takes


@pytest.fixture(autouse=True)
def _invented_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TAKES", str(tiny_takes()))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_TAKES", str(tiny_takes()))
        patch.setenv("LAB_PAGE_READY", "0")
        with serving(RecordedSource(), 0) as served:
            yield int(served.url.rsplit(":", 1)[1])


def test_scripts_are_of_all_recorded_scenarios_and_end() -> None:
    found = all_plays()
    assert len({play.scenario.id for play in found}) == 9
    assert all(play.moves[-1].kind.startswith("submit_") for play in found)  # type: ignore[union-attr]


def test_without_takes_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_TAKES", str(tmp_path))
    with pytest.raises(Missing, match="lab record"):
        all_plays()


def test_steps_in_process_are_counted_beside_their_ceiling() -> None:
    bare, seen = core.figures(all_plays()[:5], 0.05)
    assert bare.measured > seen.measured > 1_000
    assert "reads a dictionary" in bare.beside


def test_lanes_are_kept_busy_and_each_answer_goes_to_its_lane(port: int) -> None:
    chosen = all_plays()[:6]
    scripts = [iter(play.requests(f"lane-{lane}")) for lane, play in enumerate(chosen)]
    came: dict[int, list[Answer]] = {lane: [] for lane in range(6)}
    connections = [Connection(port) for _ in chosen]
    run = Driver(connections, scripts, lambda lane, answer: came[lane].append(answer)).run()
    for connection in connections:
        connection.socket.close()
    assert [len(answers) for answers in came.values()] == [len(play.moves) + 1 for play in chosen]
    assert len(run.latencies) == sum(map(len, came.values()))
    assert all(json.loads(answers[0].body)["episode_id"] == f"lane-{lane}" for lane, answers in came.items())


def test_a_rate_is_kept(port: int) -> None:
    play = all_plays()[0]
    with Connection(port) as one, Connection(port) as other:
        scripts = [iter(play.requests(name) * 5) for name in "ab"]
        run = Driver([one, other], scripts, lambda *_: None).run(rate=50)
    requests = 10 * (len(play.moves) + 1)
    assert run.seconds >= (requests - 2) / 50
    assert run.percentile(0.5) < 1


def served(port: int) -> Served:
    return Served(1, port, 0.0)


def test_episodes_side_by_side_are_compared_byte_by_byte(port: int) -> None:
    chosen = [all_plays()[lane % 7] for lane in range(20)]
    side_by_side = many.SideBySide(served(port), chosen, rounds=1)
    run = side_by_side.run(None)
    assert (side_by_side.right, side_by_side.answers) == (len(run.latencies), 20 * many.REQUESTS)
    side_by_side.expected[3][2] += b" "
    side_by_side.run(None)
    assert side_by_side.right < side_by_side.answers


def test_the_rate_held_is_told_with_its_latency(port: int) -> None:
    side_by_side = many.SideBySide(served(port), [all_plays()[0]] * 4, rounds=1)
    run = side_by_side.highest_held(100.0)
    first, second, third = many._figures(side_by_side, 100.0, run, run, 250.0)
    assert (first.measured, first.good, third.good) == (1.0, True, True)
    assert second.measured == pytest.approx(1000 * run.percentile(0.95))


def test_an_answer_that_is_no_success_is_told(port: int) -> None:
    with Connection(port) as connection:
        assert connection.ask("POST", "/step", b'{"episode_id": "nobody"}').status == 404
        assert connection.ask("GET", "/health").status == 200


def test_lanes_begin_with_different_scripts_and_stop_in_time() -> None:
    chosen = all_plays()
    first = [next(_until(10**12, chosen, lane)) for lane in range(3)]
    assert len({body.split(b'"scenario_id":')[1][:12] for _, body in first} | {path for path, _ in first}) > 1
    assert list(_until(0.0, chosen, 0)) == []


def test_the_ceiling_answers_the_bytes_that_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "bodies.json").write_text('["a", "b"]')
    with TestClient(fastapi_app(tmp_path / "bodies.json")) as client:
        assert [client.post(path).content for path in ("/reset", "/step", "/step")] == [b"a", b"b", b"a"]


def test_the_idle_environment_speaks_the_protocol() -> None:
    with TestClient(openenv_app()) as client, client.websocket_connect("/ws") as socket:
        socket.send_json({"type": "reset", "data": {}})
        assert socket.receive_json()["type"] == "observation"
        socket.send_json({"type": "step", "data": {"action_type": "query_logs", "parameters": {"service": "x"}}})
        assert socket.receive_json()["data"]["observation"]["said"] == "nothing"


def test_a_server_is_started_watched_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with lab_server(LAB_OPENENV_READY="0", LAB_PAGE_READY="0") as found:
        assert 0 < found.seconds < 60
        assert 20 < found.rss_mb() < 1_000
        assert found.cpu_seconds() > 0
        found.settle()
    with pytest.raises(Missing, match="/proc"):
        Served(2**30, 1, 0.0).rss_mb()


def test_a_server_that_does_not_come_up_is_told_with_its_last_words() -> None:
    with pytest.raises(LabFault, match="max_episodes"), lab_server(LAB_MAX_EPISODES="0"):
        pass


def test_the_import_is_timed_and_light() -> None:
    took, heavy = starts._imported()
    assert (0 < took < 10, heavy) == (True, [])


@pytest.mark.parametrize(
    ("figure", "good", "mark"),
    [
        (Figure("a", 3.0, "/s", 2.0), True, "✓"),
        (Figure("a", 1.0, "/s", 2.0), False, "✗"),
        (Figure("a", 1.0, "ms", 2.0, at_most=True), True, "✓"),
        (Figure("a", 3.0, "ms", 2.0, at_most=True), False, "✗"),
        (Figure("a", 3.0, "ms"), True, ""),
    ],
)
def test_a_figure_knows_whether_it_is_good(figure: Figure, good: bool, mark: str) -> None:
    assert (figure.good, figure.as_row()[0], figure.as_dict()["good"]) == (good, mark, good)


def test_percentiles() -> None:
    run = Run(2.0, [float(n) for n in range(100)])
    assert (run.rate, run.percentile(0.95), run.percentile(1.0)) == (50.0, 95.0, 99.0)


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_the_command_tells_all_and_is_strict_when_told_to(
    monkeypatch: pytest.MonkeyPatch, strict: bool, code: int
) -> None:
    found = [Figure("good", 3.0, "/s", 2.0), Figure("bad", 1.0, "/s", 2.0, beside="reason")]
    monkeypatch.setattr(bench, "measure", lambda say, seconds: iter(found))
    words = ["bench", *(["--strict"] if strict else [])]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert (done.exit_code, [row["good"] for row in json.loads(done.stdout)]) == (code, [True, False])
    assert "reason" in CliRunner().invoke(app, words).stdout
    assert not all_good(found)


def test_all_groups_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for group in ("core", "http", "many", "sockets", "starts"):
        figure = Figure(group, 1.0, "")
        monkeypatch.setattr(f"lab.bench.{group}.figures", lambda *_, figure=figure: [figure])
    said: list[str] = []
    found = [figure.about for figure in bench.measure(said.append, 1.0)]
    assert sorted(found) == ["core", "http", "many", "sockets", "starts"]
    assert "9 recorded scenarios" in said[0]


def test_requests_name_their_episode() -> None:
    play: Play = plays.all_plays()[0]
    requests: list[Request] = play.requests("me")
    assert [path for path, _ in requests] == ["/reset", *["/step"] * len(play.moves)]
    assert all(json.loads(body)["episode_id"] == "me" for _, body in requests)
