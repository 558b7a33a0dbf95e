"""A lab inside this process: episodes without a server, with the very answers that the HTTP API gives."""

import math
import sys
import weakref
from collections import deque
from contextlib import suppress
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
        self.sessions = Sessions(source, idle_seconds=math.inf, max_episodes=sys.maxsize, log=Log(steps=False))
        self._let_go: deque[Session] = deque()
        # Also at the end of the process: a live world is put back then.
        weakref.finalize(self, self.sessions.close)

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
        self._tidy()
        session = self.sessions.reset(
            wish.scenario(), wish.seed or 0, wish.episode_id, latest=False, blind=bool(wish.blind)
        )
        return self._holding(session)

    def _holding(self, session: Session) -> "Episode":
        """The session as an episode. One that is let go of is only noted: that may happen inside any lock."""
        episode = Episode(self, session)
        episode.let_go = weakref.finalize(episode, self._let_go.append, session)
        return episode

    def close(self) -> None:
        """Ends every episode; a live world is put back."""
        self.sessions.close()

    def _tidy(self) -> None:
        with suppress(IndexError):
            while True:
                self.sessions.drop(self._let_go.popleft(), _CLOSED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Episode:
    """One episode. Close it, and its place is given back (on the live world: the cluster healed).

    One that is only let go of is given back with the next reset, the next fork, or the lab's own close.
    """

    def __init__(self, lab: Lab, session: Session) -> None:
        self._lab, self._session = lab, session
        self.id = session.id
        self.observation = cast(Observation, session.observation())
        """As it was after the last step."""
        self.let_go: weakref.finalize[..., Episode] | None = None

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
        self._lab._tidy()
        return self._lab._holding(self._lab.sessions.fork(self.id, fork_id))

    def bundle(self) -> bytes:
        """The ended episode as a score bundle, for `lab score FILE`."""
        return self._session.bundle()

    def close(self) -> None:
        if self.let_go is not None and self.let_go.detach() is not None:
            self._lab.sessions.drop(self._session, _CLOSED)


@cache
def shared() -> Lab:
    """The recorded lab of this process, for doors that are given none."""
    return Lab()
