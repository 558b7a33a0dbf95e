"""An OpenEnv environment that does nothing: the rate of the protocol itself."""

from typing import Any

from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State


class NothingAction(Action):  # type: ignore[misc]  # the package is untyped
    action_type: str
    parameters: dict[str, Any]


class NothingObservation(Observation):  # type: ignore[misc]  # the package is untyped
    said: str


class Nothing(Environment):  # type: ignore[misc]  # the package is untyped
    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, **_options: Any) -> NothingObservation:
        return NothingObservation(said="nothing", reward=0.0, done=False)

    def step(self, action: Action, **_options: Any) -> NothingObservation:  # noqa: ARG002
        return NothingObservation(said="nothing", reward=0.0, done=False)

    @property
    def state(self) -> State:
        return State()
