"""A recording: what was seen in each state, and where each remedy led. Plain values; no files, no rules.

A state is a core (a state that the key's mending steps lead to, or through) and marks: other remedies done meanwhile.
As one integer, its place: the core in the lower bits, a bit for each mark above them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lab.actions import Query, Remedy
from lab.world import Alert, Evidence, Health, Outcome

CORE_BITS = 16
_CORE_MASK = (1 << CORE_BITS) - 1
INCIDENT = 0
# What these do stays until somebody undoes it; what the others did is over once the shop has moved on.
LASTING = frozenset({"disable_feature_flag", "rollback_deploy", "scale_service"})
# Each of these makes a release, which its workload's history keeps.
IN_HISTORY = frozenset({"restart_service", "clear_cache"})


def place_of(core: int, marks: int = 0) -> int:
    return core | marks << CORE_BITS


def core_of(place: int) -> int:
    return place & _CORE_MASK


def marks_of(place: int) -> int:
    return place >> CORE_BITS


def bits(marks: int) -> Iterator[int]:
    position = 0
    while marks:
        if marks & 1:
            yield position
        marks >>= 1
        position += 1


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a take comes from, so that a stale one is known."""

    date: str
    kubernetes: str
    commit: str
    source: str
    """Hash of the shop, the manifests and the fault that it was made from."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The symptoms of a state over some moments: those seen at each, and those seen at any."""

    always: frozenset[str]
    ever: frozenset[str]

    def matches(self, other: "Fingerprint") -> bool:
        """What one always has, the other has at least now and then: symptoms at the edge of a limit come and go."""
        return self.always <= other.ever and other.always <= self.ever

    def joined(self, other: "Fingerprint") -> "Fingerprint":
        return Fingerprint(self.always & other.always, self.ever | other.ever)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was seen at a place; where a remedy changed no symptom, only what was seen of its target."""

    evidence: Mapping[Query, Evidence]
    flags: Mapping[str, bool]
    fingerprint: Fingerprint
    health: Health | None = None
    """None where the symptoms were those of the place before."""

    @property
    def whole(self) -> bool:
        return self.health is not None


@dataclass(frozen=True, slots=True)
class Edge:
    origin: int
    remedy: Remedy
    to: int
    outcome: Outcome | None
    refusal: str = ""
    """The world's own sentence, where it would not do the remedy."""


@dataclass(slots=True)
class Recording:
    """Grows while it is recorded, and is only read after that."""

    scenario: str
    provenance: Provenance
    alert: Alert
    marks: list[Remedy] = field(default_factory=list)
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    edges: dict[tuple[int, Remedy], Edge] = field(default_factory=dict)
    finished: bool = False

    @property
    def cores(self) -> list[int]:
        return [place for place in self.snapshots if not marks_of(place)]

    def health_of(self, core: int) -> Health:
        health = self.snapshots[core].health
        assert health is not None, "cores are recorded whole"
        return health

    def bit_of(self, remedy: Remedy) -> int:
        """The mark's bit, given to it when it is first asked for."""
        if remedy not in self.marks:
            self.marks.append(remedy)
        return 1 << self.marks.index(remedy)

    def without_rivals(self, marks: int, remedy: Remedy) -> int:
        """The marks that stay when the remedy is done: a service has one scale and one release at a time."""
        for position in bits(marks):
            mark = self.marks[position]
            if (mark.kind, mark.target) == (remedy.kind, remedy.target):
                marks &= ~(1 << position)
        return marks

    def on_target(self, marks: int, target: str) -> int:
        return sum(1 << position for position in bits(marks) if self.marks[position].target == target)

    def harmful(self, core: int) -> int:
        """Marks that brought other symptoms when they were made at this core; of those not made here, anywhere."""
        here, anywhere, made_here = 0, 0, 0
        for edge in self.edges.values():
            came = marks_of(edge.to) & ~marks_of(edge.origin)
            damage = came if came and self.snapshots[edge.to].whole else 0
            anywhere |= damage
            if core_of(edge.to) == core:
                here, made_here = here | damage, made_here | came
        return here | anywhere & ~made_here

    def did_harm(self) -> set[Remedy]:
        """The remedies that brought other symptoms anywhere."""
        return {self.marks[position] for core in self.cores for position in bits(self.harmful(core))}

    def lasting(self, marks: int) -> int:
        return sum(1 << position for position in bits(marks) if self.marks[position].kind in LASTING)

    def in_history(self, marks: int, but: str) -> int:
        """Of workloads other than that one, whose history has come to be another."""
        kept = (position for position in bits(marks) if self.marks[position].kind in IN_HISTORY)
        return sum(1 << position for position in kept if self.marks[position].target != but)

    def plain(self, place: int) -> int:
        """The place without those marks that are over and did no harm."""
        marks, core = marks_of(place), core_of(place)
        return place_of(core, marks & (self.harmful(core) | self.lasting(marks)))
