"""A scenario file's answer: who and what it was, the remedy's steps, and what is measured while the fault is in."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from fault_injectors.base import ZONES, Zone
from lab.actions import MEASURING_STEPS, REMEDY_KINDS, RUNBOOK, Query, QueryKind, Remedy, RemedyKind, Severity
from lab.scenarios.checks import acyclic, among
from lab.scenarios.words import Line, ServiceName, Strict, Unit, Word, Wording


class Concept(Strict):
    """An idea in a free text, in any of several wordings.

    The words of a wording may stand in any order within a sentence; `a|b` is either word, `pre*` any that begins so.
    """

    name: Word
    worth: float = Field(gt=0, le=1)
    """How much of the failure mode it says; several add up, to 1 at most."""
    claims: bool = True
    """Whether it alone names this failure mode, for whom it is the wrong one."""
    any: tuple[Wording, ...] = Field(min_length=1)


class Clue(Strict):
    """An evidence that names the culprit."""

    action: QueryKind
    service: ServiceName

    @property
    def query(self) -> Query:
        return Query(self.action, self.service)


def on_service(action: RemedyKind) -> bool:
    return action not in ("disable_feature_flag", "execute_runbook_step")


def in_runbook(action: RemedyKind, target: str) -> None:
    if action == "execute_runbook_step" and target not in RUNBOOK:
        raise ValueError(f"{target} is no runbook step; accepted: {', '.join(RUNBOOK)}")


class KeyStep(Strict):
    """A remedy of the key; `after` names the steps without which it would be in vain."""

    id: Word
    action: RemedyKind
    target: Word
    after: tuple[Word, ...] = ()
    says: tuple[Wording, ...] = Field(min_length=1)
    """Wordings in which a summary may tell it."""

    @property
    def mends(self) -> bool:
        return self.target not in MEASURING_STEPS

    @property
    def on_service(self) -> bool:
        return on_service(self.action)

    @property
    def remedy(self) -> Remedy:
        return Remedy(self.action, self.target)

    @field_validator("action")
    @classmethod
    def _is_whole_without_a_number(cls, action: RemedyKind) -> RemedyKind:
        if action == "scale_service":
            accepted = ", ".join(kind for kind in REMEDY_KINDS if kind != action)
            raise ValueError(f"a step of the key names no number of replicas to scale to; accepted: {accepted}")
        return action

    @model_validator(mode="after")
    def _is_in_the_runbook(self) -> Self:
        in_runbook(self.action, self.target)
        return self


class HarmfulAct(Strict):
    """A remedy that makes matters worse."""

    action: RemedyKind
    target: Word
    why: Line

    @property
    def on_service(self) -> bool:
        return on_service(self.action)

    @model_validator(mode="after")
    def _is_in_the_runbook(self) -> Self:
        in_runbook(self.action, self.target)
        return self


class Band(Strict):
    """Where a measured figure must lie while the fault is in."""

    name: Word
    query: Line
    unit: Unit
    min: float
    max: float
    judged: Literal["each", "mean"] = "each"
    """Each measurement, or the mean of some: for a share of so few requests that ten seconds say little."""
    times_healthy: float | None = Field(default=None, gt=1)
    """How many times what it is in the healthy shop it must be at least."""

    @model_validator(mode="after")
    def _is_a_band(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"the band {self.name} is empty: min {self.min} is above max {self.max}")
        return self


class Kills(Strict):
    """How often the kernel must kill a process of the service soon after the fault; after that it waits in back-off."""

    service: ServiceName
    least: int = Field(ge=1)
    seconds: float = Field(gt=0)


class CutOff(Strict):
    """A zone that no connection may come into from others while the fault is in, and may from itself."""

    into: Zone
    out_of: tuple[Zone, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_between_zones(self) -> Self:
        among("out_of", self.out_of, [zone for zone in ZONES if zone != self.into])
        return self


class Answer(Strict):
    severity: Severity
    culprit: ServiceName
    failure_mode: tuple[Concept, ...] = Field(min_length=1)
    culprit_evidence: tuple[Clue, ...] = Field(min_length=1)
    evidence_services: tuple[ServiceName, ...] = Field(min_length=1)
    careful_steps: int = Field(ge=1)
    """The fewest steps, submission included, that a careful solver needs."""
    remedy: tuple[KeyStep, ...] = Field(min_length=1)
    harmful: tuple[HarmfulAct, ...] = ()
    symptoms: tuple[Band, ...] = Field(min_length=1)
    kills: Kills | None = None
    cut_off: CutOff | None = None

    @field_validator("remedy")
    @classmethod
    def _is_in_order(cls, remedy: tuple[KeyStep, ...]) -> tuple[KeyStep, ...]:
        acyclic([(step.id, step.after) for step in remedy])
        return remedy
