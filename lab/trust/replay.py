"""A recorded episode played once more, where its recording is at hand: its bundle then needs no belief."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lab.episode import Episode, run_step, start
from lab.errors import LabFault
from lab.recorded.world import RecordedWorld
from lab.trust.bundle import bundle_of
from lab.trust.canonical import NotProven
from lab.trust.identity import RECORDED, origin_of
from lab.world import World


def again(episode: Episode, origin: Mapping[str, str]) -> dict[str, Any] | None:
    """The bundle that comes out, or None where the episode was not recorded, or its recording is not here."""
    if origin["name"] != RECORDED:
        return None
    world = RecordedWorld()
    try:
        anew = start(world, episode.scenario, episode.seed, episode.id, episode.blind)
    except LabFault:
        return None
    found = origin_of(world, RECORDED)
    if found["sha256"] != origin["sha256"]:
        return None
    if found != dict(origin):
        raise NotProven("Its recording is here, and tells other things of itself than the bundle says of it.")
    return _played(world, episode, anew, found)


def _played(world: World, episode: Episode, anew: Episode, origin: Mapping[str, str]) -> dict[str, Any]:
    with suppress(LabFault):  # the episode says so itself
        for entry in episode.entries:
            run_step(world, anew, entry.move)
    if anew.void_reason != episode.void_reason:
        says = "is void" if anew.void_reason else "is not void"
        raise NotProven(f"Its recording is here, and what was done {says} there.")
    return bundle_of(anew, origin)
