"""A release whose export filter keeps a zone's prefix from other zones: their nodes drop what goes there."""

import re
from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import ClassVar

from fault_injectors.base import ZONES, ReleaseParams, WrongParams
from fault_injectors.release import ByRelease, Need

FILTER = "EXPORT_FILTER"
_RULE = re.compile(r"(permit|deny)\s+([\w-]+)(?:\s+to\s+([\w-]+(?:\s*,\s*[\w-]+)*))?")


def keeps_zones_apart(export_filter: str) -> bool:
    """As the shop's routers read it: in order, the first rule that matches decides, and what none matches is denied.

    Said again here, as what ships without the shop's sources reads scenarios, too; a test holds it to theirs.
    """
    clauses = [clause.strip() for clause in export_filter.split(";") if clause.strip()]
    rules = [rule for clause in clauses if (rule := _RULE.fullmatch(clause))]
    if not rules or len(rules) < len(clauses):
        return False
    return any(not _permits(rules, origin, target) for origin, target in permutations(ZONES, 2))


def _permits(rules: Iterable[re.Match[str]], origin: str, target: str) -> bool:
    for rule in rules:
        verb, source, targets = rule.groups(default="any")
        if source in ("any", origin) and not {"any", target}.isdisjoint(re.split(r"\s*,\s*", targets)):
            return bool(verb == "permit")
    return False


class IptablesPartition(ByRelease):
    needs: ClassVar[Mapping[str, Need]] = {
        FILTER: Need(
            "which prefixes are announced to whom",
            keeps_zones_apart,
            "rules in order that keep one zone from another, such as 'deny az-1 to az-2,az-3; permit any'",
        ),
    }

    def must_do_harm(self, release: ReleaseParams) -> None:
        if "deny" not in release.env[FILTER]:
            raise WrongParams(f"the export filter {release.env[FILTER]!r} denies nothing")
        super().must_do_harm(release)
