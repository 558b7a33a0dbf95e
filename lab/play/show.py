"""What a person is shown in a terminal, as plain text."""

import shutil
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.baseline_agent.client import Json
from lab.baseline_agent.reading import glimpse
from lab.baseline_agent.runner import Told
from lab.play.legible import legible
from lab.play.words import COMMANDS, usage
from lab.report import figures
from lab.report.figures import points
from lab.report.truth import truth_of
from lab.scenarios import Scenario

# As wide as the terminal; lines that are too long are hard to read.
USUAL_WIDTH, NARROWEST, WIDEST = 100, 40, 120


def alert(observation: Mapping[str, Any]) -> str:
    seen = observation["alert"]
    facts = [
        ("severity", seen["severity_fired"]),
        ("hurt", ", ".join(seen["affected_services"])),
        ("lasting", f"{seen['duration_minutes']:.1f} minutes"),
        ("revenue lost", f"${seen['revenue_impact_per_min']:,.0f} a minute"),
    ]
    return "\n".join(
        [
            "",
            f"=== {seen['title']} ===",
            _wrapped(observation["incident_summary"]),
            "",
            *(_wrapped(symptom, "  - ") for symptom in seen["symptoms"]),
            "",
            *(f"  {name}: {value}" for name, value in facts),
            "",
        ]
    )


def services(observation: Mapping[str, Any]) -> str:
    return _lines(observation["known_services"])


def flags(observation: Mapping[str, Any]) -> str:
    return _table({name: "on" if on else "off" for name, on in observation["feature_flags"].items()})


def runbook(observation: Mapping[str, Any]) -> str:
    return _table(observation["runbook"])


def actions(observation: Mapping[str, Any]) -> str:
    return _lines(usage(kind) for kind in observation["available_actions"])


def commands() -> str:
    actions = "and the actions, see `actions`; the Tab key completes."
    return f"{_table(COMMANDS)}\n{actions}\nLog lines are shown short; the report has them whole."


def seen(observation: Mapping[str, Any], words: list[str]) -> str:
    evidence: Mapping[str, Mapping[str, str]] = observation["queried_data"]
    if len(words) == 2:
        kind, target = words
        told = evidence.get(kind, {}).get(target)
        return legible(told, width()) if told is not None else f"{kind} {target} was not looked at."
    return _lines(f"{kind} {target}" for kind, by in evidence.items() for target in by) or "  nothing yet"


def step(told: Told) -> str:
    """For the one who plays: all of the evidence, and what it earned."""
    earned = _wrapped(told.answer["observation"]["feedback"], "  ")
    return "\n".join(part for part in (legible(told.evidence, width()), "", earned, "") if part)


def step_line(told: Told) -> str:
    """For those who watch: an action, what it showed and what it earned, on a line."""
    saw = told.error or (glimpse(told.evidence, 110) if told.evidence else "submitted")
    return f"  {told.number:>2}. {told.advice.action}  {points(told.reward)}  | {saw}"


def score(grade: Json) -> str:
    total = grade["total"]
    head = f"Score: {figures.score(total)}" if total is not None else f"Void, no score: {grade['feedback']}"
    parts = (f"{points(part['points'])}  {name}: {part['reason']}" for name, part in grade["breakdown"].items())
    return "\n".join(["", head, *(_wrapped(part, "  ") for part in parts)])


def truth(scenario: Scenario) -> str:
    told = truth_of(scenario)
    return "\n".join(
        [
            "",
            _wrapped(f"What really happened: {told['culprit']} is at fault. {told['change']}"),
            _wrapped(f"What went wrong: {', '.join(told['failure_mode'])}."),
            _wrapped(f"The repair: {'; '.join(told['repair'])}."),
        ]
    )


def report(file: Path) -> str:
    return f"\nReport: {file}"


def width() -> int:
    return max(NARROWEST, min(shutil.get_terminal_size((USUAL_WIDTH, 0)).columns, WIDEST))


def _wrapped(text: str, lead: str = "") -> str:
    return textwrap.fill(
        text,
        width(),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"  {text}" for text in texts)


def _table(rows: Mapping[str, str]) -> str:
    width = max(map(len, rows), default=0)
    return _lines(f"{name:<{width}}  {text}" for name, text in rows.items())
