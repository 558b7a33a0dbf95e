"""Many episodes side by side: found by id, bounded in number, dropped when idle; the one cluster has one at a time.

Synchronous and safe to call from any thread. HTTP does not belong here.
"""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from lab.episode import Episode, opaque, start
from lab.errors import LabError, LabFault, Missing, Unforkable
from lab.plain import harmless
from lab.scenarios import Scenario
from lab.server.errors import Busy, NoEpisode, NothingReset
from lab.server.logs import Log
from lab.server.session import Session, put_back, void_grade
from lab.world import World
from lab.worlds import WorldSource

IDLE_SECONDS, MAX_EPISODES = 1_800.0, 4_096
SUPERSEDED = "{by} began another episode on the one cluster there is"
CLIENT = "a client of the API"
DROPPED = "the episode was idle for too long and was dropped"
SHUT_DOWN = "the server was shut down"
UNTOLD = "the incident could not be begun; why stands in the server's log, as it may tell which one it is."
IN_USE = (
    "The one cluster is being made ready, for an episode or after one; GET /state says how far it is, ask again then."
)


class ResetFailed(LabFault):
    """The reset that is meant by `the last episode` never came to its incident."""

    def __init__(self, scenario: Scenario, why: str, shown: str) -> None:
        super().__init__(f"The reset failed, and its episode is void: {why}")
        self.scenario, self.why, self.shown = scenario, why, shown

    def anew(self) -> "ResetFailed":
        """For each who asks: an exception that is raised again and again would keep where it has been."""
        again = ResetFailed(self.scenario, self.why, self.shown)
        again.__cause__ = self.__cause__
        return again


class Sessions:
    def __init__(
        self,
        source: WorldSource,
        *,
        idle_seconds: float = IDLE_SECONDS,
        max_episodes: int = MAX_EPISODES,
        clock: Callable[[], float] = time.monotonic,
        log: Log | None = None,
    ) -> None:
        self.source, self.log = source, log or Log()
        self._idle, self._most, self._clock = idle_seconds, max_episodes, clock
        self._by_id: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._latest: str | None = None
        self._failed: ResetFailed | None = None
        self._beginning: World | None = None

    def reset(
        self,
        scenario: Scenario,
        seed: int,
        episode_id: str | None = None,
        *,
        latest: bool = True,
        blind: bool = False,
        by: str = CLIENT,
    ) -> Session:
        """Begin an episode; `latest` makes it the one that is meant where none is named, `by` is who wants it."""
        if not self.source.exclusive:
            return self._reset(scenario, seed, episode_id, latest, blind)
        if not self._turn.acquire(blocking=False):
            raise Busy(IN_USE)
        try:
            for session in self._all():
                session.end(SUPERSEDED.format(by=by))
            return self._reset(scenario, seed, episode_id, latest, blind)
        finally:
            self._turn.release()

    def find(self, episode_id: str | None = None) -> Session:
        """The episode of that id, or the one that was reset last; asking for it keeps it."""
        self.drop_idle()
        with self._lock:
            wanted = self._latest if episode_id is None else episode_id
            if wanted is None:
                raise self._failed.anew() if self._failed else self._nothing_yet()
            session = self._by_id.get(wanted)
            if session is None:
                raise NoEpisode(
                    f"There is no episode {harmless(repr(wanted[:60]))} (or no more: idle ones are dropped after "
                    f"{self._idle:g} s); POST /reset begins one."
                )
            self._by_id.move_to_end(wanted)
            session.used_at = self._clock()
            return session

    def peek(self, episode_id: str) -> Session | None:
        """As `find`, but to have looked keeps no episode, and where there is none that is no error."""
        with self._lock:
            return self._by_id.get(episode_id)

    def fork(self, episode_id: str | None = None, fork_id: str | None = None) -> Session:
        """A second episode that goes on from the same point; the last episode stays the last one."""
        session = self.find(episode_id).fork(fork_id or str(uuid.uuid4()), self._clock())
        self._keep(session, latest=False, as_another=True)
        return session

    def grade(self, episode_id: str | None = None) -> dict[str, Any]:
        try:
            return self.find(episode_id).grade()
        except ResetFailed as failed:
            return void_grade(failed.scenario, failed.why, failed.shown)

    def stage(self) -> str | None:
        """How far the one cluster is on its way to an incident; None where it is not on its way."""
        if not (self.source.exclusive and self._turn.locked()):
            return None
        return str(getattr(self._beginning, "stage", "") or "making the world ready")

    def drop(self, session: Session, why: str = DROPPED) -> None:
        """Ended first: a reset of the one cluster has to find it, and wait for it, until its world is put back."""
        session.end(why)
        with self._lock:
            if self._by_id.get(session.id) is session:
                del self._by_id[session.id]

    def drop_idle(self) -> None:
        while (session := self._pop_idle()) is not None:
            self._end_alone(session, DROPPED)

    def close(self) -> None:
        """At shutdown: every world is put back, also that of a reset which is still on its way."""
        with self._turn:
            for session in self._all():
                self.drop(session, SHUT_DOWN)

    def __len__(self) -> int:
        return len(self._by_id)

    def _reset(self, scenario: Scenario, seed: int, episode_id: str | None, latest: bool, blind: bool) -> Session:
        since = time.monotonic()
        chosen = episode_id or str(uuid.uuid4())
        world, episode = self._begun(scenario, seed, chosen, latest, blind)
        source = self.source
        session = Session(episode, world, source.name, self.log, self._clock(), slow_to_end=source.exclusive)
        self._keep(session, latest)
        self.log.reset(chosen, scenario, self.source.name, time.monotonic() - since)
        return session

    def _begun(self, scenario: Scenario, seed: int, chosen: str, latest: bool, blind: bool) -> tuple[World, Episode]:
        world = None
        try:
            world = self._beginning = self.source.open()
            return world, start(world, scenario, seed, chosen, blind)
        except Exception as error:
            if world is not None:
                put_back(world, self.log)
            why = UNTOLD if blind and not isinstance(error, Missing) else _why(error)
            failed = ResetFailed(scenario, why, opaque(chosen) if blind else scenario.id)
            raise self._failed_with(failed, error, latest) from error
        finally:
            self._beginning = None

    def _failed_with(self, failed: ResetFailed, error: Exception, latest: bool) -> ResetFailed:
        self.log.exception("-", error)
        if latest:
            with self._lock:
                self._latest, self._failed = None, failed
        return failed

    def _keep(self, session: Session, latest: bool, *, as_another: bool = False) -> None:
        with self._lock:
            if as_another and session.id in self._by_id:
                raise Unforkable(f"There is an episode {session.id!r} already; name another fork_id.")
            replaced = self._by_id.pop(session.id, None)
            self._by_id[session.id] = session
            surplus = [self._by_id.popitem(last=False)[1] for _ in range(len(self._by_id) - self._most)]
            if latest:
                self._latest, self._failed = session.id, None
        for old in [*surplus, *([replaced] if replaced is not None else [])]:
            old.end(DROPPED)

    def _pop_idle(self) -> Session | None:
        with self._lock:
            session = next(iter(self._by_id.values()), None)
            if session is None or self._clock() - session.used_at <= self._idle:
                return None
            return self._by_id.pop(session.id)

    def _end_alone(self, session: Session, why: str) -> None:
        """The one cluster is left alone while a reset prepares it: a reset heals it whatever was there before."""
        if not self.source.exclusive:
            session.end(why)
        elif self._turn.acquire(blocking=False):
            try:
                session.end(why)
            finally:
                self._turn.release()

    def _all(self) -> list[Session]:
        with self._lock:
            return list(self._by_id.values())

    def _nothing_yet(self) -> NothingReset:
        return NothingReset("No episode has begun yet; POST /reset begins one.")


def _why(error: Exception) -> str:
    why = str(error) if isinstance(error, LabError) else f"the lab failed inside ({type(error).__name__})"
    return why if why.endswith(".") else f"{why}."
