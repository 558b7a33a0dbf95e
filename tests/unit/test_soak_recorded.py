"""The recorded soak without its server: what a client of each kind may meet, and what fails the run."""

import io
from collections import Counter
from typing import Any

import pytest

from lab.bench.wire import Answer
from scripts.soak import recorded
from scripts.soak.clients import EXPECTED, Clients, Met, Unexpected, meets, ok, refused_sockets, unforeseen
from scripts.soak.sockets import OTHER_ERROR, TAKEN, message, said_by
from scripts.soak.watched import Use

TEXT, CLOSE = 0x1, 0x8
FRESH = Use(220.0, 14, 4)


def clients() -> Clients:
    return Clients(0, [])


def bad(found: dict[str, bool]) -> list[str]:
    return [what for what, good in found.items() if not good]


def test_each_kind_of_client_has_its_list() -> None:
    assert {player.__name__.replace("_", " ") for player, _ in clients().kinds} == EXPECTED.keys()


def test_what_is_expected_is_well() -> None:
    met: Counter[Met] = Counter((kind, what) for kind, whats in EXPECTED.items() for what in whats)
    assert bad(recorded.findings(met)) == []


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_whoever_is_refused_fails_the_run(kind: str, status: int) -> None:
    def plays(which: int, name: str) -> str:
        ok(Answer(status, b"{}"))
        return next(iter(EXPECTED[kind]))

    plays.__name__ = kind
    met = Counter([meets(plays, 0, "soak-1")])
    assert unforeseen(met) == met
    assert len(bad(recorded.findings(met))) == 1


def test_who_is_answered_as_expected_goes_on() -> None:
    assert ok(Answer(200, b"{}")).body == b"{}"
    with pytest.raises(Unexpected, match="404"):
        ok(Answer(404, b"{}"))


def test_a_lost_connection_fails_the_run() -> None:
    def sips(which: int, name: str) -> str:
        raise ConnectionResetError

    assert meets(sips, 0, "soak-1") == ("sips", "ConnectionResetError")
    assert unforeseen({("sips", "ConnectionResetError"): 1})


def test_what_one_kind_may_meet_another_may_not() -> None:
    assert unforeseen({("silent on a socket", TAKEN): 3}) == {}
    assert unforeseen({("plays to the end", TAKEN): 3}).total() == 3


def test_a_wrong_verdict_is_told_as_one() -> None:
    found = recorded.findings(Counter({("plays to the end", "WRONG: void None"): 2}))
    assert "wrong verdicts: 2" in bad(found)


# --- sockets


def error(code: str) -> bytes:
    return b'{"type":"error","data":{"message":"no","code":"%s"}}' % code.encode()


def test_a_socket_with_an_episode_says_nothing() -> None:
    assert said_by(TEXT, b'{"type":"observation","data":{"observation":{"error":null}}}') == ""


def test_only_a_lack_of_slots_is_told_as_taken() -> None:
    assert said_by(TEXT, error("CAPACITY_REACHED")) == TAKEN
    others = [said_by(TEXT, error("EXECUTION_ERROR")), said_by(CLOSE, b"\x03\xe8"), said_by(TEXT, b'{"type":"state"}')]
    assert all(other.startswith(OTHER_ERROR) for other in others)


def test_capacity_and_other_errors_are_told_apart() -> None:
    kind = "vanishes on a socket"
    met: Counter[Met] = Counter({(kind, TAKEN): 4, (kind, said_by(TEXT, error("EXECUTION_ERROR"))): 1})
    assert refused_sockets(met) == (4, 1)
    assert "OpenEnv sockets refused: 4 for capacity, 1 by other errors" in bad(recorded.findings(met))


@pytest.mark.parametrize("length", [5, 126, 300, 70_000])
def test_a_frame_is_read_whole_and_pings_are_passed_over(length: int) -> None:
    size = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2) if length < 65_536 else b""
    size = size or b"\x7f" + length.to_bytes(8)
    came = io.BytesIO(b"\x89\x02hi\x81" + size + b"\x88" * length + b"\x81\x00")
    assert message(came) == (TEXT, b"\x88" * length)


def test_a_socket_that_ends_in_a_frame_is_no_answer() -> None:
    with pytest.raises(EOFError):
        message(io.BytesIO(b"\x81\x05abc"))


# --- what the server uses


@pytest.mark.parametrize(
    ("quiet", "named"),
    [
        (Use(220.0, 14, 20), "threads when quiet"),
        (Use(220.0, 30, 4), "files open when quiet"),
        (Use(260.0, 14, 4), "memory grew by"),
    ],
)
def test_what_stays_behind_fails_the_run(quiet: Use, named: str) -> None:
    marks = [FRESH] * 11
    assert bad(recorded.used(marks, FRESH)) == []
    (found,) = bad(recorded.used(marks, quiet))
    assert found.startswith(named)


@pytest.mark.parametrize(("still", "slots"), [(1, recorded.SLOTS), (0, recorded.SLOTS - 1)])
def test_what_is_not_let_go_of_fails_the_run(still: int, slots: int) -> None:
    assert len(bad(recorded.left_behind(still, slots))) == 1
    assert bad(recorded.left_behind(0, recorded.SLOTS)) == []


def test_the_table_marks_what_nobody_should_meet() -> None:
    met: Counter[Met] = Counter({("sips", "404 b''"): 1, ("half a request", "is left behind"): 2})
    lines: list[Any] = recorded.table(met)
    assert [line.split()[1] for line in lines] == ["✓", "✗"]
