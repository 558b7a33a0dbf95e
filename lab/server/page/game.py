"""What happens when a visitor of the page does something: an episode of its own, through the same sessions as the API.

Answers are screens: the regions of the page that change, and nothing of the toolkit that shows them.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lab.errors import LabError
from lab.report.truth import truth_of
from lab.server.page import lobby, views
from lab.server.page.desk import desk
from lab.server.page.markup import Safe
from lab.server.page.steps import steps_of
from lab.server.session import Session
from lab.server.sessions import Sessions
from lab.server.wishes import ResetWish

Json = Mapping[str, Any]
VISITOR = "a visitor of the web page"
LOOKS_EVERY = 0.3
# What of a visitor's wish is taken in; the rest (an episode's name, say) is not for the page to choose.
_WISHES = ("scenario_id", "task_id", "blind")


class Seat(NamedTuple):
    """Which episode a visitor plays, and how much of it is on the screen."""

    episode_id: str = ""
    steps: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """What changes on the page; a region that is not named stays as it is."""

    seat: Seat | None = None
    regions: Mapping[str, Safe] = field(default_factory=dict)
    in_room: bool | None = None


class Game:
    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    def arrive(self, episode_id: str) -> Screen:
        """The page was opened, perhaps at an episode that is named in its address."""
        if not episode_id:
            # The lobby stands there from the beginning.
            return Screen()
        try:
            return self._room(self.sessions.find(episode_id), begun=True)
        except LabError as error:
            return self._lobby(lobby.problem(str(error)))

    def leave(self) -> Screen:
        return self._lobby(lobby.plain("Choose an incident to begin."))

    def begin(self, wish: Json) -> Iterator[Screen]:
        """Screens until the incident is there; only the one cluster takes long enough for more than one."""
        if not self.sessions.source.exclusive:
            yield self._begun(wish)
            return
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(self._begun, wish)
            yield from self._progress(work)
            yield work.result()

    def act(self, seat: Seat, action: Json) -> Screen:
        """One step of the visitor's own episode."""
        try:
            session = self.sessions.find(seat.episode_id or "(none)")
            session.step({"action_type": action.get("action_type"), "parameters": action.get("parameters")})
        except LabError as error:
            return self._refused(seat, str(error))
        return self._room(session)

    def watch(self, seat: Seat) -> Screen:
        """Where others can end an episode: what changed since the screen was made, if anything."""
        session = self.sessions.peek(seat.episode_id)
        if session is None or (len(session.episode.entries), session.episode.done) == (seat.steps, seat.done):
            return Screen()
        return self._room(session)

    def _begun(self, wish: Json) -> Screen:
        try:
            known = ResetWish.read({}, {name: wish[name] for name in _WISHES if wish.get(name) is not None})
            session = self.sessions.reset(
                known.scenario(), known.seed or 0, latest=False, blind=bool(known.blind), by=VISITOR
            )
        except LabError as error:
            return Screen(regions={"status": lobby.problem(str(error))})
        return self._room(session, begun=True)

    def _progress(self, work: Future[Screen]) -> Iterator[Screen]:
        since = time.monotonic()
        while wait((work,), LOOKS_EVERY).not_done:
            stage = self.sessions.stage() or "waiting for the cluster"
            yield Screen(regions={"status": lobby.waiting(stage, time.monotonic() - since)})

    def _refused(self, seat: Seat, why: str) -> Screen:
        """Where the lab broke in this step, the episode is over and the screen shows its end."""
        session = self.sessions.peek(seat.episode_id)
        if session is None or not session.episode.done:
            return Screen(regions={"status": lobby.problem(why)})
        return self._room(session)

    def _lobby(self, status: Safe) -> Screen:
        exclusive, name = self.sessions.source.exclusive, self.sessions.source.name
        regions = {"head": lobby.head(name), "lobby": lobby.lobby(exclusive), "status": status}
        return Screen(Seat(), regions, in_room=False)

    def _room(self, session: Session, begun: bool = False) -> Screen:
        seen, steps, grade = session.observation(), steps_of(session), session.grade()
        truth = truth_of(session.episode.scenario) if grade["verdict"] == "scored" else None
        changing = {"status": lobby.ready(seen, grade), "views": views.panels(seen, steps, grade, truth)}
        # What holds the visitor's focus and choices is not made anew with each step.
        lasting = {
            "head": lobby.head(self.sessions.source.name, session.id),
            "alert": views.alert(seen),
            "desk": desk(seen),
        }
        seat = Seat(session.id, seen["step_count"], seen["done"])
        return Screen(seat, {**changing, **(lasting if begun else {})}, in_room=True if begun else None)
