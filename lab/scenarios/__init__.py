"""The nine incidents: what an agent is told, what is broken, and the answer. One TOML file each.

How a fault is made, how an answer is scored and how a cluster is measured do not belong here.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from types import MappingProxyType

from lab.errors import Unknown
from lab.scenarios.answer import Answer, Band, Clue, Concept, CutOff, HarmfulAct, KeyStep, Kills
from lab.scenarios.loader import read_all, read_figures
from lab.scenarios.schema import Brief, Fault, Figure, Release, Scenario, SymptomLine
from lab.scenarios.tasks import SEVERITY_POLICY, TASKS, Task, TaskId

__all__ = [
    "SEVERITY_POLICY",
    "TASKS",
    "Answer",
    "Band",
    "Brief",
    "Clue",
    "Concept",
    "CutOff",
    "Fault",
    "Figure",
    "HarmfulAct",
    "KeyStep",
    "Kills",
    "Release",
    "Scenario",
    "SymptomLine",
    "Task",
    "TaskId",
    "drawn",
    "figures",
    "get",
    "ids_of_task",
    "load_all",
    "of_task",
    "task",
]


@cache
def load_all() -> Mapping[str, Scenario]:
    return MappingProxyType(read_all())


def figures() -> Mapping[str, Figure]:
    """What is measured, by name: each with its PromQL and its unit."""
    return MappingProxyType(read_figures())


def get(scenario_id: str) -> Scenario:
    """The scenario of that id, as it is written."""
    try:
        return load_all()[scenario_id]
    except KeyError as error:
        raise Unknown(f"There is no scenario {scenario_id[:60]!r}; accepted: {', '.join(load_all())}.") from error


def task(task_id: str) -> Task:
    for known, found in TASKS.items():
        if known == task_id:
            return found
    raise Unknown(f"There is no task {task_id[:60]!r}; accepted: {', '.join(TASKS)}.")


def ids_of_task(task_id: str) -> tuple[str, ...]:
    """The task's scenarios in the order of scenario_index."""
    wanted = task(task_id).id
    return tuple(name for name, scenario in load_all().items() if scenario.brief.task == wanted)


def of_task(task_id: str, index: int) -> Scenario:
    ids = ids_of_task(task_id)
    if not 0 <= index < len(ids):
        raise Unknown(f"{task_id} has no scenario_index {index}; accepted: 0 to {len(ids) - 1}.")
    return load_all()[ids[index]]


def drawn(task_id: str, seed: int) -> Scenario:
    """One of the task's, by the seed: the same for the same seed, and even over many."""
    ids = ids_of_task(task_id)
    return load_all()[ids[int.from_bytes(sha256(f"{task_id}:{seed}".encode()).digest()[:8]) % len(ids)]]
