"""The client for those who come by OpenEnv: `IncidentClient`, its `EnvClient` with the lab's own models."""

from typing import Any

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient

from lab.server.openenv_models import IncidentAction, IncidentObservation, IncidentState

__all__ = ["IncidentAction", "IncidentClient", "IncidentObservation", "IncidentState"]


class IncidentClient(EnvClient[IncidentAction, IncidentObservation, IncidentState]):  # type: ignore[misc]  # untyped
    """`IncidentClient(base_url="http://localhost:7860/openenv")`; one connection is one episode at a time."""

    def _step_payload(self, action: IncidentAction) -> dict[str, Any]:
        return {"action_type": action.action_type, "parameters": action.parameters}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[IncidentObservation]:
        reward, done = payload.get("reward"), bool(payload.get("done"))
        seen = IncidentObservation(**{**payload["observation"], "reward": reward, "done": done})
        return StepResult(observation=seen, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> IncidentState:
        return IncidentState(**payload)
