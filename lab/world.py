"""The seam: what an episode needs of a world, live or recorded.

Plain values without behaviour. No I/O here, and nothing of Kubernetes, HTTP or files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from lab.actions import Query, Remedy
from lab.errors import Refused
from lab.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Alert:
    """The page that the on-call gets, measured by the alert rules that fired."""

    id: str
    title: str
    severity_fired: str
    affected_services: tuple[str, ...]
    symptoms: tuple[str, ...]
    error_rate: float
    duration_minutes: float
    revenue_impact_per_min: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one diagnosis saw: readable text, and what stands in it for those who compare."""

    text: str
    keys: tuple[str, ...] = ()
    """Names of the facts in the text (`error_rate`, `pool_in_use`, ...), without their values."""
    abnormal: tuple[str, ...] = ()
    """Those of the keys whose value is marked abnormal against the healthy baseline."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a remedy did: a sentence or two for the agent, and whether the effect has settled."""

    text: str
    changed: bool
    settled: bool = True
    composed: bool = False
    """True where a recorded world put this together by rule from recorded parts."""


@dataclass(frozen=True, slots=True)
class Health:
    """Measured at one moment: are customers served, and will it last?"""

    healthy: bool
    reasons: tuple[str, ...] = ()
    """Why it is not healthy, a sentence each; empty where it is."""
    services: Mapping[str, bool] = field(default_factory=dict)


class World(Protocol):
    """Five methods; every other thing an agent knows comes through them."""

    def begin(self, scenario: Scenario, seed: int) -> Alert: ...  # healthy -> fault in -> its alert fires

    def look(self, query: Query) -> Evidence: ...  # diagnose; changes nothing

    def do(self, remedy: Remedy) -> Outcome: ...  # changes the world, returns when settled

    def health(self) -> Health: ...  # measured now

    def flags(self) -> Mapping[str, bool]: ...  # the feature flags by name

    def end(self) -> None: ...  # back to the baseline


@runtime_checkable
class Forkable(Protocol):
    """A world of which there can be a second one at the same point."""

    def fork(self) -> World: ...


def outcome_of(world: World, remedy: Remedy) -> Outcome | Refused:
    """What came of it; where the world would not do it, its refusal as a value."""
    try:
        return world.do(remedy)
    except Refused as refusal:
        return refusal
