"""Score bundles: computed again offline to the same score, and refused when any byte of them was changed."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lab.actions import Invalid, Move, Query, Remedy, Submission, name_of, parameters_of
from lab.cli.main import app as cli
from lab.episode import Episode, run_step, start
from lab.recorded.world import RecordedWorld
from lab.scenarios import drawn, get, load_all
from lab.trust.bundle import bundle_of
from lab.trust.canonical import NotProven, linked, to_bytes
from lab.trust.identity import origin_of
from lab.trust.score import SIZE_LIMIT, scored
from lab.world import World
from tests.unit.recorded_kit import recorded_tiny, tiny_takes
from tests.unit.server_kit import TinySource, client_over
from tests.unit.tiny_world import TinyWorld, perfect_play

ALL = list(load_all())
NOTHING = Invalid("dance", {"with": "\ud800 anything", "and": [1, None]}, "There is no such action: \ud83d\ude00 ☂.")


@pytest.fixture(autouse=True)
def _takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TAKES", str(tiny_takes()))


def played(scenario_id: str, moves: Sequence[Move], world: World | None = None, name: str = "recorded") -> bytes:
    """The bundle of an episode as the server would write it."""
    made = world or recorded_tiny()
    episode = start(made, get(scenario_id), 0, "an episode")
    for move in moves:
        run_step(made, episode, move)
    return to_bytes(bundle_of(episode, origin_of(made, name)))


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """With another content and all digests made anew, as a forger would."""
    table = json.loads(data)
    change(table)
    link = linked("", {name: part for name, part in table.items() if name not in ("steps", "ending", "digest")})
    for step in table["steps"]:
        step.pop("chain")
        link = step["chain"] = linked(link, dict(step))
    table["digest"] = linked(link, table["ending"])
    return to_bytes(table)


@pytest.mark.parametrize("scenario_id", ALL)
def test_perfect_play_is_proven_by_playing_it_again(scenario_id: str) -> None:
    found = scored(played(scenario_id, perfect_play(get(scenario_id))))
    assert (found.total, found.verdict, found.replayed) == (1.0, "scored", True)
    assert "played again in the recording" in found.says()


@pytest.mark.parametrize("scenario_id", ALL)
def test_where_there_is_no_recording_it_is_graded_again_and_says_so(scenario_id: str) -> None:
    moves = [NOTHING, *perfect_play(get(scenario_id))[-1:]]
    found = scored(played(scenario_id, moves, TinyWorld(), "tiny"))
    assert not found.replayed
    assert "nothing here proves" in found.says()


def test_a_bundle_is_the_same_bytes_each_time() -> None:
    moves = perfect_play(get("RP-001"))
    assert played("RP-001", moves) == played("RP-001", moves)


def test_without_the_recording_at_hand_it_is_graded_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = played("RP-003", perfect_play(get("RP-003")))
    monkeypatch.setenv("LAB_TAKES", str(tmp_path))
    found = scored(data)
    assert (found.total, found.replayed) == (1.0, False)


def test_a_void_episode_is_void() -> None:
    world = TinyWorld()
    episode = start(world, get("RP-001"), 3)
    run_step(world, episode, Query("query_logs", "postgres-db"))
    episode.void("the cluster is gone")
    found = scored(to_bytes(bundle_of(episode, {"name": "tiny"})))
    assert (found.total, found.verdict, found.steps) == (None, "void", 1)
    assert "void" in found.says()


@pytest.fixture(scope="module", name="bundle")
def _bundle() -> bytes:
    world = RecordedWorld(tiny_takes())
    scenario = get("RP-002")
    episode: Episode = start(world, scenario, 0, "flip me")
    for move in [NOTHING, Remedy("restart_service", "cdn-edge"), *perfect_play(scenario)]:
        run_step(world, episode, move)
    return to_bytes(bundle_of(episode, origin_of(world, "recorded")))


@settings(max_examples=300, deadline=None)
@given(place=st.integers(min_value=0), mask=st.integers(1, 255))
def test_any_byte_changed_is_found(bundle: bytes, place: int, mask: int) -> None:
    place %= len(bundle)
    forged = bundle[:place] + bytes([bundle[place] ^ mask]) + bundle[place + 1 :]
    with pytest.raises(NotProven):
        scored(forged)


@settings(max_examples=100, deadline=None)
@given(start=st.integers(min_value=0), length=st.integers(1, 200), put=st.binary(max_size=40))
def test_any_piece_cut_or_put_in_is_found(bundle: bytes, start: int, length: int, put: bytes) -> None:
    start %= len(bundle)
    forged = bundle[:start] + put + bundle[start + length :]
    if forged == bundle:
        return
    with pytest.raises(NotProven):
        scored(forged)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_what_is_no_bundle_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(NotProven, match=r"\."):
        scored(data)


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), put=Json)
def test_a_forger_who_mends_the_digests_gets_a_refusal_too(bundle: bytes, data: st.DataObject, put: object) -> None:
    """Whatever he puts wherever, its recording says otherwise; what has no part in the play he may choose."""
    table = json.loads(bundle)
    name = data.draw(st.sampled_from([name for name in table if name not in ("digest", "steps")]))
    chosen = type(put) is {"episode_id": str, "seed": int, "blind": bool}.get(name)
    drawn_so = drawn(table["task_id"], table["seed"]).id == table["scenario_id"]
    if put == table[name] or (chosen and (put is not True or drawn_so)):
        return
    with pytest.raises(NotProven):
        scored(changed(bundle, lambda whole: whole.update({name: put})))


def forged_grade(table: dict[str, Any]) -> None:
    table["ending"]["grade"]["units"] = 10_000


def forged_health(table: dict[str, Any]) -> None:
    table["steps"][-1]["health"] = {"healthy": True, "reasons": [], "services": {}}


def forged_evidence(table: dict[str, Any]) -> None:
    table["steps"][0]["answer"] = "0" * 64


def forged_reward(table: dict[str, Any]) -> None:
    table["steps"][0]["earned"] = [["first_query", 9_000]]


def left_out(table: dict[str, Any]) -> None:
    del table["steps"][0]


def smuggled(table: dict[str, Any]) -> None:
    table["note"] = "well done"


def other_key(table: dict[str, Any]) -> None:
    table["key"] = "0" * 64


def other_grader(table: dict[str, Any]) -> None:
    table["grader"] = {"version": 99, "source": "0" * 64}


def not_over(table: dict[str, Any]) -> None:
    table["steps"] = table["steps"][:2]


def other_commit(table: dict[str, Any]) -> None:
    forged_health(table)
    table["world"]["commit"] = "0" * 40


def more_of_the_world(table: dict[str, Any]) -> None:
    table["world"]["signed"] = "yes"


def said_to_be_live(table: dict[str, Any]) -> None:
    table["world"]["name"] = "live"


def made_void(table: dict[str, Any]) -> None:
    table["ending"]["void"] = "The cluster is gone."


def neither_healthy_nor_not(table: dict[str, Any]) -> None:
    table["steps"][-1]["health"]["healthy"] = "no"


def a_move_of_nobodys(table: dict[str, Any]) -> None:
    table["steps"][0]["move"]["service"] = "nobody"


def said_to_be_drawn(table: dict[str, Any]) -> None:
    seeds = (seed for seed in range(100) if drawn(table["task_id"], seed).id != table["scenario_id"])
    table.update(blind=True, seed=next(seeds))


FORGERIES = [
    forged_grade, forged_health, forged_evidence, forged_reward, left_out, smuggled, other_key, other_grader, not_over,
    other_commit, more_of_the_world, said_to_be_live, made_void, neither_healthy_nor_not, a_move_of_nobodys,
    said_to_be_drawn,
]  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_with_a_whole_chain_is_refused(forgery: Callable[[dict[str, Any]], None]) -> None:
    scenario = get("RP-001")
    moves = [*perfect_play(scenario)[:5], perfect_play(scenario)[-1]]
    with pytest.raises(NotProven):
        scored(changed(played("RP-001", moves), forgery))


def test_what_is_far_too_long_is_not_even_read() -> None:
    with pytest.raises(NotProven, match="longer"):
        scored(b" " * (SIZE_LIMIT + 1))


# --- the server and the command line


@pytest.fixture(name="client")
def _client() -> Iterator[TestClient]:
    with client_over(TinySource()) as client:
        yield client


def over_http(client: TestClient, scenario_id: str) -> bytes:
    client.post("/reset", params={"scenario_id": scenario_id})
    for move in perfect_play(get(scenario_id)):
        refused = client.get("/bundle")
        assert refused.status_code == 409
        assert refused.json()["detail"].endswith(".")
        assert set(refused.json()) == {"detail"}
        client.post("/step", json={"action_type": name_of(move), "parameters": parameters_of(move)})
    answer = client.get("/bundle")
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize("scenario_id", ALL)
def test_the_server_tells_it_at_the_end_and_not_before(client: TestClient, scenario_id: str) -> None:
    data = over_http(client, scenario_id)
    assert scored(data).total == 1.0 == client.get("/grader").json()["total"]
    assert scored(data).digest == json.loads(data)["digest"]


def test_before_any_reset_there_is_none(client: TestClient) -> None:
    assert client.get("/bundle").status_code == 400
    assert client.get("/bundle?episode_id=nobody").status_code == 404


def test_lab_score(client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(over_http(client, "RP-001"))
    told = CliRunner().invoke(cli, ["score", str(file), "--json", "--believe"])
    assert (told.exit_code, json.loads(told.stdout)["total"]) == (0, 1.0)
    assert CliRunner().invoke(cli, ["score", str(file)]).exit_code == 1, "no recording says that it is so"
    file.write_bytes(played("RP-001", perfect_play(get("RP-001"))))
    assert CliRunner().invoke(cli, ["score", str(file)]).exit_code == 0
    file.write_bytes(over_http(client, "RP-001"))
    file.write_bytes(file.read_bytes().replace(b'"units":10000', b'"units":10001'))
    refused = CliRunner().invoke(cli, ["score", str(file)])
    assert isinstance(refused.exception, NotProven)
    assert refused.exception.exit_code == 1
    missing = CliRunner().invoke(cli, ["score", str(tmp_path / "none")])
    assert "cannot be read" in str(missing.exception)


def test_a_submission_of_any_text_survives_the_form() -> None:
    text = "One\u2028. \ud83d\ude00 Two \x00. Three \udcff."
    moves = [Submission("submit_resolution", "", text)]
    assert scored(played("RP-001", moves)).verdict == "scored"
