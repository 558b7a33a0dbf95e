"""The door to an episode inside this process: the same three calls as over HTTP, without HTTP."""

from collections.abc import Mapping
from typing import Any

from lab import scenarios
from lab.baseline_agent.client import Action, EnvironmentFailed, Json
from lab.errors import LabFault
from lab.server.session import Session
from lab.server.sessions import Sessions


class LocalDoor:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._session: Session | None = None

    def reset(self, wish: Mapping[str, Any]) -> Json:
        scenario = scenarios.get(str(wish["scenario_id"]))
        self._session = self._sessions.reset(scenario, int(wish.get("seed", 0)))
        return self._session.observation()

    def step(self, action: Action) -> Json:
        return self._going_on().step(action.as_json())

    def grade(self) -> Json:
        return self._going_on().grade()

    def _going_on(self) -> Session:
        assert self._session is not None, "an episode begins with a reset"
        return self._session


def as_lab_fault(failure: EnvironmentFailed) -> LabFault:
    """What failed over HTTP in the lab's own words again."""
    return LabFault(str(failure))
