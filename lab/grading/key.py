"""The answer key of a scenario, made ready for quick comparison. Nothing is scored here."""

from dataclasses import dataclass
from functools import lru_cache

from lab.actions import Query, Remedy
from lab.grading.text import Reading, Wording, stated, wording
from lab.scenarios import Concept, KeyStep, Scenario, load_all

# Failure modes that none of the incidents has, and that a hedging answer likes to name.
_DECOYS: dict[str, tuple[str, ...]] = {
    "a full disk": ("disk full|space|filled", "no space left"),
    "name resolution": ("dns",),
    "an expired certificate": ("certificate* expir*", "tls expir*|handshake"),
    "a flood of requests": ("ddos", "traffic surge|spike", "denial service"),
    "a lock": ("deadlock*", "lock* table*|row*|contention|held|hold*", "lock wait*", "take*|took|hold*|held lock"),
    "too little processor time": ("cpu|processor starv*|saturat*|exhaust*|throttl*|contention|contended",),
    "broken hardware": ("bad|broken|faulty|defective|slow cable|disk|switch|nic|card", "hardware failure|fault"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Idea:
    worth: float
    claims: bool
    wordings: tuple[Wording, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """A way to fail, as free text may put it."""

    ideas: tuple[Idea, ...]

    def worth(self, reading: Reading) -> float:
        return min(1.0, sum(idea.worth for idea in self.ideas if stated(idea.wordings, reading)))

    def is_named(self, reading: Reading, claimed: bool) -> bool:
        return any(idea.claims and stated(idea.wordings, reading, claimed) for idea in self.ideas)

    def is_hinted_at(self, reading: Reading) -> bool:
        """Whether as much as a symptom of it is claimed."""
        return any(stated(idea.wordings, reading, claimed=True) for idea in self.ideas)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A remedy of the key."""

    id: str
    mends: bool
    after: frozenset[str]
    told_as: tuple[Wording, ...]
    not_version: str | None
    """The bad release itself, to which nobody "rolls back"."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    scenario: Scenario
    culprit: str
    clues: frozenset[Query]
    evidence_services: frozenset[str]
    steps: dict[tuple[str, str], Step]
    mends: frozenset[str]
    telling: frozenset[str]
    """Steps whose being in the key tells the culprit: all that mend, but restarts of others than the culprit."""
    culprit_named: tuple[Wording, ...]
    mode: Mode
    others: tuple[Mode, ...]
    careful_steps: int
    looks_needed: int
    max_steps: int
    harmful: dict[tuple[str, str], str]

    def step(self, remedy: Remedy) -> Step | None:
        found = self.steps.get((remedy.kind, remedy.target))
        if found is None or (remedy.version is not None and remedy.version == found.not_version):
            return None
        return found


@lru_cache(maxsize=64)
def key_of(scenario: Scenario) -> Key:
    answer, version = scenario.answer, scenario.fault.version
    return Key(
        scenario=scenario,
        culprit=answer.culprit,
        clues=frozenset(clue.query for clue in answer.culprit_evidence),
        evidence_services=frozenset(answer.evidence_services),
        steps={(step.action, step.target): _step(step, version) for step in answer.remedy},
        mends=frozenset(step.id for step in answer.remedy if step.mends),
        telling=frozenset(step.id for step in answer.remedy if _tells(step, answer.culprit)),
        culprit_named=(wording(answer.culprit.replace("-", " ")),),
        mode=_mode(answer.failure_mode),
        others=_others(scenario),
        careful_steps=answer.careful_steps,
        looks_needed=scenario.looks_needed,
        max_steps=scenario.task.max_steps,
        harmful={(act.action, act.target): act.why for act in answer.harmful},
    )


def _tells(step: KeyStep, culprit: str) -> bool:
    return step.mends and (step.action != "restart_service" or step.target == culprit)


def _step(step: KeyStep, bad_version: str | None) -> Step:
    told_as = tuple(wording(phrase) for phrase in step.says)
    version = bad_version if step.action == "rollback_deploy" else None
    return Step(step.id, step.mends, frozenset(step.after), told_as, version)


def _mode(concepts: tuple[Concept, ...]) -> Mode:
    return Mode(tuple(Idea(one.worth, one.claims, tuple(wording(text) for text in one.any)) for one in concepts))


def _others(scenario: Scenario) -> tuple[Mode, ...]:
    """The failure modes of all incidents with another fault, each once, and the decoys."""
    own = scenario.fault_of or scenario.id
    modes = [_mode(one.answer.failure_mode) for one in load_all().values() if one.fault_of is None and one.id != own]
    decoys = [Mode((Idea(1.0, True, tuple(wording(text) for text in texts)),)) for texts in _DECOYS.values()]
    return (*modes, *decoys)
