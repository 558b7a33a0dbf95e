"""The door to an episode inside this process: the same three calls as over HTTP, without HTTP."""

from collections.abc import Mapping
from typing import Any

from lab import scenarios
from lab.baseline_agent.client import Action, EnvironmentFailed, Json
from lab.errors import LabError, LabFault, Missing
from lab.server.session import Session
from lab.server.sessions import Sessions

# HTTP 409: the one cluster is at another episode.
TAKEN = 409


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


def what_failed(failure: EnvironmentFailed | LabFault, sessions: Sessions | None = None) -> LabError:
    """What failed, in the lab's own words: something is missing (a turn on the cluster, say), or the lab broke."""
    if isinstance(failure, EnvironmentFailed) and failure.status == TAKEN:
        return Missing(str(failure))
    fault = _failed_reset(sessions) if sessions is not None else failure
    if isinstance(fault, LabFault) and isinstance(fault.__cause__, Missing):
        return Missing(str(fault.__cause__))
    return LabFault(str(failure))


def _failed_reset(sessions: Sessions) -> LabError | None:
    """Over HTTP only its sentence came; here is why."""
    try:
        sessions.find()
    except LabError as error:
        return error
    return None
