"""The three tasks: what an agent is asked for, how long it may take and what it may do. No incident stands here."""

from dataclasses import dataclass
from typing import Literal

from lab.actions import QUERY_KINDS, REMEDY_KINDS, SubmissionKind

TaskId = Literal["alert_classification", "root_cause_analysis", "remediation_planning"]
Difficulty = Literal["easy", "medium", "hard"]

SEVERITY_POLICY = (
    "Severity policy: P1 complete outage or more than $1,000 a minute lost; P2 major degradation for many customers; "
    "P3 partial or minor, with a graceful fallback; P4 informational."
)


@dataclass(frozen=True, slots=True)
class Task:
    id: TaskId
    name: str
    description: str
    difficulty: Difficulty
    max_steps: int
    actions: tuple[str, ...]
    submission: SubmissionKind


TASKS: dict[TaskId, Task] = {
    "alert_classification": Task(
        "alert_classification",
        "Alert classification",
        f"An alert has fired: look around and submit its severity. {SEVERITY_POLICY}",
        "easy",
        3,
        (*QUERY_KINDS, "submit_severity"),
        "submit_severity",
    ),
    "root_cause_analysis": Task(
        "root_cause_analysis",
        "Root cause analysis",
        "Customers are hurt: find the service at fault and how it failed, and submit both.",
        "medium",
        10,
        (*QUERY_KINDS, *REMEDY_KINDS, "submit_root_cause"),
        "submit_root_cause",
    ),
    "remediation_planning": Task(
        "remediation_planning",
        "Remediation planning",
        "Customers are hurt: find the cause, mend it for good, verify, and write it up in three sentences or more.",
        "hard",
        15,
        (*QUERY_KINDS, *REMEDY_KINDS, "submit_resolution"),
        "submit_resolution",
    ),
}
