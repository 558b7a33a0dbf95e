"""The names, descriptions and light inner forms of the actions. No parsing here, and no pydantic."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

QueryKind = Literal["query_logs", "check_metrics", "check_dependencies", "check_recent_deploys", "check_service_status"]
RemedyKind = Literal[
    "restart_service", "rollback_deploy", "clear_cache", "scale_service", "disable_feature_flag", "execute_runbook_step"
]
SubmissionKind = Literal["submit_severity", "submit_root_cause", "submit_resolution"]
Severity = Literal["P1", "P2", "P3", "P4"]

QUERY_KINDS: tuple[QueryKind, ...] = get_args(QueryKind)
REMEDY_KINDS: tuple[RemedyKind, ...] = get_args(RemedyKind)
SUBMISSION_KINDS: tuple[SubmissionKind, ...] = get_args(SubmissionKind)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

NAME_LIMIT, FAILURE_MODE_LIMIT, SUMMARY_LIMIT, REPLICAS_LIMIT = 200, 2_000, 10_000, 20

DESCRIPTIONS: dict[str, str] = {
    "query_logs": "Logs of the service's pods since the incident began, those of ended containers included.",
    "check_metrics": "The service's measured figures beside its healthy ones.",
    "check_dependencies": "What the service calls and who calls it, with measured error rates.",
    "check_recent_deploys": "The service's release history with the reason given for each.",
    "check_service_status": "Pods, restarts, last termination, readiness and endpoints.",
    "restart_service": "Replace the service's pods, one after the other, and wait until they are ready.",
    "rollback_deploy": "Return to the previous release, or to the one named in target_version.",
    "clear_cache": "Drop the service's own cached entries.",
    "scale_service": "Set how many replicas the service has.",
    "disable_feature_flag": "Turn a feature flag off.",
    "execute_runbook_step": "Carry out one of the runbook's procedures.",
    "submit_severity": "Classify the incident; ends the episode.",
    "submit_root_cause": "Name the service at fault and how it failed; ends the episode.",
    "submit_resolution": "Write up cause and repair in three sentences or more; ends the episode.",
}

RUNBOOK: dict[str, str] = {
    "check_service_recovery": "Measure whether each service answers its customers again.",
    "drain_mail_queue": "Send all mails that wait in the queue now.",
    "restore_bgp_routes": "Clear the suppression of zone routes and announce every zone's prefix by override.",
    "trigger_credential_rotation": "Rotate the shared database credentials and publish them; restarts nobody.",
    "vacuum_database": "Run VACUUM ANALYZE over the shop's database.",
    "verify_api_recovery": "Measure logins, profiles and checkouts at the gateway.",
    "verify_checkout_recovery": "Measure checkouts from every zone.",
    "verify_cross_az_connectivity": "Measure whether each zone reaches the other two.",
    "verify_db_connectivity": "Measure whether each client of the database can open a connection.",
    "verify_db_health": "Measure whether the database is up, with memory and connections to spare.",
    "warm_cdn_cache": "Fetch every product page and picture into the cache at the edge.",
}
"""The runbook: each step's name and what it does. The same in every incident."""

MEASURING_STEPS = frozenset(step for step in RUNBOOK if step.startswith(("verify_", "check_")))
"""Steps that look and change nothing."""


class Query(NamedTuple):
    kind: QueryKind
    service: str


class Remedy(NamedTuple):
    kind: RemedyKind
    target: str
    """A service, a feature flag or a runbook step."""
    replicas: int | None = None
    version: str | None = None
    """For a rollback: the release to return to; None means the previous one."""


class Submission(NamedTuple):
    kind: SubmissionKind
    service: str
    says: str
    """The severity, the failure mode or the summary."""


class Invalid(NamedTuple):
    """An action nobody can do; it costs a step. Not hashable, as its parameters may be anything."""

    action_type: str
    parameters: Mapping[str, Any]
    why: str


Move = Query | Remedy | Submission | Invalid
