"""The routes of the HTTP API. Thin: what is asked goes to the sessions, what they say goes out as JSON."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from lab import scenarios
from lab.actions import action_schema
from lab.scenarios import Task
from lab.server import docs, shapes, wire
from lab.server.sessions import Sessions
from lab.server.version import VERSION
from lab.server.wishes import ResetWish

T = TypeVar("T")


class Api:
    """The routes over one set of sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.often = {"/reset": self.begin, "/step": self.go_on}
        self.router = APIRouter()
        add = self.router.add_api_route
        add("/health", self.health, methods=["GET"], **docs.HEALTH)
        add("/tasks", self.tasks, methods=["GET"], **docs.TASKS)
        add("/reset", self.reset, methods=["POST"], **docs.RESET)
        add("/step", self.step, methods=["POST"], **docs.STEP)
        add("/fork", self.fork, methods=["POST"], **docs.FORK)
        add("/state", self.state, methods=["GET"], **docs.STATE)
        add("/grader", self.grader, methods=["GET"], **docs.GRADER)
        add("/bundle", self.bundle, methods=["GET"], **docs.BUNDLE)

    async def health(self) -> Response:
        """Whether the server is up."""
        return wire.answered({"status": "ok", "version": VERSION})

    async def tasks(self) -> Response:
        """The three tasks, their scenarios, and the JSON schema of an action."""
        return wire.answered(tasks())

    async def reset(self, request: Request) -> Response:
        """Begin an episode; answers its first observation. Empty: the first scenario of the easy task."""
        return wire.sent(await self.begin(wire.query_of(request), await request.body()))

    async def begin(self, query: dict[str, str], content: bytes) -> bytes:
        wish = ResetWish.read(query, wire.object_in(content))
        scenario = wish.scenario()
        session = await self._run(
            lambda: self.sessions.reset(scenario, wish.seed or 0, wish.episode_id, blind=bool(wish.blind))
        )
        return wire.encoded(await self._run(session.observation))

    async def step(self, request: Request) -> Response:
        """Carry out an action; answers observation, reward and whether the episode is over."""
        return wire.sent(await self.go_on(wire.query_of(request), await request.body()))

    async def go_on(self, query: dict[str, str], content: bytes) -> bytes:
        body = wire.object_in(content)
        episode_id = wire.episode_id_in(query, body)
        action = body.get("action", body) if "action_type" not in body else body
        return wire.encoded(await self._run(lambda: self.sessions.find(episode_id).step(action)))

    async def fork(self, request: Request) -> Response:
        """Begin a second episode that goes on from the same point; answers its observation. The first is unharmed."""
        query, body = wire.query_of(request), wire.object_in(await request.body())
        of, named = wire.episode_id_in(query, body), wire.fork_id_in(query, body)
        session = await self._run(lambda: self.sessions.fork(of, named))
        return wire.answered(await self._run(session.observation))

    async def state(self, request: Request) -> Response:
        """The whole episode so far; while the cluster is made ready for one, how far it is."""
        episode_id = wire.episode_id_in(wire.query_of(request), {})
        stage = self.sessions.stage() if episode_id is None else None
        if stage is not None:
            return wire.answered({"resetting": True, "stage": stage})
        return wire.answered(await self._run(lambda: self.sessions.find(episode_id).state()))

    async def grader(self, request: Request) -> Response:
        """The score with its reasons; before the end it says nothing of the answer."""
        episode_id = wire.episode_id_in(wire.query_of(request), {})
        return wire.answered(await self._run(lambda: self.sessions.grade(episode_id)))

    async def bundle(self, request: Request) -> Response:
        """The ended episode as a score bundle, for `lab score FILE`: keep the answer's bytes as they come."""
        episode_id = wire.episode_id_in(wire.query_of(request), {})
        made = await self._run(lambda: self.sessions.find(episode_id).bundle())
        return Response(made, media_type="application/json")

    async def _run(self, work: Callable[[], T]) -> T:
        """The one cluster takes its time, so it is asked from a thread; a recording answers in microseconds."""
        return await run_in_threadpool(work) if self.sessions.source.exclusive else work()


@cache
def tasks() -> dict[str, Any]:
    told = [_task(task) for task in scenarios.TASKS.values()]
    return {"tasks": told, "total": len(told), "action_schema": action_schema()}


def _task(task: Task) -> dict[str, Any]:
    told = shapes.TaskShape(
        id=task.id,
        name=task.name,
        difficulty=task.difficulty,
        max_steps=task.max_steps,
        description=task.description,
        available_actions=list(task.actions),
        submission_action=task.submission,
        scenarios=list(scenarios.ids_of_task(task.id)),
    )
    return told.model_dump()
