"""The live soak without its cluster: who is hit when, and what an episode and the whole are judged by."""

import random
import threading
import time
from collections import Counter
from typing import Any

import httpx
import pytest

from lab.errors import LabFault
from lab.scenarios import get, load_all
from scripts.soak import live
from scripts.soak.blows import Strike, blows
from scripts.soak.judged import End, Hit, Result, changed, findings, is_good, tables, unprovoked, verdict_of
from scripts.soak.order import KILLED, LATEST, OTHERS, order
from scripts.soak.watched import Use

INCIDENTS = list(load_all())
FAULTS = {name: scenario.fault_of or name for name, scenario in load_all().items()}
SEEDS = range(20)
KILL, NODE = Hit(KILLED, True, True), Hit("node killed", True, True)
CLEAN = End(0, (), "")
STEADY = [[Use(100.0, 40, 30), Use(101.0, 42, 30)]]


# --- the order


@pytest.mark.parametrize("seed", SEEDS)
def test_every_incident_gets_its_share_of_kills(seed: int) -> None:
    kills = Counter(turn.scenario for turn in order(60, seed, INCIDENTS) if turn.blow == KILLED)
    assert kills.keys() == set(INCIDENTS)
    assert set(kills.values()) <= {2, 3}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_incident_meets_a_kill_before_a_reset_is_over(seed: int) -> None:
    turns = [turn for turn in order(60, seed, INCIDENTS) if turn.blow == KILLED]
    assert {turn.scenario for turn in turns if turn.moment <= LATEST / 2} == set(INCIDENTS)
    assert {turn.scenario for turn in turns if turn.moment > LATEST / 2} == set(INCIDENTS)
    assert all(0 <= turn.moment <= LATEST for turn in turns)


def test_every_third_episode_is_killed_and_the_other_blows_come_in_turn() -> None:
    turns = order(60, 7, INCIDENTS)
    assert [turn.number for turn in turns if turn.blow == KILLED] == list(range(3, 61, 3))
    assert [turn.blow for turn in turns if turn.blow not in ("", KILLED)] == [*OTHERS, *OTHERS]
    assert {turn.play for turn in turns if turn.blow == KILLED} == {"idle", "gold"}


def test_every_incident_is_played_as_often_in_a_block() -> None:
    assert set(Counter(turn.scenario for turn in order(27, 7, INCIDENTS)).values()) == {3}


def test_the_seed_settles_the_order() -> None:
    assert order(60, 7, INCIDENTS) == order(60, 7, INCIDENTS)
    assert order(60, 7, INCIDENTS) != order(60, 8, INCIDENTS)


def test_there_is_a_blow_of_each_kind() -> None:
    server: Any = None
    assert set(blows(server, random.Random(7))) == {KILLED, *OTHERS}


# --- one episode


@pytest.mark.parametrize("hit", [Hit(), KILL, NODE, Hit("node killed"), Hit(KILLED, True, False)])
def test_a_score_has_to_be_right_whatever_was_hit(hit: Hit) -> None:
    assert is_good("gold", hit, "scored", 1.0)
    assert is_good("idle", hit, "scored", 0.0)
    assert not is_good("idle", hit, "scored", 1.0)
    assert not is_good("gold", hit, "scored", 0.75)
    assert not is_good("gold", hit, "scored", None)


@pytest.mark.parametrize(
    ("hit", "void", "lost"),
    [
        (KILL, True, True),
        (NODE, True, False),
        (Hit("Prometheus killed", True, True), True, False),
        (Hit(), False, False),
        (Hit("node killed", failure="no such node"), False, False),
        (Hit(KILLED, True, False), False, False),
    ],
)
def test_only_who_was_hit_may_be_void_and_only_a_killed_lab_lost(hit: Hit, void: bool, lost: bool) -> None:
    assert is_good("gold", hit, "void", None) is void
    assert is_good("gold", hit, "lost", None) is lost


@pytest.mark.parametrize("status", [400, 404, 408, 413, 422, 500, 502])
def test_a_refusal_is_no_way_for_the_lab_to_say_that_it_failed(status: int) -> None:
    assert not is_good("gold", KILL, verdict_of(status), None)


@pytest.mark.parametrize("status", [503, 409])
def test_a_failure_that_is_told_is_void(status: int) -> None:
    assert is_good("gold", NODE, verdict_of(status), None)


class Answers:
    """A client whose calls of one path are answered with these codes in turn."""

    def __init__(self, path: str, *codes: int) -> None:
        self.path, self.codes, self.asked = path, list(codes), Counter[str]()

    def __call__(self, url: str) -> "Answers":
        return self

    def close(self) -> None:
        pass

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        self.asked[path] += 1
        code = self.codes.pop(0) if path == self.path and self.codes else 200
        if not code:
            raise httpx.ConnectError("gone")
        return httpx.Response(code, json={"done": True, "verdict": "scored", "total": 0.0})


@pytest.mark.parametrize(
    ("path", "codes", "met"),
    [
        ("/reset", (), ("scored", 0.0, 1)),
        ("/reset", (503, 409), ("scored", 0.0, 3)),
        ("/reset", (503, 503, 503, 503), ("void", None, 4)),
        ("/reset", (422,), ("refused (422)", None, 1)),
        ("/reset", (0,), ("lost", None, 1)),
        ("/step", (503,), ("void", None, 1)),
        ("/step", (404,), ("refused (404)", None, 1)),
        ("/grader", (0,), ("lost", None, 1)),
    ],
)
def test_how_an_episode_ends(
    path: str, codes: tuple[int, ...], met: tuple[str, float | None, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Answers(path, *codes)
    monkeypatch.setattr(live, "Client", client)
    assert live.played("http://lab", get("AC-001"), "idle") == met
    assert client.asked["/reset"] == met[2]


# --- one blow


def test_a_blow_that_fell_before_the_end_counts() -> None:
    fell = threading.Event()
    strike = Strike("node killed", fell.set, 0)
    assert fell.wait(10)
    assert strike.outcome(time.monotonic()).counts


def test_a_blow_that_fell_after_the_end_does_not() -> None:
    ended = time.monotonic()
    hit = Strike("node killed", lambda: None, 0.01).outcome(ended)
    assert (hit.landed, hit.in_time) == (True, False)
    assert "after the end" in str(hit)


def test_a_blow_that_failed_did_not_land_and_says_why() -> None:
    def fails() -> None:
        raise LabFault("There is no such node.")

    hit = Strike("node killed", fails, 0).outcome(time.monotonic() + 60)
    assert (hit.landed, hit.counts) == (False, False)
    assert str(hit) == "node killed: did not land (There is no such node.)"


# --- the whole


def result(scenario: str, hit: Hit = KILL, verdict: str = "lost", resets: int = 1) -> Result:
    return Result(1, scenario, "gold", hit, verdict, 1.0 if verdict == "scored" else None, resets, 40.0)


def bad(found: dict[str, bool]) -> list[str]:
    return [what for what, good in found.items() if not good]


def test_a_soak_in_which_all_is_well() -> None:
    assert bad(findings([result(name) for name in INCIDENTS], FAULTS, STEADY, CLEAN)) == []


@pytest.mark.parametrize("hit", [Hit(KILLED), Hit(KILLED, True, False), NODE])
def test_each_fault_must_have_had_its_lab_killed(hit: Hit) -> None:
    others = [result(name) for name in INCIDENTS if name != "AC-002"]
    (missing,) = bad(findings([*others, result("AC-002", hit, "scored")], FAULTS, STEADY, CLEAN))
    assert missing == "faults under which the lab was killed: 5 of 6 AC-002"


@pytest.mark.parametrize(
    ("last", "named"),
    [(Use(126.0, 40, 30), "memory grew by 26.0 MB"), (Use(100.0, 49, 30), "open files grew by 9")],
)
def test_a_server_that_grows_is_told(last: Use, named: str) -> None:
    lives = [*STEADY, [Use(100.0, 40, 30), Use(200.0, 90, 30), last], [Use(900.0, 900, 30)]]
    (found,) = bad(findings([result(name) for name in INCIDENTS], FAULTS, lives, CLEAN))
    assert found.startswith(named)


def test_what_was_never_read_twice_is_no_proof_of_anything() -> None:
    assert bad(findings([result(name) for name in INCIDENTS], FAULTS, [[Use(100.0, 40, 30)], []], CLEAN))


@pytest.mark.parametrize("end", [End(0, ["pod shop/x: is not there"], ""), End(0, (), "1 differences")])
def test_what_is_left_is_told(end: End) -> None:
    assert len(bad(findings([result(name) for name in INCIDENTS], FAULTS, STEADY, end))) == 1


def test_what_stands_before_the_last_heal_is_no_fault() -> None:
    assert bad(findings([result(name) for name in INCIDENTS], FAULTS, STEADY, End(3, (), ""))) == []


def test_what_differs_beside_the_lab() -> None:
    before = {"Node /a 1": "x", "Pod default/b 2": "x", "EndpointSlice kube-system/c 3": "x"}
    after = {"Node /a 1": "y", "Pod default/d 4": "x", "EndpointSlice kube-system/c 3": "y"}
    assert changed(before, before) == []
    assert changed(before, after) == ["changed: Node /a 1", "gone: Pod default/b 2", "new: Pod default/d 4"]
    assert changed({"CertificateSigningRequest /csr-1 5": "x"}, {}) == []
    assert changed(before, {}) == sorted(f"gone: {key}" for key in before)


def test_the_report_has_a_row_a_kind_and_a_column_an_incident() -> None:
    results = [
        result("AC-001"),
        result("RP-003", Hit(KILLED, True, False), "scored"),
        result("AC-001", Hit(), "scored"),
    ]
    rows = [line.split() for line in tables(results, INCIDENTS)]
    assert ["lab", "killed", "(kill", "-9)", "2", "2", "1", "1", "0", "1"] in rows
    assert ["nothing", "hit", "0", "0", "0", "1", "0", "0"] in rows
    assert ["lab", "killed", "(kill", "-9)", "1", *["0"] * 8] in rows


def test_resets_that_fail_unprovoked_are_counted() -> None:
    calm = result("AC-001", Hit(), "scored", resets=3)
    assert unprovoked([calm, calm]) == 2
    assert unprovoked([result("AC-001"), calm]) == 0
