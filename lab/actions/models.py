"""The actions as checked models: what may stand at the edge, and the move each one means."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lab.actions.moves import (
    FAILURE_MODE_LIMIT,
    NAME_LIMIT,
    REPLICAS_LIMIT,
    SUMMARY_LIMIT,
    Query,
    QueryKind,
    Remedy,
    Severity,
    Submission,
)

_Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_LIMIT)]
_Service = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_LIMIT, to_lower=True),
    Field(description="One of known_services, in any case."),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Envelope(BaseModel):
    # Clients may send more beside the two fields (an episode's id, metadata); that is no part of the action.
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class OfService(_Strict):
    service: _Service


class RollbackOf(_Strict):
    service: _Service
    target_version: _Name | None = Field(None, description='"previous" (the default) or a release of the history.')


class ScaleOf(_Strict):
    service: _Service
    replicas: int = Field(ge=0, le=REPLICAS_LIMIT)


class FlagNamed(_Strict):
    flag: _Name = Field(description="One of feature_flags.")


class StepNamed(_Strict):
    runbook_action: _Name = Field(description="One of the runbook's steps.")


class SeverityOf(_Strict):
    severity: Severity
    service: _Service


class CauseIn(_Strict):
    service: _Service
    failure_mode: str = Field(min_length=1, max_length=FAILURE_MODE_LIMIT, description="Free text.")


class WrittenUp(_Strict):
    summary: str = Field(min_length=1, max_length=SUMMARY_LIMIT, description="Three sentences or more.")


class Diagnose(_Envelope):
    """Look at one service; changes nothing."""

    action_type: QueryKind
    parameters: OfService

    def move(self) -> Query:
        return Query(self.action_type, self.parameters.service)


class RestartOrClear(_Envelope):
    """Restart a service, or drop its cache."""

    action_type: Literal["restart_service", "clear_cache"]
    parameters: OfService

    def move(self) -> Remedy:
        return Remedy(self.action_type, self.parameters.service)


class Rollback(_Envelope):
    """Return a service to an earlier release."""

    action_type: Literal["rollback_deploy"]
    parameters: RollbackOf

    def move(self) -> Remedy:
        version = self.parameters.target_version
        return Remedy(self.action_type, self.parameters.service, None, None if version == "previous" else version)


class Scale(_Envelope):
    """Set a service's replicas."""

    action_type: Literal["scale_service"]
    parameters: ScaleOf

    def move(self) -> Remedy:
        return Remedy(self.action_type, self.parameters.service, self.parameters.replicas)


class DisableFlag(_Envelope):
    """Turn a feature flag off."""

    action_type: Literal["disable_feature_flag"]
    parameters: FlagNamed

    def move(self) -> Remedy:
        return Remedy(self.action_type, self.parameters.flag)


class RunbookStep(_Envelope):
    """Carry out a procedure of the runbook."""

    action_type: Literal["execute_runbook_step"]
    parameters: StepNamed

    def move(self) -> Remedy:
        return Remedy(self.action_type, self.parameters.runbook_action)


class SubmitSeverity(_Envelope):
    """Classify the incident."""

    action_type: Literal["submit_severity"]
    parameters: SeverityOf

    def move(self) -> Submission:
        return Submission(self.action_type, self.parameters.service, self.parameters.severity)


class SubmitRootCause(_Envelope):
    """Name the culprit and how it failed."""

    action_type: Literal["submit_root_cause"]
    parameters: CauseIn

    def move(self) -> Submission:
        return Submission(self.action_type, self.parameters.service, self.parameters.failure_mode)


class SubmitResolution(_Envelope):
    """Write up cause and repair."""

    action_type: Literal["submit_resolution"]
    parameters: WrittenUp

    def move(self) -> Submission:
        return Submission(self.action_type, "", self.parameters.summary)


AnyAction = (
    Diagnose
    | RestartOrClear
    | Rollback
    | Scale
    | DisableFlag
    | RunbookStep
    | SubmitSeverity
    | SubmitRootCause
    | SubmitResolution
)
Action = Annotated[AnyAction, Field(discriminator="action_type")]
