"""Whether a move is possible in an episode: the task allows it, and what it names is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lab.actions import RUNBOOK, Invalid, Move, Query, Remedy, parameters_of
from lab.plain import harmless
from lab.scenarios import Scenario

# Of parameters that are longer only beginnings are kept: so long, of so many.
_KEPT, _SHOWN, _NAMES = 1_000, 100, 8


@dataclass(frozen=True, slots=True, eq=False)
class Admission:
    """What a scenario allows; the same for all its episodes."""

    queries: frozenset[Query]
    actions: tuple[str, ...]
    services: tuple[str, ...]
    task: str
    graded_by_health: bool

    def admit(self, move: Move, flags: Mapping[str, bool]) -> Move:
        # The usual case first: training mostly looks.
        if type(move) is Query and move in self.queries:
            return move
        if type(move) is Invalid:
            return kept(move)
        why = self._objection(move, flags)
        return move if why is None else _refused(move, why)

    def _objection(self, move: Move, flags: Mapping[str, bool]) -> str | None:
        kind = move[0]
        if kind not in self.actions:
            return f"{kind} is no action of the task {self.task}; accepted: {', '.join(self.actions)}."
        if type(move) is Remedy:
            return self._unknown_target(move, flags)
        service = move[1]
        return None if service in self.services or kind == "submit_resolution" else self._unknown_service(str(service))

    def _unknown_target(self, remedy: Remedy, flags: Mapping[str, bool]) -> str | None:
        target = remedy.target
        if remedy.kind == "disable_feature_flag":
            return None if target in flags else _unknown("feature flag", target, flags)
        if remedy.kind == "execute_runbook_step":
            return None if target in RUNBOOK else _unknown("runbook step", target, RUNBOOK)
        return None if target in self.services else self._unknown_service(target)

    def _unknown_service(self, name: str) -> str:
        return _unknown("service", name, dict.fromkeys(self.services))


@lru_cache(maxsize=64)
def admission_of(scenario: Scenario) -> Admission:
    task, services = scenario.task, scenario.brief.known_services
    kinds = [kind for kind in task.actions if kind.startswith(("query_", "check_"))]
    queries = frozenset(Query(kind, service) for kind in kinds for service in services)  # type: ignore[arg-type]
    return Admission(queries, task.actions, services, task.id, task.difficulty == "hard")


def refused(move: Query | Remedy, why: str) -> Invalid:
    """The move as one that the world would not do."""
    return _refused(move, why)


def _refused(move: Move, why: str) -> Invalid:
    kind = move.action_type if isinstance(move, Invalid) else move.kind
    return kept(Invalid(kind, parameters_of(move), why))


def kept(move: Invalid) -> Invalid:
    """As the history keeps it: with all its parameters, unless they would fill the memory."""
    if len(str(move.parameters)) <= _KEPT:
        return move
    beginnings = [(str(name)[:_SHOWN], f"{str(value)[:_SHOWN]}... (cut)") for name, value in move.parameters.items()]
    return move._replace(parameters=dict(beginnings[:_NAMES]))


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    return harmless(f"There is no {what} {name!r} here; accepted: {', '.join(known)}.")
