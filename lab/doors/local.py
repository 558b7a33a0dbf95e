"""A lab inside this process: episodes without a server, with the very answers that the HTTP API gives."""

import math
import sys
import weakref
from functools import cache
from typing import Any, Self, cast

from lab.client.answers import Answer, Grade, Observation, State, Tasks
from lab.client.exchange import ActionLike, written
from lab.server.logs import Log
from lab.server.routes import tasks
from lab.server.session import Session
from lab.server.sessions import Sessions
from lab.server.wishes import ResetWish
from lab.worlds import WorldSource, choose

_CLOSED = "the episode was closed"


class Lab:
    """Many episodes side by side on the recorded world; on the live one, one at a time.

    The world is "recorded", "live" or "auto", or a source of worlds of your own. Safe to share between threads.
    """

    def __init__(self, world: str | WorldSource = "recorded") -> None:
        source = choose(world).source if isinstance(world, str) else world
        # An episode lives as long as its object: nobody else can ask for it.
        self._sessions = Sessions(source, idle_seconds=math.inf, max_episodes=sys.maxsize, log=Log(steps=False))

    def tasks(self) -> Tasks:
        return cast(Tasks, tasks())

    def reset(
        self,
        task_id: str | None = None,
        scenario_index: int | None = None,
        *,
        scenario_id: str | None = None,
        seed: int | None = None,
        **more: Any,
    ) -> "Episode":
        """Begin an episode; without a word, the first of the easy task. `more` as in `POST /reset`."""
        given = {"task_id": task_id, "scenario_index": scenario_index, "scenario_id": scenario_id, "seed": seed}
        wish = ResetWish.read({}, {name: value for name, value in (given | more).items() if value is not None})
        session = self._sessions.reset(
            wish.scenario(), wish.seed or 0, wish.episode_id, latest=False, blind=bool(wish.blind)
        )
        return Episode(self._sessions, session)

    def close(self) -> None:
        """Ends every episode; a live world is put back."""
        self._sessions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Episode:
    """One episode. Closing it, or letting go of it, gives its place back (and heals a live world)."""

    def __init__(self, sessions: Sessions, session: Session) -> None:
        self._sessions, self._session = sessions, session
        self.id = session.id
        self.observation = cast(Observation, session.observation())
        """As it was after the last step."""
        self._end = weakref.finalize(self, sessions.drop, session, _CLOSED)

    @property
    def done(self) -> bool:
        return self.observation["done"]

    def step(self, action: ActionLike, /, **parameters: Any) -> Answer:
        """Carry out an action: `step("query_logs", service="postgres-db")`, or a move of `lab.actions`."""
        answer = cast(Answer, self._session.step(written(action, parameters)))
        self.observation = answer["observation"]
        return answer

    def state(self) -> State:
        return cast(State, self._session.state())

    def grade(self) -> Grade:
        return cast(Grade, self._session.grade())

    def fork(self, fork_id: str | None = None) -> "Episode":
        """A second episode that goes on from the same point; refused where there is one real cluster."""
        return Episode(self._sessions, self._sessions.fork(self.id, fork_id))

    def bundle(self) -> bytes:
        """The ended episode as a score bundle, for `lab score FILE`."""
        return self._session.bundle()

    def close(self) -> None:
        self._end()


@cache
def shared() -> Lab:
    """The recorded lab of this process, for doors that are given none."""
    return Lab()
