"""Which of the runbook's steps fits what was seen: by the words that they share, rare words counting more."""

from collections import Counter

from lab.baseline_agent.case import Case
from lab.baseline_agent.reading import stems

_MEASURING = ("verify", "check", "measure", "test")
_WORDS_NEEDED = 2


def measures(step: str) -> bool:
    return step.startswith(_MEASURING)


def mending_step(case: Case, culprit: str) -> str | None:
    """The procedure that speaks of what the culprit itself said and changed, by its name and its description."""
    dossier = case.dossier(culprit)
    change = dossier.release.text if dossier.release is not None else ""
    spoken = stems("\n".join([dossier.all_said, change]))
    names = [name for name in case.runbook if not measures(name)]
    fits = {name: spoken & _words(case, name) for name in names if stems(name) & spoken}
    best = max(fits, key=lambda name: len(fits[name]), default=None)
    return best if best is not None and len(fits[best]) >= _WORDS_NEEDED else None


def measuring_steps(case: Case, culprit: str) -> list[str]:
    """Two questions after a repair: is what was broken whole again, and do customers feel it?"""
    found = (_most_fitting(case, stems(_broken(case, culprit))), _most_fitting(case, stems(case.page)))
    return list(dict.fromkeys(step for step in found if step is not None))


def _broken(case: Case, culprit: str) -> str:
    """What culprit and victim said, and what it means: a log of signal 9 speaks of memory without the word."""
    said = list(case.dossier(culprit).trouble)
    victim = case.victim_of(culprit)
    if victim is not None:
        said += [*victim.trouble, *(topic.says for topic in victim.topics)]
    return "\n".join(said)


def _most_fitting(case: Case, spoken: frozenset[str]) -> str | None:
    names = [name for name in case.runbook if measures(name)]
    common = Counter(stem for name in names for stem in _words(case, name))
    worth = {name: sum(1 / common[stem] for stem in _words(case, name) & spoken) for name in names}
    best = max(names, key=lambda name: worth[name], default=None)
    return best if best is not None and worth[best] > 0 else None


def _words(case: Case, name: str) -> frozenset[str]:
    return stems(f"{name} {case.runbook[name]}")
