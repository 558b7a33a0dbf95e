"""The environment over HTTP, as any agent sees it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, Self

import httpx

# A real cluster is healed, broken and watched until its alert fires before a reset answers.
RESET_SECONDS, STEP_SECONDS, CONNECT_SECONDS = 900.0, 180.0, 5.0
CONNECT_RETRIES = 3
LONGEST_TOLD = 60

Json = dict[str, Any]
Observation = Mapping[str, Any]


class Action(NamedTuple):
    action_type: str
    parameters: Mapping[str, Any]

    @property
    def target(self) -> str:
        """The service, flag or runbook step that it names; empty for a summary."""
        named = (self.parameters.get(name) for name in ("service", "flag", "runbook_action"))
        return next((str(value) for value in named if value is not None), "")

    def as_json(self) -> Json:
        return {"action_type": self.action_type, "parameters": dict(self.parameters)}

    def __str__(self) -> str:
        told = " ".join(f"{name}={_shortened(str(value))}" for name, value in self.parameters.items())
        return f"{self.action_type} {told}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TOLD else f"{text[:LONGEST_TOLD]}..."


class EnvironmentFailed(Exception):
    """The environment refused or broke; its text is the environment's own sentence."""

    def __init__(self, status: int | None, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Door(Protocol):
    """What a player needs of an environment."""

    def reset(self, wish: Mapping[str, Any]) -> Json: ...

    def step(self, action: Action) -> Json: ...

    def grade(self) -> Json: ...


class Environment:
    """One episode at a time; it is named in every request, so that others may play beside it."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.base_url = base_url
        self._client = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(STEP_SECONDS, connect=CONNECT_SECONDS),
            transport=transport or httpx.HTTPTransport(retries=CONNECT_RETRIES),
        )
        self.episode_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def tasks(self) -> Json:
        return self._asked("GET", "/tasks")

    def reset(self, wish: Mapping[str, Any]) -> Json:
        observation = self._asked("POST", "/reset", json=dict(wish), timeout=RESET_SECONDS)
        self.episode_id = str(observation.get("episode_id", ""))
        return observation

    def step(self, action: Action) -> Json:
        return self._asked("POST", "/step", params=self._which(), json=action.as_json())

    def grade(self) -> Json:
        return self._asked("GET", "/grader", params=self._which())

    def _which(self) -> dict[str, str]:
        return {"episode_id": self.episode_id} if self.episode_id else {}

    def _asked(self, method: str, path: str, **options: Any) -> Json:
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise EnvironmentFailed(None, f"{self.base_url} does not answer ({type(error).__name__}).") from error
        return _read(answer)


def _read(answer: httpx.Response) -> Json:
    try:
        said = answer.json()
    except ValueError as error:
        raise EnvironmentFailed(answer.status_code, f"HTTP {answer.status_code} without JSON.") from error
    if answer.is_success and isinstance(said, dict):
        return said
    detail = said.get("detail") if isinstance(said, dict) else None
    raise EnvironmentFailed(answer.status_code, str(detail or f"HTTP {answer.status_code}."))
