"""The OpenEnv protocol over the same sessions: an Environment, its routes, its MCP tools.

The package's plain HTTP routes build an environment for each call and close it, which would begin and end a real
incident within one request; so /reset, /step and /state are our own, over episodes that live on between calls.
"""

from typing import Any

from fastapi import FastAPI, Request
from openenv.core.env_server.http_server import HTTPEnvServer
from openenv.core.env_server.mcp_environment import MCPEnvironment
from openenv.core.env_server.serialization import serialize_observation
from openenv.core.env_server.types import (
    Action,
    ConcurrencyConfig,
    EnvironmentMetadata,
    Observation,
    ResetRequest,
    ResetResponse,
    ServerMode,
    StepRequest,
    StepResponse,
)
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from lab import scenarios
from lab.server import wire
from lab.server.errors import NotAccepted, NothingReset, answer_with_sentences
from lab.server.openenv_models import IncidentAction, IncidentObservation, IncidentState, Told
from lab.server.openenv_tools import tool_server
from lab.server.session import Session
from lab.server.sessions import Sessions
from lab.server.settings import ServerSettings
from lab.server.version import VERSION
from lab.server.wishes import ResetWish
from lab.told import evidence_of

ENV_NAME = "incident_lab"
DESCRIPTION = "Real incidents of a shop on Kubernetes: look around, find the cause, repair it, write it up, be graded."
_CLOSED = "the environment was closed"


class IncidentEnvironment(MCPEnvironment):  # type: ignore[misc]  # the package is untyped
    """One episode at a time, over the sessions that the HTTP API uses too."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(tool_server(self._act))
        self._sessions = sessions
        self._session: Session | None = None

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> IncidentObservation:
        return first_observation(self._begun(seed, episode_id, options))

    async def reset_async(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Observation:
        """Over a socket; a recording answers in microseconds, and needs no thread to wait in."""
        if self._sessions.source.exclusive:
            return await run_in_threadpool(self.reset, seed, episode_id, **options)
        return Told(self._begun(seed, episode_id, options).observation())

    async def step_async(self, action: Action, timeout_s: float | None = None, **options: Any) -> Observation:
        if self._sessions.source.exclusive or not isinstance(action, IncidentAction):
            return await super().step_async(action, timeout_s, **options)
        return told(self._playing(), action)

    def _step_impl(self, action: Action, **_options: Any) -> Observation:
        return observed(self._playing(), action)

    @property
    def state(self) -> IncidentState:
        return IncidentState() if self._session is None else state_of(self._session)

    def get_metadata(self) -> EnvironmentMetadata:
        return EnvironmentMetadata(name=ENV_NAME, description=DESCRIPTION, version=VERSION)

    def close(self) -> None:
        self._leave()
        super().close()

    def list_splits(self) -> list[dict[str, str]]:
        return [{"name": name, "type": "test"} for name in scenarios.TASKS]

    def list_tasks(self, split: str) -> list[dict[str, Any]]:
        return [_task(split, index, name) for index, name in enumerate(scenarios.ids_of_task(split))]

    def num_tasks(self, split: str) -> int:
        return len(self.list_tasks(split))

    def get_task(self, split: str, index: int) -> dict[str, Any]:
        return self.get_task_range(split, index, index + 1)[0]

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[dict[str, Any]]:
        found = self.list_tasks(split)
        if not all(bound is None or 0 <= bound <= len(found) for bound in (start, stop)):
            raise IndexError(f"{split} has {len(found)} tasks")
        return found[start:stop]

    def _playing(self) -> Session:
        if self._session is None:
            raise NothingReset("No episode has begun in this session yet; send a reset first.")
        # Asking for it keeps it from being dropped as idle.
        return self._sessions.find(self._session.id)

    def _act(self, action_type: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = self._playing().step({"action_type": action_type, "parameters": parameters})
        return _told(action_type, parameters, answer)

    def _begun(self, seed: int | None, episode_id: str | None, options: dict[str, Any]) -> Session:
        wish = read_wish({"seed": seed, "episode_id": episode_id, **options})
        scenario = wish.scenario()
        # Only now: a wish that is refused leaves the episode as it was.
        self._leave()
        self._session = self._sessions.reset(
            scenario, wish.seed or 0, wish.episode_id, latest=False, blind=bool(wish.blind)
        )
        return self._session

    def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._sessions.drop(session, _CLOSED)


def read_wish(options: dict[str, Any]) -> ResetWish:
    """A reset's options; `split` and `index` are the package's own names for task and scenario."""
    given = {name: value for name, value in options.items() if value is not None}
    for theirs, ours in (("split", "task_id"), ("index", "scenario_index")):
        if theirs in given:
            given.setdefault(ours, given.pop(theirs))
    return ResetWish.read({}, given)


def first_observation(session: Session) -> IncidentObservation:
    return IncidentObservation(**session.observation())


def observed(session: Session, action: Action) -> IncidentObservation:
    seen, more = _stepped(session, action)
    return IncidentObservation(**seen, **more)


def told(session: Session, action: Action) -> Told:
    seen, more = _stepped(session, action)
    return Told(seen, **more)


def _stepped(session: Session, action: Action) -> tuple[dict[str, Any], dict[str, Any]]:
    """The observation, and what else a step says."""
    answer = session.step({"action_type": action.action_type, "parameters": action.parameters})
    return answer["observation"], {
        "reward": answer["reward"]["score"],
        "reward_parts": answer["info"]["reward_parts"],
        "world": answer["info"]["world"],
        "grade": session.grade() if answer["done"] else None,
    }


def state_of(session: Session) -> IncidentState:
    return IncidentState(**session.state())


def create_openenv_app(sessions: Sessions, settings: ServerSettings) -> FastAPI:
    app = FastAPI(title="Cloud Incident Lab over OpenEnv", version="1.0.0", description=DESCRIPTION)
    answer_with_sentences(app)
    _add_plain_routes(app, sessions)
    server = HTTPEnvServer(
        lambda: IncidentEnvironment(sessions),
        IncidentAction,
        IncidentObservation,
        concurrency_config=ConcurrencyConfig(
            # On the one cluster a second socket is told that it is taken, rather than taking it away.
            max_concurrent_envs=1 if sessions.source.exclusive else settings.openenv_sessions,
            session_timeout=settings.idle_seconds,
        ),
        env_name=ENV_NAME,
        state_cls=IncidentState,
    )
    # "Production" leaves out exactly the three routes that are our own.
    server.register_routes(app, mode=ServerMode.PRODUCTION)
    return app


def _add_plain_routes(app: FastAPI, sessions: Sessions) -> None:
    @app.post("/reset", tags=["episode"], summary="Begin an episode that lives on between calls")
    async def reset(request: ResetRequest | None = None) -> ResetResponse:
        wish = read_wish({} if request is None else request.model_dump())
        scenario = wish.scenario()
        session = await run_in_threadpool(
            lambda: sessions.reset(scenario, wish.seed or 0, wish.episode_id, blind=bool(wish.blind))
        )
        return ResetResponse(**serialize_observation(await run_in_threadpool(first_observation, session)))

    @app.post("/step", tags=["episode"], summary="Carry out an action in the episode named, or the last one")
    async def step(request: StepRequest) -> StepResponse:
        session = await run_in_threadpool(sessions.find, wire.episode_id_in({}, request.model_extra or {}))
        seen = await run_in_threadpool(observed, session, _action(request.action))
        return StepResponse(**serialize_observation(seen))

    @app.get("/state", tags=["episode"], summary="The whole episode so far")
    async def state(request: Request) -> IncidentState:
        try:
            session = await run_in_threadpool(sessions.find, wire.episode_id_in(wire.query_of(request), {}))
        except NothingReset:
            # The package's own clients ask for the state before they reset.
            return IncidentState()
        return await run_in_threadpool(state_of, session)


def _action(raw: dict[str, Any]) -> IncidentAction:
    try:
        return IncidentAction(**raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise NotAccepted(f"The action's {first['loc'][0]} is not accepted: {first['msg']}.") from error


def _task(split: str, index: int, scenario_id: str) -> dict[str, Any]:
    task = scenarios.task(split)
    return {
        "id": scenario_id,
        "index": index,
        "task_id": task.id,
        "name": task.name,
        "difficulty": task.difficulty,
        "max_steps": task.max_steps,
        "description": task.description,
    }


def _told(action_type: str, parameters: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What a tool call answers: this step's evidence, not all of it again."""
    seen = answer["observation"]
    return {
        "evidence": evidence_of(seen, action_type, parameters.values()) or None,
        "feedback": seen["feedback"],
        "error": seen["last_action_error"],
        "reward": answer["reward"]["score"],
        "done": answer["done"],
        "steps_left": seen["max_steps"] - seen["step_count"],
    }
