"""Whole episodes in this process, without a server, beside a loop that only reads a dictionary."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from lab.actions import parse_move
from lab.bench.figures import Figure
from lab.bench.plays import Play
from lab.episode import observation, run_step, start
from lab.recorded.world import RecordedWorld

WANTED = 120_000
ROUNDS = 5


def figures(plays: Sequence[Play], seconds: float) -> list[Figure]:
    table = {(play.scenario.id, n): move for play in plays for n, move in enumerate(play.moves)}
    ceiling = _rate(lambda: _read(table), seconds)
    bare = _rate(lambda: sum(map(_play, plays)), seconds)
    scripts = [(play, play.actions) for play in plays]
    seen = _rate(lambda: sum(_play_seeing(play, actions) for play, actions in scripts), seconds)
    beside = f"a loop that reads a dictionary: {ceiling:,.0f}"
    return [
        Figure("steps in process: reset, steps, grade", bare, "/s", WANTED, beside=f"{beside}; processor time"),
        Figure("the same, actions from JSON and observations made", seen, "/s", beside="processor time"),
    ]


def _rate(once: Callable[[], int], seconds: float) -> float:
    """Steps a second of processor time: the median of some rounds."""
    once()
    return median(_round(once, seconds / ROUNDS) for _ in range(ROUNDS))


def _round(once: Callable[[], int], seconds: float) -> float:
    steps, since = 0, time.process_time()
    while (spent := time.process_time() - since) < seconds or not steps:
        steps += once()
    return steps / spent


def _play(play: Play) -> int:
    world = RecordedWorld()
    episode = start(world, play.scenario, 0)
    for move in play.moves:
        run_step(world, episode, move)
    episode.grade()
    world.end()
    return len(episode.entries)


def _play_seeing(play: Play, actions: Sequence[dict[str, object]]) -> int:
    world = RecordedWorld()
    episode = start(world, play.scenario, 0)
    observation(episode)
    for action in actions:
        observation(episode, run_step(world, episode, parse_move(action)))
    episode.grade()
    world.end()
    return len(episode.entries)


def _read(table: Mapping[tuple[str, int], object]) -> int:
    seen: list[object] = []
    for key in table:
        seen.append(table.get(key))
    return len(seen)
