"""The export filter: which zone's prefix may be announced to which zone. Pure.

`deny az-1 to az-2,az-3; permit any`: rules are read in order, the first that matches decides, and what no rule
matches is denied, as routers do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_RULE = re.compile(r"(?P<verb>permit|deny)\s+(?P<origin>[\w-]+)(?:\s+to\s+(?P<targets>[\w-]+(?:\s*,\s*[\w-]+)*))?")
ANY = "any"


class BadFilter(ValueError):
    """An export filter that cannot be read; its text says which rule and what is accepted."""


@dataclass(frozen=True, slots=True)
class Rule:
    permit: bool
    origin: str = ANY
    targets: frozenset[str] = frozenset({ANY})

    def matches(self, origin: str, target: str) -> bool:
        return self.origin in (ANY, origin) and not self.targets.isdisjoint({ANY, target})

    @property
    def matches_everything(self) -> bool:
        return self.origin == ANY and ANY in self.targets


@dataclass(frozen=True, slots=True)
class ExportFilter:
    rules: tuple[Rule, ...]

    def permits(self, origin: str, target: str) -> bool:
        return next((rule.permit for rule in self.rules if rule.matches(origin, target)), False)

    @property
    def permits_everything(self) -> bool:
        """No rule denies anything before one that permits all: then an operator's override has nothing left to do."""
        for rule in self.rules:
            if not rule.permit:
                return False
            if rule.matches_everything:
                return True
        return False

    def denied(self, origin: str, targets: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(target for target in targets if not self.permits(origin, target)))


def parse_filter(text: str) -> ExportFilter:
    clauses = [clause.strip() for clause in text.split(";") if clause.strip()]
    if not clauses:
        raise BadFilter("the export filter is empty: give rules such as 'permit any'")
    return ExportFilter(tuple(_parse_rule(clause) for clause in clauses))


def _parse_rule(clause: str) -> Rule:
    match = _RULE.fullmatch(clause)
    if match is None:
        raise BadFilter(f"export filter rule {clause!r} cannot be read: write 'permit|deny ZONE|any [to ZONE,...]'")
    targets = match["targets"]
    return Rule(
        permit=match["verb"] == "permit",
        origin=match["origin"],
        targets=frozenset(part.strip() for part in targets.split(",")) if targets else frozenset({ANY}),
    )
