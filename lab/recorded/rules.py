"""Where a remedy leads from a place: as it was recorded there, or composed of recorded parts by the rules below.

1. Marks that were measured to be harmless make no difference: what was recorded beside them counts as recorded.
2. A remedy acts beside marks as it acts without them, and the marks stay (those it replaces, or undoes, go).
3. A remedy other than the key's, measured at another core that is as healthy, and leading to no other core there,
   does the same here.
4. A rollback or a scale begins at the release or count that runs: one that was recorded from another is none of this
   place. `scale_service` takes the nearest recorded count and names it, and to the present count it changes nothing; a
   rollback to the release that the recorded rollback returned to is that rollback, to the running one it changes
   nothing, and to one that no recorded history shows it is refused.
Where none holds: Unrecorded, a refusal. docs/recording.md says why.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from lab.actions import Query, Remedy
from lab.errors import Refused, Unknown, Unrecorded
from lab.recorded.graph import Graph, Step
from lab.recorded.recording import Edge, core_of, marks_of, place_of
from lab.world import Outcome

VERSION = re.compile(r"v\d+\.\d+\.\d+")
_FROM = re.compile(r"from \d+ to")
_WANTED = re.compile(r"^replicas_wanted: (\d+)", re.MULTILINE)
_RUNS = re.compile(r"^release: (v\d+\.\d+\.\d+)", re.MULTILINE)


def step(graph: Graph, place: int, remedy: Remedy) -> Step:
    """Outcome and next place; Refused where the world refused, or where no rule holds."""
    edges = [edge for edge in graph.by_remedy.get(remedy, ()) if _begins_alike(graph, place, edge)]
    if (edge := _chosen(graph, place, edges)) is not None:
        return _followed(graph, place, edge)
    if remedy.kind == "scale_service" and remedy.replicas is not None:
        return _scaled(graph, place, remedy, remedy.replicas)
    if remedy.version is not None:
        return _rolled_back(graph, place, remedy, remedy.version)
    raise _unrecorded(remedy)


def _unrecorded(remedy: Remedy) -> Unrecorded:
    return Unrecorded(f"No recording shows what {_named(remedy)} does in this state, so that nothing was done.")


def _begins_alike(graph: Graph, place: int, edge: Edge) -> bool:
    """What runs, or how many, is the same before it."""
    target = edge.remedy.target
    if edge.remedy.kind == "rollback_deploy":
        return _running(graph, edge.origin, target) == _running(graph, place, target)
    if edge.remedy.kind == "scale_service":
        return _count(graph, edge.origin, target) == _count(graph, place, target)
    return True


def _running(graph: Graph, place: int, service: str) -> str | None:
    return _seen(graph, place, Query("check_recent_deploys", service), _RUNS)


def _count(graph: Graph, place: int, service: str) -> str | None:
    return _seen(graph, place, Query("check_service_status", service), _WANTED)


def _seen(graph: Graph, place: int, query: Query, what: re.Pattern[str]) -> str | None:
    evidence = graph.node(place).evidence.get(query)
    found = what.search(evidence.text) if evidence else None
    return found[1] if found else None


def _chosen(graph: Graph, place: int, edges: Sequence[Edge]) -> Edge | None:
    """The nearest: the same core, the same marks on the remedy's target, then the fewest other marks."""
    usable = [edge for edge in edges if core_of(edge.origin) == core_of(place) or _carries_over(graph, place, edge)]
    return min(usable, key=lambda edge: _distance(graph, place, edge), default=None)


def _carries_over(graph: Graph, place: int, edge: Edge) -> bool:
    return core_of(edge.to) == core_of(edge.origin) and graph.healthy(edge.origin) == graph.healthy(place)


def _distance(graph: Graph, place: int, edge: Edge) -> tuple[bool, bool, int, int, int]:
    apart = marks_of(edge.origin) ^ marks_of(place)
    return (
        core_of(edge.origin) != core_of(place),
        bool(graph.recording.on_target(apart, edge.remedy.target)),
        (apart & graph.harmful(core_of(place))).bit_count(),
        apart.bit_count(),
        edge.origin,
    )


def _followed(graph: Graph, place: int, edge: Edge) -> Step:
    if edge.outcome is None:
        raise Refused(edge.refusal)
    recorded = _is_recorded(graph, place, edge)
    outcome = edge.outcome if recorded else replace(edge.outcome, composed=True)
    return outcome, _next(graph, place, edge)


def _is_recorded(graph: Graph, place: int, edge: Edge) -> bool:
    apart = marks_of(edge.origin) ^ marks_of(place)
    on_target = graph.recording.on_target(apart, edge.remedy.target)
    return core_of(edge.origin) == core_of(place) and not apart & graph.harmful(core_of(place)) and not on_target


def _next(graph: Graph, place: int, edge: Edge) -> int:
    if edge.origin == place:
        return edge.to
    leaves = core_of(edge.to) != core_of(edge.origin)
    came, went = marks_of(edge.to) & ~marks_of(edge.origin), marks_of(edge.origin) & ~marks_of(edge.to)
    marks = marks_of(place) & ~went
    if leaves:
        # What an earlier restart showed is over, but for its release; what it broke, and what lasts, goes along.
        recording = graph.recording
        goes_along = recording.lasting(marks) | recording.in_history(marks, but=edge.remedy.target)
        marks &= graph.harmful(core_of(place)) | goes_along
    if came:
        marks = graph.recording.without_rivals(marks, edge.remedy)
    return place_of(core_of(edge.to) if leaves else core_of(place), marks | came)


def _scaled(graph: Graph, place: int, remedy: Remedy, wanted: int) -> Step:
    edges = graph.by_remedy.get(remedy, ())
    if not edges:
        return _scaled_nearly(graph, place, remedy, wanted)
    count = _count(graph, place, remedy.target)
    if count == str(wanted):
        return _nothing_done(place, edges[0], _FROM, f"from {wanted} to")
    edge = _chosen(graph, place, edges)
    if edge is None or count is None:
        raise _unrecorded(remedy)
    outcome, then = _followed(graph, place, edge)
    return replace(outcome, text=_FROM.sub(f"from {count} to", outcome.text), composed=True), then


def _scaled_nearly(graph: Graph, place: int, remedy: Remedy, wanted: int) -> Step:
    counts = {r.replicas for r in graph.by_remedy if (r.kind, r.target) == (remedy.kind, remedy.target)}
    nearest = min((n for n in counts if n is not None), key=lambda n: (abs(n - wanted), n), default=None)
    if nearest is None:
        raise _unrecorded(remedy)
    outcome, then = step(graph, place, Remedy(remedy.kind, remedy.target, nearest))
    said = f"{outcome.text} (As recorded with {nearest} replicas, the nearest to {wanted}.)"
    return replace(outcome, text=said, composed=True), then


def _nothing_done(place: int, edge: Edge, what: re.Pattern[str], now: str) -> Step:
    """As the world told it elsewhere, of what runs here."""
    if edge.outcome is None:
        raise Refused(edge.refusal)
    return replace(edge.outcome, text=what.sub(now, edge.outcome.text), changed=False, composed=True), place


def _rolled_back(graph: Graph, place: int, remedy: Remedy, version: str) -> Step:
    known = _releases(graph, place, remedy.target)
    if version not in known:
        names = ", ".join(("previous", *known))
        raise Unknown(f"{remedy.target} has no release {version[:60]!r}; accepted: {names}.")
    if version == _running(graph, place, remedy.target):
        return _runs_already(graph, place, remedy, version)
    outcome, then = step(graph, place, Remedy(remedy.kind, remedy.target))
    if not _leads_to(outcome, version):
        raise _unrecorded(remedy)
    return replace(outcome, composed=True), then


def _runs_already(graph: Graph, place: int, remedy: Remedy, version: str) -> Step:
    of_service = [e for r, edges in graph.by_remedy.items() if r.version and r.target == remedy.target for e in edges]
    idle = next((edge for edge in of_service if edge.outcome and not edge.outcome.changed), None)
    if idle is None:
        raise _unrecorded(remedy)
    return _nothing_done(place, idle, VERSION, version)


def _leads_to(outcome: Outcome, version: str) -> bool:
    """The recorded rollback tells from which release it went to which."""
    return VERSION.findall(outcome.text)[1:2] == [version]


def _releases(graph: Graph, place: int, service: str) -> list[str]:
    found = graph.node(place).evidence.get(Query("check_recent_deploys", service))
    return list(dict.fromkeys(VERSION.findall(found.text))) if found else []


def _named(remedy: Remedy) -> str:
    more = [str(value) for value in (remedy.replicas, remedy.version) if value is not None]
    return " ".join((remedy.kind, remedy.target, *more))
