"""The exchange with a lab as values: what is asked, and what an answer means. No socket here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
from pydantic import BaseModel

from lab.actions import AnyAction, Move, name_of, parameters_of
from lab.client.errors import Busy, Garbled, Unreachable, refusal
from lab.errors import LabError, Refused, Unforkable

# A real cluster is healed, broken and watched until its alert fires before a reset answers.
RESET_SECONDS, STEP_SECONDS, CONNECT_SECONDS = 900.0, 180.0, 5.0
CONNECT_RETRIES = 3

ActionLike = str | Move | AnyAction | Mapping[str, Any]
"""An action's name (its parameters beside it), a move or a model of `lab.actions`, or the JSON object itself."""


class Request(NamedTuple):
    method: str
    path: str
    json: Mapping[str, Any] | None = None
    episode_id: str | None = None
    seconds: float = STEP_SECONDS
    conflict: type[LabError] = Busy
    """What a 409 means here."""
    raw: bool = False
    """A good answer is wanted as its bytes."""

    def options(self) -> dict[str, Any]:
        params = {} if self.episode_id is None else {"episode_id": self.episode_id}
        timeout = httpx.Timeout(self.seconds, connect=CONNECT_SECONDS)
        return {"method": self.method, "url": self.path, "params": params, "json": self.json, "timeout": timeout}


HEALTH = Request("GET", "/health")
TASKS = Request("GET", "/tasks")


def reset(wish: Mapping[str, Any]) -> Request:
    """What is None is left out: it is for the server to say what is meant then."""
    return Request("POST", "/reset", {k: v for k, v in wish.items() if v is not None}, seconds=RESET_SECONDS)


def step(episode_id: str, action: ActionLike, parameters: Mapping[str, Any]) -> Request:
    return Request("POST", "/step", written(action, parameters), episode_id)


def state(episode_id: str) -> Request:
    return Request("GET", "/state", None, episode_id)


def grade(episode_id: str) -> Request:
    return Request("GET", "/grader", None, episode_id)


def fork(episode_id: str, fork_id: str | None) -> Request:
    return Request("POST", "/fork", {} if fork_id is None else {"fork_id": fork_id}, episode_id, conflict=Unforkable)


def bundle(episode_id: str) -> Request:
    return Request("GET", "/bundle", None, episode_id, conflict=Refused, raw=True)


def written(action: ActionLike, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The action as the JSON object that is sent."""
    if isinstance(action, str):
        return {"action_type": action, "parameters": dict(parameters)}
    if parameters:
        raise TypeError("Parameters stand beside an action's name only; this action has its own.")
    if isinstance(action, BaseModel):
        return action.model_dump(exclude_none=True)
    if isinstance(action, Mapping):
        return dict(action)
    return {"action_type": name_of(action), "parameters": parameters_of(action)}


def read(request: Request, answer: httpx.Response) -> Any:
    """The JSON object of a good answer, or its bytes; of another one, its sentence is raised."""
    if answer.is_success and request.raw:
        return answer.content
    said = _object_in(answer)
    if answer.is_success:
        return said
    sentence = str(said.get("detail", f"The lab answered {answer.status_code}."))
    raise refusal(answer.status_code, sentence, request.conflict)


def unreachable(base_url: str, error: httpx.HTTPError) -> Unreachable:
    return Unreachable(f"{base_url} does not answer ({type(error).__name__}); `lab serve` serves a lab.")


def _object_in(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError as error:
        raise Garbled(_strange(answer)) from error
    if not isinstance(said, dict):
        raise Garbled(_strange(answer))
    return said


def _strange(answer: httpx.Response) -> str:
    return f"{answer.url} answered {answer.status_code} without a JSON object; is it a lab?"
