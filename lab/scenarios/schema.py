"""What a scenario file may say: a brief (all an agent may see), a fault, and the answer.

Plain checked values. Reading files and joining them belongs to the loader, points belong to lab.grading.
"""

from functools import cached_property
from typing import Self

from pydantic import Field, field_validator, model_validator

from lab.scenarios.answer import Answer
from lab.scenarios.checks import among, fits_injector, no_hint, once, placeholders, turned_off
from lab.scenarios.tasks import SEVERITY_POLICY, TASKS, Task, TaskId
from lab.scenarios.words import (
    AlertName,
    InjectorName,
    Line,
    Paragraph,
    ScenarioId,
    ServiceName,
    Strict,
    Unit,
    Version,
    Word,
)


class Figure(Strict):
    """Something that Prometheus is asked for, and the unit in which a reader is told."""

    query: Line
    unit: Unit


class SymptomLine(Strict):
    """One sentence of the alert: `{value}` is measured when it fires, `{healthy}` before the fault."""

    name: Word
    query: Line
    unit: Unit
    says: Line

    @field_validator("says")
    @classmethod
    def _has_placeholders(cls, says: str) -> str:
        return placeholders(says, {"value", "healthy"})


class Brief(Strict):
    task: TaskId
    title: Line
    known_services: tuple[ServiceName, ...] = Field(min_length=1)
    incident_summary: Paragraph
    alert: AlertName
    affected_services: tuple[ServiceName, ...] = Field(min_length=1)
    symptoms: tuple[SymptomLine, ...] = Field(min_length=1)


class Release(Strict):
    """A release that an engineer rolls out: env is laid over what the manifest says."""

    service: ServiceName
    version: Version
    change_cause: Line
    env: dict[str, str] = Field(default_factory=dict)


class Fault(Strict):
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

    @model_validator(mode="after")
    def _is_what_its_injector_makes(self) -> Self:
        fits_injector(self.injector, self)
        return self

    @property
    def release(self) -> Release | None:
        if self.version is None or self.change_cause is None:
            return None
        return Release(service=self.service, version=self.version, change_cause=self.change_cause, env=self.env)


class Scenario(Strict):
    id: ScenarioId
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

    @model_validator(mode="after")
    def _names_known_services(self) -> Self:
        known = self.brief.known_services
        among("brief.affected_services", self.brief.affected_services, known)
        among("answer.culprit", [self.answer.culprit], known)
        among("answer.culprit_evidence", [clue.service for clue in self.answer.culprit_evidence], known)
        among("answer.evidence_services", self.answer.evidence_services, known)
        among("answer.remedy", [step.target for step in self.answer.remedy if step.on_service], known)
        among("answer.harmful", [act.target for act in self.answer.harmful if act.on_service], known)
        among("answer.kills", [self.answer.kills.service] if self.answer.kills else [], known)
        among("fault.innocent_releases", [release.service for release in self.fault.innocent_releases], known)
        among("fault.service", [self.fault.service], [self.answer.culprit])
        return self

    @model_validator(mode="after")
    def _turns_its_flag_off(self) -> Self:
        if self.fault.flag is not None:
            turned_off(self.fault.flag, [step.remedy for step in self.answer.remedy])
        return self

    @model_validator(mode="after")
    def _tells_each_figure_once(self) -> Self:
        once("brief.symptoms", [symptom.name for symptom in self.brief.symptoms])
        once("answer.symptoms", [band.name for band in self.answer.symptoms])
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
