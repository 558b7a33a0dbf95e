"""Which world answers: the live cluster or the recordings, chosen by LAB_WORLD, and why.

A source opens worlds; episodes, sessions and HTTP do not belong here. Neither world is imported before it is chosen:
the recorded one must start without the live one's packages.
"""

from importlib import import_module
from typing import Any, Literal, NamedTuple, Protocol, get_args

from lab.errors import Missing, Usage
from lab.world import World

WorldWish = Literal["auto", "live", "recorded"]

_GET_LIVE = "for the live world start Docker, run `lab up`, and set LAB_WORLD=live"
_GET_RECORDED = "for the recorded world set LAB_WORLD=recorded"


class WorldSource(Protocol):
    """Where episodes get their world from."""

    @property
    def name(self) -> str: ...

    @property
    def exclusive(self) -> bool:
        """There is one world only, and a real one: a new episode ends the one before, and calls take their time."""

    def open(self) -> World:
        """A world for one episode."""


class LiveSource:
    name, exclusive = "live", True

    def open(self) -> World:
        return _made("lab.live.world", "LiveWorld")


class RecordedSource:
    name, exclusive = "recorded", False

    def open(self) -> World:
        return _made("lab.recorded.world", "RecordedWorld")


class Choice(NamedTuple):
    source: WorldSource
    says: str
    """One line: which world, why, and how to get the other."""


def choose(wish: str = "auto") -> Choice:
    if wish not in get_args(WorldWish):
        raise Usage(f"LAB_WORLD is {wish[:40]!r}; accepted: {', '.join(get_args(WorldWish))}.")
    if wish == "recorded":
        return Choice(RecordedSource(), f"World: recorded, because LAB_WORLD says so; {_GET_LIVE}.")
    lacking = why_not_live()
    if wish == "live":
        return _live_or_missing(lacking)
    if lacking:
        return Choice(RecordedSource(), f"World: recorded, because {lacking}; {_GET_LIVE}.")
    return Choice(LiveSource(), f"World: live, because the lab's cluster is up on this machine; {_GET_RECORDED}.")


def why_not_live() -> str:
    """What the live world lacks, or nothing."""
    from lab.cluster import engine, kind

    if not engine.engine_answers():
        return "no Docker engine answers"
    return "" if kind.is_whole(kind.nodes()) else "the lab's cluster is not up"


def _live_or_missing(lacking: str) -> Choice:
    if lacking:
        raise Missing(f"LAB_WORLD=live, but {lacking}: start Docker and run `lab up`; {_GET_RECORDED}.")
    return Choice(LiveSource(), f"World: live, because LAB_WORLD says so; {_GET_RECORDED}.")


def _made(module: str, name: str) -> World:
    made: Any = getattr(import_module(module), name)()
    world: World = made
    return world
