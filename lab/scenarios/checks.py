"""Checks that span several fields of a scenario file. Each raises ValueError with one sentence."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations
from reprlib import repr as shortly
from string import Formatter
from typing import NamedTuple

from fault_injectors.base import Params, ReleaseParams, the_flag
from fault_injectors.registry import injector
from fault_injectors.release import ByRelease
from lab.actions import Remedy
from lab.scenarios.words import ZONES

_RULE = re.compile(r"(permit|deny)\s+([\w-]+)(?:\s+to\s+([\w-]+(?:\s*,\s*[\w-]+)*))?")


def placeholders(text: str, wanted: set[str]) -> str:
    parts = [part for part in _parts(text) if part[1] is not None]
    if {name for _, name, _, _ in parts} != wanted or any(form or conversion for _, _, form, conversion in parts):
        names = " and ".join("{" + name + "}" for name in sorted(wanted))
        raise ValueError(f"a symptom line holds exactly the placeholders {names}")
    return text


def _parts(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(text))
    except ValueError:
        return []


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


class Harm(NamedTuple):
    """With what values a setting does its part of the fault; with others it is innocent, or nothing starts."""

    does: Callable[[str], object]
    accepted: str


def _like(pattern: str, accepted: str) -> Harm:
    return Harm(re.compile(pattern).fullmatch, accepted)


HARM: Mapping[str, Mapping[str, Harm]] = {
    "connection_leak": {
        "DB_LEASE": _like("request", "request"),
        "DB_POOL_MAX": _like("[1-9][0-9]*", "a whole number above 0"),
    },
    "bad_secret_rollout": {
        "CREDENTIAL_SET": _like("previous", "previous"),
        "ROTATE_ON_START": _like("true", "true"),
    },
    "cache_flush_storm": {
        "PURGE_PATTERN": _like(r"/?\*|/(pages|pictures)/.+", "/*, or a pattern under /pages/ or /pictures/"),
        "PURGE_EVERY_SECONDS": _like(r"(?=.*[1-9])[0-9]+(\.[0-9]+)?", "a number above 0"),
    },
    "iptables_partition": {
        "EXPORT_FILTER": Harm(
            keeps_zones_apart,
            "rules in order that keep one zone from another, such as 'deny az-1 to az-2,az-3; permit any'",
        ),
    },
}


def fits_injector(name: str, params: Params) -> None:
    """A flag or a release with all the settings without which it would be innocent: whichever the injector makes."""
    made = injector(name)
    if isinstance(made, ByRelease):
        _does_harm(name, made.needs, made.release(params))
    else:
        the_flag(params)


def _does_harm(name: str, needs: Mapping[str, str], release: ReleaseParams) -> None:
    if not release.env:
        raise ValueError(
            f"the release of {release.service} changes no setting, so it makes no fault; "
            "accepted: env with at least one, such as env = { MODEL = 'deep-v2' }"
        )
    for setting, harm in HARM.get(name, {}).items():
        if not harm.does(value := release.env[setting]):
            raise ValueError(
                f"env.{setting} ({needs[setting]}) is {shortly(value)}, which makes no fault; accepted: {harm.accepted}"
            )


def turned_off(flag: str, remedy: Iterable[Remedy]) -> None:
    """Nothing but turning it off ends a fault that is a flag."""
    if Remedy("disable_feature_flag", flag) not in remedy:
        raise ValueError(f"answer.remedy never turns off {flag}; accepted: a step with disable_feature_flag of {flag}")


def once(what: str, names: Sequence[str]) -> None:
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"{what} tells {twice[0]} twice")


def acyclic(steps: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Every `after` names a step written further up, so that the order has no cycle."""
    seen: set[str] = set()
    for step, after in steps:
        if step in seen:
            raise ValueError(f"the step {step} is there twice")
        if missing := [name for name in after if name not in seen]:
            raise ValueError(f"the step {step} comes after {missing[0]}, which is not among the steps above it")
        seen.add(step)


def among(what: str, names: Iterable[str], known: Sequence[str]) -> None:
    if strangers := [name for name in names if name not in known]:
        raise ValueError(f"{what} names {strangers[0]}; accepted: {', '.join(known)}")


def no_hint(culprit: str, places: Iterable[tuple[str, str]]) -> None:
    """The culprit's name, hyphenated or in words, stands in none of the texts an agent is shown at the start."""
    spellings = (culprit, culprit.replace("-", " "), culprit.replace("-", "_"), culprit.replace("-", ""))
    for place, text in places:
        if any(spelling in text.lower() for spelling in spellings):
            raise ValueError(f"{place} names the culprit {culprit}, which the agent has to find")
