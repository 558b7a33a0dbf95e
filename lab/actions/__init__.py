"""Every action there is: its name, kind, parameters and description, in one place.

Two forms. At the edge an action is a pydantic model (`Action`, checked, with a JSON schema). Inside it is a light,
hashable `Move`: `Query`, `Remedy`, `Submission`, or `Invalid` for what an agent sent and nobody can do.
What an action *does* does not belong here, nor what it earns.
"""

from lab.actions.models import Action, AnyAction
from lab.actions.moves import (
    DESCRIPTIONS,
    MEASURING_STEPS,
    QUERY_KINDS,
    REMEDY_KINDS,
    RUNBOOK,
    SEVERITIES,
    SUBMISSION_KINDS,
    Invalid,
    Move,
    Query,
    QueryKind,
    Remedy,
    RemedyKind,
    Severity,
    Submission,
    SubmissionKind,
)
from lab.actions.parse import action_schema, name_of, parameter_names, parameters_of, parse_action, parse_move

__all__ = [
    "DESCRIPTIONS",
    "MEASURING_STEPS",
    "QUERY_KINDS",
    "REMEDY_KINDS",
    "RUNBOOK",
    "SEVERITIES",
    "SUBMISSION_KINDS",
    "Action",
    "AnyAction",
    "Invalid",
    "Move",
    "Query",
    "QueryKind",
    "Remedy",
    "RemedyKind",
    "Severity",
    "Submission",
    "SubmissionKind",
    "action_schema",
    "name_of",
    "parameter_names",
    "parameters_of",
    "parse_action",
    "parse_move",
]
