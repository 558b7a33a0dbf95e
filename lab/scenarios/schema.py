"""What a scenario file may say: a brief (all an agent may see), a fault, and the answer.

Plain checked values. Reading files and joining them belongs to the loader, points belong to lab.grading.
"""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from lab.actions import MEASURING_STEPS, RUNBOOK, Query, QueryKind, Remedy, RemedyKind, Severity
from lab.scenarios.checks import acyclic, among, no_hint, placeholders
from lab.scenarios.tasks import SEVERITY_POLICY, TASKS, Task, TaskId

AlertName = Literal[
    "DatabaseConnectionsExhausted",
    "PagesSlow",
    "RecommendationErrors",
    "DatabaseDown",
    "CheckoutFailing",
    "ProfilesFailing",
    "GatewayErrors",
]
InjectorName = Literal[
    "memory_hog", "iptables_partition", "bad_secret_rollout", "cache_flush_storm", "connection_leak", "bad_release"
]
Unit = Literal["percent", "seconds", "dollars_per_minute", "count"]
"""How a measured value is written for a reader; `percent` is measured as a ratio."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Wording = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$", max_length=60)]
Zone = Annotated[str, StringConstraints(pattern=r"^az-\d$")]
Version = Annotated[str, StringConstraints(pattern=r"^v\d+\.\d+\.\d+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Strict):
    """Something that Prometheus is asked for, and the unit in which a reader is told."""

    query: Line
    unit: Unit


class SymptomLine(_Strict):
    """One sentence of the alert: `{value}` is measured when it fires, `{healthy}` before the fault."""

    name: Word
    query: Line
    unit: Unit
    says: Line

    @field_validator("says")
    @classmethod
    def _has_placeholders(cls, says: str) -> str:
        return placeholders(says, {"value", "healthy"})


class Brief(_Strict):
    task: TaskId
    title: Line
    known_services: tuple[ServiceName, ...] = Field(min_length=1)
    incident_summary: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    alert: AlertName
    affected_services: tuple[ServiceName, ...] = Field(min_length=1)
    symptoms: tuple[SymptomLine, ...] = Field(min_length=1)


class Release(_Strict):
    """A release that an engineer rolls out: env is laid over what the manifest says."""

    service: ServiceName
    version: Version
    change_cause: Line
    env: dict[str, str] = Field(default_factory=dict)


class Fault(_Strict):
    """A bad release (version, change_cause, env) or a flag turned on; the injector makes the change."""

    injector: InjectorName
    service: ServiceName
    flag: Word | None = None
    version: Version | None = None
    change_cause: Line | None = None
    env: dict[str, str] = Field(default_factory=dict)
    innocent_releases: tuple[Release, ...] = ()

    @model_validator(mode="after")
    def _is_one_change(self) -> Self:
        if (self.flag is None) == (self.version is None):
            raise ValueError("a fault is either a flag or a release: give one of flag and version")
        if (self.version is None) != (self.change_cause is None):
            raise ValueError("version and change_cause belong together")
        if self.service in {release.service for release in self.innocent_releases}:
            raise ValueError(f"innocent_releases may not touch {self.service}, which carries the fault")
        return self

    @property
    def release(self) -> Release | None:
        if self.version is None or self.change_cause is None:
            return None
        return Release(service=self.service, version=self.version, change_cause=self.change_cause, env=self.env)


class Concept(_Strict):
    """An idea in a free text, in any of several wordings.

    The words of a wording may stand in any order within a sentence; `a|b` is either word, `pre*` any that begins so.
    """

    name: Word
    worth: float = Field(gt=0, le=1)
    """How much of the failure mode it says; several add up, to 1 at most."""
    claims: bool = True
    """Whether it alone names this failure mode, for whom it is the wrong one."""
    any: tuple[Wording, ...] = Field(min_length=1)


class Clue(_Strict):
    """An evidence that names the culprit."""

    action: QueryKind
    service: ServiceName

    @property
    def query(self) -> Query:
        return Query(self.action, self.service)


class KeyStep(_Strict):
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
        return self.action not in ("disable_feature_flag", "execute_runbook_step")

    @property
    def remedy(self) -> Remedy:
        return Remedy(self.action, self.target)

    @model_validator(mode="after")
    def _is_in_the_runbook(self) -> Self:
        if self.action == "execute_runbook_step" and self.target not in RUNBOOK:
            raise ValueError(f"{self.target} is no runbook step; accepted: {', '.join(RUNBOOK)}")
        return self


class HarmfulAct(_Strict):
    """A remedy that makes matters worse."""

    action: RemedyKind
    target: Word
    why: Line


class Band(_Strict):
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


class Kills(_Strict):
    """How often the kernel must kill a process of the service soon after the fault; after that it waits in back-off."""

    service: ServiceName
    least: int = Field(ge=1)
    seconds: float = Field(gt=0)


class CutOff(_Strict):
    """A zone that no connection may come into from others while the fault is in, and may from itself."""

    into: Zone
    out_of: tuple[Zone, ...] = Field(min_length=1)


class Answer(_Strict):
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


class Scenario(_Strict):
    id: Annotated[str, StringConstraints(pattern=r"^(AC|RCA|RP)-\d{3}$")]
    fault_of: str | None = None
    """The scenario whose fault and answer this one shares."""
    brief: Brief
    fault: Fault
    answer: Answer

    def __hash__(self) -> int:
        # By id: env tables are not hashable, and equal scenarios have equal ids.
        return hash(self.id)

    @cached_property
    def task(self) -> Task:
        return TASKS[self.brief.task]

    @property
    def shown_summary(self) -> str:
        """The summary as the agent reads it: who has to name a severity gets the policy with it."""
        summary = self.brief.incident_summary
        return f"{summary} {SEVERITY_POLICY}" if self.task.difficulty == "easy" else summary

    @property
    def looks_needed(self) -> int:
        """Diagnoses that a careful solver makes before the first remedy or the submission."""
        remedies = len(self.answer.remedy) if self.task.difficulty == "hard" else 0
        return self.answer.careful_steps - remedies - 1

    def is_key_step(self, step: KeyStep, remedy: Remedy) -> bool:
        """Whether the remedy is that step; a "rollback" to the bad release itself is not."""
        same = step.action == remedy.kind and step.target == remedy.target
        return same and (remedy.version is None or remedy.version != self.fault.version)

    @model_validator(mode="after")
    def _names_known_services(self) -> Self:
        known = self.brief.known_services
        among("brief.affected_services", self.brief.affected_services, known)
        among("answer.culprit", [self.answer.culprit], known)
        among("answer.culprit_evidence", [clue.service for clue in self.answer.culprit_evidence], known)
        among("answer.evidence_services", self.answer.evidence_services, known)
        among("answer.remedy", [step.target for step in self.answer.remedy if step.on_service], known)
        return self

    @model_validator(mode="after")
    def _hides_the_culprit(self) -> Self:
        if self.task.difficulty != "easy":
            no_hint(self.answer.culprit, self._shown())
        return self

    @model_validator(mode="after")
    def _fits_the_budget(self) -> Self:
        if self.answer.careful_steps > self.task.max_steps:
            raise ValueError(f"answer.careful_steps is above the task's {self.task.max_steps} steps")
        if not 1 <= self.looks_needed <= len(self.answer.evidence_services):
            raise ValueError(
                f"answer.careful_steps leaves {self.looks_needed} diagnoses beside remedies and submission; "
                f"accepted: 1 to {len(self.answer.evidence_services)}, the number of evidence_services"
            )
        return self

    def _shown(self) -> list[tuple[str, str]]:
        lines = [("brief.symptoms", symptom.says) for symptom in self.brief.symptoms]
        affected = [("brief.affected_services", name) for name in self.brief.affected_services]
        return [("brief.title", self.brief.title), ("brief.incident_summary", self.shown_summary), *lines, *affected]
