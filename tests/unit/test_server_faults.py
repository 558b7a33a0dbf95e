"""A world that fails under the server: 503, a void episode, a line in the log, and the next reset works."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from lab.errors import LabFault
from lab.scenarios import get
from lab.server.logs import Log
from tests.unit.server_kit import LOOK, TinySource, client_over, is_sentence, sessions_over
from tests.unit.tiny_world import TinyWorld


def test_a_lab_fault_is_503_and_a_void_episode() -> None:
    with client_over(TinySource(lambda: TinyWorld(breaks_on=["health"]))) as client:
        client.post("/reset?scenario_id=RP-001")
        client.post("/step", json=LOOK)
        failed = client.post("/step", json={"action_type": "submit_resolution", "parameters": {"summary": "Done."}})
        assert (failed.status_code, is_sentence(failed)) == (503, True)
        graded = client.get("/grader").json()
        assert (graded["verdict"], graded["total"]) == ("void", None)
        assert "told to" in graded["feedback"]
        late = client.post("/step", json=LOOK)
        assert (late.status_code, late.json()["reward"]["score"]) == (200, 0.0)
        assert "void" in client.get("/state").json()["last_action_error"]
        assert client.post("/reset").status_code == 200


def test_a_reset_that_fails_is_503_and_void_and_its_world_is_put_back() -> None:
    source = TinySource(lambda: TinyWorld(breaks_on=["begin"]))
    with client_over(source) as client:
        failed = client.post("/reset?scenario_id=RCA-003")
        assert (failed.status_code, is_sentence(failed)) == (503, True)
        graded = client.get("/grader").json()
        assert (graded["verdict"], graded["total"], graded["scenario_id"]) == ("void", None, "RCA-003")
        assert client.post("/step", json=LOOK).status_code == 503
    assert source.ends() == [1]


class _Crooked(TinyWorld):
    """Raises what no world should raise."""

    def look(self, query: object) -> Any:
        raise ZeroDivisionError(query)


def test_what_no_world_should_raise_is_the_labs_fault_too() -> None:
    with client_over(TinySource(_Crooked)) as client:
        client.post("/reset")
        failed = client.post("/step", json=LOOK)
        assert (failed.status_code, "ZeroDivisionError" in failed.json()["detail"]) == (503, True)
        assert client.get("/grader").json()["verdict"] == "void"
        assert client.get("/health").status_code == 200


def test_worlds_are_put_back_at_shutdown_even_where_one_fails_to() -> None:
    source = TinySource(lambda: TinyWorld(breaks_on=["end"]))
    with client_over(source) as client:
        client.post("/reset")
        client.post("/reset")
    assert source.ends() == [1, 1]


def test_each_step_is_a_line_of_json() -> None:
    stream = io.StringIO()
    with client_over(TinySource(), Log(stream)) as client:
        client.post("/reset")
        client.post("/step", json=LOOK)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["reset", "step"]
    assert (lines[1]["action"], lines[1]["reward"], lines[1]["step"]) == ("query_logs", 0.04, 1)


def test_a_fault_is_logged_with_its_cause() -> None:
    stream = io.StringIO()
    with client_over(TinySource(lambda: TinyWorld(breaks_on=["begin"])), Log(stream)) as client:
        client.post("/reset")
    fault = next(json.loads(line) for line in stream.getvalue().splitlines() if '"fault"' in line)
    assert re.search(r"LabFault: the tiny world broke", fault["exception"])
    assert LabFault.__name__ in fault["exception"]


def test_the_one_cluster_is_put_back_when_a_step_breaks_not_when_the_next_one_waits() -> None:
    source = TinySource(_Crooked, exclusive=True)
    session = sessions_over(source).reset(get("RCA-001"), 0)
    with pytest.raises(LabFault, match="void"):
        session.step(LOOK)
    session.end("again")
    assert (session.grade()["verdict"], source.ends()) == ("void", [1])


def test_who_asks_after_a_failed_reset_again_and_again_makes_nothing_grow() -> None:
    sessions = sessions_over(TinySource(lambda: TinyWorld(breaks_on=["begin"])))
    with pytest.raises(LabFault):
        sessions.reset(get("RCA-001"), 0)
    depths = [depth_of_failure(sessions.find) for _ in range(5)]
    assert len(set(depths)) == 1


def depth_of_failure(ask: Callable[[], object]) -> int:
    with pytest.raises(LabFault) as failure:
        ask()
    assert isinstance(failure.value.__cause__, LabFault)
    return len(failure.traceback)
