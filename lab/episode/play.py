"""Joins an episode with a world: the only place where the two meet."""

from lab.actions import Move, Query, Remedy
from lab.episode.admit import refused
from lab.episode.episode import Entry, Episode, StepResult
from lab.errors import LabFault, Refused, Unforkable
from lab.plain import harmless
from lab.scenarios import Scenario
from lab.world import Forkable, World


def start(world: World, scenario: Scenario, seed: int, episode_id: str = "", blind: bool = False) -> Episode:
    """Break the world and open the episode on the alert that fired."""
    return Episode(scenario, seed, world.begin(scenario, seed), world.flags(), episode_id, blind)


def fork(world: World, episode: Episode, episode_id: str = "") -> tuple[World, Episode]:
    """A second world and episode that go on from the same point; from here on each goes its own way."""
    if episode.void_reason is not None:
        raise Unforkable("The episode is void, and nothing goes on from it; reset to begin another.")
    if episode.blind and not episode.done:
        # Its end would tell which scenario the first one plays, and whether an answer is right.
        raise Unforkable("A blind episode that still runs has no second one; fork an episode that is not blind.")
    if not isinstance(world, Forkable):
        raise Unforkable("There is one cluster, and no second one at the same point; fork in the recorded world.")
    return world.fork(), episode.copy(episode_id)


def run_step(world: World, episode: Episode, move: Move) -> StepResult:
    """One step. Where the lab breaks, the episode is void and the fault goes on to the caller."""
    if episode.done:
        return episode.record(Entry(move))
    try:
        return episode.record(_asked(world, episode, episode.admit(move)))
    except LabFault as fault:
        episode.void(str(fault))
        raise


def _asked(world: World, episode: Episode, move: Move) -> Entry:
    try:
        return _answered(world, episode, move)
    except Refused as refusal:
        if not isinstance(move, (Query, Remedy)):
            raise
        no = refused(move, harmless(str(refusal)))
        return Entry(no, health=world.health() if episode.needs_health(no) else None)


def _answered(world: World, episode: Episode, move: Move) -> Entry:
    health = episode.needs_health(move)
    if type(move) is Query:
        return Entry(move, world.look(move), None, world.health() if health else None)
    if type(move) is Remedy:
        return Entry(move, world.do(move), world.flags(), world.health() if health else None)
    return Entry(move, None, None, world.health() if health else None)
