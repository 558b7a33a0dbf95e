"""Checks that span several fields of a scenario file. Each raises ValueError with one sentence."""

from collections.abc import Iterable, Sequence
from string import Formatter

from fault_injectors.base import Params
from fault_injectors.registry import injector
from lab.actions import Remedy


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


def fits_injector(name: str, params: Params) -> None:
    """A flag or a release with all the settings without which it would be innocent: whichever the injector makes."""
    injector(name).check(params)


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
