"""A line that a person types, as an action; and what could come next, for completion. Made from lab.actions."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab.actions import SEVERITIES, parameter_names
from lab.baseline_agent.client import Action

COMMANDS: Mapping[str, str] = {
    "alert": "the page once more",
    "services": "the services of this incident",
    "flags": "the feature flags and their states",
    "runbook": "the runbook's steps, with a line each",
    "actions": "what can be done, with parameters",
    "seen": "what was looked at so far; `seen ACTION TARGET` shows it again",
    "hint": "what the baseline agent would do next; costs nothing, and the report tells of it",
    "help": "this list",
    "quit": "leave the incident without a submission",
}
_OPTIONAL = frozenset({"target_version"})


def action_of(line: str) -> Action:
    """Words in the order of the action's parameters; the last one takes the rest of the line."""
    kind, _, rest = line.strip().partition(" ")
    try:
        names = parameter_names(kind)
    except KeyError:
        return Action(kind, {})
    words = rest.split(maxsplit=len(names) - 1)
    values: dict[str, Any] = dict(zip(names, words, strict=False))
    if str(values.get("replicas", "")).isdecimal():
        values["replicas"] = int(values["replicas"])
    return Action(kind, values)


def usage(kind: str) -> str:
    names = (f"[{name.upper()}]" if name in _OPTIONAL else name.upper() for name in parameter_names(kind))
    return " ".join([kind, *names])


def completions(observation: Mapping[str, Any], line: str, word: str) -> list[str]:
    """What may stand where `word` does, at the end of `line`."""
    before = line[: len(line) - len(word)].split()
    return sorted(choice for choice in _choices(observation, before) if choice.startswith(word))


def _choices(observation: Mapping[str, Any], before: list[str]) -> Iterable[str]:
    allowed = observation["available_actions"]
    if not before:
        return [*allowed, *COMMANDS]
    if before[0] == "seen":
        return _seen(observation, before[1:])
    names = parameter_names(before[0]) if before[0] in allowed else ()
    return _values(observation, names[len(before) - 1]) if len(before) <= len(names) else ()


def _seen(observation: Mapping[str, Any], before: list[str]) -> Iterable[str]:
    by_action: Mapping[str, Mapping[str, str]] = observation["queried_data"]
    return by_action if not before else by_action.get(before[0], {}) if len(before) == 1 else ()


def _values(observation: Mapping[str, Any], name: str) -> Iterable[str]:
    known: Mapping[str, Iterable[str]] = {
        "service": observation["known_services"],
        "flag": observation["feature_flags"],
        "runbook_action": observation["runbook"],
        "severity": SEVERITIES,
        "target_version": ("previous",),
    }
    return known.get(name, ())
