"""Does a text that an agent can see give the incident away? A scan for words that only the lab itself would say. Pure.

A release's own version, change cause and settings are evidence, and so is what a program writes of itself
(`analytics export query` in postgres' log): they are there to be found. What nobody at the shop would write is not.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, get_args

from lab.scenarios import Scenario, load_all
from lab.scenarios.words import InjectorName

# A default is no leak: the words stand alone, or begin a name or a part of one (FaultInjector, TheCulprit).
_BEGINS = r"(?:(?<![A-Za-z0-9])|(?-i:(?<=[a-z0-9])(?=[A-Z])))"
_ENDS = r"(?-i:(?![a-z]))"
_WORDS = (
    r"faults?", r"chaos\w*", r"inject\w*", r"scenarios?", r"culprits?", r"sabotag\w*", r"graders?", r"episodes?",
    r"answer[ _-]?keys?", r"failure[ _-]modes?", r"root[ _-]?causes?", r"simulat\w*", r"benchmarks?",
    r"deliberate\w*",
)  # fmt: skip
# Names that the cluster makes up (`-rp245`, a UID) are not ids.
_IDS = r"(?:AC|RCA|RP)(?:[-_ ]?00|_)\d(?![0-9])"
_AROUND = 40
# Field names and the episode's own labels: where these stand is promised, and says nothing of the answer.
OWN_FIELDS = frozenset({"scenario_id", "task_id", "episode_id", "available_actions"})


class Leak(NamedTuple):
    where: str
    word: str
    around: str

    def __str__(self) -> str:
        return f"{self.where}: {self.word!r} in ...{self.around}..."


def leaks(text: str, where: str = "") -> list[Leak]:
    """All that the text should not say."""
    return [_leak(text, where, match) for pattern in (_plain(), _key()) for match in pattern.finditer(text)]


def key_leaks(text: str, where: str = "") -> list[Leak]:
    """For pages that explain the API, and so may speak of scenarios: only what stands in the answers."""
    return [_leak(text, where, match) for match in _key().finditer(text)]


def leaks_in(value: object, where: str = "") -> Iterator[Leak]:
    """Of decoded JSON: all texts in it, and the names of what is not one of the promised fields."""
    if isinstance(value, str):
        yield from leaks(value, where)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in OWN_FIELDS:
                yield from leaks(str(name), f"{where}.{name}")
                yield from leaks_in(part, f"{where}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            yield from leaks_in(part, f"{where}[{number}]")


def _leak(text: str, where: str, match: re.Match[str]) -> Leak:
    around = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
    return Leak(where, match[0], around.replace("\n", " "))


@cache
def _plain() -> re.Pattern[str]:
    return re.compile(rf"{_BEGINS}(?:{'|'.join((*_WORDS, _IDS))}){_ENDS}", re.IGNORECASE)


@cache
def _key() -> re.Pattern[str]:
    scenarios = list(load_all().values())
    said = {_spelled(phrase) for scenario in scenarios for phrase in _sentences(scenario)}
    ids = {rf"(?<!\w){step.id}(?!\w)" for one in scenarios for step in one.answer.remedy if "_" in step.id}
    return re.compile("|".join(sorted(said | ids, key=len, reverse=True)), re.IGNORECASE)


def _sentences(scenario: Scenario) -> Iterator[str]:
    """What stands in a scenario's file and nowhere that an agent may look."""
    answer = scenario.answer
    yield from get_args(InjectorName)
    yield from (concept.name for concept in answer.failure_mode)
    yield from (act.why.rstrip(".") for act in answer.harmful)


def _spelled(phrase: str) -> str:
    """With any of the signs that stand between words in names."""
    words = [re.escape(word) for word in re.split(r"[\s_-]+", phrase)]
    return r"(?<![A-Za-z])" + r"[\s_-]+".join(words) + r"(?![A-Za-z])"
