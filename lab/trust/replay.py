"""A recorded episode played once more, where its recording is at hand: its bundle then needs no belief."""

from collections.abc import Mapping
from typing import Any

from lab.episode import Episode, run_step, start
from lab.errors import LabFault
from lab.recorded.world import RecordedWorld
from lab.trust.bundle import bundle_of
from lab.trust.canonical import NotProven
from lab.trust.identity import origin_of
from lab.world import World


def again(episode: Episode, origin: Mapping[str, str]) -> dict[str, Any] | None:
    """The bundle that comes out, or None where the episode is void, was not recorded, or its recording is not here."""
    if origin.get("name") != "recorded" or episode.void_reason is not None:
        return None
    world = RecordedWorld()
    try:
        anew = start(world, episode.scenario, episode.seed, episode.id, episode.blind)
    except LabFault:
        return None
    found = origin_of(world, "recorded")
    return _played(world, episode, anew, found) if found == dict(origin) else None


def _played(world: World, episode: Episode, anew: Episode, origin: Mapping[str, str]) -> dict[str, Any]:
    try:
        for entry in episode.entries:
            run_step(world, anew, entry.move)
    except LabFault as fault:
        raise NotProven(f"Its recording is here, and does not know what was done: {fault}") from fault
    return bundle_of(anew, origin)
