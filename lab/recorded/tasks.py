"""What a recording has to hold: which remedies are to be tried in which states. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from lab.actions import MEASURING_STEPS, REMEDY_KINDS, RUNBOOK, Query, Remedy
from lab.recorded.recording import INCIDENT, Edge, Recording, bits, core_of, marks_of
from lab.recorded.rules import VERSION
from lab.scenarios import Scenario

ON_SERVICES = ("restart_service", "clear_cache", "rollback_deploy")
# Counts between and above these take the nearest; the usual one is added where a service was scaled away from it.
MORE, NONE = 3, 0
# What seldom changes a symptom is done to some services at once and watched once. More of it starts too many processes.
GENTLE = frozenset({"restart_service", "rollback_deploy", "clear_cache", "scale_service"})
TOGETHER = 4
# What it does shows once a pool takes a new connection (it keeps those that it has for 15 s), or a restart has come.
SHOWS_LATE = frozenset({"trigger_credential_rotation"})


class Task(NamedTuple):
    core: int
    remedy: Remedy


def mending(scenario: Scenario) -> list[Remedy]:
    return [step.remedy for step in scenario.answer.remedy if step.mends]


def measuring(scenario: Scenario) -> list[Remedy]:
    return [step.remedy for step in scenario.answer.remedy if not step.mends]


def looks(scenario: Scenario) -> list[Query]:
    kinds = [kind for kind in scenario.task.actions if kind.startswith(("query_", "check_"))]
    return [Query(kind, service) for kind in kinds for service in scenario.brief.known_services]  # type: ignore[arg-type]


def others(scenario: Scenario, flags: Mapping[str, bool]) -> list[Remedy]:
    """Every remedy that the key does not name; those that cannot be taken back come last."""
    measures = [Remedy("execute_runbook_step", step) for step in RUNBOOK if step in MEASURING_STEPS]
    if scenario.task.difficulty == "easy":
        return measures
    services = scenario.brief.known_services
    found = measures + [Remedy(kind, service) for kind in REMEDY_KINDS if kind in ON_SERVICES for service in services]
    found += [Remedy("scale_service", service, count) for service in services for count in (MORE, NONE)]
    found += [Remedy("execute_runbook_step", step) for step in RUNBOOK if step not in MEASURING_STEPS]
    found += [Remedy("disable_feature_flag", flag) for flag in flags]
    named = {step.remedy for step in scenario.answer.remedy}
    return [remedy for remedy in found if remedy not in named]


def pending(recording: Recording, scenario: Scenario) -> list[Task]:
    """What is still to be tried, in the order in which to try it: the key in every state, then all else in two."""
    have = {(core_of(edge.origin), edge.remedy) for edge in recording.edges.values()}
    return [task for task in _wanted(recording, scenario) if (task.core, task.remedy) not in have]


def _wanted(recording: Recording, scenario: Scenario) -> Iterator[Task]:
    for core in recording.cores:
        for remedy in (*measuring(scenario), *mending(scenario)):
            yield Task(core, remedy)
    rest = others(scenario, recording.snapshots[INCIDENT].flags)
    healthy = [core for core in recording.cores if recording.health_of(core).healthy]
    for core in (INCIDENT, *healthy[:1]):
        for remedy in rest:
            yield Task(core, remedy)
    for remedy in rest:
        if _leads_elsewhere(recording, remedy):
            yield from (Task(core, remedy) for core in recording.cores)


def _leads_elsewhere(recording: Recording, remedy: Remedy) -> bool:
    """A remedy that is no step of the key, and yet leads to another of its states: to be tried in each of them."""
    found = [edge for edge in recording.edges.values() if edge.remedy == remedy]
    return any(core_of(edge.to) != core_of(edge.origin) for edge in found)


def beside(
    recording: Recording, place: int, first: Remedy, tasks: Sequence[Task], apart: Collection[Remedy]
) -> list[Remedy]:
    """The first, and what can be done at once with it: gentle, of its kind, each to another service, not `apart`."""
    harmful = {*apart, *recording.did_harm()}
    if not _is_gentle(recording, first, harmful):
        return [first]
    found = {first.target: first}
    for task in tasks:
        remedy = task.remedy
        if remedy.kind == first.kind and _is_gentle(recording, remedy, harmful) and _fits(recording, place, task, ()):
            found.setdefault(remedy.target, remedy)
    return list(found.values())[:TOGETHER]


def _is_gentle(recording: Recording, remedy: Remedy, harmful: Collection[Remedy]) -> bool:
    """By its kind, and by what came of it elsewhere."""
    seldom_harms = remedy.kind in GENTLE and remedy.replicas != NONE
    return seldom_harms and remedy not in harmful and not _leads_elsewhere(recording, remedy)


def follow_ups(recording: Recording, place: int, remedy: Remedy, text: str) -> list[Remedy]:
    """What is to be tried right after a remedy: its way back, and that once more."""
    if remedy.kind == "scale_service" and remedy.replicas == NONE:
        return [remedy._replace(replicas=_usual(recording, place, remedy))] * 2
    if remedy.kind == "rollback_deploy" and core_of(place) == INCIDENT and remedy.version is None:
        left, *arrived = VERSION.findall(text)[:2] or [""]
        return [remedy._replace(version=version) for version in (*arrived, left) if arrived]
    return []


def _usual(recording: Recording, place: int, remedy: Remedy) -> int:
    """Scaling to more changed nothing where there are as many already."""
    for edge in recording.edges.values():
        if core_of(edge.origin) == core_of(place) and edge.remedy == remedy._replace(replicas=MORE):
            return 1 if edge.outcome and edge.outcome.changed else MORE
    return 1


class Way(NamedTuple):
    """Known edges to follow, and what to try at their end."""

    edges: list[Edge]
    task: Task


def way(recording: Recording, start: int, tasks: Sequence[Task], key: Collection[Remedy]) -> Way | None:
    """The shortest way to something that can be tried, the first of the tasks there; None where there is none."""
    by_origin: dict[int, list[Edge]] = {}
    for edge in recording.edges.values():
        by_origin.setdefault(recording.plain(edge.origin), []).append(edge)
    ways: dict[int, list[Edge]] = {recording.plain(start): []}
    queue = list(ways)
    for place in queue:
        if (task := next((task for task in tasks if _fits(recording, place, task, key)), None)) is not None:
            return Way(ways[place], task)
        for edge in by_origin.get(place, ()):
            if (to := recording.plain(edge.to)) not in ways:
                ways[to] = [*ways[place], edge]
                queue.append(to)
    return None


def _fits(recording: Recording, place: int, task: Task, key: Collection[Remedy]) -> bool:
    """The key's steps are tried on clean ground, as new states come of them; flags may be turned off one on another."""
    if task.core != core_of(place):
        return False
    done = {recording.marks[position].kind for position in bits(marks_of(place))}
    if task.remedy in key:
        return not done
    if task.remedy.kind == "disable_feature_flag":
        done.discard("disable_feature_flag")
    harmful = marks_of(place) & recording.harmful(task.core)
    kinds = {recording.marks[position].kind for position in bits(harmful)}
    return "disable_feature_flag" not in done and kinds <= {"disable_feature_flag"}
