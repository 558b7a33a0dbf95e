"""The leak scan: of each recording, of what the API says before an episode's end, and of what the manifests name."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.actions import DESCRIPTIONS, RUNBOOK, name_of
from lab.recorded import takes
from lab.recorded.recording import Recording
from lab.scenarios import Scenario, get, load_all
from lab.trust.leaks import key_leaks, leaks, leaks_in
from tests.attacks.arena import ALL, OverHttp, arena
from tests.attacks.moves import NOTHING, as_action
from tests.attacks.players import PAGES
from tests.unit.tiny_world import perfect_play

ROOT = Path(__file__).resolve().parents[2]
SHOWN = [ROOT / "manifests" / part for part in ("shop", "history", "agent", "kind", "observability")]
# The other pages that attackers read are not there, or refuse.
THERE = {
    "/", "/docs", "/redoc", "/openapi.json", "/tasks", "/health", "/state", "/grader", "/openenv/docs",
    "/openenv/openapi.json", "/openenv/schema", "/openenv/metadata", "/openenv/state", "/openenv/health",
}  # fmt: skip
TAKES = takes.take_names(takes.own_folder())


@pytest.fixture(scope="module", name="door")
def _door() -> Iterator[OverHttp]:
    with arena() as door:
        yield door


# --- the scan itself


@pytest.mark.parametrize(
    "text",
    [
        "chaos-daemon", "fault_injectors.memory_hog", "label: RCA-002", "rp003", "the culprit", "INJECTED",
        "iptables partition", "IPTABLES_PARTITION", "x.bad-release", "a zone's routes are withdrawn", "flag_off",
        "Without a replica there is no database at all", "scenario=7", "answer_key.json", "root cause: config",
        "episode 7", "Fault", "FaultInjector", "TheCulprit", "rca_2", "deliberately broken",
    ],
)  # fmt: skip
def test_what_only_the_lab_would_say_is_found(text: str) -> None:
    assert leaks(f"before {text} after", "here")[0].where == "here"
    assert next(leaks_in({"a": [{"b": text}]}, "root")).where == "root.a[0].b"
    assert list(leaks_in({text: 1}))


@pytest.mark.parametrize(
    "text",
    [
        "default", "server process was terminated by signal 9: Killed", "/* analytics export query */ select 1",
        "v3.2.1: rotate database credentials at start, restart their clients", "EXPORT_FILTER deny az-1 to az-2,az-3",
        "restore_bgp_routes: 3 prefixes announced", "password authentication failed",
        "AC adapter 1000", "order-service-7d9-rp245", "0ac00123", "before the incident", "turn a flag off",
        "verify_api_recovery",
        "faulty", "defaults", "step_id", "full_history_export", "secrets rotation", "segfault",
    ],
)  # fmt: skip
def test_what_the_shop_may_say_is_no_leak(text: str) -> None:
    assert not leaks(text)


def test_every_alert_summary_runbook_and_action_is_clean() -> None:
    shown = [scenario.brief.model_dump(exclude={"task"}) for scenario in load_all().values()]
    assert not list(leaks_in(shown))
    assert not list(leaks_in(RUNBOOK))
    assert not list(leaks_in([text for name, text in DESCRIPTIONS.items() if not name.startswith("submit_")]))


# --- recordings


@pytest.mark.parametrize("name", TAKES)
def test_a_recording_is_clean(name: str) -> None:
    recording = takes.load(takes.own_folder() / name)
    found = [leak for where, text in texts_of(recording) for leak in leaks(text, f"{name} {where}")]
    assert not found, "\n".join(map(str, found[:20]))


def texts_of(recording: Recording) -> Iterator[tuple[str, str]]:
    yield "alert", json.dumps(asdict(recording.alert))
    for place, seen in recording.snapshots.items():
        for query, evidence in seen.evidence.items():
            yield f"{place} {query.kind} {query.service}", "\n".join((evidence.text, *evidence.keys))
        yield f"{place} flags", "\n".join(seen.flags)
        yield f"{place} health", "\n".join(seen.health.reasons if seen.health else ())
    for edge in recording.edges.values():
        yield f"edge {edge.remedy}", f"{edge.outcome.text if edge.outcome else ''} {edge.refusal}"


# --- the API before the end


def before_the_end(door: OverHttp, scenario: Scenario) -> Iterator[tuple[str, Any]]:
    yield "reset", door.reset(scenario)
    *way, _ = perfect_play(scenario)
    for move in way[: scenario.task.max_steps - 2]:
        yield name_of(move), door.step(as_action(move))
        for path in ("/state", "/grader", "/bundle"):
            answer = door.asked(path)
            yield path, answer.json()
            yield f"{path}'s head", dict(answer.headers)
    yield "error", door.step(NOTHING)


@pytest.mark.parametrize("scenario_id", ALL)
def test_replies_before_the_end_are_clean(door: OverHttp, scenario_id: str) -> None:
    replies = before_the_end(door, get(scenario_id))
    found = [leak for where, reply in replies for leak in leaks_in(without_own(reply), where)]
    assert not found, "\n".join(map(str, found[:20]))


def without_own(reply: Any) -> Any:
    """`submit_root_cause` and the word episode stand in what the API says of itself."""
    text = json.dumps(reply)
    for own in ("submit_root_cause", "The episode is still running", "root_cause_analysis", "the grader's score"):
        text = text.replace(own, "")
    return json.loads(text)


def test_pages_and_tools_say_nothing_of_the_answers(door: OverHttp) -> None:
    door.reset(get("RCA-002"))
    said = [(path, door.read(path)) for path in PAGES] + [("tools", door.tools())]
    found = [leak for where, text in said for leak in key_leaks(text, where)]
    assert not found, "\n".join(map(str, found[:20]))
    assert {path for path in PAGES if door.asked(path).status_code == 200} == THERE


@pytest.mark.parametrize("page", ["/openapi.json", "/tasks", "/openenv/openapi.json"])
def test_no_example_is_an_answer(door: OverHttp, page: str) -> None:
    text = json.dumps(door.asked(page).json())
    for scenario in load_all().values():
        both = f'"severity": "{scenario.answer.severity}", "service": "{scenario.answer.culprit}"'
        assert both not in text
        assert scenario.fault.change_cause is None or scenario.fault.change_cause not in text


# --- what the cluster's objects are called


@pytest.mark.parametrize("folder", SHOWN, ids=lambda folder: folder.name)
def test_manifests_are_clean(folder: Path) -> None:
    found = [
        leak
        for file in sorted(folder.glob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
        for leak in leaks_in(document, file.name)
    ]
    assert not found, "\n".join(map(str, found[:20]))
