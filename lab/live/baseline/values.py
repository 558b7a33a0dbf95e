"""What a look at the world is made of, and what may be done to it: plain values, no I/O.

A difference carries the act that mends it, so that deciding is pure and doing is thin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

Object = dict[str, Any]


class Stage(IntEnum):
    """The order in which acts are done; those of one stage are done side by side."""

    DECLARATIONS = 1  # what pods read when they start comes before the pods
    WORKLOADS = 2
    HISTORY = 3
    PODS = 4
    NODES = 5  # a packet filter's old programmers must be gone first
    DATABASE = 6


@dataclass(frozen=True, slots=True)
class Send:
    """One request to the API server."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OnNode:
    """Programs run on a node, each an argv."""

    node: str
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class InDatabase:
    """SQL, run by the database's own administrator; each statement on its own."""

    database: str
    statements: tuple[str, ...] = field(repr=False)


Act = Send | OnNode | InDatabase


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the world is not the baseline."""

    part: str
    name: str
    says: str
    stage: Stage = Stage.DECLARATIONS
    acts: tuple[Act, ...] = field(default=(), repr=False)
    """Empty where the cluster is already at it and only time is needed."""

    def __str__(self) -> str:
        return f"{self.part} {self.name}: {self.says}"


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node's packet filter and what its route daemon keeps on disk."""

    rules: tuple[str, ...]  # as `iptables -S` prints them, those of the cluster's own chains left out
    kept_files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcessSeen:
    """What a pod's process says of itself in its metrics."""

    concerns: frozenset[str] = frozenset()
    gauges: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatabaseSeen:
    """Digests of what is in the database beside those of its template, and which roles' passwords fit."""

    digests: Mapping[str, str]
    template_digests: Mapping[str, str]
    verifiers: Mapping[str, str]  # role -> what the server keeps of its password


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at everything."""

    objects: Mapping[str, Object]  # by path
    replica_sets: tuple[Object, ...]
    revisions: tuple[Object, ...]
    pods: tuple[Object, ...]
    processes: Mapping[str, ProcessSeen | None]  # by pod; None where it did not answer
    nodes: Mapping[str, NodeSeen]
    database: DatabaseSeen | None  # None while it does not answer
    at: float = 0.0
    """When, in seconds since the epoch."""
