"""A recording made ready to be played: each place a node of dictionaries; what was not recorded is composed by rule.

Shared by all episodes and only read, but for composed nodes, which are kept for the next who comes by.
The rules stand in docs/recording.md and in lab.recorded.rules.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from lab.actions import Query, Remedy
from lab.recorded.recording import INCIDENT, LASTING, Edge, Recording, Snapshot, bits, core_of, marks_of, place_of
from lab.world import Alert, Evidence, Health, Outcome

# Composed nodes in memory; each is a dictionary of references into the recording.
KEPT_NODES = 2_000
# In this order marks are laid over a core: a release or a scale says more of a service than an earlier restart.
_LAYERS = ("execute_runbook_step", "clear_cache", "restart_service", "disable_feature_flag", "rollback_deploy",
           "scale_service")  # fmt: skip
Step = tuple[Outcome, int]


class Node:
    """What a world at one place answers; `steps` also keeps what was composed."""

    __slots__ = ("evidence", "flags", "health", "steps")

    def __init__(self, evidence: dict[Query, Evidence], flags: Mapping[str, bool], health: Health) -> None:
        self.evidence, self.flags, self.health = evidence, flags, health
        self.steps: dict[Remedy, Step] = {}


class Effect(NamedTuple):
    """What a mark lays over a core."""

    evidence: Mapping[Query, Evidence]
    flags: Mapping[str, bool]
    reasons: tuple[str, ...]
    hurt: tuple[str, ...]
    harmless: bool = False

    def elsewhere(self) -> "Effect":
        """At a core where it was not measured. Of what did no harm only the release is left to see."""
        left = {q: found for q, found in self.evidence.items() if q.kind == "check_recent_deploys" or not self.harmless}
        return self._replace(evidence=left, reasons=(), hurt=())


class Graph:
    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._harmful: dict[int, int] = {}
        self._nodes: dict[int, Node] = {}
        self._alerts: dict[str, Alert] = {}

    @property
    def start(self) -> int:
        return INCIDENT

    def alert(self, title: str) -> Alert:
        """Scenarios that share a fault are told apart by what they ask for, and that is in the title."""
        if title not in self._alerts:
            self._alerts[title] = replace(self.recording.alert, title=title)
        return self._alerts[title]

    @cached_property
    def by_remedy(self) -> dict[Remedy, list[Edge]]:
        found: dict[Remedy, list[Edge]] = {}
        for edge in self.recording.edges.values():
            found.setdefault(edge.remedy, []).append(edge)
        return found

    def node(self, place: int) -> Node:
        found = self._nodes.get(place)
        if found is None:
            found = self._made(place)
            if len(self._nodes) >= KEPT_NODES:
                self._nodes.clear()
            self._nodes[place] = found
        return found

    def harmful(self, core: int) -> int:
        if core not in self._harmful:
            self._harmful[core] = self.recording.harmful(core)
        return self._harmful[core]

    def healthy(self, place: int) -> bool:
        return self.recording.health_of(core_of(place)).healthy

    def _made(self, place: int) -> Node:
        seen = self.recording.snapshots.get(place)
        if seen is not None and seen.health is not None:
            return Node(dict(seen.evidence), seen.flags, seen.health)
        core = self.recording.snapshots[core_of(place)]
        evidence, flags = dict(core.evidence), dict(core.flags)
        health = self.recording.health_of(core_of(place))
        for position in self._layered(marks_of(place)):
            effect = self._effect(position, core_of(place))
            evidence.update(effect.evidence)
            flags.update(effect.flags)
            health = _worse(health, effect)
        return Node(evidence, flags, health)

    def _layered(self, marks: int) -> list[int]:
        return sorted(bits(marks), key=lambda position: (_LAYERS.index(self.recording.marks[position].kind), position))

    def _effect(self, position: int, core: int) -> Effect:
        """As it was measured at this core, or else at one that is as healthy; beside as little else as may be."""
        made = [e for e in self.recording.edges.values() if marks_of(e.to) & ~marks_of(e.origin) & 1 << position]
        nearest = min(made, key=lambda edge: (*self._unlike(edge, core), marks_of(edge.origin).bit_count(), edge.to))
        after = self.recording.snapshots[nearest.to]
        effect = self._difference(nearest, after)
        lasts = self.recording.marks[position].kind in LASTING or core_of(nearest.to) == core
        return effect if lasts else effect.elsewhere()

    def _unlike(self, edge: Edge, core: int) -> tuple[bool, bool]:
        return core_of(edge.to) != core, self.healthy(edge.to) != self.healthy(place_of(core))

    def _difference(self, edge: Edge, after: Snapshot) -> Effect:
        """Of a mark at a core that it led to itself: against that core."""
        leaves = core_of(edge.to) != core_of(edge.origin)
        before = self.node(core_of(edge.to) if leaves else edge.origin)
        flags = {name: on for name, on in after.flags.items() if before.flags.get(name) is not on}
        if after.health is None:
            return Effect(after.evidence, flags, (), (), harmless=True)
        evidence = {query: found for query, found in after.evidence.items() if _differs(query, found, edge, before)}
        known = {shape(reason) for reason in before.health.reasons}
        reasons = tuple(reason for reason in after.health.reasons if shape(reason) not in known)
        hurt = _newly_hurt(after.health, before.health)
        if reasons and not hurt:
            # Done on top of something that hurt the same services already.
            hurt = _newly_hurt(after.health, self.recording.health_of(core_of(edge.origin)))
        return Effect(evidence, flags, reasons, hurt)


def shape(sentence: str) -> str:
    """The sentence without its figures."""
    return re.sub(r"\d[\d,.]*", "#", sentence)


def _differs(query: Query, found: Evidence, edge: Edge, before: Node) -> bool:
    return query.service == edge.remedy.target or set(found.abnormal) != set(before.evidence[query].abnormal)


def _newly_hurt(after: Health, before: Health) -> tuple[str, ...]:
    return tuple(name for name, good in after.services.items() if not good and before.services.get(name, True))


def _worse(health: Health, effect: Effect) -> Health:
    if not effect.reasons and not effect.hurt:
        return health
    known = {shape(reason) for reason in health.reasons}
    reasons = (*health.reasons, *(reason for reason in effect.reasons if shape(reason) not in known))
    services = dict(health.services) | dict.fromkeys(effect.hurt, False)
    return Health(health.healthy and not effect.reasons, reasons, services)
